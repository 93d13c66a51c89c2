"""What the brief asks or forbids, clause by clause, in its own words: musts, nevers, words, looks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aiprod_agents.brief_reading.looks import Asked, file_looks
from aiprod_agents.brief_reading.negation import MUSIC_OFF, VOICE_OFF, part_sentence
from aiprod_agents.brief_reading.prose import quotes, split_sentences, without_quotes
from memory.records import Language

_MUST = re.compile(
    r"\b(?:must|has to|have to|needs? to|make sure|always|be sure|required?|essential|doit|doivent|"
    r"il faut|toujours|obligatoire(?:ment)?|impératif|veiller à)\b",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"\b(?:titled?|entitled|called|named|words?|text|texts|caption|card|tagline|slogan|reads?|says?|"
    r"line|on[- ]screen|super|sign[- ]?off|"
    r"titre|intitulé|intitulée|mots?|texte|carton|accroche|écran|termine[rz]? (?:sur|par)|"
    r"fini(?:r|t|ssez|ssons) (?:sur|par|avec)|conclu\w* (?:sur|par|avec)|ends? (?:on|"
    r"with)|ending (?:on|with)|clos(?:e|es|ing) (?:on|with)|finish(?:es|ing)? (?:on|with)|"
    r"(?:opens?|begins?|starts?) (?:on|with)|appears?|written|sign|name|at the (?:very )?(?:end|start)|"
    r"à la fin|en fin|pour finir|au début)\b",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    r"\b(?:v\.?o\.?(?=\W)|narrator|narration|voice[- ]?over|voice|voix|narrateur|spoken)\b", re.IGNORECASE
)
_SAYING = re.compile(
    r"\b(?:says?|said|asks?|whispers?|calls?|shouts?|cries|speaks?|tells?|thinks?|sings?|dialogue|dit|demande|murmure|crie|"
    r"parle|pense|chante)\b",
    re.IGNORECASE,
)
"""Before a quotation it says who speaks it."""
_MEASURE = re.compile(r"\s+\d+(?:[.,]\d+)?\s*(?:s|sec|seconds?|secondes?)\b[\s.,;]*$", re.IGNORECASE)
"""A film's length that stands right behind a quotation."""
_TITLE = re.compile(
    r"\b(?:titled?|entitled|called|named|title card|titre|intitulée?)\b[\s\w:,'’]{0,24}$", re.IGNORECASE
)
_SILENT = re.compile(
    r"\bsilent (?:film|spot|video|clip|movie)\b|\b(?:film|video|spot|clip) (?:is|must be|should be|"
    r"stays) silent\b|^\W*silent\W*$|"
    r"\bno sound\b|\bfilm muet\b|\bsans (?:aucun )?son\b(?! \w)|\bmuet\b|,\s*silent\s*[,.;]|^silent,",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class WordsAsked:
    """Words on screen as they stand in quotes, and the title when one of them is called so."""

    title: str | None
    words: tuple[str, ...]


def find_asked(prose: str, language: Language) -> list[Asked]:
    """Everything that sentence by sentence reads as a requirement, in the brief's order and own words."""
    asked: list[Asked] = []
    for sentence, is_quotation in _sentences(prose):
        asked += [Asked("words", sentence)] if is_quotation else _asked_of(sentence, language)
    return asked


def find_words(prose: str) -> WordsAsked:
    """Quoted strings that the brief wants to see; quotes that a voice speaks are not among them."""
    title, words = None, list[str]()
    for sentence, is_quotation in _sentences(prose):
        if is_quotation:
            words += [quoted for quoted, _ in quotes(sentence)]
            continue
        wanted = " ".join(part for forbidden, part in part_sentence(sentence) if not forbidden)
        if not _WORDS.search(without_quotes(wanted)) or _SPOKEN.search(without_quotes(sentence)):
            continue
        for quoted, start in quotes(wanted):
            if title is None and _TITLE.search(wanted[:start]):
                title = quoted
            else:
                words.append(quoted)
    return WordsAsked(title, tuple(dict.fromkeys(words)))


def _sentences(prose: str) -> Iterator[tuple[str, bool]]:
    """Each sentence, and whether it is nothing but words to show: a quotation that nobody speaks."""
    before = ""
    for sentence in split_sentences(prose):
        measure = _MEASURE.search(sentence)
        words = sentence[: measure.start()] if measure else sentence
        is_bare = bool(quotes(words)) and not re.search(r"\w", without_quotes(words))
        if not is_bare:
            before = without_quotes(sentence)
        is_shown = is_bare and not (_SPOKEN.search(before) or _SAYING.search(before))
        yield words if is_shown else sentence, is_shown


def wants_sound(prose: str) -> tuple[bool, bool]:
    """(wants narration, wants music)."""
    if _SILENT.search(prose):
        return False, False
    return not VOICE_OFF.search(prose), not MUSIC_OFF.search(prose)


def _asked_of(sentence: str, language: Language) -> list[Asked]:
    asked: list[Asked] = []
    for forbidden, part in part_sentence(sentence):
        asked += [Asked("never", part)] if forbidden else _wanted(part, language)
    return asked


def _wanted(part: str, language: Language) -> list[Asked]:
    """What a part that forbids nothing asks for."""
    bare = without_quotes(part)
    asked: list[Asked] = []
    if quotes(part) and _WORDS.search(bare) and not _SPOKEN.search(bare):
        asked.append(Asked("words", part))
    elif _MUST.search(bare):
        asked.append(Asked("must", part))
    return asked + file_looks(part, language)
