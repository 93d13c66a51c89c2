"""Transformers on disk: our own file, a published single file or a diffusers folder; each says how it is made."""

from pathlib import Path
from typing import Any

import torch

from render_engine.checkpoints.module_files import Kind, load_module
from render_engine.checkpoints.safetensors_files import save_checkpoint
from render_engine.checkpoints.transformer_key_map import PREFIX, naming_of
from render_engine.checkpoints.transformer_metadata import config_from_published, is_published, published_from_config
from render_engine.models.transformer import TransformerConfig, VideoTransformer


def save_transformer(
    path: Path, transformer: VideoTransformer, dtype: torch.dtype, notes: dict[str, Any] | None = None
) -> None:
    """Write a transformer as published single files are, in their names and, where there are any, their words.

    `notes` (JSON values: scores, data, steps) ride in the metadata beside its config.
    """
    tensors = {f"{PREFIX}{key}": value for key, value in transformer.state_dict().items()}
    config = {"transformer": published_from_config(transformer.config), **(notes or {})}
    save_checkpoint(path, tensors, config, dtype)


def load_transformer(
    path: Path, expected_sha256: str | None = None, dtype: torch.dtype = torch.float32
) -> VideoTransformer:
    """Read a transformer, ready to use; of a file that holds more, the video transformer alone.

    Raises:
        RenderError: when the file is not whole, not expected, or not of a version that these classes make.
    """
    return load_module(TRANSFORMER, path, expected_sha256, dtype)


def _read_config(values: dict[str, Any]) -> TransformerConfig:
    described = values if is_published(values) else values.get("transformer")  # a folder's config is the network's own
    if described is None:
        raise ValueError("the file has none")
    if isinstance(described, dict) and is_published(described):
        return config_from_published(described)
    return TransformerConfig.model_validate(described)


TRANSFORMER = Kind("transformer", _read_config, VideoTransformer, lambda keys, _: naming_of(keys))
