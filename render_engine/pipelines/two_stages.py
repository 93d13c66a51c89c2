"""The pipelines of two stages: a small picture first, the latent upsampler, and a second look at the whole size.

Weights without an upsampler render what these ask for in one stage, all but `two_stages` itself.
"""

from dataclasses import replace

from render_engine.api.render import RenderRequest
from render_engine.conditioning import FramesItem, KeyframeStyle, ReferenceItem
from render_engine.pipelines.parts import Parts
from render_engine.pipelines.recipe import Recipe
from render_engine.pipelines.stages import (
    NO_ADAPTERS,
    Adapters,
    Items,
    Walk,
    is_distilled,
    pair,
    pair_of_shapes,
    recipe_of,
    single,
)


def two_stages(request: RenderRequest, items: Items, parts: Parts, adapters: Adapters = NO_ADAPTERS) -> Recipe:
    """Guided at first, then refined by the family's second schedule and guidance.

    Raises:
        ValueError: there is no upsampler, or the size cannot be reached by it; the message names the nearest.
    """
    family, num_steps = parts.family, request.num_steps
    few, many = (family.schedule_tokens or shape.num_tokens for shape in pair_of_shapes(request, parts))
    walks = (
        Walk(family.first_schedule(num_steps, few), family.guider(request.guidance_scale), family.sampler),
        Walk(family.second_schedule(num_steps, many), family.second_guider, family.second_sampler),
    )
    recipe = recipe_of(request, pair(request, items, parts, adapters, walks))
    return replace(recipe, match_statistics=family.match_statistics)


def distilled(request: RenderRequest, items: Items, parts: Parts, adapters: Adapters = NO_ADAPTERS) -> Recipe:
    """The few steps that distilled weights were trained for, without guidance.

    Raises:
        ValueError: another number of steps, or guidance, is asked for.
    """
    family = parts.family
    first, second = family.distilled
    if not is_distilled(request, family):
        raise ValueError(
            f"distilled weights take {len(first) - 1} steps at guidance 1, not {request.num_steps} steps at "
            f"{request.guidance_scale:g}"
        )
    walks = (Walk(first, family.guider(1), family.distilled_sampler), Walk(second, family.guider(1)))
    if parts.distilled is not None:
        few_steps = ((parts.distilled, 1.0),)
        adapters = Adapters(adapters.first + few_steps, adapters.second + few_steps)
    if parts.upsampler is None:
        return single(request, items, parts, adapters, walks[0])
    recipe = recipe_of(request, pair(request, items, parts, adapters, walks))
    tones = family.distilled_tone_compression
    return replace(recipe, match_statistics=family.match_statistics, tone_compression=tones)


def keyframe_interpolation(
    request: RenderRequest, items: Items, parts: Parts, adapters: Adapters = NO_ADAPTERS
) -> Recipe:
    """Find the motion between pictures; in LTX-2 each of them, the first too, only guides.

    Raises:
        ValueError: fewer than two pictures are given.
    """
    if sum(isinstance(item, FramesItem) for item in items) < 2:
        raise ValueError("nothing to interpolate between: give two pictures or more, with their frames")
    if parts.family.style is KeyframeStyle.LTX_2:
        items = tuple(replace(item, guiding=True) if isinstance(item, FramesItem) else item for item in items)
    build = single if parts.upsampler is None else two_stages
    return build(request, items, parts, adapters)


def ic_lora(request: RenderRequest, items: Items, parts: Parts, adapters: Adapters = NO_ADAPTERS) -> Recipe:
    """Follow a reference as a LoRA was trained to; the LoRA and the reference count in the first stage alone.

    Distilled weights take plain steps here, those of LTX-2.5 too.

    Raises:
        ValueError: no reference is given, or no LoRA for the first stage.
    """
    if not adapters.first or not any(isinstance(item, ReferenceItem) for item in items):
        raise ValueError("following a reference takes a clip to follow and the LoRA that was trained to")
    if is_distilled(request, parts.family):
        plain = replace(parts, family=replace(parts.family, distilled_sampler=parts.family.sampler))
        return distilled(request, items, plain, adapters)
    build = single if parts.upsampler is None else two_stages
    return build(request, items, parts, adapters)
