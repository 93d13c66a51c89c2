"""Encoder and decoder of the video autoencoder, built from block lists; keys are those of the single-file checkpoints.

Shape letters: B batch, C channels, F frames, H and W rows and columns at the tensor's own resolution.
"""

import math
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.models.vae_blocks import (
    CausalConv3d,
    DepthToSpaceUp,
    Padding,
    SpaceToDepthDown,
    patchify,
    pixel_norm,
    unpatchify,
)
from render_engine.models.vae_config import STRIDES, BlockParams, VAEConfig
from render_engine.models.vae_resnets import ResnetBlock, ResnetStack, TimestepModulation
from render_engine.models.vae_stream import Layer, Stream

_SAME_WIDTH_DOWN = ("res_x", "compress_space", "compress_time", "compress_all")
"""Encoder blocks whose multiplier means nothing."""


class Encoder(nn.Module):
    """Pixels to latent means and one shared log variance: (B, 3, F, H, W) to (B, latent_channels + 1, ...)."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.patch_size = config.patch_size
        width, padding = config.encoder_base_channels, Padding(causal=True, space=config.encoder_padding)
        self.conv_in = CausalConv3d(config.in_channels * config.patch_size**2, width, padding)
        self.down_blocks = nn.ModuleList()
        for name, params in config.encoder_blocks:
            wider = width if name in _SAME_WIDTH_DOWN else width * params.multiplier
            self.down_blocks.append(_down_block(name, params, width, wider, padding))
            width = wider
        self.conv_out = CausalConv3d(width, config.latent_channels + 1, padding)

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
        timed, padding = config.timestep_conditioning, Padding(config.causal_decoder, config.decoder_padding)
        width = config.decoder_base_channels * math.prod(_narrowing(block) for block in config.decoder_blocks)
        self.conv_in = CausalConv3d(config.latent_channels, width, padding)
        self.up_blocks = nn.ModuleList()
        for block in reversed(config.decoder_blocks):
            self.up_blocks.append(_up_block(block, width, padding, timestep_conditioning=timed))
            width //= _narrowing(block)
        self.conv_out = CausalConv3d(width, config.out_channels * config.patch_size**2, padding)
        self.last_time_embedder = TimestepModulation(2, width) if timed else None
        if timed:
            self.timestep_scale_multiplier = nn.Parameter(torch.tensor(1000.0))
            self.last_scale_shift_table = nn.Parameter(torch.randn(2, width).div_(width**0.5))

    def layers(self, timestep_B: Tensor | None = None) -> list[Layer]:
        """The steps from raw (not normalised) latents to frames.

        Args:
            timestep_B: in [0, 1], for a timestep-conditioned decoder.
        """
        if timestep_B is not None:
            timestep_B = timestep_B * self.timestep_scale_multiplier
        layers = [Layer(self.conv_in, reach=1)]
        for block in self.up_blocks:
            if isinstance(block, ResnetStack):
                layers += block.layers(timestep_B)
            elif isinstance(block, DepthToSpaceUp):
                layers.append(Layer(block, reach=1, time_stride=block.stride[0]))
            else:
                layers.append(Layer(block, reach=2))
        modulation_B2C = None if self.last_time_embedder is None else self.last_time_embedder(timestep_B)
        return [*layers, Layer(partial(self._leave, modulation_B2C=modulation_B2C), reach=1)]

    def _leave(self, x_BCFHW: Tensor, stream: Stream, *, modulation_B2C: Tensor | None) -> Tensor:
        hidden = pixel_norm(x_BCFHW)
        if modulation_B2C is not None:
            table_B2C111 = (modulation_B2C + self.last_scale_shift_table)[..., None, None, None]
            shift, scale = table_B2C111.unbind(dim=1)
            hidden = hidden * (1 + scale) + shift
        return unpatchify(self.conv_out(F.silu(hidden), stream), self.patch_size)


def _down_block(name: str, params: BlockParams, width: int, wider: int, padding: Padding) -> nn.Module:
    if name == "res_x":
        return ResnetStack(width, params.num_layers, padding)
    if name == "res_x_y":
        return ResnetBlock(width, wider, padding)
    if name.endswith("_res"):
        return SpaceToDepthDown(width, wider, STRIDES[name], padding)
    return CausalConv3d(width, wider, padding, STRIDES[name])


def _up_block(
    block: tuple[str, BlockParams], width: int, padding: Padding, *, timestep_conditioning: bool
) -> nn.Module:
    name, params = block
    if name == "res_x":
        return ResnetStack(
            width,
            params.num_layers,
            padding,
            timestep_conditioning=timestep_conditioning,
            inject_noise=params.inject_noise,
        )
    if name == "res_x_y":
        return ResnetBlock(width, width // params.multiplier, padding)
    return DepthToSpaceUp(width, STRIDES[name], padding, multiplier=params.multiplier, residual=params.residual)


def _narrowing(block: tuple[str, BlockParams]) -> int:
    """By what a decoder block divides the width."""
    name, params = block
    return 1 if name == "res_x" else params.multiplier
