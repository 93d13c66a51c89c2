"""The critic's eyes: a convolutional stem and a space-time transformer from frames to attributes.

A token of each attribute attends, with the patches of all frames, to whatever tells it.
Shape letters: B clips, F frames, H and W rows and columns, C channels, P patches of a frame, D width, A attributes.
"""

from typing import NamedTuple

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.api.scene import ATTRIBUTES
from render_engine.api.values import Value
from render_engine.critic.text_tower import Attributes

STEP_GAIN = 4.0
"""What a change from frame to frame is multiplied by: it is a fraction of a picture's contrast."""
_STRIDE = 4


class VideoTowerConfig(Value):
    """What makes a video tower: the frames that it takes, and its sizes."""

    frame_width: int = Field(default=128, ge=32)
    frame_height: int = Field(default=72, ge=32)
    num_frames: int = Field(default=9, ge=2)
    window_seconds: float = Field(default=2.0, gt=0)
    """How long a stretch the frames are spread over; a longer clip is seen in several stretches."""
    stem_channels: tuple[int, int] = (40, 64)
    dim: int = Field(default=128, ge=8)
    num_layers: int = Field(default=3, ge=1)
    num_heads: int = Field(default=4, ge=1)
    attributes: Attributes = ATTRIBUTES

    @model_validator(mode="after")
    def _has_whole_heads(self) -> "VideoTowerConfig":
        if self.dim % self.num_heads:
            raise ValueError(f"dim {self.dim} is no multiple of its {self.num_heads} heads")
        return self

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        return _halved(_halved(self.frame_height // _STRIDE)), _halved(_halved(self.frame_width // _STRIDE))


class Seen(NamedTuple):
    """What the tower makes of clips."""

    features_BD: Tensor
    """Compare whole clips: the mean of all patches."""
    logits: dict[str, Tensor]
    """Attribute -> (B, values)."""
    coverage_BFP: Tensor
    """Logits of the share of each patch that the subject covers; training alone asks for them."""


class ResidualConv(nn.Module):
    """A normalised 3 x 3 convolution on a residual."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(1, channels)
        self.conv_in = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv_out = nn.Conv2d(channels, channels, 1)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """Refine features; the shape stays."""
        change: Tensor = self.conv_out(F.gelu(self.conv_in(self.norm(x_NCHW))))
        return x_NCHW + change


class SpaceTimeBlock(nn.Module):
    """Attention among all tokens of a clip, then a feed-forward network."""

    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.norm_attention, self.norm_mlp = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.to_qkv, self.to_out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp_in, self.mlp_out = nn.Linear(dim, 3 * dim), nn.Linear(3 * dim, dim)

    def forward(self, x_BND: Tensor) -> Tensor:
        """Let every token look at every other; the shape stays."""
        qkv_BN3D = self.to_qkv(self.norm_attention(x_BND))
        q, k, v = torch.unflatten(qkv_BN3D, -1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        attended_BND = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x_BND = x_BND + self.to_out(attended_BND)
        change_BND: Tensor = self.mlp_out(F.gelu(self.mlp_in(self.norm_mlp(x_BND))))
        return x_BND + change_BND


class VideoTower(nn.Module):
    """Frames (B, F, 3, H, W) in [-1, 1], of the config's count and size, to features and attributes."""

    def __init__(self, config: VideoTowerConfig) -> None:
        super().__init__()
        self.config = config
        first, second = config.stem_channels
        rows, columns = config.grid
        self.conv_in = nn.Conv2d(6, first, _STRIDE, stride=_STRIDE)
        self.halve = nn.Conv2d(first, second, 3, stride=2, padding=1)
        self.over_time = nn.Conv2d(3 * second, second, 1)
        self.refine = ResidualConv(second)
        self.to_patches = nn.Conv2d(second, config.dim, 3, stride=2, padding=1)
        self.places_PD = nn.Parameter(0.1 * torch.randn(rows * columns, config.dim))
        self.times_FD = nn.Parameter(0.1 * torch.randn(config.num_frames, config.dim))
        self.asking_AD = nn.Parameter(0.1 * torch.randn(len(config.attributes), config.dim))
        self.layers = nn.ModuleList(SpaceTimeBlock(config.dim, config.num_heads) for _ in range(config.num_layers))
        self.norm = nn.LayerNorm(config.dim)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(config.dim, len(values)) for name, values in config.attributes.items()}
        )
        self.coverage = nn.Linear(config.dim, 1)

    def forward(self, frames_BF3HW: Tensor) -> Seen:
        """Look at clips."""
        patches_BFPD = self._patches(frames_BF3HW)
        batch, num_frames, num_places, _ = patches_BFPD.shape
        x_BND = torch.cat((self.asking_AD.expand(batch, -1, -1), patches_BFPD.flatten(1, 2)), 1)
        for layer in self.layers:
            x_BND = layer(x_BND)
        x_BND = self.norm(x_BND)
        num_asking = len(self.asking_AD)
        logits = {name: head(x_BND[:, index]).float() for index, (name, head) in enumerate(self.heads.items())}
        coverage_BN = self.coverage(x_BND[:, num_asking:]).squeeze(-1).float()
        coverage_BFP = torch.unflatten(coverage_BN, 1, (num_frames, num_places))
        return Seen(x_BND[:, num_asking:].float().mean(1), logits, coverage_BFP)

    def _patches(self, frames_BF3HW: Tensor) -> Tensor:
        batch, num_frames = frames_BF3HW.shape[:2]
        steps_BF3HW = torch.zeros_like(frames_BF3HW)
        steps_BF3HW[:, 1:] = STEP_GAIN * (frames_BF3HW[:, 1:] - frames_BF3HW[:, :-1])
        pictures_N6HW = torch.cat((frames_BF3HW, steps_BF3HW), 2).flatten(0, 1)
        x_NCHW = F.gelu(self.conv_in(pictures_N6HW.to(memory_format=torch.channels_last)))
        x_NCHW = F.gelu(self.halve(x_NCHW))
        x_NCHW = x_NCHW + F.gelu(self.over_time(_with_neighbours(x_NCHW, num_frames)))
        x_NDHW = self.to_patches(self.refine(x_NCHW))
        x_BFPD = torch.unflatten(x_NDHW.flatten(2).transpose(1, 2), 0, (batch, num_frames))
        return x_BFPD + self.places_PD + self.times_FD[:, None]


def _with_neighbours(x_NCHW: Tensor, num_frames: int) -> Tensor:
    """Each frame's features beside those of the frame before and the frame after; the ends stand for themselves."""
    x_BFCHW = torch.unflatten(x_NCHW, 0, (-1, num_frames))
    before = torch.cat((x_BFCHW[:, :1], x_BFCHW[:, :-1]), 1)
    after = torch.cat((x_BFCHW[:, 1:], x_BFCHW[:, -1:]), 1)
    return torch.cat((before, x_BFCHW, after), 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)


def _halved(size: int) -> int:
    return (size + 1) // 2
