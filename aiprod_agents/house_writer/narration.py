"""Narration: English lines that a voice can speak within their shot, from the brief's words and the house's."""

import re
from collections.abc import Sequence
from typing import Any

from aiprod_agents.brief_reading.prose import quotes, split_sentences, without_quotes
from aiprod_agents.house_writer.choice import number_of
from aiprod_agents.house_writer.staging import Stage, Staged
from memory.records import Brief
from prompts import load_words

WORDS_PER_SECOND = 2.3
_BREATH_SECONDS = 0.4
_SPOKEN = re.compile(r"\b(?:v\.?o\.?(?=\W)|narrator|narration|voice[- ]?over|voice|spoken)\b", re.IGNORECASE)
_TELLING_KINDS = ("explainer", "announcement", "product", "comparison")


def narrate(brief: Brief, stage: Stage, shots: Sequence[Staged], seconds: Sequence[float]) -> list[str]:
    """One line a shot, most of them empty: a voice leaves room for the pictures."""
    room = [int((length - _BREATH_SECONDS) * WORDS_PER_SECOND) for length in seconds]
    given = _given_lines(brief.text)
    if given:
        return _lay(given, room)
    lines = [""] * len(shots)
    used: set[str] = set()
    every = 1 if stage.kind in _TELLING_KINDS else 2
    for index, shot in enumerate(shots):
        last = index == len(shots) - 1
        if index % every and not last:
            continue
        if every == 2 and last and index and lines[index - 1]:
            lines[index - 1] = ""
        line = _line(stage, shot, index, room[index], used)
        lines[index] = line
        used.add(line)
    return lines


def _line(stage: Stage, shot: Staged, index: int, num_words: int, used: set[str]) -> str:
    """The brief's own clause where the film explains or announces, else the house's line that fits the shot best."""
    if stage.kind in _TELLING_KINDS and shot.first_of_beat:
        own = _speakable(shot.beat.text)
        if 3 <= len(own.split()) <= num_words and own not in used:
            return own
    facts = _facts(stage, shot)
    best, best_score = "", 0.0
    for entry in _bank():
        text = str(entry["say"])
        if text in used or len(text.split()) > num_words or not _fits(entry.get("when", {}), facts):
            continue
        score = len(entry.get("when", {})) + number_of(*stage.key, "say", index, text) % 1000 / 1500
        if score > best_score:
            best, best_score = text, score
    return best


def _bank() -> list[dict[str, Any]]:
    bank: list[dict[str, Any]] = load_words("house/narration_en")
    return bank


def _fits(conditions: dict[str, Any], facts: dict[str, str]) -> bool:
    """Every condition names the shot's own value, or a list that has it."""
    return all(facts[name] in (value if isinstance(value, list) else [value]) for name, value in conditions.items())


def _facts(stage: Stage, shot: Staged) -> dict[str, str]:
    return {
        "kind": stage.kind,
        "mood": stage.mood,
        "role": shot.role,
        "subject": shot.subject.value,
        "exact": "yes" if shot.subject.exact else "no",
        "setting": shot.setting.value,
        "hour": shot.hour,
        "weather": shot.weather,
        "action": shot.action,
    }


def _speakable(text: str) -> str:
    """A clause of the brief as a spoken sentence: without brackets, with a capital and a full stop."""
    plain = re.sub(r"\s*\([^)]*\)|[*_#`\"“”]", "", text).strip(" ,;:-.")
    return f"{plain[:1].upper()}{plain[1:]}." if plain and re.search(r"[a-z]", plain) else ""


def _given_lines(text: str) -> list[str]:
    """What the brief itself gives a narrator to say."""
    lines: list[str] = []
    for sentence in split_sentences(text):
        if _SPOKEN.search(without_quotes(sentence)):
            lines += [quoted for quoted, _ in quotes(sentence)]
    return lines


def _lay(lines: list[str], room: Sequence[int]) -> list[str]:
    """Lay given lines over the shots in their order, spread evenly, each on a shot that it fits where there is one.

    More lines than shots share the last shot.
    """
    laid = [""] * len(room)
    first = 0
    for number, line in enumerate(lines):
        last = max(first, len(room) - (len(lines) - number))
        free = range(first, min(last, len(room) - 1) + 1)
        if not free:
            laid[-1] = f"{laid[-1]} {line}"
            continue
        wanted = number * len(room) / len(lines)
        fitting = [index for index in free if len(line.split()) <= room[index]] or list(free)
        index = min(fitting, key=lambda one: abs(one - wanted))
        laid[index] = line
        first = index + 1
    return laid
