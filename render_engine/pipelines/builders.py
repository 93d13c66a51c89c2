"""The pipelines by the names that requests give them."""

from collections.abc import Callable

from render_engine.api.render import Pipeline, RenderRequest
from render_engine.pipelines.one_stage import extend, one_stage, retake
from render_engine.pipelines.parts import Parts
from render_engine.pipelines.recipe import Recipe
from render_engine.pipelines.stages import NO_ADAPTERS, Adapters, Items
from render_engine.pipelines.two_stages import distilled, ic_lora, keyframe_interpolation, two_stages

BuildFn = Callable[[RenderRequest, Items, Parts, Adapters], Recipe]
BUILDERS: dict[Pipeline, BuildFn] = {
    "one_stage": one_stage,
    "two_stages": two_stages,
    "distilled": distilled,
    "keyframe_interpolation": keyframe_interpolation,
    "ic_lora": ic_lora,
    "extend": extend,
    "retake": retake,
}


def build_recipe(request: RenderRequest, items: Items, parts: Parts, adapters: Adapters = NO_ADAPTERS) -> Recipe:
    """Write the recipe of the request's pipeline.

    Raises:
        ValueError: the request does not fit the pipeline, or the weights; the message says what would.
    """
    return BUILDERS[request.pipeline](request, items, parts, adapters)
