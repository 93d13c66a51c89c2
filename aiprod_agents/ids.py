"""Derived names: every id and seed follows from what it names, so that a node that runs twice writes the same twice."""

import hashlib
import json
from pathlib import PurePath
from uuid import NAMESPACE_URL, uuid5

from render_engine.api import Value

NAMESPACE = uuid5(NAMESPACE_URL, "aiprod")


def derive_id(*parts: object) -> str:
    """The uuid5 of `parts` in order."""
    return str(uuid5(NAMESPACE, "\x1f".join(str(part) for part in parts)))


def derive_seed(*parts: object, bits: int = 63) -> int:
    """A seed in [0, 2**bits) that follows from `parts` and looks like chance."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - bits)


def digest_text(text: str) -> str:
    """The sha256 of a text, as 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest_value(value: Value) -> str:
    """The sha256 of a value; a file counts by its name, which is its content's hash, not by its folder or suffix."""
    return digest_text(json.dumps(_plain(value.model_dump()), sort_keys=True))


def _plain(item: object) -> object:
    if isinstance(item, dict):
        return {key: _plain(entry) for key, entry in item.items()}
    if isinstance(item, list | tuple):
        return [_plain(entry) for entry in item]
    return item.stem if isinstance(item, PurePath) else item
