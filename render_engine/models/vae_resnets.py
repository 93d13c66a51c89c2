"""The residual blocks of the video autoencoder, told the decode timestep and given noise where a version does so.

Shape letters: B batch, C channels, F frames, H and W rows and columns at the block's own resolution.
"""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.models.embeddings import TimestepEmbedder
from render_engine.models.vae_blocks import CausalConv3d, Padding, pixel_norm
from render_engine.models.vae_stream import Layer, Stream


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


class ChannelLayerNorm(nn.Module):
    """Layer norm over the channels of every voxel, with weights (eps 1e-6)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels, eps=1e-6)

    def forward(self, x_BCFHW: Tensor) -> Tensor:
        """Normalise."""
        normed: Tensor = self.norm(x_BCFHW.movedim(1, -1)).movedim(-1, 1)
        return normed


class ResnetBlock(nn.Module):
    """The block `res_x_y`: norm, SiLU, convolution, twice, on a residual, from one width to another.

    With a timestep there are a shift and a scale after each norm. With `inject_noise` each convolution is followed by
    one gaussian picture (H, W), the same for every frame and clip of a batch, times a learnt scale a channel.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        padding: Padding,
        *,
        timestep_conditioning: bool = False,
        inject_noise: bool = False,
    ) -> None:
        super().__init__()
        self.conv1 = CausalConv3d(in_channels, out_channels, padding)
        self.conv2 = CausalConv3d(out_channels, out_channels, padding)
        changes_width = in_channels != out_channels
        self.norm3 = ChannelLayerNorm(in_channels) if changes_width else None
        self.conv_shortcut = nn.Conv3d(in_channels, out_channels, 1) if changes_width else None
        table_4C = torch.randn(4, in_channels).div_(in_channels**0.5) if timestep_conditioning else None
        self.scale_shift_table = None if table_4C is None else nn.Parameter(table_4C)
        self.per_channel_scale1 = nn.Parameter(torch.zeros(out_channels, 1, 1)) if inject_noise else None
        self.per_channel_scale2 = nn.Parameter(torch.zeros(out_channels, 1, 1)) if inject_noise else None

    def forward(self, x_BCFHW: Tensor, stream: Stream | None = None, *, modulation_B4C: Tensor | None = None) -> Tensor:
        """Refine; `modulation_B4C` are (shift, scale, shift, scale) from the timestep."""
        stream = stream or Stream()
        shift_1, scale_1, shift_2, scale_2 = self._modulation(modulation_B4C)
        hidden = self.conv1(F.silu(_modulate(pixel_norm(x_BCFHW), shift_1, scale_1)), stream)
        hidden = _add_noise(hidden, self.per_channel_scale1, stream)
        hidden = self.conv2(F.silu(_modulate(pixel_norm(hidden), shift_2, scale_2)), stream)
        hidden = _add_noise(hidden, self.per_channel_scale2, stream)
        if self.norm3 is not None and self.conv_shortcut is not None:
            x_BCFHW = self.conv_shortcut(self.norm3(x_BCFHW))
        stream.put(self, x_BCFHW)
        return stream.take(self, hidden.shape[2]) + hidden

    def _modulation(self, modulation_B4C: Tensor | None) -> tuple[Tensor | None, ...]:
        if modulation_B4C is None or self.scale_shift_table is None:
            return (None,) * 4
        return (modulation_B4C + self.scale_shift_table)[..., None, None, None].unbind(dim=1)


class ResnetStack(nn.Module):
    """The block `res_x`: residual blocks at one width, sharing one timestep embedder."""

    def __init__(
        self,
        channels: int,
        num_layers: int,
        padding: Padding,
        *,
        timestep_conditioning: bool = False,
        inject_noise: bool = False,
    ) -> None:
        super().__init__()
        self.time_embedder = TimestepModulation(4, channels) if timestep_conditioning else None
        self.res_blocks = nn.ModuleList(
            ResnetBlock(
                channels,
                channels,
                padding,
                timestep_conditioning=timestep_conditioning,
                inject_noise=inject_noise,
            )
            for _ in range(num_layers)
        )

    def forward(self, x_BCFHW: Tensor) -> Tensor:
        """Run every residual block, without a timestep."""
        for block in self.res_blocks:
            x_BCFHW = block(x_BCFHW)
        return x_BCFHW

    def layers(self, timestep_B: Tensor | None) -> list[Layer]:
        """The residual blocks one by one, told the timestep."""
        modulation_B4C = None if self.time_embedder is None else self.time_embedder(timestep_B)
        return [Layer(partial(block, modulation_B4C=modulation_B4C), reach=2) for block in self.res_blocks]


def _modulate(x_BCFHW: Tensor, shift: Tensor | None, scale: Tensor | None) -> Tensor:
    return x_BCFHW if shift is None or scale is None else x_BCFHW * (1 + scale) + shift


def _add_noise(x_BCFHW: Tensor, scale_C11: Tensor | None, stream: Stream) -> Tensor:
    if scale_C11 is None:
        return x_BCFHW
    if stream.noise is None:
        raise ValueError("this autoencoder's decoder injects noise: give it a generator to draw from")
    return x_BCFHW + (stream.noise(scale_C11).to(x_BCFHW) * scale_C11)[:, None]
