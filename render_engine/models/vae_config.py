"""What a video autoencoder is made of: the block lists and flags of the LTX family's single-file checkpoints."""

import math
from collections.abc import Iterable, Mapping
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from render_engine.api.values import Value

PaddingMode = Literal["zeros", "reflect"]
EncoderBlockName = Literal[
    "res_x",
    "res_x_y",
    "compress_space",
    "compress_time",
    "compress_all",
    "compress_all_x_y",
    "compress_space_res",
    "compress_time_res",
    "compress_all_res",
]
DecoderBlockName = Literal["res_x", "res_x_y", "compress_space", "compress_time", "compress_all"]

STRIDES: dict[str, tuple[int, int, int]] = {
    "compress_space": (1, 2, 2),
    "compress_time": (2, 1, 1),
    "compress_all": (2, 2, 2),
    "compress_all_x_y": (2, 2, 2),
    "compress_space_res": (1, 2, 2),
    "compress_time_res": (2, 1, 1),
    "compress_all_res": (2, 2, 2),
}
"""Frames, rows and columns that a resampling block folds or unfolds."""

_WIDENING = ("res_x_y", "compress_all_x_y", "compress_space_res", "compress_time_res", "compress_all_res")
"""Blocks whose `multiplier` is 2 where a config leaves it out; every other block's is 1."""


class BlockParams(Value):
    """The parameters of one block; `multiplier` widens on the way down and narrows on the way up."""

    num_layers: int = Field(default=1, ge=1)
    multiplier: int = Field(default=1, ge=1)
    residual: bool = False
    inject_noise: bool = False


class RefinerConfig(Value):
    """The network that sharpens the linear codec's picture; it works at 1/patch_size resolution and full time."""

    patch_size: int = Field(default=2, ge=1)
    channels: int = Field(default=48, ge=1)
    num_blocks: int = Field(default=3, ge=1)


class LinearCodecConfig(Value):
    """The closed-form codec that a house autoencoder starts from.

    With `networks` the block lists' encoder and decoder stand beside it; without, they only say how it compresses.
    """

    networks: bool = True
    refiner: RefinerConfig | None = None


class VAEConfig(Value):
    """A causal video autoencoder, field for field as in the `vae` part of a single-file checkpoint's metadata.

    `encoder_blocks` run in order from the pixels; `decoder_blocks` are listed from the pixels too, so they run in
    reverse. One list named `blocks` serves both sides. A block may be given by its number of layers alone. A literal
    field is a choice of other versions of the family that these classes do not make.

    `encoder_spatial_padding_mode` and `decoder_spatial_padding_mode` are a side's own where they are not None.
    """

    model_config = ConfigDict(populate_by_name=True)

    class_name: Literal["CausalVideoAutoencoder"] = Field(default="CausalVideoAutoencoder", alias="_class_name")
    dims: Literal[3] = 3
    in_channels: int = Field(default=3, ge=1)
    out_channels: int = Field(default=3, ge=1)
    latent_channels: int = Field(ge=1)
    encoder_blocks: tuple[tuple[EncoderBlockName, BlockParams], ...] = Field(min_length=1)
    decoder_blocks: tuple[tuple[DecoderBlockName, BlockParams], ...] = Field(min_length=1)
    encoder_base_channels: int = Field(default=128, ge=1)
    decoder_base_channels: int = Field(default=128, ge=1)
    patch_size: int = Field(default=4, ge=1)
    causal_decoder: bool = False
    timestep_conditioning: bool = False
    norm_layer: Literal["pixel_norm"] = "pixel_norm"
    latent_log_var: Literal["uniform"] = "uniform"
    spatial_padding_mode: PaddingMode = "zeros"
    encoder_spatial_padding_mode: PaddingMode | None = None
    decoder_spatial_padding_mode: PaddingMode | None = None
    use_quant_conv: Literal[False] = False
    normalize_latent_channels: Literal[False] = False
    scaling_factor: float = 1.0
    linear_codec: LinearCodecConfig | None = None

    @model_validator(mode="before")
    @classmethod
    def _spell_out_blocks(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        values = dict(values)
        shared = values.pop("blocks", None)
        for side in ("encoder_blocks", "decoder_blocks"):
            blocks = values.get(side, shared)
            if isinstance(blocks, list):
                values[side] = [_spell_out(block) for block in blocks]
        return values

    @model_validator(mode="after")
    def _sides_agree(self) -> Self:
        down = (self.spatial_compression, self.temporal_compression)
        frames, rows = _total_stride(name for name, _ in self.decoder_blocks)
        up = (self.patch_size * rows, frames)
        if down != up:
            raise ValueError(f"the encoder compresses {down} (pixels, frames) but the decoder restores {up}")
        return self

    @model_validator(mode="after")
    def _noise_is_injected_where_widths_stay(self) -> Self:
        noisy: list[str] = [name for name, params in self.decoder_blocks if params.inject_noise and name != "res_x"]
        noisy += [name for name, params in self.encoder_blocks if params.inject_noise]
        if noisy:
            raise ValueError(f"noise is injected only by the decoder's res_x blocks, not by {noisy[0]}")
        return self

    @property
    def spatial_compression(self) -> int:
        """Pixels a latent row or column."""
        return self.patch_size * _total_stride(name for name, _ in self.encoder_blocks)[1]

    @property
    def temporal_compression(self) -> int:
        """Frames a latent frame, but for the first, which holds one frame."""
        return _total_stride(name for name, _ in self.encoder_blocks)[0]

    @property
    def injects_noise(self) -> bool:
        """Whether the decoder draws noise of its own, as 0.9.1's does."""
        return any(params.inject_noise for _, params in self.decoder_blocks)

    @property
    def encoder_padding(self) -> PaddingMode:
        """How the encoder pads rows and columns."""
        return self.encoder_spatial_padding_mode or self.spatial_padding_mode

    @property
    def decoder_padding(self) -> PaddingMode:
        """How the decoder pads rows and columns."""
        return self.decoder_spatial_padding_mode or self.spatial_padding_mode


def with_ltx_2_padding(values: Mapping[str, object]) -> dict[str, object]:
    """The `vae` part of an LTX-2 file's metadata, saying what such a file means by saying nothing of padding.

    There a decoder reflects its edges and an encoder does not; a `spatial_padding_mode`, where given, is both sides'.
    """
    return dict(values) if "spatial_padding_mode" in values else {"decoder_spatial_padding_mode": "reflect", **values}


def _total_stride(names: Iterable[str]) -> tuple[int, int]:
    """Frames, and rows or columns, that blocks fold into one."""
    strides = [STRIDES[name] for name in names if name in STRIDES]
    return math.prod(frames for frames, _, _ in strides), math.prod(rows for _, rows, _ in strides)


def _spell_out(block: object) -> object:
    """A block with its parameters as a mapping, and a multiplier where the family's default is not 1."""
    if not isinstance(block, list | tuple) or len(block) != 2:  # left for pydantic to refuse
        return block
    name, params = block
    if isinstance(params, int):
        params = {"num_layers": params}
    if name in _WIDENING and isinstance(params, dict):
        params = {"multiplier": 2, **params}
    return name, params
