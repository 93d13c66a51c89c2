"""Masks over a clip's pixels, brought to its latents: the first frame alone, and then as many as a latent frame holds.

Shape letters: B batch, F frames, H rows, W columns.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F


def latent_mask(
    mask_BFHW: Tensor, size: Sequence[int], temporal_compression: int, reduce: Literal["mean", "max"]
) -> Tensor:
    """A mask over pixels as one over latents of `size` (frames, rows, columns): the mean, or the largest, of each.

    Raises:
        ValueError: it has another number of frames.
    """
    frames, height, width = size
    if mask_BFHW.shape[1] != (frames - 1) * temporal_compression + 1:
        wanted = (frames - 1) * temporal_compression + 1
        raise ValueError(f"the mask has {mask_BFHW.shape[1]} frames, what it is for has {wanted}")
    pool = F.adaptive_avg_pool3d if reduce == "mean" else F.adaptive_max_pool3d
    pooled = [pool(mask_BFHW[:, :1].float(), (1, height, width))]
    if frames > 1:
        pooled.append(pool(mask_BFHW[:, 1:].float(), (frames - 1, height, width)))
    return torch.cat(pooled, dim=1)


def frames_between(num_frames: int, fps: float, start_seconds: float, end_seconds: float) -> Tensor:
    """A mask (1, F, 1, 1) that is 1 at the frames which show any moment from start to end.

    Raises:
        ValueError: no frame does.
    """
    edges = torch.arange(num_frames + 1, dtype=torch.float64) / fps  # neighbours meet, so that one ends as one begins
    shown_F = (edges[1:] > start_seconds) & (edges[:-1] < end_seconds)
    if start_seconds >= end_seconds or not bool(shown_F.any()):
        raise ValueError(
            f"from {start_seconds:g} to {end_seconds:g} s lies nothing of a clip of {num_frames / fps:g} s: "
            "give a start before the end, within the clip"
        )
    return shown_F.float()[None, :, None, None]
