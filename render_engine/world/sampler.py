"""Sampling scenes that make sense, and the hold-out rule that keeps some pairings for the test alone."""

from typing import Literal

from render_engine.api.scene import ATTRIBUTES, SceneSpec
from render_engine.world.noise import Dice, mix, name_key

Split = Literal["train", "held_out"]

_WATERSIDE = ("beach", "harbour", "river")
_OUTDOORS = tuple(setting for setting in ATTRIBUTES["setting"] if setting != "room")
_ANYWHERE = ATTRIBUTES["setting"]
_SETTINGS: dict[str, tuple[str, ...]] = {
    "fish": _WATERSIDE,
    "sailboat": _WATERSIDE,
    "cup": ("room", "beach", "meadow", "snowfield", "mountains"),
    "bottle": ("room", "beach", "meadow", "desert", "harbour"),
    "lighthouse": ("beach", "harbour", "river", "snowfield"),
    "train": ("mountains", "desert", "meadow", "snowfield", "forest", "city"),
    "car": ("city", "desert", "mountains", "meadow", "snowfield", "beach", "forest"),
    "person": _ANYWHERE,
    "dog": _ANYWHERE,
    "cat": _ANYWHERE,
    "robot": _ANYWHERE,
    "bird": _OUTDOORS,
}
_ACTIONS: dict[str, tuple[str, ...]] = {
    "person": ("move_left", "move_right", "still", "approach", "bounce"),
    "dog": ("move_left", "move_right", "still", "bounce", "approach"),
    "cat": ("move_left", "move_right", "still", "bounce", "approach"),
    "horse": ("move_left", "move_right", "still", "approach"),
    "robot": ("move_left", "move_right", "still", "bounce", "approach", "sway"),
    "bird": ("move_left", "move_right", "rise", "fall", "still", "approach"),
    "fish": ("move_left", "move_right", "rise", "fall", "bounce"),
    "car": ("move_left", "move_right", "still", "approach"),
    "bicycle": ("move_left", "move_right", "still", "approach"),
    "train": ("move_left", "move_right", "still"),
    "sailboat": ("move_left", "move_right", "sway", "still"),
    "balloon": ("rise", "fall", "move_left", "move_right", "sway", "still", "approach"),
    "lighthouse": ("still",),
    "tree": ("still", "sway"),
    "cup": ("still", "sway", "bounce", "rise", "fall"),
    "bottle": ("still", "sway", "bounce", "rise", "fall"),
}
_WEIGHTS: dict[str, tuple[int, ...]] = {
    "hour": (3, 5, 3, 4),
    "weather": (6, 3, 3, 3, 2),
    "style": (8, 3, 3, 2, 2),
    "palette": (6, 2, 2, 2, 2),
    "framing": (3, 6, 3),
    "side": (3, 4, 3),
}
HELD_OUT_SHARE = 10
"""One pairing in this many is kept from training."""


def is_held_out(scene: SceneSpec) -> bool:
    """Whether a scene pairs its subject with a setting or an hour that training never shows."""
    return held_out_pair(scene.subject, scene.setting) or held_out_pair(scene.subject, scene.hour)


def held_out_pair(subject: str, other: str) -> bool:
    """Whether a subject and a setting, or a subject and an hour, are a pairing kept for the test."""
    return mix(name_key(subject), name_key(other), 5) % HELD_OUT_SHARE == 0


def sample_scene(seed: int, split: Split) -> SceneSpec:
    """A sensible scene of one split; the same seed gives the same scene.

    Raises:
        ValueError: no scene of that split was found, which a broken hold-out rule would cause.
    """
    for attempt in range(1000):
        scene = _propose(Dice(seed, attempt, name_key(split)))
        if is_held_out(scene) == (split == "held_out"):
            return scene
    raise ValueError(f"no {split} scene within 1000 tries from seed {seed}: check the hold-out rule")


def settings_for(subject: str) -> tuple[str, ...]:
    """Where a subject makes sense."""
    return _SETTINGS.get(subject, _OUTDOORS)


def _propose(dice: Dice) -> SceneSpec:
    subject = _choose(dice, "subject", ATTRIBUTES["subject"])
    setting = _choose(dice, "setting", settings_for(subject))
    if subject in {"cup", "bottle"} and dice.unit("table") < 0.45:
        setting = "room"
    action = _choose(dice, "action", _ACTIONS[subject])
    values = {name: _weighted(dice, name) for name in _WEIGHTS}
    if setting == "snowfield" and values["weather"] == "rain":
        values["weather"] = "snow"
    if setting == "desert" and values["weather"] in {"rain", "snow"}:
        values["weather"] = "clear"
    return SceneSpec.model_validate(
        {
            **values,
            "subject": subject,
            "setting": setting,
            "action": action,
            "camera": _camera(dice, action),
            "colour": _choose(dice, "colour", ATTRIBUTES["colour"]),
            "seed": int(dice.unit("variation") * 2**31),
        }
    )


def _camera(dice: Dice, action: str) -> str:
    """A moving subject may be followed; others are looked at in the other ways."""
    if action in {"move_left", "move_right"} and dice.unit("follow") < 0.3:
        return "follow"
    if dice.unit("static") < 0.25:
        return "static"
    return _choose(dice, "camera", ATTRIBUTES["camera"][:-1])


def _choose(dice: Dice, name: str, options: tuple[str, ...]) -> str:
    return options[dice.pick(name, len(options))]


def _weighted(dice: Dice, name: str) -> str:
    weights = _WEIGHTS[name]
    mark = dice.unit(name) * sum(weights)
    for value, weight in zip(ATTRIBUTES[name], weights, strict=True):
        mark -= weight
        if mark < 0:
            return value
    return ATTRIBUTES[name][-1]
