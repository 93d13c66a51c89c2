"""Diffusers' settings of a video autoencoder, read as the block lists of the family's single files.

Diffusers gives widths, layers and flags a level of resolution; fields that an older file leaves out have the defaults
of its class.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, PositiveInt

from render_engine.models.vae_config import VAEConfig

Block = tuple[str, dict[str, Any]]
Kind = Literal["conv", "spatial", "temporal", "spatiotemporal"]
Sizes = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
Flags = Annotated[tuple[bool, ...], Field(min_length=1)]

_COMPRESS = {"spatial": "compress_space", "temporal": "compress_time", "spatiotemporal": "compress_all"}
_SAME_FIELDS = {
    "in_channels",
    "out_channels",
    "latent_channels",
    "patch_size",
    "timestep_conditioning",
    "encoder_spatial_padding_mode",
    "decoder_spatial_padding_mode",
}


class _LTXVideo(BaseModel):
    """What `AutoencoderKLLTXVideo` is given; levels are listed from the pixels."""

    in_channels: PositiveInt = 3
    out_channels: PositiveInt = 3
    latent_channels: PositiveInt = 128
    block_out_channels: Sizes = (128, 256, 512, 512)
    down_block_types: tuple[str, ...] = Field(min_length=1, default=("LTXVideoDownBlock3D",) * 4)
    decoder_block_out_channels: Sizes = (128, 256, 512, 512)
    layers_per_block: Sizes = (4, 3, 3, 3, 4)
    decoder_layers_per_block: Sizes = (4, 3, 3, 3, 4)
    spatio_temporal_scaling: Flags = (True, True, True, False)
    decoder_spatio_temporal_scaling: Flags = (True, True, True, False)
    decoder_inject_noise: Flags = (False,) * 5
    downsample_type: tuple[Kind, ...] = ("conv",) * 4
    upsample_type: tuple[Kind, ...] = ("spatiotemporal",) * 4
    upsample_residual: Flags = (False,) * 4
    upsample_factor: Sizes = (1,) * 4
    timestep_conditioning: bool = False
    patch_size: PositiveInt = 4
    patch_size_t: Literal[1] = 1
    encoder_causal: Literal[True] = True
    decoder_causal: bool = False
    encoder_spatial_padding_mode: str = "zeros"
    decoder_spatial_padding_mode: str = "zeros"

    @property
    def encoder_widths(self) -> Sizes:
        """The width before the first level and after each."""
        is_095 = self.down_block_types[-1] == "LTXVideo095DownBlock3D"
        return self.block_out_channels if is_095 else (*self.block_out_channels, self.block_out_channels[-1])


class _LTX2(_LTXVideo):
    """What `AutoencoderKLLTX2Video` is given."""

    block_out_channels: Sizes = (256, 512, 1024, 2048)
    decoder_block_out_channels: Sizes = (256, 512, 1024)
    layers_per_block: Sizes = (4, 6, 6, 2, 2)
    decoder_layers_per_block: Sizes = (5, 5, 5, 5)
    spatio_temporal_scaling: Flags = (True,) * 4
    decoder_spatio_temporal_scaling: Flags = (True,) * 3
    decoder_inject_noise: Flags = (False,) * 4
    downsample_type: tuple[Kind, ...] = ("spatial", "temporal", "spatiotemporal", "spatiotemporal")
    upsample_residual: Flags = (True,) * 3
    upsample_factor: Sizes = (2,) * 3
    decoder_causal: bool = True
    decoder_spatial_padding_mode: str = "reflect"

    @property
    def encoder_widths(self) -> Sizes:
        """The width before the first level, which is that of the latents, and after each."""
        return (self.latent_channels, *self.block_out_channels)


_CLASSES = {"AutoencoderKLLTXVideo": _LTXVideo, "AutoencoderKLLTX2Video": _LTX2}


def read_diffusers_config(values: Mapping[str, Any]) -> VAEConfig:
    """The config of the autoencoder that diffusers' `config.json` describes.

    Raises:
        ValueError: when the class is another, or a setting is one that these classes do not make.
    """
    name = str(values.get("_class_name"))
    if name not in _CLASSES:
        raise ValueError(f"{name} is not a video autoencoder of the family: {' or '.join(_CLASSES)}")
    settings = _CLASSES[name].model_validate(values)
    encoder_base, encoder_blocks = _read_encoder(settings)
    decoder_base, decoder_blocks = _read_decoder(settings)
    return VAEConfig.model_validate(
        settings.model_dump(include=_SAME_FIELDS)
        | {"causal_decoder": settings.decoder_causal}
        | {"encoder_base_channels": encoder_base, "encoder_blocks": encoder_blocks}
        | {"decoder_base_channels": decoder_base, "decoder_blocks": decoder_blocks}
    )


def _read_encoder(settings: _LTXVideo) -> tuple[int, list[Block]]:
    """The first width, and the blocks from the pixels to the latents."""
    width, *outputs = settings.encoder_widths
    first_width, blocks = width, []
    scaling, layers = settings.spatio_temporal_scaling, settings.layers_per_block
    for output, num_layers, scales, kind in zip(outputs, layers, scaling, settings.downsample_type, strict=False):
        blocks.append(_res_x(num_layers))
        if scales and kind != "conv":
            blocks.append((f"{_COMPRESS[kind]}_res", {"multiplier": _ratio(output, width)}))
            width = output
            continue
        if scales:
            blocks.append(("compress_all", {}))
        if output != width:
            blocks.append(("res_x_y", {"multiplier": _ratio(output, width)}))
        width = output
    return first_width, [*blocks, _res_x(layers[-1])]


def _read_decoder(settings: _LTXVideo) -> tuple[int, list[Block]]:
    """The last width, and the blocks from the pixels to the latents, from which diffusers too lists levels."""
    widths = settings.decoder_block_out_channels[::-1]
    mid_layers, *layers = settings.decoder_layers_per_block[::-1]
    mid_noise, *noise = settings.decoder_inject_noise[::-1]
    scaling, factors = settings.decoder_spatio_temporal_scaling[::-1], settings.upsample_factor[::-1]
    residuals, kinds = settings.upsample_residual[::-1], settings.upsample_type
    levels = zip(widths, layers, noise, scaling, factors, residuals, kinds, strict=False)
    width, blocks = widths[0], [_res_x(mid_layers, inject_noise=mid_noise)]
    for level_width, num_layers, noisy, scales, factor, residual, kind in levels:
        output = level_width // factor
        if output != width // factor:
            blocks.append(("res_x_y", {"multiplier": _ratio(width, level_width)}))
        if scales:
            blocks.append((_COMPRESS[kind], {"multiplier": factor, "residual": residual}))
        blocks.append(_res_x(num_layers, inject_noise=noisy))
        width = output
    return width, blocks[::-1]


def _res_x(num_layers: int, *, inject_noise: bool = False) -> Block:
    return "res_x", {"num_layers": num_layers, "inject_noise": inject_noise}


def _ratio(wide: int, narrow: int) -> int:
    if wide % narrow:
        raise ValueError(f"a block from {narrow} to {wide} channels is not supported: widths must be multiples")
    return wide // narrow
