"""The brief's pictures in the plan: whose colours the look follows, and what of them is not used, a note each."""

import math
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from aiprod_agents.house_writer.changes import Changes
from aiprod_agents.house_writer.reading import Reading
from aiprod_agents.house_writer.staging import Staged
from memory.records import Attachment, Brief, Shot, Storyboard
from prompts import load_words

_D65 = (0.9505, 1.0, 1.089)
_XYZ_OF_RGB = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))


class Followed(NamedTuple):
    """A picture's colours as "#rrggbb", and the named palette nearest to them."""

    colours: tuple[str, ...]
    palette: str


class Tint(NamedTuple):
    """Where colours lie together: mean a* and b* of CIE L*a*b*, and mean chroma."""

    green_red: float
    blue_yellow: float
    chroma: float


def follow_reference(reading: Reading, changes: Changes, notes: list[str]) -> Followed | None:
    """The colours of the first reference that has any, if the look follows them.

    What the brief or a note says of colours goes before a picture; `notes` tells which picture is followed, or why not.
    """
    references = [one for one in reading.pictures if one.role == "reference"]
    notes += [
        f"{one.name} is not followed: colours are read off a still picture, and it is a clip or shows nothing"
        for one in references
        if not one.colours
    ]
    usable = [one for one in references if one.colours]
    if not usable:
        return None
    followed, *others = usable
    palette = nearest_palette(followed.colours)
    if reason := _reason_against(reading, changes, palette):
        notes.append(f"the colours do not follow {' and '.join(one.name for one in usable)}: {reason}")
        return None
    notes.append(f"the colours follow {followed.name}: palette {palette}; nothing else of the picture is followed")
    notes += [f"{one.name} is not followed: the colours follow {followed.name}" for one in others]
    return Followed(followed.colours, palette)


def open_shots(shots: Sequence[Shot], staged: Sequence[Staged], brief: Brief) -> list[Shot]:
    """The shots with their first frames: each where the shot list puts it, the others in order over the rest.

    A listed shot that is shown in parts opens on its picture once.
    """
    by_name = {one.name: one.sha256 for one in _of_role(brief, "first_frame")}
    placed = {shot.first_frame for shot in brief.shots}
    free = iter(sha256 for name, sha256 in by_name.items() if name not in placed)

    def opens_on(one: Staged) -> str | None:
        if brief.shots and not one.first_of_beat:
            return None
        return by_name[one.beat.first_frame] if one.beat.first_frame else next(free, None)

    return [shot.model_copy(update={"first_frame": opens_on(one)}) for shot, one in zip(shots, staged, strict=True)]


def note_unused(brief: Brief, storyboard: Storyboard) -> list[str]:
    """A line for each first frame that no shot is left for, and each logo that no card shows."""
    frames, logos = _of_role(brief, "first_frame"), _of_role(brief, "logo")
    opening = {shot.first_frame for shot in storyboard.shots}
    shown = storyboard.end_card.logo if storyboard.end_card else None
    return [
        *(f"{one.name} is not used: no shot is left that it could open" for one in frames if one.sha256 not in opening),
        *(
            f"the logo {one.name} is not used: the end card shows one logo"
            for one in logos
            if shown not in (None, one.sha256)
        ),
        *(
            f"the logo {one.name} is not used: the film leaves no time for an end card"
            for one in logos
            if shown is None
        ),
    ]


def nearest_palette(colours: Sequence[str]) -> str:
    """The named palette whose colours, taken together, are nearest in hue and chroma.

    Both lengths count by their square roots: a pale sunset is nearer to warm colours than to those without a hue.
    """
    palettes: dict[str, list[str]] = load_words("house/structures")["palette_hex"]
    own = _rooted(tint_of(colours))
    return min(palettes, key=lambda name: math.dist(own, _rooted(tint_of(palettes[name]))))


def tint_of(colours: Sequence[str]) -> Tint:
    """Of "#rrggbb" colours."""
    planes = [_plane(colour) for colour in colours]
    return Tint(fmean(a for a, _ in planes), fmean(b for _, b in planes), fmean(math.hypot(*one) for one in planes))


def _rooted(tint: Tint) -> Tint:
    root = math.sqrt(math.hypot(tint.green_red, tint.blue_yellow)) or 1.0
    return Tint(tint.green_red / root, tint.blue_yellow / root, math.sqrt(tint.chroma))


def _plane(colour: str) -> tuple[float, float]:
    """a* and b* of CIE L*a*b* (CIE 15) of an sRGB colour (IEC 61966-2-1) under D65."""
    linear = [_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5)]
    x, y, z = (
        _lightness(sum(weight * value for weight, value in zip(row, linear, strict=True)) / white)
        for row, white in zip(_XYZ_OF_RGB, _D65, strict=True)
    )
    return 500 * (x - y), 200 * (y - z)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _lightness(value: float) -> float:
    return math.cbrt(value) if value > (6 / 29) ** 3 else value / (3 * (6 / 29) ** 2) + 4 / 29


def _reason_against(reading: Reading, changes: Changes, palette: str) -> str:
    """Why the look keeps to other colours than the picture's; nothing when it follows them."""
    if changes.palette or "palette" in changes.wants:
        return "a note asks for other colours"
    if reading.palette or reading.palette_colours:
        return "the brief names its colours itself"
    if ("palette", palette) in reading.bans | changes.bans:
        return f"their palette, {palette}, is not wanted"
    return ""


def _of_role(brief: Brief, role: str) -> list[Attachment]:
    return [one for one in brief.attachments if one.role == role]
