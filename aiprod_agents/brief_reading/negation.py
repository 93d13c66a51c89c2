"""What a sentence forbids and what it tells, parted: `no rain` is a rule, `he did not move` a part of the tale."""

import itertools
import re

from aiprod_agents.brief_reading.prose import without_quotes

_SOUND = (
    r"\b(?:no|without(?: any)?|never(?: any| use| add)?|sans|pas de|jamais(?: de)?)\s+"
    r"(?:\w+\s+(?:or|ou|and|et|nor|ni)\s+)?"
)
MUSIC_OFF = re.compile(rf"{_SOUND}(?:music|musique|soundtrack)\b", re.IGNORECASE)
VOICE_OFF = re.compile(
    rf"{_SOUND}(?:narration|narrator|voice[- ]?over|voice|voix(?: off)?|speech|dialogue|words spoken|narrateur)\b",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"\b(?:never|must not|must never|mustn't|don't|do not|avoid|nothing|(?:show |shows )?(?:nobody|"
    r"no one)(?: is| to be)? (?:seen|visible|appears?|in|on|at)\b|not a single|no(?! (?:one|longer|"
    r"matter|doubt|sooner|more than|less than)\b)"
    r"|without(?! (?:(?:a |any )?doubt|end|fail|haste|hurry)\b)|jamais|aucune?|sans(?! (?:doute|cesse|fin|hâte|"
    r"bruit|un bruit|arrêt)\b)|pas d[e'’]|évite[rz]?|surtout pas|ni)\b",
    re.IGNORECASE,
)
_DIRECT_NEVER = re.compile(
    r"^\W*(?:and\s+|et\s+|please,?\s+)?(?:never|jamais)\b|\b(?:must|should|may|can|do|we|doit|doivent|ne)\s+never|"
    r"\bnever\s+(?:show|use|cut|leave|see|any|mention|include)|\bis never (?:shown|seen)",
    re.IGNORECASE,
)
_TOLD = {
    "don't": re.compile(r"(?<!^)(?<!please )(?<!please, )(?<!and )(?<!but )(?<!so )(?<!you )(?<!we )$", re.IGNORECASE),
    "no": re.compile(
        r"\b(?:has|have|had|having|knows?|knew|makes?|made|finds?|found|leaves?|needs?|says?)\s$", re.IGNORECASE
    ),
    "pas": re.compile(r"\bn(?:e\s|['’])(?!y a\b)(?!montre|filme|utilise|mett)[^,;]*$", re.IGNORECASE),
}
"""What stands before a negation that tells of the story: `umbrellas don't leak`, `he has no name`."""
_TOLD_AFTER = re.compile(
    r"^(?:without\s+(?!showing|using|seeing)\w+ing\b|sans\s+(?:se\s+|s['’])?(?!montrer|utiliser|voir)\w+(?:er|ir|re)\b"
    r"|nothing\s+\w+\s+\w)",
    re.IGNORECASE,
)
_CUT = re.compile(
    r"(?<=[,;])\s+|\s+(?=(?:but|mais|without|sans|with no(?:body)?)\b)"
    r"|\s+(?=(?:and|et)\s+(?:never|no|don't|do not|avoid|jamais|pas d|sans|without)\b)|\s*(?=\()|(?<=\))\s*",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"^\W*(?:but|just|only|simply|rather|instead|with|mais|juste|seulement|rien que|plutôt|avec)\b", re.IGNORECASE
)
_OR = re.compile(r"\b(?:or|nor|ou|ni)\b", re.IGNORECASE)
_MUST = re.compile(r"\b(?:must|has to|have to|doit|doivent|il faut)\b", re.IGNORECASE)


def part_sentence(sentence: str) -> list[tuple[bool, str]]:
    """(whether it forbids, the words) of each part of a sentence, in order; one part when nothing is forbidden.

    Each part is a piece of the sentence as written: neighbours that tell are one, and a rule takes along its own list
    (`no cars, trees or people`), but never what the sentence tells before or behind it.
    """
    shielded = without_quotes(sentence)
    cuts = [0, *(match.end() for match in _CUT.finditer(shielded) if match.end() < len(sentence)), len(sentence)]
    spans = [(start, end) for start, end in itertools.pairwise(cuts) if re.search(r"\w", sentence[start:end])]
    pieces = [shielded[start:end] for start, end in spans]
    labels = _labels(pieces)
    if not any(labels):
        return [(False, sentence)]
    parts: list[tuple[bool, str]] = []
    first = 0
    for index in range(1, len(spans) + 1):
        if (
            index == len(spans)
            or labels[index] != labels[first]
            or _starts_rule(pieces[index], forbidden=labels[index])
        ):
            parts.append((labels[first], sentence[spans[first][0] : spans[index - 1][1]].strip(" ,;.()")))
            first = index
    return parts


def speaks_of_sound(clause: str) -> bool:
    """Whether a clause asks for silence, of a voice or of music, and so shows nothing."""
    return bool(MUSIC_OFF.search(clause) or VOICE_OFF.search(clause))


def _labels(pieces: list[str]) -> list[bool]:
    """Which pieces forbid: those that say so, and the list that one of them opens, up to its `or`."""
    labels: list[bool] = []
    is_open = False
    for index, piece in enumerate(pieces):
        forbids = _forbids(piece)
        if forbids:
            is_open = not piece.rstrip().endswith(")") and (
                index == 0 or piece.startswith("(") or _lists_on(pieces[index + 1 :])
            )
        elif _TURN.match(piece) or _MUST.search(piece) or speaks_of_sound(piece):
            is_open = False
        labels.append(forbids or is_open)
        is_open = is_open and (forbids or not _OR.search(piece)) and not piece.rstrip().endswith(")")
    return labels


def _lists_on(later: list[str]) -> bool:
    """A list of short pieces follows that ends with an `or`."""
    for piece in later:
        if len(piece.split()) > 5 or _TURN.match(piece):
            return False
        if _OR.search(piece):
            return True
    return False


def _starts_rule(piece: str, *, forbidden: bool) -> bool:
    return forbidden and _forbids(piece)


def _forbids(piece: str) -> bool:
    """A tale may say `never` of its hero; a brief forbids when it speaks to the maker."""
    bare = VOICE_OFF.sub("", MUSIC_OFF.sub("", piece))
    never = _NEVER.search(bare)
    if never is None or _TOLD_AFTER.match(bare[never.start() :]):
        return False
    word, before = never[0].lower(), bare[: never.start()]
    if re.match(r"(?:nobody|no one)\b", word):
        return re.match(r"^\W*(?:(?:with|and|but|show|please|there is)\W+)*$", before, re.IGNORECASE) is not None
    if word in ("never", "jamais"):
        return bool(_DIRECT_NEVER.search(bare.strip()))
    key = "don't" if word in ("don't", "do not") else "no" if word == "no" else "pas" if word.startswith("pas") else ""
    return not (key and _TOLD[key].search(before))
