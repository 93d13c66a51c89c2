"""The latent upsampler of the LTX family: twice or 1.5 times the rows and columns, or twice the frames, of a latent.

Module names are those of the published checkpoints (diffusers has the same). It works on latents of the autoencoder's
own scale, so normalised latents are denormalised before and normalised after (`render_engine.upsampling`).
Shape letters: B batch, C channels, F latent frames, H and W latent rows and columns, N = B * F.
"""

import math
from collections.abc import Callable
from typing import Literal, Self

import torch
from pydantic import ConfigDict, Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.api.values import Value
from render_engine.models.vae_blocks import Stride, depth_to_space

NORM_GROUPS = 32
RATIOS = {0.75: (3, 4), 1.5: (3, 2), 2.0: (2, 1), 4.0: (4, 1)}
"""The scales of the rational resampler as (up, down)."""


class LatentUpsamplerConfig(Value):
    """An upsampler, field for field as in the metadata of its checkpoint.

    `rational_resampler` makes the spatial step scale by `spatial_scale`; without it the step doubles. Convolutions with
    `dims` 2 see one frame at a time, with 3 its neighbours too.
    """

    model_config = ConfigDict(populate_by_name=True)

    class_name: Literal["LatentUpsampler"] = Field(default="LatentUpsampler", alias="_class_name")
    in_channels: int = Field(default=128, ge=1)
    mid_channels: int = Field(default=512, ge=NORM_GROUPS, multiple_of=NORM_GROUPS)
    num_blocks_per_stage: int = Field(default=4, ge=0)
    dims: Literal[2, 3] = 3
    spatial_upsample: bool = True
    temporal_upsample: bool = False
    spatial_scale: float = 2.0
    rational_resampler: bool = False
    linear_path: bool = Field(default=False, exclude_if=lambda has_path: not has_path)
    """The house's: a linear map of each voxel to the four that it becomes, to which the network only adds.

    The many channels of the house's latents do not fit through a narrow network; most of what they become is linear.
    """

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not (self.spatial_upsample or self.temporal_upsample):
            raise ValueError("an upsampler enlarges space, time or both; this one enlarges neither")
        if self.linear_path and (self.temporal_upsample or self.rational_resampler):
            raise ValueError("a linear path doubles rows and columns, and nothing else")
        if self.temporal_upsample and self.dims == 2:
            raise ValueError("an upsampler of time needs dims 3")
        if self.spatial_scale not in RATIOS:
            raise ValueError(f"spatial_scale is {self.spatial_scale}; it can be {', '.join(map(str, RATIOS))}")
        if self.spatial_scale != 2 and self.spatial_upsample and not self.is_rational:
            raise ValueError(f"a spatial_scale of {self.spatial_scale} needs the rational resampler, and space alone")
        return self

    @property
    def is_rational(self) -> bool:
        """Whether the rational resampler does the enlarging: never where time grows too."""
        return self.rational_resampler and self.spatial_upsample and not self.temporal_upsample


class LatentUpsampler(nn.Module):
    """Residual blocks, one enlarging step, residual blocks.

    H and W become `spatial_scale` times as many, rounded up. F frames become 2F - 1 where time is enlarged: the first
    latent frame holds one picture and stays one.
    """

    def __init__(self, config: LatentUpsamplerConfig) -> None:
        super().__init__()
        self.config = config
        width, num_blocks = config.mid_channels, config.num_blocks_per_stage
        self.initial_conv = _conv(config.dims, config.in_channels, width)
        self.initial_norm = nn.GroupNorm(NORM_GROUPS, width)
        self.res_blocks = nn.ModuleList(UpsamplerBlock(width, config.dims) for _ in range(num_blocks))
        self.upsampler = _enlarging_step(config)
        self.post_upsample_res_blocks = nn.ModuleList(UpsamplerBlock(width, config.dims) for _ in range(num_blocks))
        self.final_conv = _conv(config.dims, width, config.in_channels)
        self.linear_path = nn.Conv2d(config.in_channels, 4 * config.in_channels, 1) if config.linear_path else None
        if config.linear_path:
            for parameter in self.final_conv.parameters():
                nn.init.zeros_(parameter)

    def forward(self, raw_BCFHW: Tensor) -> Tensor:
        """Enlarge latents of the autoencoder's own scale.

        Raises:
            ValueError: for latents of another number of channels.
        """
        if raw_BCFHW.shape[1] != self.config.in_channels:
            raise ValueError(f"latents of {raw_BCFHW.shape[1]} channels, the upsampler takes {self.config.in_channels}")
        output = per_frame(self._run, raw_BCFHW) if self.config.dims == 2 else self._run(raw_BCFHW)
        return output if self.linear_path is None else output + per_frame(self._straight, raw_BCFHW)

    def _straight(self, x_NCHW: Tensor) -> Tensor:
        return F.pixel_shuffle(self.get_submodule("linear_path")(x_NCHW), 2)

    def _run(self, x: Tensor) -> Tensor:
        x = F.silu(self.initial_norm(self.initial_conv(x)))
        for block in self.res_blocks:
            x = block(x)
        x = self._enlarge(x)
        for block in self.post_upsample_res_blocks:
            x = block(x)
        output: Tensor = self.final_conv(x)
        return output

    def _enlarge(self, x: Tensor) -> Tensor:
        whole = self.config.temporal_upsample or self.config.dims == 2
        enlarged: Tensor = self.upsampler(x) if whole else per_frame(self.upsampler, x)
        return enlarged[:, :, 1:] if self.config.temporal_upsample else enlarged


