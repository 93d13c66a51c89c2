"""What a recipe takes of memory beside the weights, told before the first step, and what would fit instead."""

import math

from render_engine.conditioning import ConditioningItem, FramesItem, ReferenceItem
from render_engine.models.transformer_config import TransformerConfig
from render_engine.pipelines.decode import DecodePlan, decode_bytes
from render_engine.pipelines.parts import Parts
from render_engine.pipelines.recipe import Recipe, Stage
from render_engine.shapes import Compression

RESERVE = 0.1
"""The share of free memory that stays free."""


def pass_bytes(config: TransformerConfig, num_tokens: int, num_passes: int, item_bytes: int) -> int:
    """Activations of one run of the transformer.

    At its widest a block holds about sixteen tensors of the stream's width, the feed-forward's eight among them, and
    its rotation ten in float32. Measured at 2B's width on a CPU: 0.6 to 0.9 of this.
    """
    return num_passes * num_tokens * config.dim * (16 * item_bytes + 10 * 4)


def check_memory(recipe: Recipe, parts: Parts, plan: DecodePlan, free_bytes: int | None) -> None:
    """Refuse a render that would not fit; where the machine does not say what is free, none is refused.

    Raises:
        ValueError: what it takes, what is free, and how many frames or which size would fit.
    """
    if free_bytes is None:
        return
    last = recipe.stages[-1]
    needs = [(stage_bytes(stage, parts), stage) for stage in recipe.stages]
    needs.append((decode_bytes(parts.vae, last.shape, plan), last))
    (need, widest), free = max(needs, key=lambda pair: pair[0]), free_bytes * (1 - RESERVE)
    if need > free:
        raise ValueError(
            f"rendering takes about {need / 1e9:.1f} GB beside the weights, and {free_bytes / 1e9:.1f} GB are free: "
            + _what_fits(widest, parts.compression, free / need)
        )


def stage_bytes(stage: Stage, parts: Parts) -> int:
    """Activations of a stage's largest step."""
    num_passes = max((len(stage.guider.plan(sigma).passes) for sigma in stage.sigmas[:-1]), default=0)
    added = sum(_added_voxels(item, parts.compression) for item in stage.conditioning)
    num_tokens = stage.shape.num_tokens + math.ceil(added * stage.shape.height * stage.shape.width)
    item_bytes = parts.transformer_dtype.itemsize
    return stage.shape.batch * pass_bytes(parts.transformer.config, num_tokens, num_passes, item_bytes)


def _added_voxels(item: ConditioningItem, compression: Compression) -> float:
    """The latent frames that an item adds beside the video's."""
    if isinstance(item, ReferenceItem):
        return _latent_frames(item.frames_BCFHW.shape[2], compression) / item.downscale**2
    if isinstance(item, FramesItem) and (item.frame_index or item.guiding):
        return _latent_frames(item.frames_BCFHW.shape[2], compression)
    return 0


def _latent_frames(num_frames: int, compression: Compression) -> int:
    return (num_frames - 1) // compression.temporal + 1


def _what_fits(stage: Stage, compression: Compression, share: float) -> str:
    frames = math.floor(stage.shape.frames * share)
    if frames >= 1:
        return f"at this size {(frames - 1) * compression.temporal + 1} frames would fit"
    side = math.sqrt(stage.shape.frames * share)
    width, height = (max(math.floor(size * side), 1) * compression.spatial for size in stage.shape[:2:-1])
    return f"one frame of {width}x{height} would fit"
