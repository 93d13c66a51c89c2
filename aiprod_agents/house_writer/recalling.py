"""What memory's lines ask of a new film: what is of the look or a rule for all films, and never against the brief."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from aiprod_agents.brief_reading.prose import without_parts, without_quotes
from aiprod_agents.house_writer.asking import NOTHING, split_by_shot
from aiprod_agents.house_writer.changes import Changes, join_changes, parse_changes
from aiprod_agents.house_writer.clock import find_hours
from aiprod_agents.house_writer.colours import colour_of
from aiprod_agents.house_writer.lexicon import get_lexicon, lexicons_of
from aiprod_agents.house_writer.naming import Thing, to_thing
from aiprod_agents.house_writer.reading import read
from memory.records import Brief, RecalledLine

_OF_STORY = "that film's own"
_OF_BRIEF = "the brief's own words come first"
_STORY = ("hour", "weather", "setting", "subject", "action", "side", "title")
_OF_SHOT = re.compile(r"\bshot S\d+")
_SPOKEN = re.compile(r"\b(?:narrat\w+|voice[- ]?over|voice|voix)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Own:
    """What a brief says itself, as attributes and values of the renderer's vocabulary."""

    said: frozenset[str]
    """Attributes: hour, style, palette, camera, framing, pace, narration."""
    mentioned: frozenset[tuple[str, str]]
    subjects: tuple[Thing, ...]
    colours: dict[str, str]


@dataclass(frozen=True)
class Remembered:
    """What one line asks of this film, the colours it gives to things that the brief names too, and its note."""

    changes: Changes
    colours: dict[str, str]
    note: str


def find_own(brief: Brief) -> Own:
    """What the brief says itself; what it forbids it does not name."""
    reading, lexicon = read(brief), get_lexicon(brief.language)
    nevers = [requirement.text for requirement in brief.requirements if requirement.kind == "never"]
    text = without_quotes(without_parts(" . ".join((brief.text, *(shot.text for shot in brief.shots))), nevers))
    mentions = {(mention.attribute, mention.value) for mention in lexicon.find(text)}
    mentions |= {("hour", hour) for hour in find_hours(lexicon, text)}
    said = {name for name, _ in mentions if name in ("hour", "camera", "framing")}
    said |= {"style"} if reading.style else set()
    said |= {"palette"} if reading.palette or reading.palette_colours else set()
    said |= {"pace"} if parse_changes(text).pace != 1.0 else set()
    said |= {"narration"} if brief.wants_narration and _SPOKEN.search(text) else set()
    return Own(frozenset(said), frozenset(mentions), reading.subjects, reading.colours)


def remember(line: RecalledLine, own: Own) -> Remembered:
    """What a remembered note or lesson means for the film at hand."""
    general, by_shot = split_by_shot(line.text)
    is_of_shot = bool(by_shot) or _OF_SHOT.search(line.source) is not None
    text = " . ".join(part for part in (general, *by_shot.values()) if part)
    kept, colours, used = list[Changes](), dict[str, str](), list[str]()
    unused: dict[str, list[str]] = {}
    for name, value, label, atom in _parts(parse_changes(text)):
        if name == "colour" and value and not atom.bans:
            thing, why = _coloured(text, value, own)
            colours |= {thing.value: value} if thing and not why else {}
        else:
            why = _why_not(name, value, own, is_ban=bool(atom.bans), is_of_shot=is_of_shot)
            kept += [] if why else [atom]
        (unused.setdefault(why, []) if why else used).append(label)
    return Remembered(join_changes(kept), colours, _note(line, used, unused))


def _note(line: RecalledLine, used: list[str], unused: dict[str, list[str]]) -> str:
    said = f"from memory ({line.source}): {line.text}"
    if not unused:
        return said if used else f"{said} ({NOTHING})"
    left = ", ".join(f"{', '.join(labels)} ({why})" for why, labels in unused.items())
    return f"{said}; used: {', '.join(used)}; not used: {left}" if used else f"{said}; not used: {left}"


def _why_not(name: str, value: str, own: Own, *, is_ban: bool, is_of_shot: bool) -> str:
    """Why the film at hand does not take it up; nothing when it does."""
    if is_ban:
        is_story = is_of_shot and name == "framing"
        return _OF_STORY if is_story else _OF_BRIEF if (name, value) in own.mentioned else ""
    if name in _STORY or (name == "framing" and (is_of_shot or value)) or (name == "camera" and value and is_of_shot):
        return _OF_STORY
    return _OF_BRIEF if {"light": "hour"}.get(name, name) in own.said else ""


def _parts(changes: Changes) -> Iterator[tuple[str, str, str, Changes]]:
    """(attribute, value or nothing, in words, the change alone) of each change."""
    none = Changes()
    signed = (
        ("pace", changes.pace - 1.0, ("slower", "faster"), replace(none, pace=changes.pace)),
        ("framing", changes.framing, ("closer", "wider"), replace(none, framing=changes.framing)),
        ("light", changes.light, ("brighter", "darker"), replace(none, light=changes.light)),
        ("shots", changes.shots - 1.0, ("more shots", "fewer shots"), replace(none, shots=changes.shots)),
        ("palette", bool(changes.palette), (f"{changes.palette} colours", ""), replace(none, palette=changes.palette)),
        ("camera", bool(changes.camera), (f"a {changes.camera} camera", ""), replace(none, camera=changes.camera)),
        ("narration", not changes.narration, ("no narration", ""), replace(none, narration=False)),
        ("title", bool(changes.title), (f"the title {changes.title}", ""), none),
    )
    yield from ((name, "", words[size < 0], alone) for name, size, words, alone in signed if size)
    for name, value in changes.wants.items():
        if (name, value, changes.camera) == ("camera", "static", "still"):
            continue
        yield name, value, f"{name} {value}", replace(none, wants={name: value})
    for name, value in sorted(changes.bans):
        yield name, value, f"no {value}", replace(none, bans=frozenset({(name, value)}))


def _coloured(text: str, colour: str, own: Own) -> tuple[Thing | None, str]:
    """(the brief's thing that the note gives this colour, or None; why the colour is not taken up)."""
    for lexicon in lexicons_of(text):
        subjects = lexicon.find(text, "subject")
        beside = [one for one in subjects if colour_of(lexicon, text, one) == colour]
        for mention in beside or subjects[:1]:
            thing = to_thing(lexicon, text, mention)
            same = next((one for one in own.subjects if _is_same(one, thing)), None)
            if same:
                return same, _OF_BRIEF if own.colours.get(same.value, colour) != colour else ""
    return None, _OF_STORY


def _is_same(one: Thing, other: Thing) -> bool:
    return one.value == other.value and (one.words == other.words or (one.exact and other.exact))
