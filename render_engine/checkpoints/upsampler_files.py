"""Latent upsamplers on disk: a published single file, whose metadata is the config itself, or a diffusers folder."""

from pathlib import Path
from typing import Any

import torch

from render_engine.checkpoints.module_files import Kind, load_module
from render_engine.checkpoints.safetensors_files import save_checkpoint
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig

DIFFUSERS_CLASSES = ("LTXLatentUpsamplerModel", "LTX2LatentUpsamplerModel")
DIFFUSERS_FIELDS = {"rational_spatial_scale": "spatial_scale", "use_rational_resampler": "rational_resampler"}
"""Diffusers' field -> ours; the others, and all tensors, have the published names."""


def save_upsampler(path: Path, upsampler: LatentUpsampler, dtype: torch.dtype) -> None:
    """Write an upsampler under the published names of tensors and fields."""
    config = upsampler.config.model_dump(mode="json", by_alias=True)
    save_checkpoint(path, upsampler.state_dict(), config, dtype)


def load_upsampler(
    path: Path, expected_sha256: str | None = None, dtype: torch.dtype = torch.float32
) -> LatentUpsampler:
    """Read an upsampler, ready to use, from a file or a diffusers folder.

    A file without a config is taken for the first published one, as the original does; its shapes are held to that.

    Raises:
        RenderError: when it is not whole, not expected, or not of a version that these classes make.
    """
    return load_module(UPSAMPLER, path, expected_sha256, dtype)


def _read_config(values: dict[str, Any]) -> LatentUpsamplerConfig:
    if values.get("_class_name") in DIFFUSERS_CLASSES:
        values = {DIFFUSERS_FIELDS.get(key, key): value for key, value in values.items() if not key.startswith("_")}
    return LatentUpsamplerConfig.model_validate(values)


UPSAMPLER = Kind("upsampler", _read_config, LatentUpsampler, lambda _keys, _: str)
