"""Requests taken apart: which words speak of the film, which of single shots, and what of them nobody can act on."""

import re
from collections.abc import Iterator
from typing import Any

from aiprod_agents.house_writer.changes import fold, parse_changes, part_title
from aiprod_agents.house_writer.lexicon import lexicons_of
from prompts import load_words

_NAMING = ("style", "palette", "setting", "subject", "weather", "hour")
NOTHING = "nothing in it that the house can act on"
_SENTENCE = re.compile(r"(?<=[.;!?])\s+|\n")
_CUT = re.compile(r"\s*,\s*(?:(?:and|but|et|mais)\s+)?|\s+(?:and|but|et|mais)\s+", re.IGNORECASE)
_NUMBERS = r"\d{1,3}(?:\s*(?:,|and|et|&|-|to|à)\s*(?:s|shot |plan )?\d{1,3})*(?!\s*(?:s|sec\w*)\b)"
_LEADING = (
    r"(?:\b(?P<within>in|on|for|during|of|from|dans|sur|pour|de|du|au)\s+)?(?:(?:the|le|la|les|l')\s*)?(?:very\s+)?"
)
_RANGE = re.compile(r"(\d+)\s*(?:-|to|à)\s*(?:s|shot |plan )?(\d+)", re.IGNORECASE)
_MADE = re.compile(r"\b(?:make|put|set|keep|have|let|mettez|faites|rendez|gardez)\s*$", re.IGNORECASE)


ShotName = int | str
"""A shot's number, from the end where it is negative, or a word for what it shows."""


def split_by_shot(text: str) -> tuple[str, dict[ShotName, str]]:
    """(what speaks of the film, by shot what speaks of it alone).

    Within a sentence what stands behind a shot's name is said of that shot, until another shot or the film is named.
    """
    general, by_shot = list[str](), dict[ShotName, str]()
    title, text = part_title(text)
    for sentence in _SENTENCE.split(text):
        pieces = split_request(sentence)
        named = [index for index, piece in enumerate(pieces) if _find_shots(piece)]
        numbers = _find_shots(pieces[named[0]]) if named and not _asks_before(pieces, named[0]) else ()
        kept: dict[tuple[ShotName, ...], list[str]] = {}
        for piece in pieces:
            numbers = _find_shots(piece) or (() if _speaks_of_film(piece) else numbers)
            kept.setdefault(numbers, []).append(_without_shot(piece))
        general.append(_closed(kept.pop((), []), sentence))
        for of, said in kept.items():
            by_shot |= {number: f"{by_shot.get(number, '')} {_closed(said, sentence)}".strip() for number in of}
    titled = f'title: "{title}"' if title else ""
    return " ".join(part for part in (*general, titled) if part).strip(), by_shot


def split_request(sentence: str) -> list[str]:
    """A sentence cut at its commas and conjunctions, but not inside a shot's name or a word that means something."""
    kept = [match.span() for match in _shot_names().finditer(fold(sentence))]
    kept += [(one.start, one.end) for lexicon in lexicons_of(sentence) for one in lexicon.find(sentence, *_NAMING)]
    cuts = [
        cut
        for cut in _CUT.finditer(sentence)
        if not any(start < cut.end() and cut.start() < end for start, end in kept)
    ]
    starts, ends = [0, *(cut.end() for cut in cuts)], [*(cut.start() for cut in cuts), len(sentence)]
    pieces = [sentence[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    return [piece for piece in pieces if re.search(r"\w", piece)]


def find_not_understood(text: str) -> list[str]:
    """The pieces of a request that change nothing, in their order and own words."""
    title, rest = part_title(text)
    return [
        piece.strip(" .;!?:")
        for sentence in _SENTENCE.split(rest if title else text)
        for piece in split_request(sentence)
        if not parse_changes(piece) and not _is_filler(piece)
    ]


def _is_filler(piece: str) -> bool:
    return bool(re.fullmatch(load_words("lexicon/changes")["filler"], fold(piece).strip(" .;!?:")))


def _asks_before(pieces: list[str], index: int) -> bool:
    """Whether a request of its own stands before the first shot that a sentence names.

    `Warmer, and the last shot at night` has one, `closer and darker in shot 2` has none.
    """
    asks, piece = load_words("lexicon/changes")["asks"], fold(pieces[index])
    shot = _shot_names().search(piece)
    opens = shot is not None and not piece[: shot.start()].strip() and bool(re.search(r"\w", piece[shot.end() :]))
    return index > 0 and (opens or all(re.search(asks, one) for one in (fold(pieces[0]), piece)))


def _speaks_of_film(piece: str) -> bool:
    return bool(re.search(load_words("lexicon/changes")["whole_film"], fold(piece)))


def _closed(pieces: list[str], sentence: str) -> str:
    """The pieces as one sentence, with the full stop that the whole one had."""
    said = ", ".join(piece.strip(" .;!?:,") for piece in pieces if re.search(r"\w", piece))
    return f"{said}{sentence.rstrip()[-1]}" if said and sentence.rstrip()[-1] in ".!?;" else said


def _shot_names() -> re.Pattern[str]:
    words: dict[str, Any] = load_words("lexicon/changes")
    ordinals = "|".join(sorted(map(re.escape, words["ordinals"]), key=len, reverse=True))
    counts, shots, ends = "|".join(words["counts"]), words["shot_words"], "|".join(words["ends"])
    return re.compile(
        rf"{_LEADING}(?:\b(?P<before>{counts})\s+)?(?:\b(?P<other>{ordinals})\s+(?:and|et)\s+(?:(?:the|le|la)\s+)?)?"
        rf"\b(?P<ordinal>{ordinals})\s+(?:(?P<count>{counts})\s+)?(?:{shots})\b\s*:?"
        rf"|{_LEADING.replace('within', 'in_numbered')}\b(?:(?:shots?|plans?)\s*|s(?=\d))(?P<numbers>{_NUMBERS})\b\s*:?"
        rf"|\bthe\s+(?P<end>{ends})\b{words['end_follows']}"
        rf"|{words['shot_of']}"
    )


def _find_shots(piece: str) -> tuple[ShotName, ...]:
    """The shots that a piece names, each once."""
    return tuple(dict.fromkeys(number for match in _shot_names().finditer(fold(piece)) for number in _numbers(match)))


def _numbers(match: re.Match[str]) -> Iterator[ShotName]:
    words: dict[str, Any] = load_words("lexicon/changes")
    if match["numbers"]:
        yield from map(int, re.findall(r"\d+", match["numbers"]))
        for first, last in _RANGE.findall(match["numbers"]):
            yield from range(int(first) + 1, int(last))
        return
    if match["shown"]:
        yield match["shown"]
        return
    if match["end"]:
        yield int(words["ends"][match["end"]])
        return
    if match["other"]:
        yield int(words["ordinals"][match["other"]])
    place = int(words["ordinals"][match["ordinal"]])
    count = int(words["counts"].get(match["count"] or match["before"] or "", 1))
    yield from (place + step if place > 0 else place - step for step in range(count))


def _without_shot(piece: str) -> str:
    """The piece without the shot's name; `make the last shot neon` becomes `make it neon`."""
    for match in reversed(list(_shot_names().finditer(fold(piece)))):
        within = match["within"] or match["in_numbered"]
        joint = " it " if not within and _MADE.search(piece[: match.start()]) else " "
        piece = f"{piece[: match.start()]}{joint}{piece[match.end() :]}"
    return re.sub(r"^(?:and|et)\s+", "", " ".join(piece.split()).strip(" ,:"))
