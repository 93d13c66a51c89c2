"""Latent upsamplers on disk: a published single file, whose metadata is the config itself, or a diffusers folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from render_engine.api.values import RenderError
from render_engine.checkpoints.safetensors_files import check_sha256, save_checkpoint
from render_engine.checkpoints.weight_source import open_weights, stream_into
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig

DIFFUSERS_CLASSES = ("LTXLatentUpsamplerModel", "LTX2LatentUpsamplerModel")
DIFFUSERS_FIELDS = {"rational_spatial_scale": "spatial_scale", "use_rational_resampler": "rational_resampler"}
"""Diffusers' field -> ours; the others, and all tensors, have the published names."""


def save_upsampler(path: Path, upsampler: LatentUpsampler, dtype: torch.dtype) -> None:
    """Write an upsampler under the published names of tensors and fields."""
    config = upsampler.config.model_dump(mode="json", by_alias=True)
    save_checkpoint(path, upsampler.state_dict(), config, dtype)


def load_upsampler(path: Path, expected_sha256: str | None = None) -> LatentUpsampler:
    """Read an upsampler in float32, ready to use, from a file or a diffusers folder.

    A file without a config is taken for the first published one, as the original does; its shapes are held to that.

    Args:
        path: the file or folder.
        expected_sha256: of the file; a folder has none.

    Raises:
        RenderError: when it is not whole, not expected, or not of a version that these classes make.
    """
    check_sha256(path, expected_sha256)
    with open_weights(path) as source:
        upsampler = LatentUpsampler(_read_config(source.config, path))
        stream_into(upsampler, source, lambda key: key)
    return upsampler.eval().requires_grad_(requires_grad=False)


def _read_config(values: Mapping[str, Any], path: Path) -> LatentUpsamplerConfig:
    if values.get("_class_name") in DIFFUSERS_CLASSES:
        fields = {DIFFUSERS_FIELDS.get(key, key): value for key, value in values.items() if not key.startswith("_")}
    else:
        fields = dict(values)
    try:
        return LatentUpsamplerConfig.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "config"
        raise RenderError(f"{path}: its upsampler config is not supported: {field}: {first['msg']}") from error
