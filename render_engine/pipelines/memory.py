"""What a recipe takes of memory beside the weights, told before the first step, and what would fit instead."""

import math
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from torch import Tensor

from render_engine.conditioning import ConditioningItem, FramesItem, ReferenceItem
from render_engine.machine import RESERVE
from render_engine.pipelines.decode import DecodeNeed, DecodePlan, in_words
from render_engine.pipelines.parts import Parts
from render_engine.pipelines.recipe import Recipe, Stage
from render_engine.pipelines.stages import pair_within
from render_engine.shapes import Compression

_SEEN_BYTES = 4
"""Of one token for one other, how much it is seen: in float32, held twice, and once more for each pass."""


def check_memory(recipe: Recipe, parts: Parts, plan: DecodePlan, free_bytes: int | None) -> None:
    """Refuse a render that would not fit; where the machine does not say what is free, none is refused.

    Raises:
        ValueError: what it takes, what is free, and how many frames or which size would fit.
    """
    if free_bytes is None:
        return
    decode, free = DecodeNeed.of(parts.vae), free_bytes * (1 - RESERVE)

    def need_of(stages: Sequence[Stage]) -> int:
        return max(decode.bytes_of(stages[-1].shape, plan), *(stage_bytes(stage, parts) for stage in stages))

    need = need_of(recipe.stages)
    if need > free:
        raise ValueError(
            f"rendering takes about {in_words(need)} beside the weights, and {in_words(free_bytes)} are free, of which "
            f"{RESERVE:.0%} stay so: " + _what_fits(recipe, parts, lambda stages: need_of(stages) <= free)
        )


def stage_bytes(stage: Stage, parts: Parts) -> int:
    """Activations of a stage's largest step."""
    num_passes = max((len(stage.guider.plan(sigma).passes) for sigma in stage.sigmas[:-1]), default=0)
    added = sum(_added_voxels(item, parts.compression) for item in stage.conditioning)
    num_tokens = stage.shape.num_tokens + math.ceil(added * stage.shape.height * stage.shape.width)
    item_bytes = parts.transformer_dtype.itemsize
    activations = parts.transformer.config.pass_bytes(num_tokens, num_passes, item_bytes)
    attention = [item.attention for item in stage.conditioning if isinstance(item, ReferenceItem)]
    in_part = any(isinstance(seen, Tensor) or seen != 1 for seen in attention)
    pairs = _SEEN_BYTES * (2 + num_passes) * num_tokens**2 if in_part else 0
    return stage.shape.batch * (activations + pairs)


def _added_voxels(item: ConditioningItem, compression: Compression) -> float:
    """The latent frames that an item adds beside the video's."""
    if isinstance(item, ReferenceItem) or (isinstance(item, FramesItem) and (item.frame_index or item.guiding)):
        num_frames = (item.frames_BCFHW.shape[2] - 1) // compression.temporal + 1
        return num_frames / (item.downscale**2 if isinstance(item, ReferenceItem) else 1)
    return 0


def _what_fits(recipe: Recipe, parts: Parts, fits: Callable[[Sequence[Stage]], bool]) -> str:
    """The most frames at the recipe's size, else the largest size of one frame in about its aspect."""

    def at_frames(num: int) -> list[Stage]:
        return [replace(stage, shape=stage.shape._replace(frames=num)) for stage in recipe.stages]

    count = bisect(range(1, recipe.stages[-1].shape.frames), 0, key=lambda num: not fits(at_frames(num)))
    if count:
        frames = (count - 1) * parts.compression.temporal + 1
        return f"at this size {frames} {'frame' if frames == 1 else 'frames'} would fit"
    smaller = list(_smaller(recipe, parts))
    count = bisect(smaller, 0, key=lambda each: not fits(each[1]))
    return f"1 frame of {smaller[count - 1][0]} would fit" if count else "nothing would fit: free memory"


def _smaller(recipe: Recipe, parts: Parts) -> Iterator[tuple[str, list[Stage]]]:
    """Sizes, from the smallest up, and the stages of one frame of each; but for those that cannot be rendered."""
    last, spatial = recipe.stages[-1].shape, parts.compression.spatial
    size = recipe.output_size or (last.width * spatial, last.height * spatial)
    longest = max(size) // spatial
    for side in range(1, longest):
        width, height = (max(round(length / spatial * side / longest), 1) for length in size)
        whole = last._replace(frames=1, height=height, width=width)
        try:
            shapes = (whole,) if len(recipe.stages) == 1 else pair_within(whole, parts)
        except ValueError:
            continue
        stages = [replace(stage, shape=shape) for stage, shape in zip(recipe.stages, shapes, strict=True)]
        references = (item for item in stages[0].conditioning if isinstance(item, ReferenceItem))
        if not any(length % item.downscale for item in references for length in shapes[0][3:]):
            yield f"{width * spatial}x{height * spatial}", stages
