"""The pieces of the video autoencoder: causal convolution, residual stack, space-to-depth and depth-to-space.

Shape letters: B batch, C channels, F frames, H and W rows and columns at the block's own resolution.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.models.embeddings import TimestepEmbedder

Stride = tuple[int, int, int]


class CausalConv3d(nn.Module):
    """A 3-D convolution that pads time by repeating edge frames and space by zeros.

    Causal: the first frame is repeated before the clip, so no output sees a later frame. Otherwise both edges are.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 3, *, causal: bool = True) -> None:
        super().__init__()
        self.causal = causal
        self.kernel_size = kernel_size
        pad = kernel_size // 2
        self.conv = nn.Conv3d(in_channels, out_channels, kernel_size, padding=(0, pad, pad))

    def forward(self, x_BCFHW: Tensor) -> Tensor:
        """Convolve; frames in equal frames out."""
        reach = self.kernel_size - 1
        before = reach if self.causal else reach // 2
        first = x_BCFHW[:, :, :1].expand(-1, -1, before, -1, -1)
        last = x_BCFHW[:, :, -1:].expand(-1, -1, reach - before, -1, -1)
        output: Tensor = self.conv(torch.cat([first, x_BCFHW, last], dim=2))
        return output


def pixel_norm(x_BCFHW: Tensor) -> Tensor:
    """Divide every voxel by the root mean square over its channels (eps 1e-8, no weights)."""
    return F.rms_norm(x_BCFHW.movedim(1, -1), (x_BCFHW.shape[1],), eps=1e-8).movedim(-1, 1)


class TimestepModulation(nn.Module):
    """The decode timestep (B,), on the scale 0 to 1000, embedded as (B, num_rows, C)."""

    def __init__(self, num_rows: int, channels: int) -> None:
        super().__init__()
        self.num_rows = num_rows
        self.timestep_embedder = TimestepEmbedder(num_rows * channels)

    def forward(self, timestep_B: Tensor) -> Tensor:
        """Embed timesteps."""
        embedded: Tensor = torch.unflatten(self.timestep_embedder(timestep_B), -1, (self.num_rows, -1))
        return embedded


class ResnetBlock(nn.Module):
    """Norm, SiLU, convolution, twice, on a residual; with a timestep, a shift and scale after each norm."""

    def __init__(self, channels: int, *, causal: bool, timestep_conditioning: bool = False) -> None:
        super().__init__()
        self.conv1 = CausalConv3d(channels, channels, causal=causal)
        self.conv2 = CausalConv3d(channels, channels, causal=causal)
        if timestep_conditioning:
            self.scale_shift_table = nn.Parameter(torch.randn(4, channels) / channels**0.5)

    def forward(self, x_BCFHW: Tensor, modulation_B4C: Tensor | None = None) -> Tensor:
        """Refine; `modulation_B4C` are (shift, scale, shift, scale) from the timestep."""
        hidden = pixel_norm(x_BCFHW)
        if modulation_B4C is None:
            hidden = self.conv1(F.silu(hidden))
            correction_BCFHW: Tensor = self.conv2(F.silu(pixel_norm(hidden)))
            return x_BCFHW + correction_BCFHW
        table_B4C111 = (modulation_B4C + self.scale_shift_table)[..., None, None, None]
        shift_1, scale_1, shift_2, scale_2 = table_B4C111.unbind(dim=1)
        hidden = self.conv1(F.silu(hidden * (1 + scale_1) + shift_1))
        correction_BCFHW = self.conv2(F.silu(pixel_norm(hidden) * (1 + scale_2) + shift_2))
        return x_BCFHW + correction_BCFHW


