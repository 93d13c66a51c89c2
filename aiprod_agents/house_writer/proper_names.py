"""Proper names that a brief gives its things: `Milo, a small cat`, `un chat nommé Milo`."""

import re
from collections.abc import Iterator

from aiprod_agents.house_writer.lexicon import Lexicon, Mention
from aiprod_agents.house_writer.naming import to_thing

_GOES_ON = re.compile(r"\s*(?:$|[,.;:!?()–—]|(?:who|that|which|with|from|of|in|qui|que|avec|de|du|des|dans)\b)")
"""What may follow the noun that a name stands for; behind `coffee` in `a coffee brand` there is more of the noun."""


def find_proper_names(lexicon: Lexicon, text: str) -> dict[str, str]:
    """Name -> its thing as a phrase, such as `the cat`; only names that the text uses again."""
    names: dict[str, str] = {}
    for name, named in _namings(lexicon, text):
        if name.lower() not in lexicon.stop and len(_places(name).findall(text)) > 1:
            names.setdefault(name, named)
    return names


def in_common_words(text: str, names: dict[str, str]) -> str:
    """The text with its things in place of their names."""
    for name, thing in names.items():
        text = _places(name).sub(thing, text)
    return text


def _namings(lexicon: Lexicon, text: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(lexicon.words["name_first"], text):
        before = re.findall(r"\w+", text[: match.start()])[-1:]
        if before and before[0].lower() in lexicon.stop and before[0].lower() not in lexicon.words["and_words"]:
            continue  # `In Bruges, a boat` names a place
        first = lexicon.first(match["thing"], "subject")
        if first and not lexicon.find(match["name"]) and _GOES_ON.match(match["thing"][first.end :]):
            yield match["name"], _phrase(lexicon, match["thing"], first)
    for match in re.finditer(lexicon.words["name_last"], text):
        last = next(iter(lexicon.find(match["thing"], "subject")[::-1]), None)
        if last and last.end == len(match["thing"]):
            yield match["name"], _phrase(lexicon, match["thing"], last)


def _phrase(lexicon: Lexicon, text: str, mention: Mention) -> str:
    thing = to_thing(lexicon, text, mention)
    article = "the" if lexicon.language == "en" else "la" if thing.feminine else "le"
    return f"{article} {thing.phrase}"


def _places(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(name)}\b")
