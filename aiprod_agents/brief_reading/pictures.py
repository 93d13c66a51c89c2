"""Pictures that come with a brief: Markdown images and `pictures:` fields, found beside the brief and nowhere else."""

import re
from pathlib import Path

from aiprod_agents.brief_reading.schema import PictureField
from aiprod_agents.brief_reading.values import AttachedPicture, BriefError, Role

_IMAGE = re.compile(r"!\[([^\]]*)\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_BARE = re.compile(
    r"(?P<before>[^.!?\n]{0,48}?)(?<![\w/(\"])(?P<path>(?:[\w.-]+/)*[\w-]+\.(?:png|jpe?g|webp|gif|bmp|tiff?))\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"first[ _-]?frame|opening|opens? on|start(?:s|ing)? (?:from|on|with)|premi[eè]re[ _-]image|s'ouvre sur|commence"
)
_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".mp4", ".mov", ".webm"}


def find_pictures(prose: str, fields: tuple[PictureField, ...], base: Path | None) -> tuple[AttachedPicture, ...]:
    """Every picture that the brief names, checked to be a file in the brief's folder."""
    named = [(field.role, field.path) for field in fields]
    named += [(_role(match[1] or Path(match[2]).stem), match[2]) for match in _IMAGE.finditer(prose)]
    rest = _IMAGE.sub("", prose)
    named += [(_role(f"{match['before']} {match['path']}"), match["path"]) for match in _BARE.finditer(rest)]
    unique = dict.fromkeys(named)
    return tuple(AttachedPicture(role=role, name=Path(path).name, path=_inside(path, base)) for role, path in unique)


def without_pictures(prose: str) -> str:
    """The prose without Markdown images."""
    return _IMAGE.sub("", prose)


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
    path = (root / named).resolve()
    if not path.is_relative_to(root):
        raise BriefError(f"the picture {named!r} lies outside the brief's folder: copy it beside the brief")
    if path.suffix.lower() not in _ENDINGS:
        raise BriefError(f"the picture {named!r} is no picture or clip: give a PNG, JPEG, WebP or MP4 file")
    if not path.is_file():
        raise BriefError(f"the picture {named!r} is missing: put it beside the brief or take its line out")
    return path
