"""The refiner: sharpens the linear codec's picture at half the pixels' resolution, where edges and ringing are seen.

A linear codec knows no neighbours: it rings at edges, and its patches show in space and time. Convolutions over space
and over time take turns, so that both kinds of seams are seen by some layer.
Shape letters: B batch, C channels, F frames, H and W rows and columns at the tensor's own resolution.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.models.vae_blocks import patchify, unpatchify
from render_engine.models.vae_config import RefinerConfig

RGB = 3


class RefinerBlock(nn.Module):
    """A residual: two convolutions over rows and columns with one over frames between them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv3d(channels, channels, (1, 3, 3), padding=(0, 1, 1))
        self.conv_time = nn.Conv3d(channels, channels, (3, 1, 1))
        self.conv_out = nn.Conv3d(channels, channels, (1, 3, 3), padding=(0, 1, 1))

    def forward(self, x_BCFHW: Tensor) -> Tensor:
        """Refine features; both edge frames are repeated."""
        hidden = F.silu(self.conv_in(x_BCFHW))
        repeated = torch.cat([hidden[:, :, :1], hidden, hidden[:, :, -1:]], dim=2)
        hidden = F.silu(hidden + self.conv_time(repeated))
        correction_BCFHW: Tensor = self.conv_out(hidden)
        return x_BCFHW + correction_BCFHW


class Refiner(nn.Module):
    """Frames (B, 3, F, H, W) about in [-1, 1] to what must be added to them; a new one adds nothing."""

    def __init__(self, config: RefinerConfig) -> None:
        super().__init__()
        self.patch_size = config.patch_size
        patch_channels = RGB * config.patch_size**2
        self.conv_in = nn.Conv3d(patch_channels, config.channels, (1, 3, 3), padding=(0, 1, 1))
        self.blocks = nn.ModuleList(RefinerBlock(config.channels) for _ in range(config.num_blocks))
        self.conv_out = nn.Conv3d(config.channels, patch_channels, (1, 3, 3), padding=(0, 1, 1))
        nn.init.zeros_(self.conv_out.weight)
        nn.init.zeros_(self.conv_out.bias)  # type: ignore[arg-type]  # Conv3d has a bias unless told otherwise

    def forward(self, frames_BCFHW: Tensor) -> Tensor:
        """The correction of frames."""
        hidden = self.conv_in(patchify(frames_BCFHW, self.patch_size))
        for block in self.blocks:
            hidden = block(hidden)
        return unpatchify(self.conv_out(F.silu(hidden)), self.patch_size)
