"""The pieces of the video autoencoder: causal convolution, pixel norm, folding down and unfolding up.

Shape letters: B batch, C channels, F frames, H and W rows and columns at the block's own resolution.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from render_engine.models.vae_config import PaddingMode
from render_engine.models.vae_stream import Stream, convolve

Stride = tuple[int, int, int]


@dataclass(frozen=True)
class Padding:
    """How one side's convolutions reach over the edges of a clip.

    Causal: the first frame is repeated before the clip, so no output sees a later frame. Otherwise both edges are.
    """

    causal: bool
    space: PaddingMode = "zeros"


class CausalConv3d(nn.Module):
    """A 3-D convolution that pads time by repeating edge frames and space by zeros or by reflection.

    With a stride of 2 in time, causal, 1 + 2k frames become 1 + k.
    """

    def __init__(self, in_channels: int, out_channels: int, padding: Padding, stride: Stride = (1, 1, 1)) -> None:
        super().__init__()
        self.causal = padding.causal
        self.conv = nn.Conv3d(in_channels, out_channels, 3, stride, padding=(0, 1, 1), padding_mode=padding.space)

    def forward(self, x_BCFHW: Tensor, stream: Stream | None = None) -> Tensor:
        """Convolve a clip, or with a stream the next piece of one; with stride 1 frames in equal frames out."""
        before = 2 if self.causal else 1
        return convolve(self.conv, (stream or Stream()).extended(self, x_BCFHW, before, 2 - before))


def pixel_norm(x_BCFHW: Tensor) -> Tensor:
    """Divide every voxel by the root mean square over its channels (eps 1e-8, no weights).

    The mean is taken in float32, for the squares of float16 overflow.
    """
    mean_square_B1FHW = x_BCFHW.float().square().mean(dim=1, keepdim=True)
    return x_BCFHW / torch.sqrt(mean_square_B1FHW + 1e-8).to(x_BCFHW.dtype)


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

    def __init__(self, in_channels: int, out_channels: int, stride: Stride, padding: Padding) -> None:
        super().__init__()
        self.stride = stride
        self.out_channels = out_channels
        self.conv = CausalConv3d(in_channels, out_channels // math.prod(stride), padding)

    def forward(self, x_BCFHW: Tensor) -> Tensor:
        """Compress by the stride."""
        x_BCFHW = torch.cat([x_BCFHW[:, :, : self.stride[0] - 1], x_BCFHW], dim=2)
        folded = space_to_depth(x_BCFHW, self.stride)
        skip: Tensor = torch.unflatten(folded, 1, (self.out_channels, -1)).mean(dim=2)
        return space_to_depth(self.conv(x_BCFHW), self.stride) + skip


class DepthToSpaceUp(nn.Module):
    """The decoder's `compress_*`: widen by a convolution, unfold by the stride, drop the doubled first frame.

    The width falls by `multiplier`. With `residual` the input, unfolded and repeated over channels, is added.
    """

    def __init__(
        self, in_channels: int, stride: Stride, padding: Padding, *, multiplier: int = 1, residual: bool = False
    ) -> None:
        super().__init__()
        self.stride = stride
        self.residual = residual
        self.num_repeats = math.prod(stride) // multiplier
        self.conv = CausalConv3d(in_channels, in_channels * math.prod(stride) // multiplier, padding)

    def forward(self, x_BCFHW: Tensor, stream: Stream) -> Tensor:
        """Expand by the stride: where time is doubled 1 + k frames become 1 + 2k."""
        widened = self.conv(x_BCFHW, stream)
        output = depth_to_space(widened, self.stride)
        if self.residual:
            stream.put(self, x_BCFHW)
            skip = depth_to_space(stream.take(self, widened.shape[2]), self.stride)
            output = output + skip.repeat(1, self.num_repeats, 1, 1, 1)
        return stream.without_first(self, output, self.stride[0] - 1)


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
