"""The refiner: sharpens the linear codec's picture at half the pixels' resolution, where edges and ringing are seen.

A linear codec knows no neighbours: it rings at edges, and its patches show in space and time. Convolutions over space
and over time take turns, so that both kinds of seams are seen by some layer.
Shape letters: B batch, C channels, F frames, H and W rows and columns at the tensor's own resolution.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.models.vae_blocks import patchify, unpatchify
from render_engine.models.vae_config import RefinerConfig
from render_engine.models.vae_stream import Layer, Stream, convolve

RGB = 3


class RefinerBlock(nn.Module):
    """A residual: two convolutions over rows and columns with one over frames between them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv3d(channels, channels, (1, 3, 3), padding=(0, 1, 1))
        self.conv_time = nn.Conv3d(channels, channels, (3, 1, 1))
        self.conv_out = nn.Conv3d(channels, channels, (1, 3, 3), padding=(0, 1, 1))

    def forward(self, x_BCFHW: Tensor, stream: Stream) -> Tensor:
        """Refine features; both edge frames are repeated."""
        hidden = F.silu(self.conv_in(x_BCFHW))
        change = convolve(self.conv_time, stream.extended(self.conv_time, hidden, 1, 1))
        stream.put(self, x_BCFHW)
        stream.put(self.conv_out, hidden)
        hidden = F.silu(stream.take(self.conv_out, change.shape[2]) + change)
        return stream.take(self, change.shape[2]) + convolve(self.conv_out, hidden)


class Refiner(nn.Module):
    """Sharpens frames (B, 3, F, H, W) about in [-1, 1]; a new one leaves them as they are."""

    def __init__(self, config: RefinerConfig) -> None:
        super().__init__()
        self.patch_size = config.patch_size
        patch_channels = RGB * config.patch_size**2
        self.conv_in = nn.Conv3d(patch_channels, config.channels, (1, 3, 3), padding=(0, 1, 1))
        self.blocks = nn.ModuleList(RefinerBlock(config.channels) for _ in range(config.num_blocks))
        self.conv_out = nn.Conv3d(config.channels, patch_channels, (1, 3, 3), padding=(0, 1, 1))
        nn.init.zeros_(self.conv_out.weight)
        nn.init.zeros_(self.conv_out.bias)  # type: ignore[arg-type]  # Conv3d has a bias unless told otherwise

    def layers(self) -> list[Layer]:
        """The steps from frames to sharper frames, which wait for what is added to them."""
        blocks = [Layer(block, reach=2) for block in self.blocks]
        enter, leave = Layer(self._enter, reach=1), Layer(self._leave, reach=1)
        return [Layer(self._set_aside, reach=None), enter, *blocks, leave, Layer(self._add, reach=None)]

    def _set_aside(self, frames_BCFHW: Tensor, stream: Stream) -> Tensor:
        stream.put(self, frames_BCFHW)
        return patchify(frames_BCFHW, self.patch_size)

    def _enter(self, patches_BCFHW: Tensor, _stream: Stream) -> Tensor:
        hidden: Tensor = self.conv_in(patches_BCFHW)
        return hidden

    def _leave(self, x_BCFHW: Tensor, _stream: Stream) -> Tensor:
        return unpatchify(self.conv_out(F.silu(x_BCFHW)), self.patch_size)

    def _add(self, correction_BCFHW: Tensor, stream: Stream) -> Tensor:
        return stream.take(self, correction_BCFHW.shape[2]) + correction_BCFHW.float()
