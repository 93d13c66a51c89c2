"""The closed-form linear codec: principal components of causal space-time patches, whitened.

It is the autoencoder's start and its yardstick. Shape letters: B batch, C channels, F frames, H and W rows and columns,
N patches, P numbers in a patch (3 * temporal * spatial * spatial).
"""

import torch
from torch import Tensor, nn

from render_engine.models.vae_blocks import Stride, depth_to_space, space_to_depth
from render_engine.models.vae_config import VAEConfig
from render_engine.models.vae_stream import Stream


class LinearCodec(nn.Module):
    """One orthonormal basis for both ways: latents are the patch's coordinates in units of their deviation.

    The first latent frame sees the first frame repeated, so that 1 + k * temporal frames become 1 + k.
    """

    basis: Tensor
    mean: Tensor
    scale: Tensor

    def __init__(self, spatial: int, temporal: int, latent_channels: int) -> None:
        super().__init__()
        self.stride: Stride = (temporal, spatial, spatial)
        patch_numbers = 3 * temporal * spatial * spatial
        self.register_buffer("basis", torch.zeros(patch_numbers, latent_channels).fill_diagonal_(1))
        self.register_buffer("mean", torch.zeros(patch_numbers))
        self.register_buffer("scale", torch.ones(latent_channels))

    @classmethod
    def of(cls, config: VAEConfig) -> "LinearCodec":
        """A codec of an autoencoder's compression, not fitted yet."""
        return cls(config.spatial_compression, config.temporal_compression, config.latent_channels)

    def spectrum(self, kept: float) -> Tensor:
        """Deviations (C,) of mean square 1, as `scale ** kept`: 1 is the pixels' own, 0 makes all equal."""
        kept_C = self.scale**kept
        return kept_C / kept_C.square().mean().sqrt()

    def patches(self, frames_BCFHW: Tensor) -> Tensor:
        """Causal patches as channels: (B, 3, 1 + k * temporal, H, W) to (B, P, 1 + k, H / spatial, W / spatial)."""
        first = frames_BCFHW[:, :, :1].expand(-1, -1, self.stride[0] - 1, -1, -1)
        return space_to_depth(torch.cat([first, frames_BCFHW], dim=2), self.stride)

    def encode(self, frames_BCFHW: Tensor) -> Tensor:
        """Project frames on the basis, in float32 whatever the autocast: bf16 would cap the picture near 45 dB."""
        with torch.autocast(frames_BCFHW.device.type, enabled=False):
            patches_BFHWP = self.patches(frames_BCFHW.float()).movedim(1, -1)
            return ((patches_BFHWP - self.mean) @ self.basis / self.scale).movedim(-1, 1)

    def decode(self, latents_BCFHW: Tensor, stream: Stream | None = None) -> Tensor:
        """Rebuild frames from coordinates, in float32, and drop the repeats of the clip's first frame."""
        with torch.autocast(latents_BCFHW.device.type, enabled=False):
            patches_BFHWP = (latents_BCFHW.float().movedim(1, -1) * self.scale) @ self.basis.T + self.mean
            frames_BCFHW = depth_to_space(patches_BFHWP.movedim(-1, 1), self.stride)
            return (stream or Stream()).without_first(self, frames_BCFHW, self.stride[0] - 1)
