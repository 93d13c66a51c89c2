"""What the brief asks or forbids, clause by clause, in its own words: musts, nevers, words, palette, mood."""

import re
from dataclasses import dataclass
from typing import Literal

from aiprod_agents.brief_reading.prose import quotes, split_sentences, without_quotes

Kind = Literal["must", "never", "seconds", "aspect", "words", "palette", "subject", "setting", "mood"]

_NEVER = re.compile(
    r"\b(?:never|must not|must never|mustn't|don't|do not|avoid|nothing|(?:show |shows )?(?:nobody|"
    r"no one)(?: is| to be)? (?:seen|visible|appears?|in|on|at)\b|not a single|no(?! (?:one|longer|"
    r"matter|doubt|sooner|more than|less than)\b)"
    r"|without(?! (?:doubt|end|fail|haste|hurry)\b)|jamais|aucune?|sans(?! (?:doute|cesse|fin|hâte|"
    r"bruit|un bruit|arrêt)\b)|pas d[e'’]|évite[rz]?|surtout pas|ni)\b",
    re.IGNORECASE,
)
_DIRECT_NEVER = re.compile(
    r"^(?:and\s+|et\s+)?(?:never|jamais)\b|\b(?:must|should|may|can|do|we|doit|doivent|ne)\s+never|"
    r"\bnever\s+(?:show|use|cut|leave|see|any)",
    re.IGNORECASE,
)
_MUST = re.compile(
    r"\b(?:must|has to|have to|needs? to|make sure|always|be sure|required?|essential|doit|doivent|"
    r"il faut|toujours|obligatoire(?:ment)?|impératif|veiller à)\b",
    re.IGNORECASE,
)
_PALETTE = re.compile(
    r"\b(?:palette|colou?rs?|couleurs?|tones|tons|teintes|colou?r scheme|shades|hues|#[0-9a-f]{6})\b|"
    r"#[0-9a-f]{6}\b",
    re.IGNORECASE,
)
_MOOD = re.compile(
    r"\b(?:mood|tone|feel(?:ing)?|atmosphere|vibe|ambiance|ton|atmosphère|humeur|esprit)\b", re.IGNORECASE
)
_WORDS = re.compile(
    r"\b(?:titled?|entitled|called|named|words?|text|texts|caption|card|tagline|slogan|reads?|says?|"
    r"line|on[- ]screen|super|sign[- ]?off|"
    r"titre|intitulé|intitulée|mots?|texte|carton|accroche|écran|se termine (?:sur|par)|ends? (?:on|"
    r"with)|ending (?:on|with)|closing (?:on|with)|finit sur)\b",
    re.IGNORECASE,
)
_SPOKEN = re.compile(r"\b(?:narrator|narration|voice[- ]?over|voice|voix|narrateur|spoken)\b", re.IGNORECASE)
_TITLE = re.compile(
    r"\b(?:titled?|entitled|called|named|title card|titre|intitulée?)\b[\s\w:,'’]{0,24}$", re.IGNORECASE
)
_MUSIC_OFF = re.compile(
    r"\b(?:no|without(?: any)?|sans|pas de)\s+(?:\w+\s+(?:or|ou|and|et|nor|ni)\s+)?(?:music|musique|soundtrack)\b",
    re.IGNORECASE,
)
_VOICE_OFF = re.compile(
    r"\b(?:no|without(?: any)?|sans|pas de)\s+(?:\w+\s+(?:or|ou|and|et|nor|ni)\s+)?(?:narration|"
    r"narrator|voice[- ]?over|voice|voix(?: off)?|speech|dialogue|words spoken|narrateur)\b",
    re.IGNORECASE,
)
_SILENT = re.compile(
    r"\bsilent (?:film|spot|video|clip|movie)\b|\b(?:film|video|spot|clip) (?:is|must be|should be|"
    r"stays) silent\b|^\W*silent\W*$|"
    r"\bno sound\b|\bfilm muet\b|\bsans (?:aucun )?son\b(?! \w)|\bmuet\b|,\s*silent\s*[,.;]|^silent,",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class Asked:
    """One thing asked, before it is numbered."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class WordsAsked:
    """Words on screen as they stand in quotes, and the title when one of them is called so."""

    title: str | None
    words: tuple[str, ...]


def find_asked(prose: str) -> list[Asked]:
    """Everything that sentence by sentence reads as a requirement, in the brief's order and own words."""
    asked: list[Asked] = []
    for sentence in split_sentences(prose):
        asked.extend(_asked_of(sentence))
    return asked


def find_words(prose: str) -> WordsAsked:
    """Quoted strings that the brief wants to see; quotes that a voice speaks are not among them."""
    title, words = None, list[str]()
    for sentence in split_sentences(prose):
        if not _WORDS.search(without_quotes(sentence)) or _SPOKEN.search(without_quotes(sentence)):
            continue
        for quoted, start in quotes(sentence):
            if title is None and _TITLE.search(sentence[:start]):
                title = quoted
            else:
                words.append(quoted)
    return WordsAsked(title, tuple(dict.fromkeys(words)))


def wants_sound(prose: str) -> tuple[bool, bool]:
    """(wants narration, wants music)."""
    if _SILENT.search(prose):
        return False, False
    return not _VOICE_OFF.search(prose), not _MUSIC_OFF.search(prose)


def _asked_of(sentence: str) -> list[Asked]:
    bare = without_quotes(sentence)
    asked: list[Asked] = []
    if quotes(sentence) and _WORDS.search(bare) and not _SPOKEN.search(bare):
        asked.append(Asked("words", sentence))
    elif _MUST.search(bare) and not _NEVER.search(bare):
        asked.append(Asked("must", sentence))
    if _PALETTE.search(bare) and not _NEVER.search(bare):
        asked.append(Asked("palette", sentence))
    elif _MOOD.search(bare) and len(bare) < 160:
        asked.append(Asked("mood", sentence))
    return asked + [Asked(kind, text) for kind, text in _clauses(sentence)]


def _clauses(sentence: str) -> list[tuple[Kind, str]]:
    """The clauses that forbid, and the musts that stand beside them in one sentence."""
    found: list[tuple[Kind, str]] = []
    if not _NEVER.search(without_quotes(sentence)):
        return found
    for clause in re.split(
        r"(?<=[,;])\s+(?=(?:no|never|without|but|and|mais|et|sans|jamais|pas)\b)|;\s+|\s+(?=but\b|mais\b)", sentence
    ):
        bare = without_quotes(clause)
        never = _NEVER.search(bare)
        if never and _forbids(bare, never):
            found.append(("never", clause.strip(" ,;.")))
        elif _MUST.search(bare):
            found.append(("must", clause.strip(" ,;.")))
    return found


def _forbids(clause: str, never: re.Match[str]) -> bool:
    """A tale may say `never` of its hero; a brief forbids when it speaks to the maker."""
    if never[0].lower() in ("never", "jamais"):
        return bool(_DIRECT_NEVER.search(clause.strip()))
    return bool(_NEVER.search(_VOICE_OFF.sub("", _MUSIC_OFF.sub("", clause))))
