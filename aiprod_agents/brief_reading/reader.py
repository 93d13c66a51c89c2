"""Reads a brief: document, language, pictures, shot list, length, shape, words on screen, requirements."""

import re
from dataclasses import dataclass
from pathlib import Path

from aiprod_agents.brief_reading.aspects import find_aspect, read_aspect
from aiprod_agents.brief_reading.document import read_document
from aiprod_agents.brief_reading.durations import DEFAULT_SECONDS, check_seconds, find_spans, total_seconds
from aiprod_agents.brief_reading.language import detect_language
from aiprod_agents.brief_reading.looks import Asked, file_style, part_look
from aiprod_agents.brief_reading.pictures import find_pictures, without_pictures
from aiprod_agents.brief_reading.prose import split_sections, title_of
from aiprod_agents.brief_reading.requirements import find_asked, find_words, wants_sound
from aiprod_agents.brief_reading.schema import BriefFields
from aiprod_agents.brief_reading.shot_list import check_shot_seconds, find_shot_list
from aiprod_agents.brief_reading.values import BriefError, ReadBrief
from memory.records import Aspect, Brief, BriefShot, Language, Requirement

_LENGTH_LABEL = re.compile(
    r"^\W*(?:duration|length|running time|durée|longueur)\s*:\s*(\S.*)$", re.IGNORECASE | re.MULTILINE
)
CARD_SECONDS = 8.0
"""The most time that cards may fill beside a shot list whose seconds are all given."""


UNTIMED_SHOT_SECONDS = 3.0
"""What a listed shot without seconds is given in a film without a length."""


@dataclass(frozen=True)
class _Length:
    seconds: float
    words: str | None
    note: str = ""


def read_brief(text: str, *, name: str | None = None, base: Path | None = None) -> ReadBrief:
    """Read a brief by rules alone.

    Args:
        text: the brief; prose, Markdown with or without front matter, or a YAML or JSON mapping (see `BriefFields`).
        name: the file's name, whose ending tells the form; None lets the text tell.
        base: the folder that its pictures lie in; None when the brief came as words alone.

    Raises:
        BriefError: one line that says what is wrong and what to do.
    """
    document = read_document(text, name)
    fields = document.fields
    sections = split_sections(document.prose)
    listed, told = find_shot_list(sections)
    shots, prose = _shots(fields) or listed, without_pictures(told)
    pictures = find_pictures(document.prose, fields.pictures, shots, base)
    whole = "\n".join(filter(None, (prose, *(shot.text for shot in shots))))
    if not whole.strip():
        raise BriefError(
            "the brief names nothing to show: write what the film should show, such as 'A red sailboat at dawn'"
        )
    language = detect_language(whole, fields.language)
    length = _length(fields, prose, shots)
    aspect = _aspect(fields, prose)
    words = find_words(prose)
    title = fields.title or words.title or without_pictures(title_of(sections) or "")
    narration, music = wants_sound(prose)
    asked = _asked(document.fields, find_asked(prose, language), language)
    brief = Brief(
        text=whole,
        language=language,
        title=title.strip() if title and title.strip() else None,
        seconds=length.seconds,
        aspect=aspect[0] if aspect else "16:9",
        requirements=_numbered([*_measures(length, aspect), *asked]),
        words_on_screen=tuple(dict.fromkeys((*fields.words_on_screen, *words.words))),
        shots=shots,
        wants_narration=narration if fields.narration is None else fields.narration,
        wants_music=music if fields.music is None else fields.music,
    )
    notes = [length.note] if length.note else []
    if aspect is None:
        notes.append("the brief names no shape: 16:9 is assumed")
    return ReadBrief(brief=brief, pictures=pictures, notes=tuple(notes))


def _shots(fields: BriefFields) -> tuple[BriefShot, ...]:
    for shot in fields.shots:
        check_shot_seconds(shot.seconds, shot.text)
    return tuple(BriefShot(**shot.model_dump()) for shot in fields.shots)


