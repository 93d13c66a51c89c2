"""Noise for the samplers that add some on their way, always from a generator that the caller seeds.

Shape letters: B batch, N tokens, C latent channels.
"""

from collections.abc import Callable

import torch
from torch import Tensor

NoiseFn = Callable[[Tensor], Tensor]
"""Draws noise of the shape, dtype and device of a tensor."""


def gaussian(generator: torch.Generator) -> NoiseFn:
    """Standard normal noise, drawn where the generator lives, so that a seed means the same on every device."""

    def draw(x_BNC: Tensor) -> Tensor:
        noise_BNC = torch.randn(x_BNC.shape, generator=generator, device=generator.device, dtype=x_BNC.dtype)
        return noise_BNC.to(x_BNC.device)

    return draw


def standardised(generator: torch.Generator) -> NoiseFn:
    """Noise whose mean is 0 and whose deviation is 1 exactly in each sample, as LTX-2's res_2s draws it."""

    def draw(x_BNC: Tensor) -> Tensor:
        noise_BNC = torch.randn(x_BNC.shape, generator=generator, device=generator.device, dtype=torch.float64)
        deviation_B11, mean_B11 = torch.std_mean(noise_BNC, dim=(-2, -1), keepdim=True)
        return ((noise_BNC - mean_B11) / deviation_B11).to(x_BNC)

    return draw
