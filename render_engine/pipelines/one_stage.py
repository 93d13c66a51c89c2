"""The pipelines of one stage: from noise or an animatic's latents, from a clip onwards or backwards, and a retake."""

from render_engine.api.render import RenderRequest
from render_engine.conditioning import FramesItem, KeyframeStyle, RegionItem
from render_engine.pipelines.families import Family
from render_engine.pipelines.parts import Parts
from render_engine.pipelines.recipe import Recipe
from render_engine.pipelines.stages import NO_ADAPTERS, Adapters, Items, Walk, is_distilled, single


def one_stage(request: RenderRequest, items: Items, parts: Parts, adapters: Adapters = NO_ADAPTERS) -> Recipe:
    """Write the recipe of a request whose scenes, pictures and clips are already frames, as `items`.

    Raises:
        ValueError: the size does not fit the autoencoder; the message names the nearest that does.
    """
    return single(request, items, parts, adapters)


def extend(request: RenderRequest, items: Items, parts: Parts, adapters: Adapters = NO_ADAPTERS) -> Recipe:
    """Go on from a clip that opens the video, or lead up to one that ends it; the request counts all frames.

    Raises:
        ValueError: no clip is given that opens or ends the video and is shorter than it.
    """
    clips = [item for item in items if isinstance(item, FramesItem) and item.frames_BCFHW.shape[2] > 1]
    ends = {item.frame_index: item.frame_index + item.frames_BCFHW.shape[2] for item in clips}
    if not any((first == 0) != (end == request.num_frames) for first, end in ends.items()):
        raise ValueError(
            f"nothing to extend: give a clip of fewer than {request.num_frames} frames, "
            "which opens the video at frame 0 or ends it"
        )
    return single(request, items, parts, adapters, _distilled_walk(request, parts.family))


def retake(request: RenderRequest, items: Items, parts: Parts, adapters: Adapters = NO_ADAPTERS) -> Recipe:
    """Render a region of a clip anew, in time or in the picture, and keep the rest.

    Raises:
        ValueError: no clip is given with its region.
    """
    if not any(isinstance(item, RegionItem) for item in items):
        raise ValueError("nothing to take again: give the clip, and from which second to which")
    return single(request, items, parts, adapters, _distilled_walk(request, parts.family))


def _distilled_walk(request: RenderRequest, family: Family) -> Walk | None:
    """In LTX-2 a clip is changed by distilled weights too, on the sigmas of their first stage, by plain steps."""
    if family.style is KeyframeStyle.LTX_2 and is_distilled(request, family):
        return Walk(family.distilled[0], family.guider(1), family.sampler)
    return None
