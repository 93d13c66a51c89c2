"""How long the film is to be, read off words: `12 seconds`, `a half-minute spot`, `douze secondes`, `1:30`, `2 min`."""

import re
from dataclasses import dataclass

from aiprod_agents.brief_reading.values import BriefError

MAX_SECONDS = 600.0
DEFAULT_SECONDS = 12.0

_UNITS_EN = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_UNITS_FR = (
    "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
    "dix-sept dix-huit dix-neuf"
)
_TENS_EN = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
_TENS_FR = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "quatre-vingt-dix": 90}
_ONES = {word: value for words in (_UNITS_EN, _UNITS_FR) for value, word in enumerate(words.split(), 1)}
_ONES |= {"a": 1, "an": 1, "une": 1, "zero": 0, "zéro": 0}
_TENS = _TENS_EN | _TENS_FR
_TENS_WORD = "|".join(sorted(_TENS, key=len, reverse=True))
_ONES_WORD = "|".join(sorted(_ONES, key=len, reverse=True))
_NUMBER = rf"(?:[-−]?\d+(?:[.,]\d+)?|(?:{_TENS_WORD})(?:[- ](?:et[- ])?(?:{_ONES_WORD}))?|(?:{_ONES_WORD}))"
_SECOND = r"(?:seconds?|secondes?|secs?|s)"
_MINUTE = r"(?:minutes?|mins?|mn|m)"
_HOUR = r"(?:hours?|heures?|hrs?|h)"
_GAP = r"[\s-]?"

