"""Things as the brief names them, and how a sentence names them: article, colour, gender, number."""

import re
from dataclasses import dataclass
from typing import Any

from aiprod_agents.house_writer.lexicon import Lexicon, Mention
from memory.records import Language
from prompts import load_words

_IRREGULAR = {
    "people": "person", "children": "child", "loaves": "loaf", "knives": "knife", "men": "man", "women": "woman",
    "wolves": "wolf", "leaves": "leaf",
    "geese": "goose", "mice": "mouse", "foxes": "fox", "humans": "human", "kids": "child", "sails": "sailboat",
    "calves": "calf", "oxen": "ox", "buses": "bus", "cattle": "cow",
    "gens": "personne", "chevaux": "cheval", "oiseaux": "oiseau", "voiles": "voilier", "personnes": "personne",
}  # fmt: skip
_PROPER = (
    "paris", "london", "tokyo", "new york", "venice", "rome", "mars", "antarctica", "berlin", "lisbon", "barcelona",
    "chicago",
)  # fmt: skip
_PROPER_FR = (
    "londres",
    "new york",
    "tokyo",
    "rome",
    "venise",
    "berlin",
    "paris",
    "lyon",
    "marseille",
    "mars",
    "bordeaux",
    "nantes",
    "toulouse",
    "lille",
    "saint malo",
)
_INVARIABLE = frozenset(
    [
        "atlas",
        "rhinoceros",
        "waves",
        "dunes",
        "docks",
        "headphones",
        "mountains",
        "alps",
        "hills",
        "fields",
        "streets",
        "dunes",
        "rooftops",
        "highlands",
    ]
)
_ARTICLE_EN = re.compile(
    r"\b(?:an?|the|his|her|its|their|our|my|one|two|three|some|this|that)\s+((?:[a-z-]+\s+){1,2})$", re.IGNORECASE
)
_ARTICLE_FR = re.compile(r"\b(une?|le|la|sa|son|cette|ce|ma|mon|notre)\s+(?:[\w-]+\s+)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Thing:
    """A value of the renderer's vocabulary under the brief's own name for it."""

    value: str
    words: str
    exact: bool
    feminine: bool | None = None
    """French gender where an article tells it."""
    adjectives: str = ""
    preposition: str = ""
    """Of a place: the word that the brief has before it."""

    @property
    def phrase(self) -> str:
        """Adjectives and noun, without article or colour."""
        return f"{self.adjectives} {self.words}".strip()


def to_thing(lexicon: Lexicon, text: str, mention: Mention) -> Thing:
    """The thing that a mention names, with the adjectives that stand before it."""
    words, before = mention.words.lower(), text[: mention.start]
    leading = _LEADING.match(words)
    if leading:
        before, words = f"{before} {leading[1]}", words[leading.end() :]
    words = re.sub(r"^(?:the|les?|la) ", "", words)
    if mention.attribute == "subject":
        words = _singular(words) if lexicon.language == "en" else _french_singular(words)
    if lexicon.language == "fr":
        article = _ARTICLE_FR.search(before)
        feminine = article[1].lower() in ("une", "la", "sa", "cette", "ma") if article else None
        return Thing(mention.value, words, mention.exact, feminine, preposition=_preposition(lexicon, before))
    found = _ARTICLE_EN.search(before)
    said = found[1].lower().split() if found and mention.attribute == "subject" else []
    named = any(lexicon.find(word, "subject") for word in said)
    kept = [] if named or lexicon.stop & set(said) else [word for word in said if _describes(lexicon, word)]
    preposition = _preposition(lexicon, before)
    return Thing(mention.value, words, mention.exact, adjectives=" ".join(kept), preposition=preposition)


def is_person(value: str) -> bool:
    """Whether a subject value is somebody, and so `he`, `she` and `they`, and in a colour rather than of one."""
    return value in load_words("house/structures")["people"]


def article_of(name: str) -> str:
    """`a` or `an`, by how the word sounds."""
    sounds_open = re.match(r"(?:[aeiou]|hour|heir|honest)", name, re.IGNORECASE) is not None
    sounds_shut = re.match(r"(?:uni(?!n)|use|eu|one\b|once\b|ewe)", name, re.IGNORECASE) is not None
    return "an" if sounds_open and not sounds_shut else "a"


def _preposition(lexicon: Lexicon, before: str) -> str:
    """The preposition at most two words before a place."""
    words = [word.lower() for word in re.findall(r"[^\W\d_]+", before)[-3:]]
    known = load_words(f"house/{lexicon.language}")["prepositions"]
    return next((word for word in reversed(words) if word in known), "")


def _describes(lexicon: Lexicon, word: str) -> bool:
    """Whether an adjective says something of the thing that no attribute says already."""
    return not lexicon.find(word) and word not in lexicon.stop and word not in lexicon.words["plain_adjectives"]


def _singular(words: str) -> str:
    head, _, last = words.rpartition(" ")
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif last.endswith("ies") and len(last) > 4:
        last = f"{last[:-3]}y"
    elif re.search(r"(?:ch|sh|ss|x)es$", last):
        last = last[:-2]
    elif re.search(r"[^siu]s$", last) and last not in _INVARIABLE and len(last) > 3:
        last = last[:-1]
    return f"{head} {last}".strip()


def _french_singular(words: str) -> str:
    head, _, rest = words.partition(" ")
    if words in _PROPER_FR:
        return words
    if head in _IRREGULAR:
        head = _IRREGULAR[head]
    elif re.search(r"(?:[^s]s|[ae]ux)$", head) and head not in _ALIKE_FR and len(head) > 3:
        head = head[:-1]
    return f"{head} {rest}".strip()


_ALIKE_FR = (
    "bus",
    "autobus",
    "minibus",
    "trolleybus",
    "porte-conteneurs",
    "petit-fils",
    "poids",
    "palais",
    "atlas",
    "rhinocéros",
    "cactus",
    "souris",
    "brebis",
    "bois",
    "ours",
    "sous",
    "bras",
    "repas",
    "tapis",
    "colis",
    "jus",
)
"""French nouns whose plural is their singular."""
_LEADING = re.compile(r"(in|on|dans|sur) (?:the|le|la) ")


class Names:
    """Names things in sentences of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.words: dict[str, Any] = load_words(f"house/{language}")

    def indefinite(self, thing: Thing, colour: str | None) -> str:
        """`a red sailboat`, `un voilier rouge`."""
        name = self.noun(thing, colour)
        if self.language == "fr":
            return f"{'une' if self.is_feminine(thing) else 'un'} {name}"
        return f"{article_of(name)} {name}"

    def definite(self, thing: Thing, colour: str | None = None) -> str:
        """`the sailboat`, `le voilier`."""
        name = self.noun(thing, colour)
        if self.language == "en":
            return f"the {name}"
        if name[:1] in "aeiouéèêhâîo":
            return f"l'{name}"
        return f"{'la' if self.is_feminine(thing) else 'le'} {name}"

    def noun(self, thing: Thing, colour: str | None) -> str:
        """Colour and noun in the language's order."""
        said = thing.phrase or self.subject(thing.value)
        if colour is None or self._has_colour(said):
            return said
        if is_person(thing.value):
            return f"{said} {'en' if self.language == 'fr' else 'in'} {self._colour(colour)}"
        if self.language == "fr":
            return f"{said} {self.words['colour'][colour][self.is_feminine(thing)]}"
        return f"{thing.adjectives} {self._colour(colour)} {thing.words or said}".strip()

    def _colour(self, colour: str) -> str:
        name = self.words["colour"][colour]
        return str(name if isinstance(name, str) else name[0])

    def subject(self, value: str) -> str:
        """The plain name of a subject value."""
        name = self.words["subject"][value]
        return str(name if isinstance(name, str) else name[0])

    def place(self, setting: Thing) -> str:
        """`the harbour`, or the brief's own word with an article."""
        if setting.exact or not setting.words:
            return str(self.words["setting"][setting.value])
        if self.language == "en":
            return setting.words.title() if setting.words in _PROPER else f"the {setting.words}"
        return self._french_place(setting)

    def at(self, setting: Thing) -> str:
        """Where, as an adverbial."""
        if setting.exact or not setting.words:
            return str(self.words["at"][setting.value])
        is_town = setting.words in _PROPER or setting.words in _PROPER_FR
        known = self.words["town_preposition"] if is_town else self.words["preposition"]
        preposition = known if is_town else setting.preposition or known
        return str(self.words["at_other"]).format(preposition=preposition, place=self.place(setting))

    def _french_place(self, setting: Thing) -> str:
        if setting.words in _PROPER_FR:
            return setting.words.title().replace(" ", "-")
        if setting.words[:1] in "aeiouéèêhâî":
            return f"l'{setting.words}"
        if re.search(r"[sx]$", setting.words.split(" ", 1)[0]) and setting.words.split(" ", 1)[0] not in _ALIKE_FR:
            return f"les {setting.words}"
        feminine = setting.feminine if setting.feminine is not None else setting.words.endswith("e")
        return f"{'la' if feminine else 'le'} {setting.words}"

    def is_feminine(self, thing: Thing) -> bool:
        """The French gender of a thing: as its article told, else as its noun ends."""
        if thing.feminine is not None:
            return thing.feminine
        last = thing.words.split(" ", 1)[0]
        if last in self.words["feminine"] or last in self.words["masculine"]:
            return last in self.words["feminine"]
        if not thing.exact:
            return last.endswith(("e", "ion"))
        name = self.words["subject"][thing.value]
        return not isinstance(name, str) and name[1] == "f"

    def _has_colour(self, said: str) -> bool:
        names = {
            str(form)
            for forms in self.words["colour"].values()
            for form in (forms if isinstance(forms, list) else [forms])
        }
        return bool(names & set(said.split()))
