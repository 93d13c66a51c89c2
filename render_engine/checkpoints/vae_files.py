"""Autoencoders on disk: one safetensors file whose metadata rebuilds the classes."""

from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from render_engine.api.values import RenderError
from render_engine.checkpoints.safetensors_files import check_sha256, save_checkpoint
from render_engine.checkpoints.weight_source import open_weights, stream_into
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_config import VAEConfig


def save_vae(path: Path, vae: VideoVAE, dtype: torch.dtype, notes: dict[str, Any] | None = None) -> None:
    """Write an autoencoder; `notes` (JSON values: scores, data, steps) ride in the metadata beside its config."""
    config = {"vae": dump_config(vae.config), **(notes or {})}
    save_checkpoint(path, vae.state_dict(), config, dtype)


def load_vae(path: Path, expected_sha256: str | None = None) -> VideoVAE:
    """Read an autoencoder in float32, ready to use.

    Raises:
        RenderError: when the file is not whole, not expected, or not of a version that these classes make.
    """
    check_sha256(path, expected_sha256)
    with open_weights(path) as source:
        vae = VideoVAE(read_config(source.config.get("vae"), path))
        stream_into(vae, source, lambda key: key)
    return vae.eval().requires_grad_(requires_grad=False)


def dump_config(config: VAEConfig) -> dict[str, Any]:
    """The config as JSON values under the family's own field names."""
    return config.model_dump(mode="json", by_alias=True)


def read_config(values: object, path: Path) -> VAEConfig:
    """Validate a config from metadata; `path` is named in the error.

    Raises:
        RenderError: naming the first field that these classes cannot make.
    """
    try:
        return VAEConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "vae"
        raise RenderError(f"{path}: its autoencoder config is not supported: {field}: {first['msg']}") from error
