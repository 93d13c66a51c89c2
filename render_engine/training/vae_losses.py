"""What the autoencoder is trained on: squared errors of pixels and of edges, relative to the linear codec's."""

import torch
from torch import Tensor

EDGE_WEIGHT = 0.5
FLOOR = 2e-5
"""Squared error below which a clip is good enough to stop counting more, about 53 dB."""


def relative_loss(output_BCFHW: Tensor, frames_BCFHW: Tensor, linear_BCFHW: Tensor) -> Tensor:
    """Mean over a batch of each clip's squared error, edges included, as a share of the linear codec's error of pixels.

    An easy clip thus counts as much as a hard one, as it does in a mean of decibels. All frames are in [-1, 1].
    """
    base_B = _squares(linear_BCFHW - frames_BCFHW) + FLOOR
    error = output_BCFHW - frames_BCFHW
    # The difference of errors is the error of differences: zero where every edge is as sharp as it should be.
    edges_B = _squares(error.diff(dim=-1)) + _squares(error.diff(dim=-2))
    if error.shape[2] > 1:
        edges_B = edges_B + _squares(error.diff(dim=2))
    return ((_squares(error) + EDGE_WEIGHT * edges_B) / base_B).mean()


def _squares(error_BCFHW: Tensor) -> Tensor:
    return error_BCFHW.square().flatten(1).mean(1)


def psnr(output: Tensor, frames: Tensor) -> float:
    """Peak signal to noise of one clip in dB, both in [-1, 1]; the output is clipped, as when it is shown."""
    mean_square = ((output.clamp(-1, 1) - frames) / 2).square().mean().clamp(min=1e-10)
    return float(-10 * torch.log10(mean_square))
