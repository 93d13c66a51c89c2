"""What the pipelines have in common: sizes, single stages, and pairs of stages with the upsampler between."""

import math
from typing import NamedTuple

from render_engine.api.render import RenderRequest
from render_engine.conditioning import AnimaticItem, ConditioningItem, FramesItem, RegionItem
from render_engine.flow.guidance import Guider
from render_engine.flow.schedules import shifted_linear_from
from render_engine.models.lora import Lora
from render_engine.pipelines.families import Family, Sigmas
from render_engine.pipelines.parts import Parts
from render_engine.pipelines.recipe import Recipe, Sampler, Stage
from render_engine.shapes import LatentShape

Items = tuple[ConditioningItem, ...]


class Adapters(NamedTuple):
    """The LoRAs of the only or the first stage, and of the second, each with its strength."""

    first: tuple[tuple[Lora, float], ...] = ()
    second: tuple[tuple[Lora, float], ...] = ()


NO_ADAPTERS = Adapters()


class Walk(NamedTuple):
    """How a stage goes, whatever its size."""

    sigmas: Sigmas
    guider: Guider
    sampler: Sampler = Sampler.EULER


def whole_shape(request: RenderRequest, parts: Parts) -> LatentShape:
    """The latents of a request.

    Raises:
        ValueError: the size does not fit the autoencoder; the message names the nearest that does.
    """
    return LatentShape.from_pixels(
        width=request.width,
        height=request.height,
        num_frames=request.num_frames,
        channels=parts.vae.config.latent_channels,
        compression=parts.compression,
    )


def is_distilled(request: RenderRequest, family: Family) -> bool:
    """Whether a request asks as distilled weights are asked: their number of steps, and no guidance."""
    return request.num_steps == len(family.distilled[0]) - 1 and request.guidance_scale == 1


def single(request: RenderRequest, items: Items, parts: Parts, adapters: Adapters, walk: Walk | None = None) -> Recipe:
    """One stage at the whole size, as the family goes unless a walk is given."""
    shape, family = whole_shape(request, parts), parts.family
    if walk is None:
        sigmas = _scheduled(request.num_steps, shape, items, parts)
        walk = Walk(sigmas, family.guider(request.guidance_scale), family.sampler)
    return recipe_of(request, (Stage(shape, walk.sigmas, walk.guider, items, walk.sampler, adapters.first),))


def pair(
    request: RenderRequest, items: Items, parts: Parts, adapters: Adapters, walks: tuple[Walk, Walk]
) -> tuple[Stage, Stage]:
    """A first stage at a fraction of the size, and a second after the upsampler.

    The second keeps pictures and clips that are shown, and neither starts from an animatic nor looks at references.

    Raises:
        ValueError: there is no upsampler, or the size cannot be reached by it; the message names the nearest.
    """
    first_shape, second_shape = pair_of_shapes(request, parts)
    shown = tuple(item for item in items if isinstance(item, FramesItem | RegionItem))
    first, second = walks
    return (
        Stage(first_shape, first.sigmas, first.guider, items, first.sampler, adapters.first),
        Stage(second_shape, second.sigmas, second.guider, shown, second.sampler, adapters.second),
    )


def pair_of_shapes(request: RenderRequest, parts: Parts) -> tuple[LatentShape, LatentShape]:
    """The latents before and after the upsampler, which end at the family's oversampling of the size asked for."""
    return pair_within(whole_shape(request, parts), parts)


def pair_within(whole: LatentShape, parts: Parts) -> tuple[LatentShape, LatentShape]:
    """As `pair_of_shapes`, of the latents at the size asked for."""
    if parts.upsampler is None:
        raise ValueError("two stages need a latent upsampler, and these weights have none: render in one stage")
    scale, oversampling = parts.upsampler.config.spatial_scale, parts.family.oversampling
    smaller = [math.floor(size * oversampling / scale) for size in (whole.height, whole.width)]
    first = whole._replace(height=max(smaller[0], 1), width=max(smaller[1], 1))
    second = whole._replace(height=math.ceil(first.height * scale), width=math.ceil(first.width * scale))
    width, height, nearest_width, nearest_height = (
        size * parts.compression.spatial for size in (whole.width, whole.height, second.width, second.height)
    )
    if first.num_tokens == 1:
        wider = math.ceil(2 * scale / oversampling) * parts.compression.spatial
        raise ValueError(
            f"two stages begin one frame of {width}x{height} with a single latent, which has no statistics: "
            f"the nearest that they make is {wider}x{nearest_height if oversampling == 1 else height}"
        )
    if oversampling == 1 and second != whole:
        raise ValueError(
            f"two stages with an upsampler by {scale:g} do not make {width}x{height}: "
            f"the nearest that they make is {nearest_width}x{nearest_height}"
        )
    return first, second


def recipe_of(request: RenderRequest, stages: tuple[Stage, ...]) -> Recipe:
    """The recipe of a request's stages; their frames are scaled to the size asked for where they end at another."""
    size = (request.width, request.height)
    return Recipe(request.prompt, request.fps, request.seed, stages, request.negative_prompt, output_size=size)


def _scheduled(num_steps: int, shape: LatentShape, items: Items, parts: Parts) -> Sigmas:
    """A whole schedule that takes `num_steps` steps from where an animatic starts it."""
    num_tokens = parts.family.schedule_tokens or shape.num_tokens
    under = (item for item in items if isinstance(item, AnimaticItem) and not item.beside)
    start = min((1 - item.strength for item in under), default=1.0)
    if start in (0, 1):
        return parts.family.schedule(num_steps, num_tokens)
    return (1.0, *shifted_linear_from(start, num_steps, num_tokens))
