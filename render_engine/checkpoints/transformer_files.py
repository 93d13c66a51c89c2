"""Transformers on disk: our own file, a published single file or a diffusers folder; each says how it is made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from render_engine.api.values import RenderError
from render_engine.checkpoints.safetensors_files import check_sha256, save_checkpoint
from render_engine.checkpoints.transformer_key_map import naming_of
from render_engine.checkpoints.transformer_metadata import config_from_published, is_published
from render_engine.checkpoints.weight_source import open_weights, stream_into
from render_engine.models.transformer import TransformerConfig, VideoTransformer


def save_transformer(
    path: Path, transformer: VideoTransformer, dtype: torch.dtype, notes: dict[str, Any] | None = None
) -> None:
    """Write a transformer; `notes` (JSON values: scores, data, steps) ride in the metadata beside its config."""
    config = {"transformer": transformer.config.model_dump(mode="json"), **(notes or {})}
    save_checkpoint(path, transformer.state_dict(), config, dtype)


def load_transformer(path: Path, expected_sha256: str | None = None) -> VideoTransformer:
    """Read a transformer in float32, ready to use; of a file that holds more, the video transformer alone.

    Raises:
        RenderError: when the file is not whole, not expected, or not of a version that these classes make.
    """
    check_sha256(path, expected_sha256)
    with open_weights(path) as source:
        transformer = VideoTransformer(read_config(_described(source.config), path))
        stream_into(transformer, source, naming_of(source.keys))
    return transformer.eval().requires_grad_(requires_grad=False)


def _described(config: Mapping[str, Any]) -> object:
    return config if is_published(config) else config.get("transformer")  # a folder's config is the transformer's own


def read_config(values: object, path: Path) -> TransformerConfig:
    """Validate a config from metadata, in our words or a published checkpoint's; `path` is named in the error.

    Raises:
        RenderError: naming the first field that these classes cannot make.
    """
    try:
        if isinstance(values, Mapping) and is_published(values):
            return config_from_published(values)
        return TransformerConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "transformer"
        raise RenderError(f"{path}: its transformer config is not supported: {field}: {first['msg']}") from error
    except ValueError as error:
        raise RenderError(f"{path}: its transformer config is not supported: {error}") from error
