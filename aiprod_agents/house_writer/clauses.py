"""A brief's sentences cut where a new event begins, and rid of what speaks of the film instead of what it shows."""

import re
from itertools import pairwise

from aiprod_agents.brief_reading.prose import without_quotes
from aiprod_agents.house_writer.lexicon import Lexicon, tokenise

_SPLIT = re.compile(
    r"\s*;\s+|\s+[—–]\s+|,?\s+(?:and\s+|et\s+)?(?:then|finally|puis|ensuite|enfin)\b,?\s*|,\s+(?:until|"
    r"jusqu'à ce qu[e'])\s*",
    re.IGNORECASE,
)
PREPOSITION = re.compile(
    r"(?:as|like|comme|in|on|at|to|over|from|with|of|under|through|across|by|into|near|past|along|until|"
    r"for|where|who|which|that|small|very|"
    r"dans|sur|à|au|aux|de|du|des|avec|sous|par|vers|chez|où|qui|que|pour|jusqu)\b",
    re.IGNORECASE,
)
_COMMA = re.compile(r",\s+(?:and\s+|et\s+)?|\s+(?:and|et)\s+")


def split_clauses(lexicon: Lexicon, sentence: str) -> list[str]:
    """A sentence cut where a new event begins."""
    clauses: list[str] = []
    for part in _SPLIT.split(sentence):
        pieces = _with_marks(part)
        start = len(clauses)
        for piece in pieces:
            if len(clauses) > start and not _is_new(lexicon, clauses[-1], piece):
                clauses[-1] += piece
            else:
                clauses.append(
                    re.sub(r"^(?:,|\s|and\b|et\b)+", "", piece, flags=re.IGNORECASE) if len(clauses) > start else piece
                )
    return [clause.strip(" ,;.") for clause in clauses if re.search(r"\w{2}", clause)]


def _with_marks(part: str) -> list[str]:
    """Cut before each comma or `and`, keeping it, but never inside quotes."""
    shielded = without_quotes(part)
    cuts = [0, *(match.start() for match in _COMMA.finditer(shielded)), len(part)]
    return [part[start:end] for start, end in pairwise(cuts) if part[start:end]]


def _is_new(lexicon: Lexicon, told: str, piece: str) -> bool:
    """Whether a piece behind a comma tells something of its own: another event, or another picture of a list."""
    if _tells(lexicon, piece) and _tells(lexicon, told):
        return True
    plain = _plain(piece)
    if not piece.startswith(",") or PREPOSITION.match(plain) or len(plain.split()) < 2:
        return False
    return all(len(part.split()) > 1 and lexicon.find(part, "subject", "setting") for part in (_plain(told), plain))


def _plain(piece: str) -> str:
    return re.sub(r"^(?:,|\s|and\b|et\b)+", "", without_quotes(piece), flags=re.IGNORECASE)


def _tells(lexicon: Lexicon, piece: str) -> bool:
    """An event has a verb, and someone before it: a thing that can be drawn, a pronoun, or whoever acted last."""
    plain = _plain(piece)
    action = lexicon.first(plain, "action")
    if action is None or len(plain.split()) < 3:
        return False
    before = plain[: action.start]
    return not before.split() or bool(lexicon.find(before, "subject")) or has_pronoun(lexicon, before)


def opens_on_pronoun(lexicon: Lexicon, text: str) -> bool:
    """`It sails`, but not `It is dusk`."""
    words = [word for word, _, _ in tokenise(text)[:2]]
    return bool(words) and words[0] in lexicon.pronouns and words[1:] != ["is"]


def has_pronoun(lexicon: Lexicon, text: str) -> bool:
    """Whether any word is a pronoun for who acts."""
    return any(word in lexicon.pronouns for word, _, _ in tokenise(text))


def gist(lexicon: Lexicon, clause: str) -> str:
    """The clause without quoted words and without what speaks of the film instead of what it shows."""
    told = " ".join(without_quotes(clause).split())
    for pattern in lexicon.words["tails"]:
        told = re.sub(pattern, "", told, flags=re.IGNORECASE)
    told = told.strip(" ,;:.-")
    head, colon, rest = told.partition(":")
    if (
        colon
        and rest.strip()
        and len(head) < 60
        and not lexicon.find(head, "subject", "setting", "action", "hour", "weather")
    ):
        told = rest.strip()
    for pattern in lexicon.words["openers"]:
        shorter = re.sub(pattern, "", told, count=1, flags=re.IGNORECASE).strip(" ,;:.-")
        told = shorter if len(shorter.split()) > 1 else told
    return re.sub(r"\s+([,.])", r"\1", re.sub(r"(?:,\s*){2,}", ", ", told)).strip(" ,;:.-")
