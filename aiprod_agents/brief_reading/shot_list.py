"""A shot list that the brief itself brings: a `Shots:` section or numbered lines, each with or without its seconds."""

import re
from pathlib import Path

from aiprod_agents.brief_reading.durations import find_spans
from aiprod_agents.brief_reading.pictures import find_opening, without_pictures
from aiprod_agents.brief_reading.prose import Section
from aiprod_agents.brief_reading.values import BriefError
from memory.records import BriefShot

SHORTEST_SHOT = 0.5
_HEADING = re.compile(
    r"^(?:the\s+)?(?:shots?|shot ?list|storyboard|scenes?|plans?|découpage|séquences?|liste des plans)\b", re.IGNORECASE
)
_NUMBERED = re.compile(r"^\s*(?:shot|plan|scene|scène)?\s*\d{1,2}\s*[.):–-]\s*(.+)$", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•+]|\d{1,2}[.)]|(?:shot|plan|scene|scène)\s*\d{1,2}\s*[:.–-])\s*(.+)$", re.IGNORECASE)
_SECONDS_MARK = re.compile(
    r"\s*[([]\s*[^()\[\]]{0,12}?\d+(?:[.,]\d+)?\s*(?:s|sec|secs|seconds?|secondes?)\s*[)\]]\s*|"
    r"\s*[,–—:-]\s*\d+(?:[.,]\d+)?\s*(?:s|sec|secs|seconds?|secondes?)\s*\.?$|^\s*\d+(?:[.,]\d+)?\s*(?:s|sec|seconds?|secondes?)\s*[:,–—-]\s*",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"^(\d{1,3})\s*(?:s|sec)?\s*[-–]\s*(\d{1,3})\s*(?:s|secs?|seconds?|secondes?)?\s*[:,–—-]\s+", re.IGNORECASE
)
"""From when to when: `0-4s: the beach`."""


def find_shot_list(sections: list[Section]) -> tuple[tuple[BriefShot, ...], str]:
    """The shots, and the prose that is left without their lines.

    Without a heading that says so, numbered lines are a shot list when there are at least two of them.
    """
    for section in sections:
        if _HEADING.match(section.heading):
            shots = [shot for line in section.lines if (shot := _to_shot(line, _BULLET))]
            if shots:
                spoken = tuple(line for line in section.lines if not _BULLET.match(line))
                rest = [Section("", 0, spoken) if other is section else other for other in sections]
                return tuple(shots), _prose(rest)
    shots = [shot for section in sections for line in section.lines if (shot := _to_shot(line, _NUMBERED))]
    if len(shots) < 2:
        return (), _prose(sections)
    kept = [
        Section(section.heading, section.level, tuple(line for line in section.lines if not _NUMBERED.match(line)))
        for section in sections
    ]
    return tuple(shots), _prose(kept)


def _prose(sections: list[Section]) -> str:
    """Text of the sections; a label such as `Must:` opens each of its lines, so that they read as what they are."""
    return "\n\n".join(filter(None, (_labelled(section) for section in sections)))


def _labelled(section: Section) -> str:
    label = section.heading.lower()
    opener = next((word for key, word in _LABELS.items() if re.match(key, label)), "")
    if not opener:
        return section.text
    lines = (re.sub(r"^\s*(?:[-*•+]|\d{1,2}[.)])\s*", "", line).strip() for line in section.lines)
    return "\n\n".join(
        line if line.lower().startswith(opener.lower()) else f"{opener} {line}" for line in lines if line
    )


_LABELS = {
    r"(?:musts?|must[- ]haves?|requirements?)\b": "Must:",
    r"(?:impératifs?|à montrer|obligatoire)\b": "Obligatoire :",
    r"(?:nevers?|avoid|must not|don'?ts?|not wanted)\b": "Never",
    r"(?:jamais|à éviter|interdits?)\b": "Jamais",
    r"(?:palette|colou?rs?)\b": "Palette:",
    r"couleurs?\b": "Couleurs :",
    r"(?:mood|tone)\b": "Mood:",
    r"(?:ton|ambiance)\b": "Ambiance :",
    r"(?:words on screen|on screen|text on screen)\b": "Words on screen:",
    r"(?:mots à l'écran|textes?)\b": "Mots à l'écran :",
    r"(?:duration|length|durée)\b": "Duration:",
}


def _to_shot(line: str, mark: re.Pattern[str]) -> BriefShot | None:
    match = mark.match(line)
    if match is None or not match[1].strip():
        return None
    opening, told = find_opening(match[1]), without_pictures(match[1]).strip()
    told = told or (_words_of(opening) if opening else "")
    if not told:
        return None
    said, ranged = _RANGE.sub("", told), _RANGE.match(told)
    timed = _SECONDS_MARK.search(said)
    spans = find_spans(timed[0] if timed else said)
    text = _SECONDS_MARK.sub(" ", said).strip(" ,–—-") if timed else said
    seconds = spans[0].seconds if spans else None
    check_shot_seconds(seconds, told)
    if seconds is None and ranged:
        seconds = max(0.0, float(ranged[2]) - float(ranged[1])) or None
    return BriefShot(text=text or said, seconds=seconds, first_frame=opening)


def check_shot_seconds(seconds: float | None, shot: str) -> None:
    """A shot that says how long it is lasts at least half a second, else `BriefError`."""
    if seconds is not None and seconds < SHORTEST_SHOT:
        raise BriefError(
            f"the shot '{shot[:60]}' lasts {seconds:g} seconds: give it at least {SHORTEST_SHOT:g}, or leave them out"
        )


def _words_of(picture: str) -> str:
    """What a shot of nothing but a picture shows, by the picture's name."""
    return re.sub(r"[-_.\d]+", " ", Path(picture).stem).strip() or Path(picture).stem
