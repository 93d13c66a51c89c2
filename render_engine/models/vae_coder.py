"""Encoder and decoder of the video autoencoder, built from block lists; keys are those of the single-file checkpoints.

Shape letters: B batch, C channels, F frames, H and W rows and columns at the tensor's own resolution.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.models.vae_blocks import (
    CausalConv3d,
    DepthToSpaceUp,
    ResnetStack,
    SpaceToDepthDown,
    Stride,
    TimestepModulation,
    patchify,
    pixel_norm,
    unpatchify,
)
from render_engine.models.vae_config import VAEConfig

STRIDES: dict[str, Stride] = {
    "compress_space_res": (1, 2, 2),
    "compress_time_res": (2, 1, 1),
    "compress_all_res": (2, 2, 2),
}


class Encoder(nn.Module):
    """Pixels to latent means and one shared log variance: (B, 3, F, H, W) to (B, latent_channels + 1, ...)."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.patch_size = config.patch_size
        width = config.encoder_base_channels
        self.conv_in = CausalConv3d(config.in_channels * config.patch_size**2, width)
        self.down_blocks = nn.ModuleList()
        for name, params in config.encoder_blocks:
            if name == "res_x":
                self.down_blocks.append(ResnetStack(width, params.num_layers, causal=True))
                continue
            self.down_blocks.append(SpaceToDepthDown(width, width * params.multiplier, STRIDES[name]))
            width *= params.multiplier
        self.conv_out = CausalConv3d(width, config.latent_channels + 1)

    def forward(self, frames_BCFHW: Tensor) -> Tensor:
        """Encode frames in [-1, 1]."""
        hidden = self.conv_in(patchify(frames_BCFHW, self.patch_size))
        for block in self.down_blocks:
            hidden = block(hidden)
        moments: Tensor = self.conv_out(F.silu(pixel_norm(hidden)))
        return moments


class Decoder(nn.Module):
    """Latents to pixels; blocks run from the latents outward, at last at 1/patch_size resolution and full time."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.patch_size = config.patch_size
        causal, timed = config.causal_decoder, config.timestep_conditioning
        width = config.decoder_base_channels
        for _, params in config.decoder_blocks:
            width *= params.multiplier
        self.conv_in = CausalConv3d(config.latent_channels, width, causal=causal)
        self.up_blocks = nn.ModuleList()
        for name, params in reversed(config.decoder_blocks):
            if name == "res_x":
                self.up_blocks.append(ResnetStack(width, params.num_layers, causal=causal, timestep_conditioning=timed))
                continue
            self.up_blocks.append(DepthToSpaceUp(width, params.multiplier, residual=params.residual, causal=causal))
            width //= params.multiplier
        patch_channels = config.out_channels * config.patch_size**2
        self.conv_out = CausalConv3d(width, patch_channels, causal=causal)
        self.last_time_embedder = TimestepModulation(2, width) if timed else None
        if timed:
            self.timestep_scale_multiplier = nn.Parameter(torch.tensor(1000.0))
            self.last_scale_shift_table = nn.Parameter(torch.randn(2, width) / width**0.5)

    def forward(self, latents_BCFHW: Tensor, timestep_B: Tensor | None = None) -> Tensor:
        """Decode raw (not normalised) latents; a timestep-conditioned decoder needs a timestep in [0, 1]."""
        if timestep_B is not None:
            timestep_B = timestep_B * self.timestep_scale_multiplier
        hidden = self.conv_in(latents_BCFHW)
        for block in self.up_blocks:
            hidden = block(hidden, timestep_B) if isinstance(block, ResnetStack) else block(hidden)
        hidden = pixel_norm(hidden)
        if self.last_time_embedder is not None:
            modulation_B2C = self.last_time_embedder(timestep_B)
            table_B2C111 = (modulation_B2C + self.last_scale_shift_table)[..., None, None, None]
            shift, scale = table_B2C111.unbind(dim=1)
            hidden = hidden * (1 + scale) + shift
        return unpatchify(self.conv_out(F.silu(hidden)), self.patch_size)
