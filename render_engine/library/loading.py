"""Whether the engine's classes take a model, by headers alone: the network is made without memory, and compared."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from pydantic import ValidationError
from torch import nn

from render_engine.api.values import RenderError
from render_engine.checkpoints import transformer_key_map, vae_files, vae_key_map
from render_engine.checkpoints.header import Header
from render_engine.checkpoints.transformer_metadata import config_from_published, is_published
from render_engine.checkpoints.upsampler_files import DIFFUSERS_CLASSES, DIFFUSERS_FIELDS
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig
from render_engine.models.transformer import VideoTransformer
from render_engine.models.transformer_config import TransformerConfig
from render_engine.models.vae import VideoVAE

Namer = Callable[[str], str | None]
SCALES = (".weight_scale", ".input_scale")
"""Of eight-bit weights; no weights themselves."""


def check_loadable(part: str, header: Header) -> None:
    """Compare a model's part with the network that its config describes.

    Raises:
        RenderError: the config is not supported, or the first tensor that is missing, unexpected or of another shape.
    """
    keys = [key for key in header.tensors if not key.endswith(SCALES)]
    try:
        with torch.device("meta"):
            module, name_of = _make(part, header, keys)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(name) for name in first["loc"]) or part
        raise RenderError(f"{header.path}: its {part} config is not supported: {field}: {first['msg']}") from error
    except (ValueError, TypeError, ArithmeticError, RuntimeError) as error:  # torch has many for sizes it cannot make
        why = str(error).partition("\n")[0]
        raise RenderError(f"{header.path}: its {part} config is not supported: {why}") from error
    _compare(module, header, {ours: key for key in keys if (ours := name_of(key)) is not None})


def _make(part: str, header: Header, keys: list[str]) -> tuple[nn.Module, Namer]:
    match part:
        case "transformer":
            config = _read_transformer_config(header.config)
            return VideoTransformer(config), transformer_key_map.naming_of(keys)
        case "vae":
            vae = VideoVAE(vae_files.read_config(header.config, header.path))
            return vae, vae_key_map.naming_of(keys, vae.config, vae.state_dict().keys())
        case _:
            return LatentUpsampler(_read_upsampler_config(header.config)), str


def _read_transformer_config(values: Mapping[str, Any]) -> TransformerConfig:
    described = values if is_published(values) else values.get("transformer")
    if isinstance(described, Mapping) and is_published(described):
        return config_from_published(described)
    return TransformerConfig.model_validate(described)


def _read_upsampler_config(values: Mapping[str, Any]) -> LatentUpsamplerConfig:
    if values.get("_class_name") in DIFFUSERS_CLASSES:
        values = {DIFFUSERS_FIELDS.get(key, key): value for key, value in values.items() if not key.startswith("_")}
    return LatentUpsamplerConfig.model_validate(values)


def _compare(module: nn.Module, header: Header, named: Mapping[str, str]) -> None:
    wanted = module.state_dict()
    if missing := sorted(wanted.keys() - named.keys()):
        raise RenderError(f"{header.path}: {missing[0]} is missing ({len(missing)} missing in all)")
    if unexpected := sorted(named[ours] for ours in named.keys() - wanted.keys()):
        raise RenderError(f"{header.path}: {unexpected[0]} is unexpected ({len(unexpected)} unexpected in all)")
    for ours, theirs in sorted(named.items()):
        shape, found = tuple(wanted[ours].shape), header.tensors[theirs].shape
        if found != shape:
            raise RenderError(f"{header.path}: {theirs} has shape {found} instead of {shape}")
