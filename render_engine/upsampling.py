"""Between two passes: enlarge latents, hold them to the first pass's statistics, and compress their tones.

All three take and give normalised latents (B, C, F, H, W), as the original pipeline does. Diffusers matches statistics
and compresses tones on the autoencoder's own scale: for the statistics that is the same, for the tones it is not.
"""

import torch
from torch import Tensor

from render_engine.models.latent_upsampler import LatentUpsampler
from render_engine.models.vae import LatentStatistics

_VOXELS = (2, 3, 4)


def upsample(latents_BCFHW: Tensor, upsampler: LatentUpsampler, statistics: LatentStatistics) -> Tensor:
    """Enlarge latents; the upsampler works on the autoencoder's own scale, whose `statistics` lead there and back."""
    return statistics.normalise(upsampler(statistics.denormalise(latents_BCFHW)))


def match_statistics(latents_BCFHW: Tensor, reference_BCFHW: Tensor, factor: float = 1.0) -> Tensor:
    """Give every channel of every clip the mean and deviation it has in the reference (AdaIN, Huang and Belongie 2017).

    A channel without deviation, or whose reference is one voxel, is moved to the mean alone.

    Args:
        latents_BCFHW: what is changed.
        reference_BCFHW: the same clips and channels at any size.
        factor: how far to go, 0 (unchanged) to 1 (all the way); beyond 1 overshoots.
    """
    own, wanted = latents_BCFHW.float(), reference_BCFHW.float()
    (own_std, own_mean), (wanted_std, wanted_mean) = _std_mean(own), _std_mean(wanted)
    own_std = torch.where(own_std > 0, own_std, 1)
    wanted_std = wanted_std if wanted[0, 0].numel() > 1 else own_std
    matched = (own - own_mean) / own_std * wanted_std + wanted_mean
    return torch.lerp(own, matched, factor).to(latents_BCFHW.dtype)


def _std_mean(x_BCFHW: Tensor) -> tuple[Tensor, Tensor]:
    """Deviation, 0 of one voxel, and mean of every channel."""
    correction = min(x_BCFHW[0, 0].numel() - 1, 1)
    return torch.std_mean(x_BCFHW, _VOXELS, correction=correction, keepdim=True)


def compress_tones(latents_BCFHW: Tensor, compression: float) -> Tensor:
    """Scale values down by a sigmoid of their size, so that large ones lose most; 0 changes nothing, 1 is the most.

    The last step before the decoder, after its noise is mixed in (0.6 in the 13B distilled recipe).

    Raises:
        ValueError: `compression` is outside 0 to 1.
    """
    if not 0 <= compression <= 1:
        raise ValueError(f"tone compression is {compression}; it goes from 0 to 1")
    strength = 0.75 * compression
    excess = torch.sigmoid(4 * strength * (latents_BCFHW.abs() - 1))
    return latents_BCFHW * (1 - 0.8 * strength * excess)
