"""Pixel upscalers on disk: one safetensors file whose metadata says how the network is made."""

from pathlib import Path
from typing import Any

import torch

from render_engine.checkpoints.module_files import Kind, load_module
from render_engine.checkpoints.safetensors_files import save_checkpoint
from render_engine.models.pixel_upscaler import PixelUpscaler, PixelUpscalerConfig

_KEY = "pixel_upscaler"


def save_pixel_upscaler(
    path: Path, upscaler: PixelUpscaler, dtype: torch.dtype, notes: dict[str, Any] | None = None
) -> None:
    """Write an upscaler; `notes` (JSON values: scores, data, steps) ride in the metadata beside its config."""
    save_checkpoint(path, upscaler.state_dict(), {**dump_config(upscaler.config), **(notes or {})}, dtype)


def load_pixel_upscaler(
    path: Path, expected_sha256: str | None = None, dtype: torch.dtype = torch.float32
) -> PixelUpscaler:
    """Read an upscaler, ready to use.

    Raises:
        RenderError: when the file is not whole, not expected, or no pixel upscaler.
    """
    return load_module(PIXEL_UPSCALER, path, expected_sha256, dtype)


def dump_config(config: PixelUpscalerConfig) -> dict[str, Any]:
    """The config as JSON values, as files and runs keep it."""
    return {_KEY: config.model_dump(mode="json", by_alias=True)}


def read_config(values: dict[str, Any]) -> PixelUpscalerConfig:
    """The config among a file's or a run's notes.

    Raises:
        ValueError: there is none, or none that the network can be made of.
    """
    if _KEY not in values:
        raise ValueError("the file has none")
    return PixelUpscalerConfig.model_validate(values[_KEY])


PIXEL_UPSCALER = Kind("pixel upscaler", read_config, PixelUpscaler, lambda _keys, _: str)
