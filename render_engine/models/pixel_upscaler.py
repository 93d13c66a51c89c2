"""The pixel upscaler: a small network at the low resolution whose output sharpens a bicubic enlargement.

All layers but the last step work on the small frame, where a pixel is cheap; the last convolution gives every small
pixel the correction of the `factor` x `factor` pixels that it becomes. Source of the layout: Shi et al. 2016 (sub-pixel
convolution), Lim et al. 2017 (residual blocks without normalisation).
Shape letters: N frames, C channels, H and W rows and columns of the small frame.
"""

from typing import Literal

import torch
from pydantic import ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.api.values import Value

RGB = 3


class PixelUpscalerConfig(Value):
    """What makes a pixel upscaler, as the metadata of its file says it."""

    model_config = ConfigDict(populate_by_name=True)

    class_name: Literal["PixelUpscaler"] = Field(alias="_class_name")
    channels: int = Field(ge=1)
    num_blocks: int = Field(ge=1)
    factor: int = Field(ge=2, le=8)


SMALL = PixelUpscalerConfig(class_name="PixelUpscaler", channels=32, num_blocks=8, factor=4)
"""The house's: 163,000 parameters."""


class PixelUpscalerBlock(nn.Module):
    """Two convolutions on a residual."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv_out = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """Refine features; the shape stays."""
        change: Tensor = self.conv_out(F.relu(self.conv_in(x_NCHW)))
        return x_NCHW + change


class PixelUpscaler(nn.Module):
    """Frames (N, 3, H, W) in [-1, 1] to frames of `factor` times the rows and columns, about in [-1, 1].

    A new one gives the bicubic enlargement: its last convolution starts at zero.
    """

    def __init__(self, config: PixelUpscalerConfig) -> None:
        super().__init__()
        self.config = config
        self.conv_in = nn.Conv2d(RGB, config.channels, 3, padding=1)
        self.blocks = nn.Sequential(*(PixelUpscalerBlock(config.channels) for _ in range(config.num_blocks)))
        self.conv_out = nn.Conv2d(config.channels, RGB * config.factor**2, 3, padding=1)
        nn.init.zeros_(self.conv_out.weight)
        nn.init.zeros_(self.conv_out.bias)  # type: ignore[arg-type]  # Conv2d has a bias unless told otherwise

    def forward(self, frames_NCHW: Tensor) -> Tensor:
        """Enlarge float32 frames; the convolutions compute in the weights' dtype."""
        dtype = self.conv_in.weight.dtype
        features = self.conv_in(frames_NCHW.to(dtype, memory_format=torch.channels_last))  # twice as fast on a CPU
        correction = F.pixel_shuffle(self.conv_out(features + self.blocks(features)), self.config.factor)
        return bicubic(frames_NCHW, self.config.factor) + correction.float()


def bicubic(frames_NCHW: Tensor, factor: int) -> Tensor:
    """What the network adds to: the plain enlargement."""
    return F.interpolate(frames_NCHW.contiguous(), scale_factor=factor, mode="bicubic", align_corners=False)
