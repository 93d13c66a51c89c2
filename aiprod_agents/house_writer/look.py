"""The look that every shot shares: a note's, else the brief's, its picture's, memory's, else what the mood wants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiprod_agents.house_writer.bans import Ban
from aiprod_agents.house_writer.changes import Changes
from aiprod_agents.house_writer.lexicon import get_lexicon
from aiprod_agents.house_writer.pictures import Followed, follow_reference
from aiprod_agents.house_writer.reading import Reading
from memory.records import Language, Look, RecalledLine
from prompts import load_words
from render_engine.api import ATTRIBUTES

_UNUSED = "colours are measured only where the brief asks for them, and nothing else of it names a look"


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
    remembered = _remembered(recall, _closed(reading, changes, followed, recall), notes)
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
        lighting=words["lighting"][remembered.get("lighting", wanted["lighting"])],
    )
    return LookPlan(look, style, palette, tuple(notes))


def _remembered(recall: Sequence[RecalledLine], closed: Mapping[str, str], notes: list[str]) -> dict[str, str]:
    """What remembered looks give, the latest line last; `notes` names each line, and why the look leaves it.

    Args:
        recall: everything that memory brings.
        closed: why the look takes nothing from memory, by aspect.
        notes: what the plan says, added to.
    """
    found: dict[str, str] = {}
    for line in (line for line in recall if line.kind == "look"):
        named = _named_in(line.text)
        used = {aspect: value for aspect, value in named.items() if aspect not in closed}
        found |= used
        if used:
            notes.append(f"from memory ({line.source}): {', '.join(_said(*one) for one in used.items())}")
        else:
            why = next((closed[aspect] for aspect in named if aspect in closed), _UNUSED)
            notes.append(f"from memory ({line.source}): {line.text}; not used: {why}")
    return found


def _said(aspect: str, value: str) -> str:
    return f"{aspect} {load_words('house/en')['lighting'][value] if aspect == 'lighting' else value}"


def _named_in(text: str) -> dict[str, str]:
    """Style, palette and lighting that a remembered line names; what is headed as one of them names no other."""
    head = text.partition(":")[0].strip().lower()
    if head == "lighting":
        says = text.partition(":")[2].strip().lower()
        known = {words: key for code in ("en", "fr") for key, words in load_words(f"house/{code}")["lighting"].items()}
        return {"lighting": known[says]} if says in known else {}
    aspects = {"style": ("style",), "palette": ("palette",), "colours": ()}.get(head, ("style", "palette"))
    mentions = {
        aspect: next((one.value for code in ("en", "fr") for one in get_lexicon(code).find(text, aspect)), "")
        for aspect in aspects
    }
    return {aspect: value for aspect, value in mentions.items() if value}


def _closed(
    reading: Reading, changes: Changes, followed: Followed | None, recall: Sequence[RecalledLine]
) -> dict[str, str]:
    """By aspect, why the look takes nothing from memory: the brief or a change names its own, or forbids it."""
    closed: dict[str, str] = {}
    for line in (line for line in recall if line.kind == "look"):
        unwanted = [one for one in _named_in(line.text).items() if one in reading.bans | changes.bans]
        closed |= {aspect: f"{value} is not wanted" for aspect, value in unwanted}
    if changes.palette:
        closed["palette"] = "a note asks for other colours"
    closed |= {aspect: f"a note asks for a {aspect}" for aspect in ("style", "palette") if aspect in changes.wants}
    if followed:
        closed["palette"] = "the colours follow the brief's picture"
    if reading.palette or reading.palette_colours:
        closed["palette"] = "the brief names its own palette"
    if reading.style:
        closed["style"] = "the brief names its own style"
    if reading.names_light:
        closed["lighting"] = "the brief names its own light"
    return closed


def _allowed(attribute: str, value: str, bans: frozenset[Ban]) -> str:
    """The value, or the first that is not forbidden."""
    options = (value, *ATTRIBUTES[attribute])
    return next((one for one in options if (attribute, one) not in bans), value)


def _hexes(reading: Reading, rules: dict[str, Any], palette: str, *, asked: bool) -> tuple[str, ...]:
    """Colours to measure by: only where the brief asks for any, so that none is measured that nobody wanted."""
    if reading.palette_colours:
        return tuple(rules["colour_hex"].get(colour, colour) for colour in reading.palette_colours)
    return tuple(rules["palette_hex"][palette]) if asked else ()
