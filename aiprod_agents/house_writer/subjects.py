"""The hero and the place of a film: named, or what means most nearly what is named, and said so."""

import re
from dataclasses import replace

from aiprod_agents.brief_reading.prose import without_parts, without_quotes
from aiprod_agents.house_writer.bans import Ban
from aiprod_agents.house_writer.beats import Beat
from aiprod_agents.house_writer.changes import Changes
from aiprod_agents.house_writer.lexicon import Lexicon, get_lexicon
from aiprod_agents.house_writer.meaning import Meaning
from aiprod_agents.house_writer.naming import Thing
from aiprod_agents.house_writer.reading import Reading
from aiprod_agents.house_writer.staging import house_rules
from memory.records import Brief

_NOUN_EN = re.compile(
    r"\b(?:an?|the|his|her|its|their|our|my|some)\s+((?:[a-z'-]+\s+){0,2}?[a-z'-]+)(?=\s+(?:of|in|on|at|"
    r"is|are|and|with|that|who|to|for|by|from|[a-z]+s)\b|[,.;:!?]|$)",
    re.IGNORECASE,
)
_NOUN_FR = re.compile(
    r"\b(?:une?|le|la|les|des|du|l['’]|sa|son|ses|"
    r"notre)\s*([\w'’-]+(?:\s+[\w-]+)?)",
    re.IGNORECASE,
)
_PLACED = re.compile(
    r"\b(?:in|on|at|inside|into|through|across|near|over|under|around|along|by|dans|sur|devant|sous|derrière|vers|à|au)\s+$",
    re.IGNORECASE,
)
_NOT_SHOWN = re.compile(r"\b(?:for|about|like|as|pour|comme)\s+$", re.IGNORECASE)
"""Before a noun it names whom the film is for, or what something is only compared with."""
_LIKENESS = {"subject": 0.42, "setting": 0.5}
_LIKENESS_IN_PASSING = 0.54
"""Of a word in one event: `pagoda` is near enough to a lighthouse (0.55), `secret` is no fish (0.50)."""


async def find_hero(
    brief: Brief, reading: Reading, setting: Thing | None, changes: Changes, meaning: Meaning, notes: list[str]
) -> Thing:
    """Who or what the film is about."""
    wanted = changes.wants.get("subject")
    if wanted and ("subject", wanted) not in reading.bans:
        return Thing(wanted, "", exact=True)
    if reading.subjects:
        return reading.subjects[0]
    found = await _by_meaning(brief, reading, "subject", meaning)
    if found:
        notes.append(f"'{found.words}' is not in the renderer's vocabulary: the nearest by meaning is {found.value}")
        return found
    rules = house_rules()
    if setting is None:
        motifs = {value: words for value, words in rules["motifs"].items() if ("subject", value) not in reading.bans}
        value = await meaning.most_like(reading.left or brief.text[:200], motifs or rules["motifs"])
        notes.append(f"the brief names nothing that can be drawn: a {value} stands for it")
    else:
        usual = str(rules["dwellers"][setting.value])
        options = (usual, "tree", "bird", "balloon", "lighthouse", "person")
        value = next((one for one in options if ("subject", one) not in reading.bans), usual)
        notes.append(f"the brief names a place and nobody in it: a {value} is shown there")
    return Thing(value, "", exact=True)


async def find_setting(
    brief: Brief, reading: Reading, changes: Changes, meaning: Meaning, notes: list[str]
) -> Thing | None:
    """Where the film plays, or None when the brief does not say."""
    wanted = changes.wants.get("setting")
    if wanted and ("setting", wanted) not in reading.bans:
        return Thing(wanted, "", exact=True)
    if reading.setting:
        return reading.setting
    found = await _by_meaning(brief, reading, "setting", meaning)
    if found:
        notes.append(f"'{found.words}' is not in the renderer's vocabulary: the nearest by meaning is {found.value}")
    return found


async def _by_meaning(brief: Brief, reading: Reading, attribute: str, meaning: Meaning) -> Thing | None:
    """The noun of the brief that is nearest to anything the renderer can draw, when near enough."""
    banned = frozenset(value for name, value in reading.bans if name == attribute)
    best: tuple[float, Thing] | None = None
    nevers = [requirement.text for requirement in brief.requirements if requirement.kind == "never"]
    for noun in _nouns(without_parts(without_quotes(brief.text), nevers), get_lexicon(brief.language), attribute):
        nearest = await meaning.nearest(noun, attribute, banned)
        if nearest.likeness > (best[0] if best else _LIKENESS[attribute]):
            best = (nearest.likeness, Thing(nearest.value, noun, exact=False))
    return best[1] if best else None


async def name_by_meaning(beat: Beat, lexicon: Lexicon, banned: frozenset[Ban], meaning: Meaning) -> Beat:
    """The beat with what it names by an unknown word, as the nearest thing that can be drawn, if near enough.

    A beat that names a thing by a known word, or means one by a pronoun, stays as it is.
    """
    if beat.subjects or beat.pronoun:
        return beat
    values = frozenset(value for name, value in banned if name == "subject")
    for noun in _nouns(without_quotes(beat.text), lexicon, "subject"):
        nearest = await meaning.nearest(noun, "subject", values)
        if nearest.likeness > _LIKENESS_IN_PASSING:
            return replace(beat, subjects=(Thing(nearest.value, noun, exact=False),))
    return beat


def _nouns(text: str, lexicon: Lexicon, attribute: str) -> list[str]:
    """Things that a text names with an article, at most a dozen: places where something is, else what is shown."""
    pattern = _NOUN_FR if lexicon.language == "fr" else _NOUN_EN
    nouns = []
    for match in pattern.finditer(text):
        before, noun = text[: match.start()], match[1].strip().lower()
        placed = bool(_PLACED.search(before))
        wanted = placed if attribute == "setting" else not placed and not _NOT_SHOWN.search(before)
        if wanted and not lexicon.find(noun, "subject", "setting", "hour", "weather", "camera", "style"):
            nouns.append(" ".join(word for word in noun.split() if word not in lexicon.stop))
    return list(dict.fromkeys(noun for noun in nouns if len(noun) > 2))[:12]
