"""The look that every shot shares: a note's, else the brief's, its picture's, memory's, else what the mood wants."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiprod_agents.house_writer.bans import Ban
from aiprod_agents.house_writer.changes import Changes
from aiprod_agents.house_writer.lexicon import get_lexicon
from aiprod_agents.house_writer.pictures import follow_reference
from aiprod_agents.house_writer.reading import Reading
from memory.records import Language, Look, RecalledLine
from prompts import load_words
from render_engine.api import ATTRIBUTES


@dataclass(frozen=True)
class LookPlan:
    """The look, its values, and where each came from where that is not the mood."""

    look: Look
    style: str
    palette: str
    notes: tuple[str, ...]


def plan_look(
    reading: Reading, kind: str, mood: str, changes: Changes, recall: Sequence[RecalledLine], language: Language
) -> LookPlan:
    """Decide style, palette and lighting; a remembered look steps back for what the brief itself asks."""
    rules: dict[str, Any] = load_words("house/structures")
    notes: list[str] = []
    followed = follow_reference(reading, changes, notes)
    is_open = (reading.style is None, reading.palette is None and followed is None)
    remembered = _remembered(recall, reading.bans, notes, open_to=is_open)
    wanted = rules["looks"][mood]
    style_by_kind = rules["kind_style"].get(kind) if mood in ("bright", "playful", "epic") else None
    style = changes.wants.get("style") or reading.style or remembered.get("style") or style_by_kind or wanted["style"]
    palette = (
        changes.palette
        or changes.wants.get("palette")
        or reading.palette
        or (followed.palette if followed else None)
        or remembered.get("palette")
        or wanted["palette"]
    )
    bans = reading.bans | changes.bans
    style, palette = _allowed("style", style, bans), _allowed("palette", palette, bans)
    words = load_words(f"house/{language}")
    hexes = followed.colours if followed else _hexes(reading, rules, palette, asked=reading.palette is not None)
    look = Look(
        style=words["style"][style],
        palette=words["palette"][palette],
        palette_colours=hexes,
        lighting=words["lighting"][wanted["lighting"]],
    )
    return LookPlan(look, style, palette, tuple(notes))


def _remembered(
    recall: Sequence[RecalledLine], bans: frozenset[Ban], notes: list[str], open_to: tuple[bool, bool]
) -> dict[str, str]:
    """Style and palette out of remembered looks, the latest line last; each one used is named in `notes`."""
    found: dict[str, str] = {}
    for line in recall:
        if line.kind != "look":
            continue
        for attribute, is_open in zip(("style", "palette"), open_to, strict=True):
            mentions = [
                m
                for code in ("en", "fr")
                for m in get_lexicon(code).find(line.text, attribute)
                if (attribute, m.value) not in bans
            ]
            if mentions and is_open:
                found[attribute] = mentions[0].value
                notes.append(f"from memory ({line.source}): {attribute} {mentions[0].value}")
    return found


def _allowed(attribute: str, value: str, bans: frozenset[Ban]) -> str:
    """The value, or the first that is not forbidden."""
    options = (value, *ATTRIBUTES[attribute])
    return next((one for one in options if (attribute, one) not in bans), value)


def _hexes(reading: Reading, rules: dict[str, Any], palette: str, *, asked: bool) -> tuple[str, ...]:
    """Colours to measure by: only where the brief asks for any, so that none is measured that nobody wanted."""
    if reading.palette_colours:
        return tuple(rules["colour_hex"].get(colour, colour) for colour in reading.palette_colours)
    return tuple(rules["palette_hex"][palette]) if asked else ()
