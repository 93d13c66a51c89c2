"""Pictures that come with a brief: Markdown images and `pictures:` fields, found beside the brief and nowhere else."""

import re
from collections.abc import Sequence
from pathlib import Path

from aiprod_agents.brief_reading.schema import PictureField
from aiprod_agents.brief_reading.values import AttachedPicture, BriefError, Role
from memory.records import BriefShot

_IMAGE = re.compile(r"!\[([^\]]*)\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_BARE = re.compile(
    r"(?P<before>[^.!?\n]{0,48}?)(?<![\w/(\"])(?P<path>(?:[\w.-]+/)*[\w-]+\.(?:png|jpe?g|webp|gif|bmp|tiff?))\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"first[ _-]?frame|opening|opens? on|start(?:s|ing)? (?:from|on|with)|premi[eè]re[ _-]image|s'ouvre sur|commence"
)
_ELSE = re.compile(r"\breference|\bréférence|\bstyle\b|\blook\b|\bcolou?rs?\b|\bcouleurs?\b|\bpalette\b")
_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".mp4", ".mov", ".webm"}


def find_pictures(
    prose: str, fields: Sequence[PictureField], shots: Sequence[BriefShot], base: Path | None
) -> tuple[AttachedPicture, ...]:
    """Every picture that the brief names, checked to be a file in the brief's folder."""
    opening: list[tuple[Role, str]] = [("first_frame", shot.first_frame) for shot in shots if shot.first_frame]
    told = [(role, path) for role, path in _told(prose) if ("first_frame", path) not in opening]
    named = dict.fromkeys([*opening, *((field.role, field.path) for field in fields), *told])
    return tuple(AttachedPicture(role=role, name=path, path=_inside(path, base)) for role, path in named)


def find_opening(line: str) -> str | None:
    """The picture that a line of a shot list opens on: its image, unless that is a logo or a reference by its words.

    A name in running text has to be said to open the shot.
    """
    images = [match[2] for match in _IMAGE.finditer(line) if not _ELSE.search(match[1].lower()) and not _is_logo(match)]
    told = [path for role, path in _told(_IMAGE.sub("", line)) if role == "first_frame"]
    return next(iter([*images, *told]), None)


def without_pictures(prose: str) -> str:
    """The prose without Markdown images."""
    return _IMAGE.sub("", prose)


def _told(prose: str) -> list[tuple[Role, str]]:
    """Images first, then the names in running text."""
    named = [(_role(match[1] or Path(match[2]).stem), match[2]) for match in _IMAGE.finditer(prose)]
    bare = _BARE.finditer(_IMAGE.sub("", prose))
    return named + [(_role(f"{match['before']} {match['path']}"), match["path"]) for match in bare]


def _is_logo(image: re.Match[str]) -> bool:
    return _role(image[1] or Path(image[2]).stem) == "logo"


def _role(words: str) -> Role:
    words = words.lower()
    if re.search(r"\blogo\b|logo[._]", words):
        return "logo"
    return "first_frame" if _OPENING.search(words) else "reference"


def _inside(named: str, base: Path | None) -> Path:
    """The named file's real path, when it lies in the brief's folder."""
    if "://" in named:
        raise BriefError(f"the picture {named!r} is an address: save it beside the brief and name the file")
    if base is None:
        raise BriefError(
            f"the picture {named!r} has no folder to be found in: put the brief in a file beside its pictures"
        )
    root = base.resolve()
    try:
        path = (root / named).resolve()
    except (OSError, RuntimeError, ValueError):  # links in a circle: RuntimeError before Python 3.13
        raise BriefError(f"the picture {named!r} cannot be opened: give a file beside the brief") from None
    if not path.is_relative_to(root):
        raise BriefError(f"the picture {named!r} lies outside the brief's folder: copy it beside the brief")
    if path.suffix.lower() not in _ENDINGS:
        raise BriefError(f"the picture {named!r} is no picture or clip: give a PNG, JPEG, WebP or MP4 file")
    if not path.is_file():
        raise BriefError(f"the picture {named!r} is missing: put it beside the brief or take its line out")
    return path