class UpsamplerBlock(nn.Module):
    """Convolution and group norm, twice, on a residual; the activation comes after the sum."""

    def __init__(self, channels: int, dims: int) -> None:
        super().__init__()
        self.conv1 = _conv(dims, channels, channels)
        self.norm1 = nn.GroupNorm(NORM_GROUPS, channels)
        self.conv2 = _conv(dims, channels, channels)
        self.norm2 = nn.GroupNorm(NORM_GROUPS, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Refine; the shape stays."""
        hidden = F.silu(self.norm1(self.conv1(x)))
        correction: Tensor = self.norm2(self.conv2(hidden))
        return F.silu(x + correction)


class RationalResampler(nn.Module):
    """Scale rows and columns by up / down: a learned step up, then a blur that keeps every `down`-th pixel."""

    def __init__(self, channels: int, scale: float) -> None:
        super().__init__()
        self.up, down = RATIOS[scale]
        self.conv = _conv(2, channels, self.up**2 * channels)
        self.blur_down = BlurDown(down)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """Resample frames."""
        output: Tensor = self.blur_down(F.pixel_shuffle(self.conv(x_NCHW), self.up))
        return output


class BlurDown(nn.Module):
    """A fixed binomial blur (1 4 6 4 1 each way) taken at every `stride`-th row and column; stride 1 does nothing."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stride = stride
        row = torch.tensor([float(math.comb(4, k)) for k in range(5)])
        self.register_buffer("kernel", (row.outer(row) / row.sum() ** 2)[None, None])

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """Blur every channel alone; outside the frame counts as zero."""
        if self.stride == 1:
            return x_NCHW
        channels = x_NCHW.shape[1]
        weight = self.get_buffer("kernel").expand(channels, -1, -1, -1)
        return F.conv2d(x_NCHW, weight, stride=self.stride, padding=2, groups=channels)


class DepthToSpace(nn.Module):
    """Unfold channels into strides of frames, rows and columns."""

    def __init__(self, stride: Stride) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, x_BCFHW: Tensor) -> Tensor:
        """Unfold."""
        return depth_to_space(x_BCFHW, self.stride)


def per_frame(function: Callable[[Tensor], Tensor], x_BCFHW: Tensor) -> Tensor:
    """Apply a function of pictures (N, C, H, W) to every frame."""
    pictures_NCHW = x_BCFHW.transpose(1, 2).flatten(0, 1)
    frames_BFCHW: Tensor = torch.unflatten(function(pictures_NCHW), 0, (x_BCFHW.shape[0], -1))
    return frames_BFCHW.transpose(1, 2)


def _enlarging_step(config: LatentUpsamplerConfig) -> nn.Module:
    width = config.mid_channels
    if config.is_rational:
        return RationalResampler(width, config.spatial_scale)
    if not config.temporal_upsample:
        return nn.Sequential(_conv(2, width, 4 * width), nn.PixelShuffle(2))
    space = 2 if config.spatial_upsample else 1
    return nn.Sequential(_conv(3, width, 2 * space**2 * width), DepthToSpace((2, space, space)))


def _conv(dims: int, in_channels: int, out_channels: int) -> nn.Module:
    kind = nn.Conv2d if dims == 2 else nn.Conv3d
    return kind(in_channels, out_channels, kernel_size=3, padding=1)
