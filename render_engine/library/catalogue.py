"""The catalogue: published weights of the LTX family by name, read from the file beside this one."""

import difflib
import re
import tomllib
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from render_engine.api.library import ListedModel
from render_engine.api.values import RenderError

CATALOGUE = Path(__file__).with_name("catalogue.toml")
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
READABLE = (".safetensors", ".json", ".model", ".txt")
"""Weights, and what stands beside them in a folder: configs, indexes, vocabularies, licences."""
_REPO = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


class HubAddress(NamedTuple):
    """Where a file is published."""

    repo: str
    file: str

    def __str__(self) -> str:
        return f"{self.repo}:{self.file}"


@cache
def published_models() -> tuple[ListedModel, ...]:
    """Every published model, in the catalogue's order."""
    tables = tomllib.loads(CATALOGUE.read_text("utf-8"))["repository"]
    return tuple(_read_entry(entry, table) for table in tables for entry in table["models"])


def _read_entry(entry: dict[str, str | float], table: dict[str, object]) -> ListedModel:
    gigabytes = entry.get("gigabytes")
    return ListedModel.model_validate(
        {
            "name": PurePosixPath(str(entry["file"])).stem,
            "num_bytes": None if gigabytes is None else round(float(gigabytes) * 1e9),
            **{key: value for key, value in entry.items() if key != "gigabytes"},
            **{key: value for key, value in table.items() if key != "models"},
        }
    )


def find_address(source: str) -> HubAddress:
    """Where a model's name, or `owner/name:file`, is published.

    Raises:
        RenderError: no model is called so, or the file is of a kind that is never read.
    """
    repo, colon, file = source.partition(":")
    if colon:
        return _check_address(source, repo, file)
    models = {model.name: model for model in published_models()}
    if source in models:
        return HubAddress(models[source].repo, models[source].file)
    near = difflib.get_close_matches(source, models, n=1, cutoff=0.4)
    hint = f"is it {near[0]}? " if near else ""
    raise RenderError(f"no published model is called {source!r}: {hint}list them, or give owner/name:file.safetensors")


def _check_address(source: str, repo: str, file: str) -> HubAddress:
    path = PurePosixPath(file)
    if not _REPO.fullmatch(repo) or ".." in repo:
        raise RenderError(f"{source!r} names no repository: give owner/name:file.safetensors")
    if not file or path.is_absolute() or "\\" in file or not path.name or {"..", "."} & set(file.split("/")):
        raise RenderError(f"{source!r} names no file in {repo}: give its path there, such as vae/model.safetensors")
    if path.suffix.lower() in PICKLES:
        raise RenderError(f"{source}: a pickle, which may run code and is never fetched; name the .safetensors file")
    if path.suffix.lower() not in READABLE:
        raise RenderError(f"{source}: no kind of file that the engine reads ({', '.join(READABLE)})")
    return HubAddress(repo, str(path))
