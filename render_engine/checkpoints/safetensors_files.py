"""Strict safetensors files: written whole or not at all, read with every key, shape and hash accounted for."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from render_engine.api.values import RenderError
from render_engine.checkpoints.header import reading
from render_engine.checkpoints.weight_source import check_names, open_weights

Config = dict[str, Any]


def save_checkpoint(path: Path, state_dict: Mapping[str, Tensor], config: Config, dtype: torch.dtype) -> None:
    """Write tensors and their config (JSON in the metadata, under "config") so that a crash leaves the old file.

    Args:
        path: the .safetensors file; its folder is made.
        state_dict: floating tensors are stored as `dtype`, the others as they are.
        config: what rebuilds the module, JSON values only.
        dtype: the storage dtype.

    Raises:
        RenderError: when a tensor overflows `dtype`, or the disk refuses.
    """
    tensors = {key: _stored(key, value, dtype, path) for key, value in state_dict.items()}
    payload = save(tensors, metadata={"config": json.dumps(config, sort_keys=True)})
    try:
        write_atomically(path, payload)
    except OSError as error:
        raise RenderError(
            f"{path}: the weights could not be written ({error.strerror}); free space or choose another folder"
        ) from error


def load_checkpoint(path: Path) -> tuple[Config, dict[str, Tensor]]:
    """Read a file that `save_checkpoint` wrote: its config and its tensors.

    Raises:
        RenderError: when the file is missing, damaged, or without a config.
    """
    with open_weights(path) as source:
        if not source.config:
            raise RenderError(f"{path}: its metadata has no config; choose another file")
        return source.config, {key: source.read(key) for key in source.keys}


def load_into(module: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Copy tensors into a module of exactly those keys and shapes; `path` is named in errors.

    Raises:
        RenderError: for the first missing or unexpected key, wrong shape, or value that is not finite; the module is
            then as it was.
    """
    wanted = module.state_dict()
    check_names(wanted, {key: key for key in tensors}, path)
    for key, value in tensors.items():
        if value.shape != wanted[key].shape:
            raise RenderError(f"{path}: {key} has shape {tuple(value.shape)} instead of {tuple(wanted[key].shape)}")
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise RenderError(f"{path}: {key} holds values that are not finite")
    module.load_state_dict(dict(tensors), strict=True)


def check_sha256(path: Path, expected: str | None) -> None:
    """The file is the one that was expected, if one was; RenderError when it is another, or cannot be read."""
    if expected is not None and (found := file_sha256(path)) != expected:
        raise RenderError(f"{path}: sha256 is {found[:12]}... instead of {expected[:12]}...; fetch the file again")


def file_sha256(path: Path) -> str:
    """Hash a file's bytes.

    Raises:
        RenderError: when it cannot be read.
    """
    with reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomically(path: Path, payload: bytes) -> None:
    """Write beside the target, flush to the disk, then rename: readers see the old file or the new one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _stored(key: str, value: Tensor, dtype: torch.dtype, path: Path) -> Tensor:
    value = value.detach()
    if value.is_floating_point():
        value = value.to(dtype)
        if not torch.isfinite(value).all():
            raise RenderError(f"{path}: {key} is not finite as {dtype}; it was not written")
    return value.cpu().contiguous()
