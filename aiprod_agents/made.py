"""What a recipe gave: media that follow wholly from their inputs are made once, and found again by the recipe's hash.

A note `<workspace>/made/<hash of recipe and version>.json` names the asset and keeps what the engine said of it; the
asset is the truth, so a note whose asset is gone or damaged is as good as none.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Generic, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from aiprod_agents.context import StudioContext
from aiprod_agents.ids import digest_text
from memory.records import Record, Sha256
from render_engine.api import Value

ResultT = TypeVar("ResultT", bound=Value)
NoteT = TypeVar("NoteT", bound=BaseModel)


class Made(Record, Generic[ResultT]):
    """The asset that a recipe gave, and what the engine said of it."""

    sha256: Sha256
    result: ResultT


async def make_once(
    context: StudioContext,
    recipe: str,
    suffix: str,
    made_type: type[Made[ResultT]],
    make: Callable[[Path], Awaitable[ResultT]],
) -> Made[ResultT]:
    """The asset of that recipe: found, or made into a file with that suffix and stored.

    Args:
        context: memory for the asset, the workspace for the note.
        recipe: 64 hex digits, the hash of everything that decides the bytes.
        suffix: of the file that `make` writes, such as ".mp4".
        made_type: `Made[...]` of what `make` gives.
        make: writes the file that it is given.
    """
    note = _note_path(context, recipe)
    known = _read(note, made_type)
    if known and context.memory.assets.holds(known.sha256):
        return known
    with passing_file(context.workspace, suffix) as draft:
        result = await make(draft)
        made = made_type(sha256=context.memory.assets.put_file(draft), result=result)
    write_whole(note, made.model_dump_json())
    return made


async def note_once(
    context: StudioContext, recipe: str, result_type: type[ResultT], make: Callable[[], Awaitable[ResultT]]
) -> ResultT:
    """The same for a value without media, such as a measure."""
    note = _note_path(context, recipe)
    known = _read(note, result_type)
    if known is None:
        known = await make()
        write_whole(note, known.model_dump_json())
    return known


@contextmanager
def passing_file(workspace: Path, suffix: str) -> Iterator[Path]:
    """A path in the workspace's passing folder; whatever is there at the end is removed."""
    path = workspace / "passing" / f"{uuid4().hex}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a small text file so that a reader sees all of it or the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{uuid4().hex}")
    draft.write_text(text, "utf-8")
    draft.replace(path)


def _note_path(context: StudioContext, recipe: str) -> Path:
    """Another version of the project may make something else of the same recipe."""
    return context.workspace / "made" / f"{digest_text(version('aiprod') + recipe)}.json"


def _read(note: Path, note_type: type[NoteT]) -> NoteT | None:
    """The note, or None when there is none or an older version wrote it."""
    if not note.is_file():
        return None
    try:
        return note_type.model_validate_json(note.read_text("utf-8"))
    except ValidationError:
        return None
