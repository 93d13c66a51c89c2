"""What a brief forbids, as attribute and value of the renderer's vocabulary."""

import re
from collections.abc import Iterable

from aiprod_agents.house_writer.lexicon import Lexicon, Mention, tokenise
from prompts import load_words

Ban = tuple[str, str]
_NEVER = re.compile(
    r"\b(?:never|not|don't|avoid|nothing|nobody|no one|no|without|jamais|aucune?|sans|pas d[e'’]?|"
    r"évitez?|éviter|ni)\b",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"\b(?:nobody|no one|anyone|anybody|personne)\b", re.IGNORECASE)
_WITHIN = re.compile(
    r"\b(?:in|on|at|inside|aboard|with)\s+(?:it|them|him|her|the|his|its|their)\b"
    r"|\b(?:dedans|à bord)\b",
    re.IGNORECASE,
)
"""`Nobody in it` speaks of one thing, not of the film."""
_PLACED = re.compile(r"\b(?:in|on|at|by|under|during|dans|sur|sous|à|au|en|pendant)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)


def find_bans(lexicon: Lexicon, text: str) -> list[tuple[Ban, bool]]:
    """What a rule forbids, everything drawable behind the word that forbids, and whether that names the thing itself.

    What only says which thing is meant is not forbidden: `no red balloons`, `no people in the rain`.
    """
    never = _NEVER.search(text)
    after = text[never.end() :] if never else text
    found = [(("subject", "person"), True)] if _NOBODY.search(text) and not _WITHIN.search(text) else []
    subjects = lexicon.find(after, "subject")
    for attribute in ("subject", "setting", "hour", "weather", "style", "colour", "palette", "framing"):
        found += [
            ((attribute, mention.value), mention.exact)
            for mention in lexicon.find(after, attribute)
            if mention.words.lower() != "face" and (attribute == "subject" or not _qualifies(after, mention, subjects))
        ]
    found += _of_groups(after)
    if (("subject", "person"), True) in found:
        found += [(("subject", value), True) for value in load_words("house/structures")["people"]]
    if re.search(r"camera move|mouvement de caméra|moving camera", after, re.IGNORECASE):
        found.append((("camera", "moving"), True))
    return found


def _of_groups(text: str) -> list[tuple[Ban, bool]]:
    """Everything that a word for many things names, and none of it by its own name: `no vehicles`, `pas d'animaux`."""
    groups: dict[str, list[str]] = load_words("house/structures")["groups"]
    words = {word.removesuffix("s") for word, _, _ in tokenise(text)}
    return [(("subject", value), False) for word, values in groups.items() if word in words for value in values]


def bans_of(lexicon: Lexicon, rules: Iterable[str], told: str) -> frozenset[Ban]:
    """All that the rules forbid; who is only like what they name may stay where the brief itself asks for it.

    `Never show lightning` leaves the rain that the brief tells of, `no buildings` its lighthouse.
    """
    asked = {(mention.attribute, mention.value) for mention in lexicon.find(told) if mention.exact}
    return frozenset(ban for text in rules for ban, exact in find_bans(lexicon, text) if exact or ban not in asked)


def _qualifies(text: str, mention: Mention, subjects: list[Mention]) -> bool:
    """Whether the mention tells which subject is meant: its colour, or where and when it is."""
    if mention.attribute == "colour":
        return any(
            0 <= subject.start - mention.end <= 2 or 0 <= mention.start - subject.end <= 2 for subject in subjects
        )
    before = text[: mention.start]
    return any(subject.end <= mention.start for subject in subjects) and bool(_PLACED.search(before))
