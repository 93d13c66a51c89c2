"""Sampling scenes that make sense, and the hold-out rule that keeps some pairings for the test alone."""

from typing import Literal

from render_engine.api.scene import ATTRIBUTES, SceneSpec
from render_engine.world.noise import Dice, mix, name_key
from render_engine.world.sense import ACTIONS, COMPANIONS, settings_for

Split = Literal["train", "test", "held_out"]
"""`test` has the pairings of `train` in scenes of its own; each scene of `held_out` has a pairing that neither has."""

_WEIGHTS: dict[str, tuple[int, ...]] = {
    "hour": (3, 3, 4, 3, 3, 4),
    "weather": (5, 3, 3, 3, 3, 3),
    "style": (5, 3, 3, 2, 3, 3, 2, 2),
    "palette": (6, 2, 2, 2, 2),
    "framing": (3, 6, 3),
    "side": (3, 4, 3),
}
HELD_OUT_SHARE = 10
"""One pairing in this many is kept from training."""
PAIRINGS = (("subject", "setting"), ("subject", "hour"), ("subject", "style"), ("setting", "hour"))
"""The pairs of attributes of which some values never meet in training."""


def is_held_out(scene: SceneSpec) -> bool:
    """Whether a scene has a pairing that training never shows."""
    return any(held_out_pair(getattr(scene, one), getattr(scene, other)) for one, other in PAIRINGS)


def held_out_pair(one: str, other: str) -> bool:
    """Whether two values of one of the `PAIRINGS` are kept for the test."""
    return mix(name_key(one), name_key(other), 5) % HELD_OUT_SHARE == 0


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


def _propose(dice: Dice) -> SceneSpec:
    subject = _choose(dice, "subject", ATTRIBUTES["subject"])
    setting = _choose(dice, "setting", settings_for(subject))
    action = _choose(dice, "action", ACTIONS[subject])
    values = {name: _weighted(dice, name) for name in _WEIGHTS}
    if setting == "snowfield" and values["weather"] in {"rain", "storm"}:
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
            **_company(dice, subject, setting, values["framing"]),
        }
    )


def _company(dice: Dice, subject: str, setting: str, framing: str) -> dict[str, str]:
    """A companion in one scene of six, where one makes sense and there is room."""
    relation = _choose(dice, "relation", ("beside", "behind", "before", "above"))
    fitting = [name for name in COMPANIONS[relation] if name != subject and setting in settings_for(name)]
    if framing == "close" or not fitting or dice.unit("company") > 1 / 6:
        return {}
    colour = _choose(dice, "companion colour", ATTRIBUTES["colour"])
    return {
        "companion": _choose(dice, "companion", tuple(fitting)),
        "companion_colour": colour,
        "relation": relation,
    }


def _camera(dice: Dice, action: str) -> str:
    """A moving subject may be followed; others are looked at in the other ways."""
    if action in {"move_left", "move_right"} and dice.unit("follow") < 0.3:
        return "follow"
    if dice.unit("static") < 0.12:
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
