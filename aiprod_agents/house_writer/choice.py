"""Choices that look free and are not: the same key always chooses the same, whatever the machine."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def number_of(*key: object) -> int:
    """A number in [0, 2**31) that depends on nothing but the key."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in key).encode()).digest()
    return int.from_bytes(digest[:8], "big") % 2**31


def choose(options: Sequence[T], *key: object) -> T:
    """One of the options, by the key."""
    return options[number_of(*key) % len(options)]
