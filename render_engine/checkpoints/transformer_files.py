"""Transformers on disk: one safetensors file whose metadata rebuilds the class."""

from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from render_engine.api.values import RenderError
from render_engine.checkpoints.safetensors_files import load_checkpoint, load_into, save_checkpoint
from render_engine.models.transformer import TransformerConfig, VideoTransformer


def save_transformer(
    path: Path, transformer: VideoTransformer, dtype: torch.dtype, notes: dict[str, Any] | None = None
) -> None:
    """Write a transformer; `notes` (JSON values: scores, data, steps) ride in the metadata beside its config."""
    config = {"transformer": transformer.config.model_dump(mode="json"), **(notes or {})}
    save_checkpoint(path, transformer.state_dict(), config, dtype)


def load_transformer(path: Path, expected_sha256: str | None = None) -> VideoTransformer:
    """Read a transformer in float32, ready to use.

    Raises:
        RenderError: when the file is not whole, not expected, or not of a version that these classes make.
    """
    config, tensors = load_checkpoint(path, expected_sha256)
    try:
        transformer = VideoTransformer(TransformerConfig.model_validate(config.get("transformer")))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "transformer"
        raise RenderError(f"{path}: its transformer config is not supported: {field}: {first['msg']}") from error
    load_into(transformer, tensors, path)
    return transformer.eval().requires_grad_(requires_grad=False)
