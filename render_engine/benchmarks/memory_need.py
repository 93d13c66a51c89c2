"""What a piece of work takes at most, told beforehand, so that a benchmark is never why memory runs short.

A decoder's need is told by its layout, before either side is made: `pipelines.decode` asks the decoder itself.
"""

import math

from render_engine.machine import RESERVE
from render_engine.models.vae_config import STRIDES, VAEConfig
from render_engine.shapes import LatentShape


def fits(need_bytes: int, free_bytes: int | None) -> bool:
    """Whether so much may be taken; where the machine says nothing, yes."""
    return free_bytes is None or need_bytes <= free_bytes * (1 - RESERVE)


def decode_bytes(config: VAEConfig, shape: LatentShape, item_bytes: int) -> int:
    """Activations of the decoder: at its widest block six tensors, and two in float32 while it is normed."""
    width = config.decoder_base_channels * math.prod(
        1 if name == "res_x" else params.multiplier for name, params in config.decoder_blocks
    )
    voxels, widest = shape.num_tokens, 0
    for name, params in reversed(config.decoder_blocks):
        voxels *= math.prod(STRIDES.get(name, (1,)))
        width //= 1 if name == "res_x" else params.multiplier
        widest = max(widest, voxels * width)
    return widest * (6 * item_bytes + 2 * 4)
