"""Latent upsamplers on disk: one safetensors file whose metadata is the config itself, as published ones are."""

from pathlib import Path

import torch
from pydantic import ValidationError

from render_engine.api.values import RenderError
from render_engine.checkpoints.safetensors_files import load_checkpoint, load_into, save_checkpoint
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig


def save_upsampler(path: Path, upsampler: LatentUpsampler, dtype: torch.dtype) -> None:
    """Write an upsampler under the published names of tensors and fields."""
    config = upsampler.config.model_dump(mode="json", by_alias=True)
    save_checkpoint(path, upsampler.state_dict(), config, dtype)


def load_upsampler(path: Path, expected_sha256: str | None = None) -> LatentUpsampler:
    """Read an upsampler in float32, ready to use.

    Raises:
        RenderError: when the file is not whole, not expected, or not of a version that these classes make.
    """
    config, tensors = load_checkpoint(path, expected_sha256)
    upsampler = LatentUpsampler(_read_config(config, path))
    load_into(upsampler, tensors, path)
    return upsampler.eval().requires_grad_(requires_grad=False)


def _read_config(values: dict[str, object], path: Path) -> LatentUpsamplerConfig:
    try:
        return LatentUpsamplerConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "config"
        raise RenderError(f"{path}: its upsampler config is not supported: {field}: {first['msg']}") from error
