"""Captions that are known in full: which attributes they say, and captions with exactly one attribute said wrongly."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from render_engine.api.scene import ATTRIBUTES, SceneSpec
from render_engine.training.wider_words import CLOSINGS, NOT_DRAWN, OPENINGS, WIDER
from render_engine.world import captions
from render_engine.world.words import WORDS

_TAGS_SHARE, _WORLD_SHARE, _WIDER_SHARE, _NOT_DRAWN_SHARE = 0.15, 0.45, 0.4, 0.08
_IN_SENTENCE = ("colour", "subject", "action", "setting")


@dataclass(frozen=True)
class Saying:
    """Words, and what they say: attribute -> value; an attribute that is missing is left unsaid."""

    text: str
    said: dict[str, str]

    def labels(self) -> dict[str, int]:
        """Attribute -> the index of its value, or one past the last for unsaid."""
        return {
            name: values.index(self.said[name]) if name in self.said else len(values)
            for name, values in ATTRIBUTES.items()
        }


def say(scene: SceneSpec, generator: np.random.Generator, must: str | None = None) -> Saying:
    """Say a scene in some way: as the world's captions do, or composed more freely; of `must`, something is said."""
    if generator.random() < _WORLD_SHARE:
        options = captions(scene)
        text = options[int(generator.integers(len(options)))]
        saying = Saying(text, said_in(text, scene))
        if must is None or must in saying.said:
            return saying
    return _composed(scene, generator, must)


def one_wrong(scene: SceneSpec, attribute: str, generator: np.random.Generator) -> Saying:
    """Say a scene of which one attribute, which is said, is another than the clip shows."""
    others = [value for value in ATTRIBUTES[attribute] if value != getattr(scene, attribute)]
    wrong = scene.model_copy(update={attribute: others[int(generator.integers(len(others)))]})
    return say(wrong, generator, must=attribute)


def said_in(text: str, scene: SceneSpec) -> dict[str, str]:
    """Which of a scene's values one of the world's captions of it says."""
    said = {}
    for name, values in WORDS.items():
        value = str(getattr(scene, name))
        if any(_stands_in(phrase, text) for phrase in values[value]):
            said[name] = value
    return said


def _stands_in(phrase: str, text: str) -> bool:
    """Whether a phrase is there as whole words; a coat may have its colour before it."""
    words = [re.escape(word) for word in phrase.split()]
    gap = r"(?: \S+){0,2} " if phrase.endswith(" coat") else " "
    return re.search(rf"(?<!\w){gap.join(words)}(?!\w)", text, re.IGNORECASE) is not None


def _composed(scene: SceneSpec, generator: np.random.Generator, must: str | None) -> Saying:
    said = {name: str(getattr(scene, name)) for name in ATTRIBUTES if name == must or generator.random() < 0.6}
    if must is None and "subject" not in said and generator.random() < 0.8:
        said["subject"] = scene.subject
    words = {name: _words(name, value, generator) for name, value in said.items()}
    for name, foreign in NOT_DRAWN.items():
        if name != must and generator.random() < _NOT_DRAWN_SHARE:
            said.pop(name, None)
            words[name] = foreign[int(generator.integers(len(foreign)))]
    if "subject" not in words and must != "colour":
        said.pop("colour", None)
        words.pop("colour", None)
    if generator.random() < _TAGS_SHARE:
        parts = [words[name] for name in generator.permutation(sorted(words))]
        return Saying(", ".join(parts), said)
    return Saying(_sentence(words, generator), said)


def _sentence(words: dict[str, str], generator: np.random.Generator) -> str:
    named = " ".join(words[name] for name in ("colour", "subject") if name in words) or "something"
    if "subject" not in words and "colour" in words:
        named = f"{named} thing"
    if named != "something":
        article = ("the", "an" if named[0] in "aeiou" else "a")[int(generator.random() < 0.8)]
        named = f"{article} {named}"
    core = " ".join([named, *(words[name] for name in ("action", "setting") if name in words)])
    rest = [words[str(name)] for name in generator.permutation(sorted(words.keys() - set(_IN_SENTENCE)))]
    cut = int(generator.integers(len(rest) + 1)) if generator.random() < 0.3 else 0
    joint = (", ", ". ", ", ", " ")[int(generator.integers(4))]
    text = joint.join([*rest[:cut], core, *rest[cut:]])
    opening = OPENINGS[int(generator.integers(len(OPENINGS)))]
    text = f"{opening}{text}" if cut == 0 else text
    text = f"{text}.{CLOSINGS[int(generator.integers(len(CLOSINGS)))]}"
    return text[0].upper() + text[1:] if generator.random() < 0.7 else text


def _words(name: str, value: str, generator: np.random.Generator) -> str:
    wider: Sequence[str] = WIDER.get(name, {}).get(value, ())
    options = wider if wider and generator.random() < _WIDER_SHARE else WORDS[name][value]
    return options[int(generator.integers(len(options)))]
