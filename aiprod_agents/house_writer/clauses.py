"""A brief's sentences cut where a new event begins, and rid of what speaks of the film instead of what it shows."""

import re
from itertools import islice, pairwise

from aiprod_agents.brief_reading.prose import without_quotes
from aiprod_agents.house_writer.lexicon import Lexicon, tokenise

_SPLIT = re.compile(
    r"\s*;\s+|\s+[—–]\s+|,?\s+(?:and\s+|et\s+)?(?:then|finally|in the end|"
    r"at last|à la fin|puis|ensuite|enfin)\b,?\s*|,\s+(?:until|"
    r"jusqu'à ce qu[e'])\s*",
    re.IGNORECASE,
)
PREPOSITION = re.compile(
    r"(?:as|like|comme|in|on|at|to|over|from|with|of|under|through|across|by|into|near|past|along|until|"
    r"for|where|who|which|that|small|very|outside|inside|behind|beside|above|below|beneath|beyond|between|around|up|down|off|onto|towards?|against|"
    r"before|after|during|opposite|"
    r"derrière|devant|dehors|entre|pendant|avant|après|"
    r"dans|sur|à|au|aux|de|du|des|avec|sous|par|vers|chez|où|qui|que|pour|jusqu)\b",
    re.IGNORECASE,
)
_LONG_PHRASE = 40
"""Characters of `in a yellow coat` that are still part of who acts."""
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
    if is_bare_place(lexicon, told) or (
        lexicon.first(told, "action") is None and opens_on_verb(lexicon, _plain(piece))
    ):
        return False
    if _tells(lexicon, piece) and _tells(lexicon, told):
        return True
    plain = _plain(piece)
    if lexicon.language == "fr" and tokenise(plain)[:1] and tokenise(plain)[0][0] not in lexicon.words["determiners"]:
        return opens_on_verb(lexicon, plain) and lexicon.first(told, "subject") is not None
    if not piece.startswith(",") or PREPOSITION.match(plain) or len(plain.split()) < 2:
        return False
    return all(len(part.split()) > 1 and lexicon.find(part, "subject", "setting") for part in (_plain(told), plain))


def is_bare_place(lexicon: Lexicon, clause: str) -> bool:
    """Only where or when, and so no clause of its own: `Outside the window`."""
    if lexicon.find(clause, "action", "subject") and not PREPOSITION.match(_plain(clause)):
        return False
    hour = lexicon.first(clause, "hour")
    opens = PREPOSITION.match(_plain(clause)) or (hour is not None and len(clause[: hour.start].split()) < 2)
    return bool(opens) and lexicon.first(clause, "action") is None and len(clause.split()) < 6


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
    """`It sails`, but not `It is dusk` or `Il neige`."""
    return has_pronoun(lexicon, " ".join(word for word, _, _ in tokenise(text)[:2]), first_only=True)


def has_pronoun(lexicon: Lexicon, text: str, *, first_only: bool = False) -> bool:
    """Whether any word is a pronoun for who acts; `it rains` and `il faut` have none."""
    words = [word for word, _, _ in tokenise(text)]
    impersonal = set(lexicon.words["impersonal"])
    return any(
        word in lexicon.pronouns and not (word in ("it", "il") and following in impersonal)
        for word, following in islice(pairwise([*words, ""]), 1 if first_only else None)
    )


def opens_on_verb(lexicon: Lexicon, clause: str) -> bool:
    """A clause that leaves out who acts: its first word is what is done."""
    words = [word for word, _, _ in tokenise(clause)]
    if not words or any(mention.start == 0 for mention in lexicon.find(clause, "subject", "setting", "weather")):
        return False
    action = next((mention for mention in lexicon.find(clause, "action") if mention.start == 0), None)
    if action or len(words) < 2:
        return action is not None
    if lexicon.language == "en":
        is_inflected = words[0].endswith("s") and not words[0].endswith("ss") and words[0] not in lexicon.stop
        return is_inflected and words[1] in lexicon.words["determiners"]
    is_verb = re.search(r"(?:ent|e|it|t|a)$", words[0]) is not None and words[0] not in lexicon.stop
    return words[0] in lexicon.words["verbs"] or (is_verb and words[1] in lexicon.words["determiners"])


def subject_phrase(lexicon: Lexicon, clause: str) -> str:
    """Who acts in a clause, as a later clause of its sentence may repeat it: `the young woman in a yellow coat`."""
    action = lexicon.first(clause, "action")
    subjects = [one for one in lexicon.find(clause, "subject") if action is None or one.end <= action.start]
    if not subjects:
        before = clause[: action.start] if action else clause
        words = [word for word, _, _ in tokenise(before) if word in lexicon.pronouns and has_pronoun(lexicon, before)]
        return words[-1] if words else ""
    determiners = "|".join(re.escape(word) for word in lexicon.words["determiners"])
    start = re.search(
        rf"(?:\b(?:{determiners})\b['’]?\s*)(?:[\w'-]+\s+){{0,3}}$", clause[: subjects[0].start], re.IGNORECASE
    )
    between = clause[subjects[0].end : action.start] if action else ""
    end = subjects[0].end + (len(between) if PREPOSITION.match(between.strip()) and len(between) < _LONG_PHRASE else 0)
    phrase = clause[start.start() if start else subjects[0].start : end].strip(" ,")
    return _definite(lexicon, phrase) if "," not in phrase else _definite(lexicon, phrase.split(",")[0])


def _definite(lexicon: Lexicon, phrase: str) -> str:
    """`a dog` has been seen before: `the dog`."""
    for indefinite, definite in lexicon.words["definites"].items():
        phrase = re.sub(rf"^{indefinite}\s+", definite, phrase, flags=re.IGNORECASE)
    return re.sub(r"^l[ea] (?=[aeiouhéèêâîôœ])", "l'", phrase) if lexicon.language == "fr" else phrase


def is_talk(lexicon: Lexicon, clause: str) -> bool:
    """What is said to the maker and shows nothing: greetings, wishes, how the film should feel."""
    return any(re.search(pattern, clause, re.IGNORECASE) for pattern in lexicon.words["talk"])


def narrates(lexicon: Lexicon, clause: str) -> bool:
    """A whole sentence of the tale that names nothing drawable, such as `One of them coughs`."""
    if len(clause.split()) < 3 or lexicon.find(clause, "style", "palette"):
        return False
    return bool(re.search(lexicon.words["tells"], clause, re.IGNORECASE)) and not re.search(
        lexicon.words["film_words"], clause, re.IGNORECASE
    )


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
        and (is_talk(lexicon, head) or not lexicon.find(head, "subject", "setting", "action", "hour", "weather"))
    ):
        told = rest.strip()
    for pattern in lexicon.words["openers"]:
        shorter = re.sub(pattern, "", told, count=1, flags=re.IGNORECASE).strip(" ,;:.-")
        told = shorter if len(shorter.split()) > 1 else told
    told = re.sub(r"\s+([,.])", r"\1", re.sub(r"(?:,\s*){2,}", ", ", told)).strip(" ,;:.-")
    return _without_mood(lexicon, told)


def _without_mood(lexicon: Lexicon, told: str) -> str:
    """What is told without a last word of how it should feel: `..., whimsical`."""
    head, comma, last = told.rpartition(",")
    is_feeling = comma and len(last.split()) == 1 and lexicon.find(last, "mood", "style", "palette", "genre")
    return _without_mood(lexicon, head.rstrip()) if is_feeling and head.strip() else told