class ResnetStack(nn.Module):
    """The block `res_x`: residual blocks at one width, sharing one timestep embedder."""

    def __init__(self, channels: int, num_layers: int, *, causal: bool, timestep_conditioning: bool = False) -> None:
        super().__init__()
        self.time_embedder = TimestepModulation(4, channels) if timestep_conditioning else None
        self.res_blocks = nn.ModuleList(
            ResnetBlock(channels, causal=causal, timestep_conditioning=timestep_conditioning) for _ in range(num_layers)
        )

    def forward(self, x_BCFHW: Tensor, timestep_B: Tensor | None = None) -> Tensor:
        """Run every residual block."""
        modulation_B4C = None
        if self.time_embedder is not None:
            modulation_B4C = self.time_embedder(timestep_B)
        for block in self.res_blocks:
            x_BCFHW = block(x_BCFHW, modulation_B4C)
        return x_BCFHW


def space_to_depth(x_BCFHW: Tensor, stride: Stride) -> Tensor:
    """Fold strides of frames, rows and columns into channels, in that order after the channel itself."""
    B, C, frames, H, W = x_BCFHW.shape
    f, h, w = stride
    split = x_BCFHW.reshape(B, C, frames // f, f, H // h, h, W // w, w)
    return split.permute(0, 1, 3, 5, 7, 2, 4, 6).flatten(1, 4)


def depth_to_space(x_BCFHW: Tensor, stride: Stride) -> Tensor:
    """Unfold channels into strides of frames, rows and columns: the inverse of `space_to_depth`."""
    split: Tensor = torch.unflatten(x_BCFHW, 1, (-1, *stride))
    return split.permute(0, 1, 5, 2, 6, 3, 7, 4).flatten(6, 7).flatten(4, 5).flatten(2, 3)


class SpaceToDepthDown(nn.Module):
    """The blocks `compress_*_res`: fold after a convolution, plus the group means of the folded input.

    Where time is halved the first frame is doubled, so that 1 + 2k frames become 1 + k.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: Stride) -> None:
        super().__init__()
        self.stride = stride
        self.out_channels = out_channels
        self.conv = CausalConv3d(in_channels, out_channels // math.prod(stride), causal=True)

    def forward(self, x_BCFHW: Tensor) -> Tensor:
        """Compress by the stride."""
        x_BCFHW = torch.cat([x_BCFHW[:, :, : self.stride[0] - 1], x_BCFHW], dim=2)
        folded = space_to_depth(x_BCFHW, self.stride)
        skip: Tensor = torch.unflatten(folded, 1, (self.out_channels, -1)).mean(dim=2)
        return space_to_depth(self.conv(x_BCFHW), self.stride) + skip


class DepthToSpaceUp(nn.Module):
    """The block `compress_all`: widen by a convolution, unfold 2 x 2 x 2, drop the doubled first frame.

    With `residual` the input, unfolded and repeated over channels, is added.
    """

    stride: Stride = (2, 2, 2)

    def __init__(self, in_channels: int, multiplier: int, *, residual: bool, causal: bool) -> None:
        super().__init__()
        self.residual = residual
        self.num_repeats = math.prod(self.stride) // multiplier
        self.conv = CausalConv3d(in_channels, in_channels * self.num_repeats, causal=causal)

    def forward(self, x_BCFHW: Tensor) -> Tensor:
        """Expand by the stride: 1 + k frames become 1 + 2k."""
        output = depth_to_space(self.conv(x_BCFHW), self.stride)[:, :, 1:]
        if not self.residual:
            return output
        skip = depth_to_space(x_BCFHW, self.stride)[:, :, 1:]
        return output + skip.repeat(1, self.num_repeats, 1, 1, 1)


def patchify(frames_BCFHW: Tensor, patch_size: int) -> Tensor:
    """Fold patches into channels in the family's order: channel, column in the patch, then row in the patch."""
    B, C, frames, H, W = frames_BCFHW.shape
    p = patch_size
    split = frames_BCFHW.reshape(B, C, frames, H // p, p, W // p, p)
    return split.permute(0, 1, 6, 4, 2, 3, 5).flatten(1, 3)


def unpatchify(x_BCFHW: Tensor, patch_size: int) -> Tensor:
    """Unfold channels into patches: the inverse of `patchify`."""
    split: Tensor = torch.unflatten(x_BCFHW, 1, (-1, patch_size, patch_size))
    return split.permute(0, 1, 4, 5, 3, 6, 2).flatten(5, 6).flatten(3, 4)
