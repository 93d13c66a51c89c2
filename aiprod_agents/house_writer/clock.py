"""The hours that a text names, by word (`at dusk`) and by the clock (`3am`, `à cinq heures du matin`)."""

import re

from aiprod_agents.house_writer.lexicon import Lexicon

_NUMBERS = {
    word: number
    for words in (
        "one two three four five six seven eight nine ten eleven twelve",
        "une deux trois quatre cinq six sept huit neuf dix onze douze",
    )
    for number, word in enumerate(words.split(), 1)
}
_NUMBER = rf"(\d{{1,2}}|{'|'.join(_NUMBERS)})"
_EN = re.compile(
    rf"\b{_NUMBER}(?:[:.]\d\d)?\s*(?:o'clock\s*)?(am\b|pm\b|a\.m\.|p\.m\.|in the morning\b|in the afternoon\b"
    r"|in the evening\b|at night\b)",
    re.IGNORECASE,
)
_FR = re.compile(
    rf"\b{_NUMBER}\s?h(?:eures?)?(?:\s?\d\d)?\b\s*(du matin|de l['’]après-midi|du soir|de la nuit)?", re.IGNORECASE
)
_AFTERNOON = re.compile(r"p\.?m|afternoon|evening|après-midi|soir|night|nuit", re.IGNORECASE)
_NO_HOUR = re.compile(
    r"\b(?:one|every|each|some|per|any|this|two|three|\d+|un|chaque|tous les|quelques|deux|trois)\s+$", re.IGNORECASE
)
"""Before `day` it counts days and names no hour."""


def find_hours(lexicon: Lexicon, text: str) -> list[str]:
    """Every hour named, in order."""
    clock = [
        (match.start(), match.end(), _hour(match))
        for match in (_FR if lexicon.language == "fr" else _EN).finditer(text)
        if lexicon.language == "en" or match[2] or re.search(r"(?:à|vers|dès|est)\s$", text[: match.start()])
    ]
    words = [
        (mention.start, mention.end, mention.value)
        for mention in lexicon.find(text, "hour")
        if not (mention.words.lower() in ("day", "days", "jour", "jours") and _NO_HOUR.search(text[: mention.start]))
    ]
    free = [one for one in words if not any(one[0] < end and start < one[1] for start, end, _ in clock)]
    return [value for _, _, value in sorted([*clock, *free])]


def _hour(match: re.Match[str]) -> str:
    number = int(match[1]) if match[1].isdigit() else _NUMBERS[match[1].lower()]
    half = match[2] or ""
    if number < 12 and _AFTERNOON.search(half) and not (re.search("night|nuit", half, re.IGNORECASE) and number < 6):
        number += 12
    if number == 12 and re.match(r"a\.?m", half, re.IGNORECASE):
        number = 0
    limits = ((5, "night"), (8, "dawn"), (11, "morning"), (17, "day"), (18, "golden"), (21, "dusk"))
    return next((hour for limit, hour in limits if number < limit), "night")
