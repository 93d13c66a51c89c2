"""What the argument BRIEF and its options say: a file, words or standard input; a budget, a project, a folder."""

import os
import re
import sys
from pathlib import Path

from aiprod_agents.brief_reading import BriefError, ReadBrief, decode_brief, read_brief
from aiprod_agents.errors import InputError
from memory.records import Budget

_PATH = re.compile(r"\S*/\S*|\S+\.[A-Za-z]{1,8}")
"""One word that is a path, or ends like a file's name: no brief."""
MAX_BUDGET = 1e12
MAX_NAME_BYTES = 200
"""A package is drafted beside its folder under a longer name; 255 is what file systems bear."""
READ_LIMIT_BYTES = 2**20
"""Nobody's brief is longer; a film that is given by mistake is not read into memory before it is refused."""
_BUDGET = re.compile(r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>eur|€|s|min)", re.IGNORECASE)
_PROJECT = re.compile(r"[\w][\w .-]{0,79}")


def take_brief(given: str) -> ReadBrief:
    """Read the brief that BRIEF names or is; `InputError` in one line when it cannot be worked from."""
    try:
        if given == "-":
            if sys.stdin is None:
                raise InputError("standard input is closed: give a brief's file or its words")
            return read_brief(decode_brief(sys.stdin.buffer.read(READ_LIMIT_BYTES)))
        path = Path(given)
        if given.strip() and _is_file(path):
            with path.open("rb") as file:
                return read_brief(decode_brief(file.read(READ_LIMIT_BYTES)), name=path.name, base=path.parent)
        if _PATH.fullmatch(given):
            raise InputError(f"there is no file {given}: give a brief's file, its words in quotes, or - for stdin")
        return read_brief(given)
    except BriefError as error:
        raise InputError(str(error)) from error
    except OSError as error:
        raise InputError(f"the brief {given} cannot be read: {error.strerror}") from error


def _is_file(path: Path) -> bool:
    """Whether BRIEF names a file; words that no file could be called by name none."""
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder: give the brief's file in it")
        return path.exists()
    except (OSError, ValueError):
        return False


def parse_budget(given: str | None) -> Budget:
    """`2.50eur`, `120s` or `2min` as a budget; None is no limit."""
    if given is None:
        return Budget()
    found = _BUDGET.fullmatch(given.strip())
    amount = float(found["number"].replace(",", ".")) if found else 0.0
    if not found or not 0 < amount < MAX_BUDGET:
        raise InputError(f"the budget {given[:40]!r} cannot be read: give money or time, such as 2.50eur or 120s")
    match found["unit"].lower():
        case "eur" | "€":
            return Budget(eur=amount)
        case "min":
            return Budget(seconds=amount * 60)
        case _:
            return Budget(seconds=amount)


def check_project(name: str) -> str:
    """A project's name as given; letters, digits, spaces, dots and dashes, so that it can be read back anywhere."""
    if not _PROJECT.fullmatch(name):
        raise InputError(f"the project {name!r} cannot be named so: use letters, digits, spaces, dots and dashes")
    return name


def check_out(out: Path | None) -> Path | None:
    """The package's folder, absolute, once it is sure that it can be made or written to; nothing is made here."""
    if out is None:
        return None
    folder = Path(os.path.normpath(out.expanduser().absolute()))
    if len(os.fsencode(folder.name)) > MAX_NAME_BYTES:
        raise InputError(f"the name of --out has more than {MAX_NAME_BYTES} bytes: give it a shorter one")
    if folder == Path.cwd() or os.path.ismount(folder):
        raise InputError(f"{folder} cannot be replaced by a package: give --out a new folder in it")
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not nearest.is_dir():
        raise InputError(f"{nearest} is a file: give --out a folder")
    if not _is_writable(nearest):
        raise InputError(f"{nearest} cannot be written to: give --out another folder")
    return folder


def _is_writable(folder: Path) -> bool:
    """Whether something can really be put there; asking the rights is not enough on a read-only disk."""
    probe = folder / f".aiprod-{id(folder):x}"
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError:
        return False
    return True