_SPAN = re.compile(
    rf"""(?<![\w.:])(?:
      (?P<half>(?:a\s+|une\s+|an?\s+)?(?:half[\s-]+an?[\s-]+minute|half[\s-]+minute|demi[\s-]minute))
    | (?P<quarter>(?:a\s+)?quarter[\s-]+of[\s-]+an?[\s-]+minute|(?:un\s+)?quart[\s-]+de[\s-]+minute)
    | (?P<clock>(?!9:16)\d{{1,2}}:[0-5]\d)(?!\d|\s*(?:am|pm|h\b|(?:in|du)\s|o'clock))
    | (?:\d+(?:[.,]\d+)?\s*[-–]\s*|{_NUMBER}\s+(?:to|à|or|ou)\s+)?(?P<number>{_NUMBER}){_GAP}(?:
          (?P<minute>{_MINUTE})\b
              (?:\s*(?:et|and)?\s*(?:(?P<and_half>a\s+half|demie)|(?P<rest>{_NUMBER}){_GAP}(?:{_SECOND}\b)?(?!\w)))?
        | (?P<second>{_SECOND})\b
        | (?P<hour>{_HOUR})\b
        | (?P<halves>and\s+a\s+half\s+minutes)\b )
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_FILM = (
    r"film|movie|spot|video|vidéo|clip|teaser|trailer|ad|advert|piece|loop|short|court[- ]métrage|"
    r"bande[- ]annonce|promo|announcement|annonce|portrait|story|countdown|explainer"
)
_AFTER_TOTAL = re.compile(
    rf"^[\s,-]*(?:[\w'’-]+\s+){{0,3}}?(?:long\b|in length|in all|in total|overall|au total|en tout|{_FILM})\b",
    re.IGNORECASE,
)
_BEFORE_TOTAL = re.compile(
    rf"(?:\b(?:{_FILM})\b[^.;:!?\n]{{0,24}}?|make it|lasts?|lasting|runs?|running time|length|duration|"
    rf"durée|dure|duree|seconds)\W*"
    r"(?:is|be|for|of|de|about|around|exactly|environ|est|a|une?|in|en|pendant|must be|should be|:|\s|\*)*$",
    re.IGNORECASE,
)
_PART = re.compile(
    r"(?:\b(?:first|last|final|hold|holds|after|for the|every|each|shot|pause|wait|premi[eè]res?|"
    r"derni[eè]res?|apr[eè]s|chaque|plan|"
    r"pendant|within|opening|stays?|lingers?)\b)[\s\w'’:]{0,16}$",
    re.IGNORECASE,
)
_CLOCK_TIME = re.compile(r"\b(?:at|à|by|around|vers|dès|until|from|since|opens|ouvre)\s*$", re.IGNORECASE)
_OF_DAY = re.compile(r"\s*(?:\d\d\b|du (?:matin|soir)|de l['’]après-midi|pile)", re.IGNORECASE)


@dataclass(frozen=True)
class Span:
    """A length of time that the brief names: seconds, the words, where, and whether it speaks of the whole film."""

    seconds: float
    words: str
    start: int
    weight: int
    """2 says that it is the whole film's, 1 may be, 0 is a part's."""


def find_spans(text: str) -> list[Span]:
    """Every length of time in the text, in order."""
    return [_to_span(text, match) for match in _SPAN.finditer(text) if not _is_clock_time(text, match)]


def total_seconds(text: str) -> Span | None:
    """The film's length as the prose gives it, or None.

    Raises:
        BriefError: two totals that differ, none or a negative one, or more than ten minutes.
    """
    spans = [span for span in find_spans(text) if span.weight > 0]
    strongest = max((span.weight for span in spans), default=0)
    totals = [span for span in spans if span.weight == strongest]
    if not totals:
        return None
    for other in totals[1:]:
        if abs(other.seconds - totals[0].seconds) > 0.01:
            raise BriefError(
                f"the brief gives two lengths, '{totals[0].words}' and '{other.words}': keep the one that is the film's"
            )
    check_seconds(totals[0].seconds, totals[0].words)
    return totals[0]


def check_seconds(seconds: float, words: str) -> None:
    """A film lasts more than 0 seconds and at most ten minutes, else `BriefError`."""
    if seconds <= 0:
        raise BriefError(f"the brief asks for '{words}': a film needs more than 0 seconds, for example 12")
    if seconds < 1:
        raise BriefError(f"the brief asks for '{words}': the shortest film is 1 second")
    if seconds > MAX_SECONDS:
        raise BriefError(f"the brief asks for '{words}': the longest film is 10 minutes (600 seconds)")


def _is_clock_time(text: str, match: re.Match[str]) -> bool:
    """`at 9:30` and `vers 5 heures du matin` are no lengths."""
    of_day = match["hour"] and _OF_DAY.match(text[match.end() :])
    return bool(of_day or ((match["clock"] or match["hour"]) and _CLOCK_TIME.search(text[: match.start()])))


def _to_span(text: str, match: re.Match[str]) -> Span:
    return Span(_value(match), " ".join(match.group(0).split()), match.start(), _weight(text, match))


def _value(match: re.Match[str]) -> float:
    if match["half"] or match["quarter"]:
        return 30.0 if match["half"] else 15.0
    if match["clock"]:
        minutes, seconds = match["clock"].split(":")
        return 60.0 * int(minutes) + int(seconds)
    number = _number(match["number"])
    if match["hour"]:
        return 3600.0 * number
    if match["minute"] or match["halves"]:
        halved = match["and_half"] or match["halves"]
        return 60.0 * number + (30.0 if halved else _number(match["rest"]) if match["rest"] else 0.0)
    return number


def _number(words: str) -> float:
    words = words.lower().strip()
    if words.lstrip("-−")[:1].isdigit():
        return float(words.replace("−", "-").replace(",", "."))
    if words in _ONES:
        return float(_ONES[words])
    for tens, value in sorted(_TENS.items(), key=lambda entry: -len(entry[0])):
        if words.startswith(tens):
            rest = re.sub(r"^[- ](?:et[- ])?", "", words[len(tens) :])
            return float(value + _ONES.get(rest, 0))
    raise ValueError(words)


def _weight(text: str, match: re.Match[str]) -> int:
    """How surely these words speak of the whole film, by what stands around them."""
    before, after = text[: match.start()][-60:], text[match.end() :][:60]
    before = re.split(r"[.;!?\n]", before)[-1]
    if _PART.search(before) and not _BEFORE_TOTAL.search(before):
        return 0
    if (
        match["half"] is None
        and match["clock"] is None
        and re.match(r"\s*(?:later|plus tard|into|in,|ago|before|earlier)", after)
    ):
        return 0
    alone = not re.sub(r"[\W\d]+", "", re.split(r"[,(]", before)[-1]) and re.match(r"\s*(?:[,.;)!\n]|$)", after)
    if alone or _AFTER_TOTAL.match(after) or _BEFORE_TOTAL.search(before):
        return 2
    return 1 if not match["clock"] else 0
