"""What codecs leave on pictures, mildly, so that a network that judges decoded clips has seen it: train-time only.

Shape letters: F frames, C channels, H and W rows and columns.
"""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

BLOCK = 8
LARGEST_NOISE = 0.02
LARGEST_SHIFT = 0.02
_MAX_STEP = 0.10
"""Largest quantisation step of the finest frequency; levels from 0 to 1."""


def degraded(frames_FCHW: Tensor, generator: np.random.Generator) -> Tensor:
    """A clip in [-1, 1] as a codec might leave it: blurred, quantised or noisy at times, lighter or darker a little.

    Args:
        frames_FCHW: one clip.
        generator: of the draws; the same one gives the same clip.
    """
    if generator.random() < 0.25:
        frames_FCHW = blurred(frames_FCHW, float(generator.uniform(0.3, 1.0)))
    if generator.random() < 0.25:
        frames_FCHW = quantised(frames_FCHW, float(generator.uniform(0.2, 1.0)))
    if generator.random() < 0.25:
        frames_FCHW = frames_FCHW + 2 * LARGEST_NOISE * generator.random() * _noise_like(frames_FCHW, generator)
    return (frames_FCHW + 2 * float(generator.uniform(-LARGEST_SHIFT, LARGEST_SHIFT))).clamp_(-1, 1)


def blurred(frames_FCHW: Tensor, deviation: float) -> Tensor:
    """Under a gaussian of 3 x 3 pixels."""
    side = math.exp(-0.5 / deviation**2)
    middle, side = 1 / (1 + 2 * side), side / (1 + 2 * side)
    for axis in (2, 3):
        size = frames_FCHW.shape[axis]
        before = torch.cat((frames_FCHW.narrow(axis, 0, 1), frames_FCHW.narrow(axis, 0, size - 1)), axis)
        after = torch.cat((frames_FCHW.narrow(axis, 1, size - 1), frames_FCHW.narrow(axis, size - 1, 1)), axis)
        frames_FCHW = middle * frames_FCHW + side * (before + after)
    return frames_FCHW


def quantised(frames_FCHW: Tensor, strength: float) -> Tensor:
    """With the cosine coefficients of 8 x 8 blocks rounded, finer ones more coarsely, as JPEG does."""
    height, width = frames_FCHW.shape[2:]
    padded_FCHW = F.pad(frames_FCHW, (0, -width % BLOCK, 0, -height % BLOCK), mode="replicate")
    basis = _cosines().to(frames_FCHW.device)
    order = torch.arange(BLOCK, device=frames_FCHW.device)
    steps = BLOCK * _MAX_STEP * strength * (0.1 + (order[:, None] + order) / (2 * BLOCK - 2))
    steps = steps.repeat(1, padded_FCHW.shape[3] // BLOCK)
    coefficients = torch.round(_transformed(padded_FCHW, basis) / steps) * steps
    return _transformed(coefficients.view(padded_FCHW.shape), basis.T).view(padded_FCHW.shape)[..., :height, :width]


def _transformed(x_FCHW: Tensor, basis: Tensor) -> Tensor:
    """Every block of 8 x 8 pixels between matrices, without moving a pixel: (blocks down, 8, W)."""
    width = x_FCHW.shape[-1]
    down = basis @ x_FCHW.reshape(-1, BLOCK, width)
    return (down.view(-1, BLOCK) @ basis.T).view(-1, BLOCK, width)


def _noise_like(frames_FCHW: Tensor, generator: np.random.Generator) -> Tensor:
    """Noise of deviation 1: one frame's, moved about for every frame, for drawing it is what takes time."""
    seed, (num_frames, channels, height, width) = int(generator.integers(2**31)), frames_FCHW.shape
    noise_CHW = torch.randn(channels, height, width, generator=torch.Generator().manual_seed(seed))
    places = zip(generator.integers(height, size=num_frames), generator.integers(width, size=num_frames), strict=True)
    noise = torch.stack([noise_CHW.roll((int(down), int(right)), (1, 2)) for down, right in places])
    return noise.to(frames_FCHW.device)


def _cosines() -> Tensor:
    """The orthonormal cosine basis (8, 8), one frequency a row."""
    order = torch.arange(BLOCK, dtype=torch.float32)
    basis = torch.cos(math.pi / BLOCK * (order + 0.5) * order[:, None]) * math.sqrt(2 / BLOCK)
    basis[0] /= math.sqrt(2)
    return basis
