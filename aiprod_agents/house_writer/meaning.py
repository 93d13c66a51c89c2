"""Likeness of meaning by the engine's sentence encoder: what cannot be drawn becomes the nearest that can."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from prompts import load_words
from render_engine.api import ATTRIBUTES

Embed = Callable[[Sequence[str]], Awaitable[list[list[float]]]]
_NUM_EXAMPLES = 4
_NUM_NEAR_EXAMPLES = 16
"""Of words that are only drawn as a value: they tell that a xylophone is a small thing on a table."""


@dataclass(frozen=True)
class Nearest:
    """The value whose examples are nearest, and its likeness in [-1, 1]."""

    value: str
    likeness: float


class Meaning:
    """Asks the encoder, and remembers what it said of each text."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._known: dict[str, list[float]] = {}

    async def vectors(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector a text; each text is asked for once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, await self._embed(new), strict=True))
        return [self._known[text] for text in texts]

    async def nearest(self, text: str, attribute: str, banned: frozenset[str] = frozenset()) -> Nearest:
        """The value of the attribute that means most nearly what `text` means; `banned` values are never it."""
        examples = [(value, words) for value, words in self._examples(attribute) if value not in banned]
        vectors = await self.vectors([text, *(words for _, words in examples)])
        scored = [(dot(vectors[0], vector), value) for (value, _), vector in zip(examples, vectors[1:], strict=True)]
        likeness, value = max(scored)
        return Nearest(value, likeness)

    async def most_like(self, text: str, options: Mapping[str, str]) -> str:
        """The name of the option whose words mean most nearly what `text` means."""
        names = list(options)
        likeness = await self.likeness(text, [options[name] for name in names])
        return names[likeness.index(max(likeness))]

    async def likeness(self, text: str, others: Sequence[str]) -> list[float]:
        """How like `text` each of the others is."""
        vectors = await self.vectors([text, *others])
        return [dot(vectors[0], vector) for vector in vectors[1:]]

    def _examples(self, attribute: str) -> list[tuple[str, str]]:
        """(value, words) from the English lexicon, the encoder's language."""
        words = load_words("lexicon/en")[attribute]
        examples = []
        for value in ATTRIBUTES.get(attribute, tuple(words)):
            entry = words[value]
            exact, near = (entry["exact"], entry.get("near", ())) if isinstance(entry, dict) else (entry, ())
            forms = [*exact[:_NUM_EXAMPLES], *near[:_NUM_NEAR_EXAMPLES]]
            examples += [(value, str(form).replace("*", "")) for form in forms]
        return examples


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    """The dot product; of unit vectors it is their likeness."""
    return sum(x * y for x, y in zip(a, b, strict=True))