def _length(fields: BriefFields, prose: str, shots: tuple[BriefShot, ...]) -> _Length:
    """The film's seconds from the field, the prose, or the shot list; they must agree."""
    found = _field_seconds(fields.seconds) or _prose_seconds(prose)
    timed = [shot.seconds for shot in shots if shot.seconds is not None]
    listed = sum(timed)
    if shots and len(timed) == len(shots):
        if found is None:
            check_seconds(listed, f"{listed:g} seconds")
            return _Length(listed, None, f"the brief gives no length: its shots add up to {listed:g} seconds")
        if listed > found.seconds + 0.5 or listed < found.seconds - CARD_SECONDS:
            raise BriefError(
                f"the brief asks for {found.seconds:g} seconds but its shots add up to {listed:g}: make the two agree"
            )
    if found is None:
        seconds = max(DEFAULT_SECONDS, listed + UNTIMED_SHOT_SECONDS * (len(shots) - len(timed)))
        check_seconds(seconds, f"{len(shots)} shots of {UNTIMED_SHOT_SECONDS:g} seconds")
        return _Length(seconds, None, f"the brief gives no length: {seconds:g} seconds are assumed")
    if shots and listed + (len(shots) - len(timed)) > found.seconds + 0.5:
        raise BriefError(
            f"the brief asks for {found.seconds:g} seconds, too few for its {len(shots)} shots: ask for more"
        )
    return found


def _field_seconds(value: str | None) -> _Length | None:
    if value is None:
        return None
    spans = find_spans(value if any(letter.isalpha() or letter == ":" for letter in value) else f"{value} seconds")
    if not spans:
        raise BriefError(f"the brief's field `seconds` is {value!r}: give a number, such as 12 or 1:30")
    check_seconds(spans[0].seconds, spans[0].words)
    return _Length(spans[0].seconds, spans[0].words)


def _prose_seconds(prose: str) -> _Length | None:
    span = total_seconds(prose)
    labelled = _LENGTH_LABEL.search(prose)
    if span is None and labelled and not find_spans(labelled[0]):
        raise BriefError(f"the brief's length {labelled[1][:60]!r} cannot be read: give seconds, such as 12 seconds")
    return _Length(span.seconds, span.words) if span else None


def _aspect(fields: BriefFields, prose: str) -> tuple[Aspect, str] | None:
    if fields.aspect is not None:
        return read_aspect(fields.aspect), fields.aspect
    found = find_aspect(prose)
    return (found[0], found[1]) if found else None


def _measures(length: _Length, aspect: tuple[Aspect, str] | None) -> list[Asked]:
    """Length and shape, where the brief names them."""
    asked = [Asked("seconds", length.words)] if length.words else []
    return asked + ([Asked("aspect", aspect[1])] if aspect else [])


def _asked(fields: BriefFields, told: list[Asked], language: Language) -> list[Asked]:
    """Everything asked besides the measures: what the prose tells in its own order, then what the fields add."""
    asked = list(told)
    asked += [Asked("words", f'title "{fields.title}"')] if fields.title else []
    asked += [Asked("words", f'words on screen "{words}"') for words in fields.words_on_screen]
    asked += [Asked("must", words) for words in fields.must]
    asked += [Asked("never", words) for words in fields.never]
    asked += part_look(", ".join(fields.palette), "palette", language) if fields.palette else []
    asked += file_style(fields.style, language) if fields.style else []
    asked += part_look(fields.mood, "mood", language) if fields.mood else []
    asked += [Asked("subject", fields.subject)] if fields.subject else []
    asked += [Asked("setting", fields.setting)] if fields.setting else []
    return asked


def _numbered(asked: list[Asked]) -> tuple[Requirement, ...]:
    unique = list(dict.fromkeys(asked))[:999]
    return tuple(Requirement(id=f"R{number}", kind=one.kind, text=one.text) for number, one in enumerate(unique, 1))
