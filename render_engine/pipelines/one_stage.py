"""The one-stage pipeline: from noise, or from an animatic's latents, to the full size in one walk."""

from render_engine.api.render import RenderRequest
from render_engine.conditioning import AnimaticItem, ConditioningItem
from render_engine.flow.schedules import shifted_linear, shifted_linear_from
from render_engine.pipelines.parts import Parts
from render_engine.pipelines.recipe import Recipe, Stage
from render_engine.shapes import LatentShape


def one_stage(request: RenderRequest, conditioning: tuple[ConditioningItem, ...], parts: Parts) -> Recipe:
    """Write the recipe of a request whose scenes and pictures are already frames, as `conditioning`.

    Raises:
        ValueError: the size does not fit the autoencoder; the message names the nearest that does.
    """
    shape = LatentShape.from_pixels(
        width=request.width,
        height=request.height,
        num_frames=request.num_frames,
        channels=parts.vae.config.latent_channels,
        compression=parts.compression,
    )
    sigmas = _sigmas(request.num_steps, shape.num_tokens, conditioning)
    stage = Stage(sigmas, request.guidance_scale, conditioning)
    return Recipe(request.prompt, shape, request.fps, request.seed, (stage,), request.negative_prompt)


def _sigmas(num_steps: int, num_tokens: int, conditioning: tuple[ConditioningItem, ...]) -> tuple[float, ...]:
    """A whole schedule that takes `num_steps` steps from where an animatic starts it."""
    start = min((1 - item.strength for item in conditioning if isinstance(item, AnimaticItem)), default=1.0)
    if start in (0, 1):
        return shifted_linear(num_steps, num_tokens)
    return (1.0, *shifted_linear_from(start, num_steps, num_tokens))
