"""The evaluation's prompts: scenes that no training has seen, always the same; fewer are the beginning of more."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from render_engine.api.scene import ATTRIBUTES, SceneSpec
from render_engine.world import (
    GroundTruth,
    canonical_caption,
    captions,
    draw,
    draw_board,
    ground_truth,
    is_held_out,
    sample_scene,
)
from render_engine.world.noise import Dice, name_key

NUM_PROMPTS, MIN_PROMPTS = 512, 4
HELD_OUT_EVERY = 4
"""One prompt in so many has a pairing that training never shows."""
FIRST_SEED = 3_000_000
"""Beyond the seeds of every training, calibration and check; a prompt's noise has its scene's seed."""
SWAPPED = ("hour", "style", "weather")
NEUTRAL = {"hour": "day", "style": "flat", "weather": "clear"}
"""What an animatic shows of them, whatever the scene."""
_INDOORS = ("room", "studio")
_SENSELESS = {("snowfield", "rain"), ("snowfield", "storm"), ("desert", "rain"), ("desert", "snow")}


@dataclass(frozen=True)
class Size:
    """Every clip of an evaluation: pixels, frames, and frames a second."""

    width: int
    height: int
    num_frames: int
    fps: float


@dataclass(frozen=True)
class Prompt:
    """One scene with what is asked of it."""

    index: int
    scene: SceneSpec

    @property
    def seed(self) -> int:
        """Of the noise."""
        return FIRST_SEED + self.index

    @property
    def has_held_out_pair(self) -> bool:
        """Whether two of its values never met in training."""
        return is_held_out(self.scene)

    @property
    def caption(self) -> str:
        """The canonical one, which names every attribute."""
        return canonical_caption(self.scene)

    @property
    def paraphrase(self) -> str:
        """The same in other words, every attribute named."""
        return captions(self.scene)[-1]

    @property
    def swapped_attribute(self) -> str:
        """What is swapped in this prompt: they take turns; weather is little seen indoors, so there it is the hour."""
        name = SWAPPED[self.index % len(SWAPPED)]
        return "hour" if name == "weather" and self.scene.setting in _INDOORS else name

    @property
    def swapped_scene(self) -> SceneSpec:
        """The scene with that attribute at another value, which the animatic does not show either."""
        name, scene = self.swapped_attribute, self.scene
        others = [value for value in ATTRIBUTES[name] if value not in (getattr(scene, name), NEUTRAL[name])]
        scenes = [scene.model_copy(update={name: value}) for value in others]
        scenes = [other for other in scenes if (other.setting, other.weather) not in _SENSELESS]
        known = [other for other in scenes if self.has_held_out_pair or not is_held_out(other)]
        choices = known or scenes
        return choices[Dice(self.index, name_key("swap")).pick(name, len(choices))]


class Truth:
    """What is drawn of a prompt, each part when it is first asked for."""

    def __init__(self, prompt: Prompt, size: Size) -> None:
        self.prompt = prompt
        self._size = (size.width, size.height, size.num_frames, size.fps)

    @cached_property
    def drawn(self) -> Tensor:
        """The scene as the world draws it, uint8 (F, H, W, 3)."""
        return draw(self.prompt.scene, *self._size)

    @cached_property
    def board(self) -> Tensor:
        """Its animatic, uint8 (F, H, W, 3)."""
        return draw_board(self.prompt.scene, *self._size)

    @cached_property
    def swapped(self) -> Tensor:
        """The swapped scene as the world draws it, uint8 (F, H, W, 3)."""
        return draw(self.prompt.swapped_scene, *self._size)

    @cached_property
    def known(self) -> GroundTruth:
        """How it moves, and where it has edges."""
        return ground_truth(self.prompt.scene, *self._size)


def evaluation_prompts(count: int) -> list[Prompt]:
    """The first prompts; three of four share no pairing with the held-out ones.

    Raises:
        ValueError: fewer than four, of which none would be held out.
    """
    if count < MIN_PROMPTS:
        raise ValueError(f"an evaluation needs {MIN_PROMPTS} prompts or more, not {count}")
    return [_prompt(index) for index in range(count)]


def world_sha256() -> str:
    """Of the first prompts and their drawings: another means that clips were rendered for another world."""
    digest = hashlib.sha256()
    for prompt in evaluation_prompts(MIN_PROMPTS):
        digest.update(f"{prompt.scene.model_dump_json()} {prompt.caption}".encode())
        for frames in (draw(prompt.scene, 64, 48, 2, 2.0), draw_board(prompt.scene, 64, 48, 2, 2.0)):
            digest.update(torch.as_tensor(frames).numpy().tobytes())
    return digest.hexdigest()


def _prompt(index: int) -> Prompt:
    is_pair = index % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
    return Prompt(index, sample_scene(FIRST_SEED + index, "held_out" if is_pair else "test"))
