"""Captions: what a scene shows, said in many ways; the canonical one is what the renderer knows best."""

from collections.abc import Callable

from render_engine.api.scene import ATTRIBUTES, SceneSpec
from render_engine.world.noise import Dice
from render_engine.world.sense import PEOPLE
from render_engine.world.words import RELATIONS, WORDS

Say = Callable[[str], str]
_SAID = {**WORDS, "relation": RELATIONS}


def phrases() -> dict[str, dict[str, str]]:
    """Attribute -> value -> its canonical words."""
    return {name: {value: words[0] for value, words in values.items()} for name, values in WORDS.items()}


def canonical_caption(scene: SceneSpec) -> str:
    """The caption in canonical words, every attribute named; a subject in the centre needs no place."""

    def say(name: str) -> str:
        return _SAID[name][getattr(scene, name)][0]

    return _full(scene, say)


def captions(scene: SceneSpec) -> tuple[str, ...]:
    """Nine different captions: the canonical, then two short, three middling and three long in varied words."""
    found = [canonical_caption(scene)]
    lengths = (_short, _short, _middle, _middle, _middle, _long, _long, _full)
    for index, shape in enumerate(lengths):
        for attempt in range(8):
            text = shape(scene, _sayer(scene, index * 8 + attempt))
            if text not in found:
                found.append(text)
                break
    return tuple(found)


def _sayer(scene: SceneSpec, take: int) -> Say:
    """Pick a wording of each attribute for one take."""
    keys = [ATTRIBUTES[name].index(getattr(scene, name)) for name in ATTRIBUTES]
    dice = Dice(scene.seed, take, *keys)

    def say(name: str) -> str:
        options = _SAID[name][getattr(scene, name)]
        return options[dice.pick(name, len(options))]

    return say


def _named(scene: SceneSpec, say: Say) -> str:
    """Article, colour and subject."""
    words = f"{say('colour')} {say('subject')}"
    if scene.subject in PEOPLE:
        words = f"{say('subject')} in {say('colour')}"
        if "coat" in words:
            words = f"figure in a {say('colour')} coat"
    return _with_article(words)


def _with_article(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _staged(scene: SceneSpec, say: Say) -> str:
    """Subject, action and setting, and who else is there."""
    acts = f"{_named(scene, say)} {say('action')}"
    if scene.companion is None:
        return f"{acts} {say('setting')}"
    other = _with_article(f"{WORDS['colour'][scene.companion_colour][0]} {WORDS['subject'][scene.companion][0]}")
    return f"{acts} {say('relation')} {other} {say('setting')}"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _short(scene: SceneSpec, say: Say) -> str:
    return f"{_named(scene, say)} {say('setting')}"


def _middle(scene: SceneSpec, say: Say) -> str:
    if scene.seed % 2:
        return _sentence(f"{_staged(scene, say)} {say('hour')}, {say('weather')}, {say('style')}")
    return _sentence(f"{say('style')}: {say('hour')}, {say('weather')}, {_staged(scene, say)}")


def _long(scene: SceneSpec, say: Say) -> str:
    place = f"{say('hour')}, {say('weather')}"
    first = _sentence(f"{say('framing')}, {say('side')}: {_staged(scene, say)} {place}")
    look = _sentence(f"{say('style')}, {say('palette')}")
    return f"{first} {_sentence(say('camera'))} {look}"


def _full(scene: SceneSpec, say: Say) -> str:
    parts = [
        f"{_staged(scene, say)} {say('hour')}",
        say("weather"),
        f"{say('framing')} {say('side')}",
        say("camera"),
        say("style"),
        say("palette"),
    ]
    return _sentence(", ".join(parts))
