"""Diffusers' settings of a video autoencoder, read as the block lists of the family's single files.

Diffusers gives widths, layers and flags a level of resolution; fields that an older file leaves out have the defaults
of its class.
"""

from collections.abc import Mapping
from typing import Any

from render_engine.models.vae_config import VAEConfig

Block = tuple[str, dict[str, Any]]

_LTX_VIDEO: dict[str, Any] = {
    "in_channels": 3,
    "out_channels": 3,
    "latent_channels": 128,
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("LTXVideoDownBlock3D",) * 4,
    "decoder_block_out_channels": (128, 256, 512, 512),
    "layers_per_block": (4, 3, 3, 3, 4),
    "decoder_layers_per_block": (4, 3, 3, 3, 4),
    "spatio_temporal_scaling": (True, True, True, False),
    "decoder_spatio_temporal_scaling": (True, True, True, False),
    "decoder_inject_noise": (False,) * 5,
    "downsample_type": ("conv",) * 4,
    "upsample_type": ("spatiotemporal",) * 4,
    "upsample_residual": (False,) * 4,
    "upsample_factor": (1,) * 4,
    "timestep_conditioning": False,
    "patch_size": 4,
    "patch_size_t": 1,
    "encoder_causal": True,
    "decoder_causal": False,
    "encoder_spatial_padding_mode": "zeros",
    "decoder_spatial_padding_mode": "zeros",
}
_LTX_2: dict[str, Any] = {
    **_LTX_VIDEO,
    "block_out_channels": (256, 512, 1024, 2048),
    "decoder_block_out_channels": (256, 512, 1024),
    "layers_per_block": (4, 6, 6, 2, 2),
    "decoder_layers_per_block": (5, 5, 5, 5),
    "spatio_temporal_scaling": (True,) * 4,
    "decoder_spatio_temporal_scaling": (True,) * 3,
    "decoder_inject_noise": (False,) * 4,
    "downsample_type": ("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
    "upsample_residual": (True,) * 3,
    "upsample_factor": (2,) * 3,
    "decoder_causal": True,
    "decoder_spatial_padding_mode": "reflect",
}
_DEFAULTS = {"AutoencoderKLLTXVideo": _LTX_VIDEO, "AutoencoderKLLTX2Video": _LTX_2}
_COMPRESS = {"spatial": "compress_space", "temporal": "compress_time", "spatiotemporal": "compress_all"}
_SAME_FIELDS = (
    "in_channels",
    "out_channels",
    "latent_channels",
    "patch_size",
    "timestep_conditioning",
    "encoder_spatial_padding_mode",
    "decoder_spatial_padding_mode",
)


def read_diffusers_config(values: Mapping[str, Any]) -> VAEConfig:
    """The config of the autoencoder that diffusers' `config.json` describes.

    Raises:
        ValueError: when the class is another, or a setting is one that these classes do not make.
    """
    name = values.get("_class_name")
    if name not in _DEFAULTS:
        raise ValueError(f"{name} is not a video autoencoder of the family: {' or '.join(_DEFAULTS)}")
    settings = {**_DEFAULTS[name], **values}
    if settings["patch_size_t"] != 1 or not settings["encoder_causal"]:
        raise ValueError("an autoencoder with patches in time, or an encoder that is not causal, is not supported")
    encoder_base, encoder_blocks = _read_encoder(settings)
    decoder_base, decoder_blocks = _read_decoder(settings)
    return VAEConfig.model_validate(
        {field: settings[field] for field in _SAME_FIELDS}
        | {"causal_decoder": settings["decoder_causal"]}
        | {"encoder_base_channels": encoder_base, "encoder_blocks": encoder_blocks}
        | {"decoder_base_channels": decoder_base, "decoder_blocks": decoder_blocks}
    )


def _read_encoder(settings: Mapping[str, Any]) -> tuple[int, list[Block]]:
    """The first width, and the blocks from the pixels to the latents."""
    width, *outputs = _encoder_widths(settings)
    layers = settings["layers_per_block"]
    first_width, blocks = width, []
    levels = zip(outputs, layers, settings["spatio_temporal_scaling"], settings["downsample_type"], strict=False)
    for output, num_layers, scales, kind in levels:
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


def _encoder_widths(settings: Mapping[str, Any]) -> list[int]:
    """The width before the first level and after each, which the three kinds of level count differently."""
    widths = list(settings["block_out_channels"])
    kind = settings["down_block_types"][-1]
    if settings["_class_name"] == "AutoencoderKLLTX2Video":
        return [settings["latent_channels"], *widths]
    return widths if kind == "LTXVideo095DownBlock3D" else [*widths, widths[-1]]


def _read_decoder(settings: Mapping[str, Any]) -> tuple[int, list[Block]]:
    """The last width, and the blocks from the pixels to the latents; diffusers too lists levels from the pixels."""
    widths = settings["decoder_block_out_channels"][::-1]
    mid_layers, *layers = settings["decoder_layers_per_block"][::-1]
    mid_noise, *noise = settings["decoder_inject_noise"][::-1]
    flags = (
        settings[name][::-1] for name in ("decoder_spatio_temporal_scaling", "upsample_factor", "upsample_residual")
    )
    width, blocks = widths[0], [_res_x(mid_layers, inject_noise=mid_noise)]
    levels = zip(widths, layers, noise, *flags, settings["upsample_type"], strict=False)
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
