"""Autoencoders on disk: our own file, a published single file or a diffusers folder; each says how it is made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from render_engine.checkpoints.module_files import Kind, config_faults, load_module
from render_engine.checkpoints.safetensors_files import save_checkpoint
from render_engine.checkpoints.vae_diffusers_config import read_diffusers_config
from render_engine.checkpoints.vae_key_map import PREFIX, naming_of
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_config import VAEConfig, with_ltx_2_padding


def save_vae(path: Path, vae: VideoVAE, dtype: torch.dtype, notes: dict[str, Any] | None = None) -> None:
    """Write an autoencoder as published single files are, in their names and words.

    `notes` (JSON values: scores, data, steps) ride in the metadata beside its config.
    """
    tensors = {f"{PREFIX}{key}": value for key, value in vae.state_dict().items()}
    save_checkpoint(path, tensors, {"vae": dump_config(vae.config), **(notes or {})}, dtype)


def load_vae(path: Path, expected_sha256: str | None = None, dtype: torch.dtype = torch.float32) -> VideoVAE:
    """Read an autoencoder, ready to use; of a file that holds more, the autoencoder alone.

    Raises:
        RenderError: when the file is not whole, not expected, or not of a version that these classes make.
    """
    return load_module(VAE, path, expected_sha256, dtype)


def dump_config(config: VAEConfig) -> dict[str, Any]:
    """The config as JSON values under the family's own field names."""
    return config.model_dump(mode="json", by_alias=True)


def read_config(values: Mapping[str, Any], path: Path) -> VAEConfig:
    """Validate the config of a file's metadata, or a diffusers folder's own; `path` is named in the error.

    Raises:
        RenderError: naming the first field that these classes cannot make.
    """
    with config_faults(path, "autoencoder"):
        return _read_config(values)


def _read_config(values: Mapping[str, Any]) -> VAEConfig:
    if "_class_name" in values:
        return read_diffusers_config(values)
    described = values.get("vae")
    if described is None:
        raise ValueError("the file has none")
    if isinstance(described, Mapping) and _is_of_ltx_2(values):
        described = with_ltx_2_padding(described)
    return VAEConfig.model_validate(described)


def _is_of_ltx_2(values: Mapping[str, Any]) -> bool:
    """Its transformer hears, or it says its version."""
    transformer = values.get("transformer")
    hears = isinstance(transformer, Mapping) and transformer.get("_class_name") == "AVTransformer3DModel"
    return hears or str(values.get("model_version", "")).startswith("2.")


VAE = Kind(
    "autoencoder", _read_config, VideoVAE, lambda keys, vae: naming_of(keys, vae.config, vae.state_dict().keys())
)
