"""The critic's video-text model on disk: one safetensors file whose metadata says how its towers are made."""

from pathlib import Path
from typing import Any

import torch

from render_engine.checkpoints.module_files import Kind, load_module
from render_engine.checkpoints.safetensors_files import save_checkpoint
from render_engine.critic.video_text import VideoTextConfig, VideoTextModel

_KEY = "video_text"


def save_critic(path: Path, model: VideoTextModel, notes: dict[str, Any] | None = None) -> None:
    """Write a model in float16; `notes` (JSON values: scores, data, steps) ride in the metadata beside its config."""
    save_checkpoint(path, model.state_dict(), {**dump_config(model.config), **(notes or {})}, torch.float16)


def load_critic(path: Path, expected_sha256: str | None = None) -> VideoTextModel:
    """Read a model in float32, ready to use.

    Raises:
        RenderError: when the file is not whole, not expected, or no video-text model of this version's vocabulary.
    """
    return load_module(VIDEO_TEXT, path, expected_sha256)


def dump_config(config: VideoTextConfig) -> dict[str, Any]:
    """The config as JSON values, as files and runs keep it."""
    return {_KEY: config.model_dump(mode="json")}


def read_config(values: dict[str, Any]) -> VideoTextConfig:
    """The config among a file's or a run's notes.

    Raises:
        ValueError: there is none, or none that this version can make.
    """
    if _KEY not in values:
        raise ValueError("the file has none")
    return VideoTextConfig.model_validate(values[_KEY])


VIDEO_TEXT = Kind("video-text model", read_config, VideoTextModel, lambda _keys, _: str)
