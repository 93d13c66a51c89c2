"""Closed-form fits: the linear codec by eigenvectors of patches, the latent upsampler's straight path by regression.

Shape letters as in `models.linear_codec`: N patches, P numbers in a patch, C latent channels.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.models.linear_codec import LinearCodec

RIDGE = 1e-4
"""Of the mean square of a channel: keeps a fit of few clips from growing wild."""


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


@torch.no_grad()
def fit_linear_path(path: nn.Conv2d, pairs: Iterable[tuple[Tensor, Tensor]]) -> None:
    """Set a map from each latent voxel to the four of twice the size by least squares over pairs (B, C, F, H, W)."""
    num_inputs, device = path.in_channels + 1, path.weight.device
    gram_PP = torch.zeros(num_inputs, num_inputs, dtype=torch.float64, device=device)
    product_PQ = torch.zeros(num_inputs, path.out_channels, dtype=torch.float64, device=device)
    for small_BCFHW, large_BCFHW in pairs:
        small_NP, large_NQ = _voxels(small_BCFHW.to(device)), _voxels(large_BCFHW.to(device), 2)
        small_NP = torch.cat([small_NP, torch.ones_like(small_NP[:, :1])], 1)  # the last weight is the bias
        gram_PP += (small_NP.T @ small_NP).double()
        product_PQ += (small_NP.T @ large_NQ).double()
    ridge_PP = RIDGE * gram_PP.diagonal().mean() * torch.eye(num_inputs, dtype=torch.float64, device=device)
    weights_PQ = torch.linalg.solve(gram_PP + ridge_PP, product_PQ)
    path.weight.copy_(weights_PQ[:-1].T[:, :, None, None])
    path.get_parameter("bias").copy_(weights_PQ[-1])


def _voxels(latents_BCFHW: Tensor, fold: int = 1) -> Tensor:
    """Voxels as rows, their channels as columns; with `fold`, squares of voxels as `pixel_shuffle` unfolds them."""
    frames_NCHW = latents_BCFHW.float().transpose(1, 2).flatten(0, 1)
    return F.pixel_unshuffle(frames_NCHW, fold).movedim(1, -1).flatten(0, -2)


def _signed(vectors_PC: Tensor) -> Tensor:
    """Make each vector's largest entry positive, so that two fits of the same data agree."""
    largest = vectors_PC.abs().argmax(dim=0)
    return vectors_PC * vectors_PC.gather(0, largest[None]).sign()
