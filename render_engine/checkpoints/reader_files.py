"""The attribute reader on disk: one safetensors file whose metadata says how its networks are made."""

from pathlib import Path
from typing import Any

import torch

from render_engine.api.scene import ATTRIBUTES
from render_engine.checkpoints.module_files import Kind, load_module
from render_engine.checkpoints.safetensors_files import save_checkpoint
from render_engine.evaluation.reader_networks import ReaderConfig, ReaderNetwork

_KEY = "attribute_reader"


def save_reader(path: Path, network: ReaderNetwork, notes: dict[str, Any] | None = None) -> None:
    """Write a reader in float16; `notes` (JSON values: scores, data, steps) ride in the metadata beside its config."""
    save_checkpoint(path, network.state_dict(), {**dump_config(network.config), **(notes or {})}, torch.float16)


def load_reader(path: Path, expected_sha256: str | None = None) -> ReaderNetwork:
    """Read a reader in float32, ready to use.

    Raises:
        RenderError: when the file is not whole, not expected, or no reader of this version's vocabulary.
    """
    return load_module(READER, path, expected_sha256)


def dump_config(config: ReaderConfig) -> dict[str, Any]:
    """The config as JSON values, as files and runs keep it."""
    return {_KEY: config.model_dump(mode="json")}


def read_config(values: dict[str, Any]) -> ReaderConfig:
    """The config among a file's or a run's notes.

    Raises:
        ValueError: there is none, or its vocabulary is another version's.
    """
    if _KEY not in values:
        raise ValueError("the file has none")
    config = ReaderConfig.model_validate(values[_KEY])
    if any(ATTRIBUTES.get(name) != told for name, told in config.values.items()):
        raise ValueError("its vocabulary is not this version's; train it again")
    return config


READER = Kind("attribute reader", read_config, ReaderNetwork, lambda _keys, _: str)
