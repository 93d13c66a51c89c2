"""The ways in which a prompt is rendered and drawn, how many prompts each is measured on, and how each is made."""

import math
from dataclasses import replace
from enum import StrEnum

import torch
from pydantic import Field
from torch import Tensor

from render_engine.api import RenderRequest
from render_engine.api.values import Value
from render_engine.conditioning import AnimaticItem, ConditioningItem, FramesItem
from render_engine.evaluation.prompts import Prompt, Size, Truth
from render_engine.frames import to_model_frames, to_pixels
from render_engine.pipelines.builders import build_recipe
from render_engine.pipelines.parts import Parts, Watch
from render_engine.pipelines.render_loop import render_frames


class Way(StrEnum):
    """How a clip of a prompt is made, in the order in which they are."""

    DRAWN = "drawn"
    """The truth itself: what the judges say of it is as well as a render can do."""
    CODEC = "codec"
    """The truth through the autoencoder."""
    IDENTITY = "identity"
    """The animatic through the autoencoder: all that there would be without the transformer."""
    TEXT = "text"
    """From the caption alone."""
    PARAPHRASED = "paraphrased"
    """From other words alone."""
    GUIDED = "guided"
    """The animatic beside the tokens, at the standard tier."""
    DISTILLED = "distilled"
    """The same in eight steps without guidance, by the distilled adapter and its steps where the release has it."""
    GUIDED_30 = "guided_30"
    """The same in many steps with strong guidance."""
    SWAPPED = "swapped"
    """As guided, one of hour, style and weather replaced in the caption alone."""
    SWAPPED_DRAWN = "swapped_drawn"
    """The truth of the swapped caption."""
    PICTURES = "pictures"
    """The truth's first and last frame given and held."""


SHARES: dict[Way, float] = {
    Way.DRAWN: 1,
    Way.CODEC: 1 / 2,
    Way.IDENTITY: 1 / 2,
    Way.TEXT: 1,
    Way.PARAPHRASED: 1 / 8,
    Way.GUIDED: 1,
    Way.DISTILLED: 1 / 2,
    Way.GUIDED_30: 1 / 4,
    Way.SWAPPED: 3 / 8,
    Way.SWAPPED_DRAWN: 3 / 8,
    Way.PICTURES: 1 / 16,
}
"""Of the prompts, the first of them; the dearest ways are measured on the fewest."""
NEED_A_GUIDE = (Way.GUIDED, Way.DISTILLED, Way.GUIDED_30, Way.SWAPPED, Way.SWAPPED_DRAWN)
"""Only models that take a drawing beside their tokens are measured so."""
NOT_KEPT = (Way.DRAWN, Way.SWAPPED_DRAWN)
"""Drawn again in less time than read."""
DRAFT_STEPS, DRAFT_GUIDANCE = 8, 1.0
MANY_STEPS, STRONG_GUIDANCE = 30, 3.0
_LEAST = 3


class RenderSettings(Value):
    """The standard tier as it is evaluated: steps, guidance, and how strongly the animatic guides."""

    num_steps: int = Field(default=16, ge=1, le=200)
    guidance_scale: float = Field(default=1.5, ge=1, le=20)
    strength: float = Field(default=0.75, gt=0, le=1)


def count_of(way: Way, num_prompts: int) -> int:
    """How many of the prompts a way is measured on."""
    return min(num_prompts, max(_LEAST, math.ceil(SHARES[way] * num_prompts)))


class Maker:
    """Makes the clips of all ways with one release's networks; equal prompts give equal clips.

    Args:
        parts: the networks.
        size: of every clip.
        settings: of the standard tier.
    """

    def __init__(self, parts: Parts, size: Size, settings: RenderSettings) -> None:
        self.parts, self.size, self.settings = parts, size, settings
        self._parts_alone = replace(parts, upsampler=None)  # every way is one stage at the whole size

    @property
    def is_guided(self) -> bool:
        """Whether the model takes a drawing beside its tokens."""
        return self.parts.transformer.config.guided

    @property
    def is_distilled(self) -> bool:
        """Whether the release has an adapter for few steps."""
        return self.parts.distilled is not None

    def make(self, way: Way, truth: Truth) -> Tensor:
        """One clip, uint8 (F, H, W, 3).

        Raises:
            ValueError: the size fits the networks no more than the request.
        """
        match way:
            case Way.DRAWN:
                return truth.drawn
            case Way.SWAPPED_DRAWN:
                return truth.swapped
            case Way.CODEC:
                return self.through_codec(truth.drawn)
            case Way.IDENTITY:
                return self.through_codec(truth.board)
            case _:
                return self._rendered(way, truth)

    @torch.no_grad()
    def through_codec(self, frames_FHW3: Tensor) -> Tensor:
        """A clip, encoded and decoded."""
        vae = self.parts.vae
        return as_bytes(vae.decode(vae.encode(self._for_codec(frames_FHW3))))

    @torch.no_grad()
    def through_linear_codec(self, frames_FHW3: Tensor) -> Tensor | None:
        """A clip through the autoencoder's linear codec alone; None where it has none."""
        codec = self.parts.vae.linear_codec
        return None if codec is None else as_bytes(codec.decode(codec.encode(self._for_codec(frames_FHW3))))

    def _for_codec(self, frames_FHW3: Tensor) -> Tensor:
        return to_model_frames(frames_FHW3[None]).to(next(self.parts.vae.parameters()))

    def _rendered(self, way: Way, truth: Truth) -> Tensor:
        request, items = self._request(way, truth.prompt), self._items(way, truth)
        return as_bytes(render_frames(build_recipe(request, items, self._parts_alone), self._parts_alone, Watch()))

    def _request(self, way: Way, prompt: Prompt) -> RenderRequest:
        num_steps, guidance = self._effort(way)
        return RenderRequest(
            prompt=self.words(way, prompt),
            width=self.size.width,
            height=self.size.height,
            num_frames=self.size.num_frames,
            fps=self.size.fps,
            seed=prompt.seed,
            pipeline="distilled" if way is Way.DISTILLED and self.is_distilled else "one_stage",
            num_steps=num_steps,
            guidance_scale=guidance,
        )

    def _effort(self, way: Way) -> tuple[int, float]:
        if way is Way.DISTILLED:
            return DRAFT_STEPS, DRAFT_GUIDANCE
        if way is Way.GUIDED_30:
            return MANY_STEPS, STRONG_GUIDANCE
        return self.settings.num_steps, self.settings.guidance_scale

    def _items(self, way: Way, truth: Truth) -> tuple[ConditioningItem, ...]:
        items: list[ConditioningItem] = []
        if way in NEED_A_GUIDE or (way is Way.PICTURES and self.is_guided):
            items.append(AnimaticItem(to_model_frames(truth.board[None]), self.settings.strength, beside=True))
        if way is Way.PICTURES:
            frames_BCFHW, last = to_model_frames(truth.drawn[None]), self.size.num_frames - 1
            items += [FramesItem(frames_BCFHW[:, :, :1]), FramesItem(frames_BCFHW[:, :, last:], last)]
        return tuple(items)

    @staticmethod
    def words(way: Way, prompt: Prompt) -> str:
        """What the model is told."""
        if way is Way.PARAPHRASED:
            return prompt.paraphrase
        return Prompt(prompt.index, prompt.swapped_scene).caption if way is Way.SWAPPED else prompt.caption


def as_bytes(frames_BCFHW: Tensor) -> Tensor:
    """One clip of floats about in [-1, 1] as uint8 (F, H, W, 3)."""
    return torch.stack([torch.from_numpy(frame) for frame in to_pixels(frames_BCFHW[0])])
