"""Which colour a brief gives to which thing, and which colours it asks of its palette."""

import re

from aiprod_agents.brief_reading.prose import split_sentences
from aiprod_agents.house_writer.bans import Ban
from aiprod_agents.house_writer.lexicon import Lexicon, Mention, tokenise
from memory.records import Brief


def colour_of(lexicon: Lexicon, text: str, subject: Mention) -> str | None:
    """The colour word beside a subject: before it in English, after it in French, or after `is`."""
    for colour in lexicon.find(text, "colour"):
        before = text[colour.end : subject.start] if colour.end <= subject.start else None
        after = text[subject.end : colour.start] if colour.start >= subject.end else None
        if lexicon.language == "en" and before is not None and _is_beside(lexicon, before):
            return colour.value
        near = after is not None and len(after.split()) <= 2 and not re.search(r"[,.;]", after)
        if near and (
            lexicon.language == "fr" or re.search(r"\b(?:is|are|painted|in|stays?|must be|be)\b", after or "")
        ):
            return colour.value
    return None


def _is_beside(lexicon: Lexicon, between: str) -> bool:
    """At most two adjectives part them: `green forest with birds` has no green birds."""
    words = [word for word, _, _ in tokenise(between)]
    if len(words) > 2 or re.search(r"[,.;]", between):
        return False
    return not any(word in lexicon.stop for word in words) and not lexicon.find(between, "subject", "setting")


def colours_of_things(lexicon: Lexicon, text: str, bans: frozenset[Ban]) -> dict[str, str]:
    """Subject value -> the first allowed colour that the text gives it."""
    colours: dict[str, str] = {}
    for sentence in split_sentences(text):
        for subject in lexicon.find(sentence, "subject"):
            colour = colour_of(lexicon, sentence, subject)
            if colour and ("colour", colour) not in bans:
                colours.setdefault(subject.value, colour)
    return colours


def palette_colours(lexicon: Lexicon, brief: Brief, bans: frozenset[Ban]) -> tuple[str, ...]:
    """What the brief asks of its palette: "#rrggbb" as written, else colour values."""
    asked = " . ".join(requirement.text for requirement in brief.requirements if requirement.kind == "palette")
    hexes = tuple(match.lower() for match in re.findall(r"#[0-9a-fA-F]{6}\b", asked))
    of_things = {colour_of(lexicon, asked, subject) for subject in lexicon.find(asked, "subject")}
    named = (m.value for m in lexicon.find(asked, "colour"))
    return hexes or tuple(dict.fromkeys(v for v in named if ("colour", v) not in bans and v not in of_things))
