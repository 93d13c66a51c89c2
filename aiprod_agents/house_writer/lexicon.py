"""Finds a lexicon's words in a text: which attribute each names, which value, and whether it is the thing itself."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

from memory.records import Language
from prompts import load_words
from render_engine.api import ATTRIBUTES

Form = tuple[str, ...]

_VERB_ENDINGS_FR = frozenset(
    [
        "e",
        "es",
        "ent",
        "er",
        "ant",
        "ait",
        "aient",
        "a",
        "ee",
        "ees",
        "ons",
        "ez",
        "it",
        "issent",
        "i",
        "is",
        "ir",
        "issant",
        "ra",
        "ront",
        "u",
        "ue",
        "us",
        "dre",
        "d",
        "s",
        "t",
        "re",
        "ssent",
    ]
) | {""}

_DETERMINERS = frozenset(
    [
        "a",
        "an",
        "the",
        "his",
        "her",
        "its",
        "their",
        "our",
        "my",
        "some",
        "of",
        "and",
        "two",
        "three",
        "many",
        "few",
        "with",
    ]
)
_AFTER_VERBS = frozenset(
    ["a", "an", "the", "his", "her", "its", "their", "our", "my", "past", "from", "out", "over", "through", "to", "for",
     "in", "into", "on", "at", "by", "with", "up", "down"]
)  # fmt: skip
"""What follows a verb and no noun at a clause's head: `leaves the harbour`, but `leaves fall`."""
_PLURALS_FR = ("s", "x")
_ADJECTIVE_ENDINGS_FR = ("e", "s", "es", "x")
_DESCRIBING = ("mood", "style", "palette", "colour")
_WITHIN = {
    "subject": ("camera", "hour", "style", "colour", "genre", "action"),
    "setting": ("camera", "hour", "style", "genre", "action"),
    "colour": ("hour",),
    "action": ("camera",),
}
"""In whose longer words an attribute is not named: a `drone shot` shows no drone, the `golden hour` has no gold."""
_PLAIN_LENGTH_FR = 4
"""Shorter words take no ending: `pré` is not `près`."""


@dataclass(frozen=True)
class Mention:
    """One place where the text names a value: `words` as written, `start` and `end` in characters.

    `exact` is False when the value only stands in for what is named.
    """

    attribute: str
    value: str
    words: str
    exact: bool
    start: int
    end: int


@dataclass(frozen=True)
class _Entry:
    attribute: str
    value: str
    exact: bool
    form: Form


