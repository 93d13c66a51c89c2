"""Autoencoders on disk: our own file, a published single file or a diffusers folder; each says how it is made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from render_engine.api.values import RenderError
from render_engine.checkpoints.safetensors_files import check_sha256, save_checkpoint
from render_engine.checkpoints.vae_diffusers_config import read_diffusers_config
from render_engine.checkpoints.vae_key_map import naming_of
from render_engine.checkpoints.weight_source import open_weights, stream_into
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_config import VAEConfig, with_ltx_2_padding


def save_vae(path: Path, vae: VideoVAE, dtype: torch.dtype, notes: dict[str, Any] | None = None) -> None:
    """Write an autoencoder; `notes` (JSON values: scores, data, steps) ride in the metadata beside its config."""
    config = {"vae": dump_config(vae.config), **(notes or {})}
    save_checkpoint(path, vae.state_dict(), config, dtype)


def load_vae(path: Path, expected_sha256: str | None = None) -> VideoVAE:
    """Read an autoencoder in float32, ready to use; of a file that holds more, the autoencoder alone.

    Raises:
        RenderError: when the file is not whole, not expected, or not of a version that these classes make.
    """
    check_sha256(path, expected_sha256)
    with open_weights(path) as source:
        vae = VideoVAE(read_config(source.config, path))
        stream_into(vae, source, naming_of(source.keys, vae.config, vae.state_dict().keys()))
    return vae.eval().requires_grad_(requires_grad=False)


def dump_config(config: VAEConfig) -> dict[str, Any]:
    """The config as JSON values under the family's own field names."""
    return config.model_dump(mode="json", by_alias=True)


def read_config(values: Mapping[str, Any], path: Path) -> VAEConfig:
    """Validate the config of a file's metadata, or a diffusers folder's own; `path` is named in the error.

    Raises:
        RenderError: naming the first field that these classes cannot make.
    """
    try:
        if "_class_name" in values:
            return read_diffusers_config(values)
        described = values.get("vae")
        if isinstance(described, Mapping) and _is_of_ltx_2(values):
            described = with_ltx_2_padding(described)
        return VAEConfig.model_validate(described)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "vae"
        raise RenderError(f"{path}: its autoencoder config is not supported: {field}: {first['msg']}") from error
    except ValueError as error:
        raise RenderError(f"{path}: its autoencoder config is not supported: {error}") from error


def _is_of_ltx_2(values: Mapping[str, Any]) -> bool:
    """Its transformer hears, or it says its version."""
    transformer = values.get("transformer")
    hears = isinstance(transformer, Mapping) and transformer.get("_class_name") == "AVTransformer3DModel"
    return hears or str(values.get("model_version", "")).startswith("2.")
