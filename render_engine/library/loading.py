"""Whether the engine's classes take a model, by headers alone: what its loader does before it reads a tensor."""

from pathlib import Path

from render_engine.checkpoints.module_files import prepare
from render_engine.checkpoints.pixel_upscaler_files import PIXEL_UPSCALER
from render_engine.checkpoints.transformer_files import TRANSFORMER
from render_engine.checkpoints.upsampler_files import UPSAMPLER
from render_engine.checkpoints.vae_files import VAE
from render_engine.checkpoints.weight_source import open_weights


def check_loadable(part: str, path: Path) -> None:
    """Compare a model's part with the network that its config describes.

    Raises:
        RenderError: the config is not supported, or the first tensor that is missing, unexpected or of another shape.
    """
    with open_weights(path) as source:
        match part:
            case "transformer":
                prepare(TRANSFORMER, source)
            case "vae":
                prepare(VAE, source)
            case "pixel upscaler":
                prepare(PIXEL_UPSCALER, source)
            case _:
                prepare(UPSAMPLER, source)