class Lexicon:
    """One language's words, indexed by their first token."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.words: dict[str, Any] = load_words(f"lexicon/{language}")
        self.stop = frozenset(self.words["stop"])
        self.pronouns = frozenset(self.words["pronouns"])
        self._accented: dict[str, str] = {_fold(word): word for word in self.words.get("accented", ())}
        self._entries: list[_Entry] = []
        for attribute in (*ATTRIBUTES, "mood", "genre"):
            self._add(attribute)
        self._by_first: dict[str, list[_Entry]] = {}
        for entry in self._entries:
            self._by_first.setdefault(entry.form[0].rstrip("*")[:2], []).append(entry)

    def find(self, text: str, *attributes: str) -> list[Mention]:
        """Every mention in the text, in order; within one attribute the longest match wins and none overlap."""
        found = self._mentions(text)
        return [
            one for one in found if (not attributes or one.attribute in attributes) and not self._is_part(one, found)
        ]

    def _mentions(self, text: str) -> list[Mention]:
        tokens = tokenise(text)
        found: list[Mention] = []
        taken: dict[str, int] = {}
        for index, token in enumerate(tokens):
            best = self._best_at(tokens, index, token)
            for attribute, (entry, length) in best.items():
                if taken.get(attribute, -1) >= index:
                    continue
                taken[attribute] = index + length - 1
                start, end = token[1], tokens[index + length - 1][2]
                found.append(Mention(attribute, entry.value, text[start:end], entry.exact, start, end))
        return [mention for mention in found if not self._is_verb(text, mention)]

    def _is_part(self, mention: Mention, found: list[Mention]) -> bool:
        """Whether it stands inside longer words that mean something else."""
        around = [
            other
            for other in found
            if other.attribute in _WITHIN.get(mention.attribute, ())
            and other.start <= mention.start
            and mention.end <= other.end
            and len(tokenise(other.words)) > len(tokenise(mention.words))
        ]
        return any(mention.attribute != "action" or _fold(other.words).find("camera") >= 0 for other in around)

    def first(self, text: str, attribute: str) -> Mention | None:
        """The first mention of the attribute, or None."""
        return next(iter(self.find(text, attribute)), None)

    def _is_verb(self, text: str, mention: Mention) -> bool:
        """A noun that is none here: `leaves`, `sails` with no article before it, `watch` right behind who watches.

        Nor are half a compound (`hand-painted`), a French word that lacks its accent (`marche` is no `marché`) and what
        stands right behind a pronoun (`it guards`).
        """
        accented = self._accented.get(_fold(mention.words))
        if accented:
            return mention.words.lower() != accented
        if _fold(mention.words) in self.words.get("verb_nouns", ()):
            return self._is_french_verb(text, mention) == (mention.attribute != "action")
        if mention.attribute == "subject" and re.match(r"-[a-z]", text[mention.end :]):
            return True
        before = tokenise(text[: mention.start])[-1:]
        if self.language == "en" and mention.attribute == "subject" and before and before[0][0] in self.pronouns:
            return True
        is_thing = mention.attribute in ("subject", "setting", "weather")
        if not is_thing or self.language != "en" or not self._names_action(tokenise(mention.words)):
            return False
        return self._stands_as_verb(text, mention)

    def _is_french_verb(self, text: str, mention: Mention) -> bool:
        """`Elle ferme la porte` and `il la ferme` name no farm, `la voiture se gare` no station; `à la ferme` does."""
        further, before = [("", 0, 0), ("", 0, 0), *tokenise(text[: mention.start])][-2:]
        after = tokenise(text[mention.end :])[:1]
        if before[0] in self.words["determiners"]:
            return further[0] in self.pronouns
        is_acting = before[0] in (*self.pronouns, "se", "s") or "subject" in self._best_at([before], 0, before)
        return is_acting or (bool(after) and after[0][0] in self.words["determiners"])

    def _stands_as_verb(self, text: str, mention: Mention) -> bool:
        """Whether a word that may be either is the verb, by what stands around it."""
        before, is_inflected = tokenise(text[: mention.start])[-1:], mention.words.endswith("s")
        if not before:
            following = tokenise(text[mention.end :])[:1]
            if not is_inflected:
                return bool(following) and "subject" in self._best_at(following, 0, following[0])
            return bool(following) and following[0][0] in _AFTER_VERBS
        if is_inflected and mention.attribute != "setting":
            return before[0][0] not in _DETERMINERS
        return before[0][0] in self.pronouns or "subject" in self._best_at(before, 0, before[0])

    def _names_action(self, tokens: list[tuple[str, int, int]]) -> bool:
        return "action" in self._best_at(tokens, 0, tokens[0])

    def _best_at(
        self, tokens: list[tuple[str, int, int]], index: int, token: tuple[str, int, int]
    ) -> dict[str, tuple[_Entry, int]]:
        """By attribute: the longest entry that matches here, and its number of tokens; exact ones win a tie."""
        best: dict[str, tuple[_Entry, int]] = {}
        for entry in self._by_first.get(token[0][:2], ()):
            length = len(entry.form)
            if index + length > len(tokens) or not self._matches(
                entry.form, tokens[index : index + length], entry.attribute
            ):
                continue
            other = best.get(entry.attribute)
            if other is None or (length, entry.exact) > (other[1], other[0].exact):
                best[entry.attribute] = (entry, length)
        return best

    def _matches(self, form: Form, tokens: list[tuple[str, int, int]], attribute: str) -> bool:
        return all(self._is_form(pattern, token[0], attribute) for pattern, token in zip(form, tokens, strict=True))

    def _is_form(self, pattern: str, token: str, attribute: str) -> bool:
        stem = pattern.rstrip("*")
        if token in (pattern, stem):
            return True
        if self.language == "fr":
            if not pattern.endswith("*"):
                endings = _ADJECTIVE_ENDINGS_FR if attribute in _DESCRIBING else _PLURALS_FR
                return len(stem) >= _PLAIN_LENGTH_FR and token.startswith(stem) and token[len(stem) :] in endings
            return token.startswith(stem) and token[len(stem) :] in _VERB_ENDINGS_FR
        return stem in english_forms(token) if pattern.endswith("*") else stem in _singulars(token)

    def _add(self, attribute: str) -> None:
        for value, words in self.words[attribute].items():
            kinds = words if isinstance(words, dict) else {"exact": words}
            for kind, forms in kinds.items():
                for form in forms:
                    parts = tuple(re.findall(r"[a-z0-9]+\*?", _fold(str(form))))
                    self._entries.append(_Entry(attribute, value, kind == "exact", parts))


@cache
def get_lexicon(language: Language) -> Lexicon:
    """The lexicon of that language, read once."""
    return Lexicon(language)


def lexicons_of(text: str) -> tuple[Lexicon, ...]:
    """The lexicon of the language that a text's small words are of; both where they do not tell.

    In `red or blue` no gold is named (`or`), and in `remove the dog` no tea (`thé`).
    """
    english, french = get_lexicon("en"), get_lexicon("fr")
    words = [word for word, _, _ in tokenise(text)]
    count = sum((word in english.stop) - (word in french.stop) for word in words)
    return (english,) if count > 0 else (french,) if count < 0 else (english, french)


def tokenise(text: str) -> list[tuple[str, int, int]]:
    """(folded word, start, end) of each word; hyphens and apostrophes part words."""
    return [(_fold(match[0]), match.start(), match.end()) for match in re.finditer(r"[^\W_]+", text)]


def _fold(text: str) -> str:
    """Lower case without accents."""
    text = text.lower().replace("œ", "oe").replace("æ", "ae")
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def _singulars(token: str) -> set[str]:
    forms = {token}
    if token.endswith("ies"):
        forms.add(token[:-3] + "y")
    if token.endswith("es"):
        forms.add(token[:-2])
    if token.endswith("s") and not token.endswith("ss"):
        forms.add(token[:-1])
    return forms


@cache
def english_forms(token: str) -> frozenset[str]:
    """What an English verb form may be an inflection of, the form itself among them."""
    forms = set(_singulars(token))
    for ending in ("ing", "ed"):
        if token.endswith(ending) and len(token) > len(ending) + 2:
            stem = token[: -len(ending)]
            forms |= {stem, stem + "e"}
            if stem[-1] == stem[-2]:
                forms.add(stem[:-1])
            if stem.endswith("i"):
                forms.add(stem[:-1] + "y")
    return frozenset(forms)
