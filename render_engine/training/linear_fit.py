"""Fits the linear codec in closed form: the covariance of causal patches over clips, then its eigenvectors.

Shape letters as in `models.linear_codec`: N patches, P numbers in a patch, C latent channels.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from render_engine.models.linear_codec import LinearCodec


@torch.no_grad()
def fit_linear_codec(codec: LinearCodec, clips: Iterable[Tensor]) -> float:
    """Set the codec's basis, mean and scale from clips of frames in [-1, 1], each (1, 3, F, H, W).

    Returns:
        The share of the patches' variance that the kept channels hold.
    """
    patch_numbers, latent_channels = codec.basis.shape
    device = codec.basis.device
    total_P = torch.zeros(patch_numbers, dtype=torch.float64, device=device)
    product_PP = torch.zeros(patch_numbers, patch_numbers, dtype=torch.float64, device=device)
    count = 0
    for frames_BCFHW in clips:
        patches_NP = codec.patches(frames_BCFHW.to(device)).movedim(1, -1).flatten(0, -2)
        total_P += patches_NP.sum(0, dtype=torch.float64)
        product_PP += (patches_NP.T @ patches_NP).double()
        count += len(patches_NP)
    mean_P = total_P / count
    covariance_PP = product_PP / count - torch.outer(mean_P, mean_P)
    variances, vectors = torch.linalg.eigh(covariance_PP)  # ascending
    kept_C = variances[-latent_channels:].flip(0)
    codec.basis.copy_(_signed(vectors[:, -latent_channels:].flip(1)))
    codec.mean.copy_(mean_P)
    codec.scale.copy_(kept_C.clamp(min=1e-8).sqrt())
    return float(kept_C.sum() / variances.sum())


def _signed(vectors_PC: Tensor) -> Tensor:
    """Make each vector's largest entry positive, so that two fits of the same data agree."""
    largest = vectors_PC.abs().argmax(dim=0)
    return vectors_PC * vectors_PC.gather(0, largest[None]).sign()
