"""The film's shape, read off words: `16:9`, `vertical`, `format carré`, `for stories`."""

import re

from aiprod_agents.brief_reading.values import BriefError
from memory.records import Aspect

_RATIO = re.compile(r"(?<![\w:.])(\d{1,3}(?:\.\d{1,2})?)\s?[:x×/]\s?(\d{1,3}(?:\.\d)?)(?!\w|:\d)")
_KNOWN_OTHERS = {
    "4:3",
    "3:4",
    "21:9",
    "9:21",
    "4:5",
    "5:4",
    "3:2",
    "2:3",
    "2:1",
    "1:2",
    "18:9",
    "2.39:1",
    "2.35:1",
    "1.85:1",
}
_ASPECT_WORD = re.compile(r"\b(?:aspect|ratio|format|image)\b\W*(?:ratio|is|of|de|est|:|\s)*$", re.IGNORECASE)
_FILM = (
    r"(?:film|video|vidéo|spot|clip|format|frame|screen|mode|orientation|post|version|teaser|ad|"
    r"advert|story|piece|écran)"
)
_SHAPES: dict[Aspect, str] = {
    "9:16": rf"\bvertical(?:e|ly)?\b(?=\s+{_FILM}|\s*[,.;!)\n]|\s*$)|\b{_FILM}\s+verticale?\b|"
    rf"\bportrait\s+{_FILM}|\bin portrait\b(?!\s+of)"
    rf"|\b(?:format|mode|en|{_FILM}\s+en)\s+portrait\b|\b(?:for|pour|in|on)\s+(?:\w+\s+)?(?:stories|"
    rf"reels|tiktok|shorts)\b"
    r"|\bfor (?:phones|the phone)\b|^\W*portrait\W*$",
    "1:1": rf"\bsquare[- ](?:\w+ )?{_FILM}|\b(?:in|a) square (?:format|frame)|\b{_FILM}\s+carr[ée]e?\b|"
    r"\ben carr[ée]\b(?! de\b)|^\W*(?:square|carr[ée])\W*$"
    r"|(?<=, )square(?=\s*[,.])|\bsquare, (?=\d)",
    "16:9": rf"\bwide[- ]?screen\b|\blandscape\s+{_FILM}|\bin landscape\b(?! of)|\b(?:format|"
    rf"mode)\s+paysage\b|\bhorizontal\s+{_FILM}"
    rf"|\b{_FILM}\s+horizontal|^\W*landscape\W*$",
}


def find_aspect(text: str) -> tuple[Aspect, str, int] | None:
    """The aspect, the words that gave it and where they stand, or None.

    Raises:
        BriefError: a ratio that cannot be rendered, or two different ones.
    """
    found = _ratios(text) + _words(text)
    for aspect, words, _ in found[1:]:
        if aspect != found[0][0]:
            raise BriefError(f"the brief gives two shapes, '{found[0][1]}' and '{words}': keep one")
    return found[0] if found else None


def read_aspect(value: str) -> Aspect:
    """An `aspect:` field: a ratio or a word, else `BriefError`."""
    found = find_aspect(f"aspect {value}" if value[:1].isdigit() else value.strip().lower())
    if found is None:
        raise _impossible(value)
    return found[0]


def _ratios(text: str) -> list[tuple[Aspect, str, int]]:
    found: list[tuple[Aspect, str, int]] = []
    for match in _RATIO.finditer(text):
        ratio = f"{match[1]}:{match[2]}"
        named = bool(_ASPECT_WORD.search(text[: match.start()][-30:]))
        if ratio == "16:9":
            found.append(("16:9", match[0], match.start()))
        elif ratio == "9:16":
            found.append(("9:16", match[0], match.start()))
        elif ratio == "1:1":
            found.append(("1:1", match[0], match.start()))
        elif ratio in _KNOWN_OTHERS or named:
            raise _impossible(match[0])
    return found


def _words(text: str) -> list[tuple[Aspect, str, int]]:
    hits = [
        (aspect, match[0], match.start())
        for aspect, pattern in _SHAPES.items()
        for match in re.finditer(pattern, text, re.IGNORECASE | re.MULTILINE)
    ]
    return sorted(hits, key=lambda hit: hit[2])


def _impossible(words: str) -> BriefError:
    return BriefError(f"the aspect {words!r} cannot be rendered: ask for 16:9, 9:16 (vertical) or 1:1 (square)")
