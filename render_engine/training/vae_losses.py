"""What the autoencoder is trained on: absolute error, error of edges in space and time, and calm latents."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class VAELossWeights:
    """Weights beside the absolute error's 1: `edges` for differences of neighbours, `latents` for their square."""

    edges: float = 0.5
    latents: float = 1e-4


def vae_loss(output_BCFHW: Tensor, frames_BCFHW: Tensor, latents_BCFHW: Tensor, weights: VAELossWeights) -> Tensor:
    """One number for a batch of frames in [-1, 1] and their raw latents."""
    error = output_BCFHW - frames_BCFHW
    # The difference of errors is the error of differences: zero where every edge is as sharp as it should be.
    edges = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    if error.shape[2] > 1:
        edges = edges + error.diff(dim=2).abs().mean()
    return error.abs().mean() + weights.edges * edges + weights.latents * latents_BCFHW.square().mean()


def psnr(output: Tensor, frames: Tensor) -> float:
    """Peak signal to noise of one clip in dB, both in [-1, 1]; the output is clipped, as when it is shown."""
    mean_square = ((output.clamp(-1, 1) - frames) / 2).square().mean().clamp(min=1e-10)
    return float(-10 * torch.log10(mean_square))
