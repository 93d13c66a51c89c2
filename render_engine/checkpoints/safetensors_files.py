"""Strict safetensors files: written whole or not at all, read with every key, shape and hash accounted for."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from render_engine.api.values import RenderError
from render_engine.checkpoints.header import read_header

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


def load_checkpoint(path: Path, expected_sha256: str | None = None) -> tuple[Config, dict[str, Tensor]]:
    """Read a file that `save_checkpoint` or a publisher wrote: its config and its tensors.

    Raises:
        RenderError: when the file is missing, damaged, without a config, or not the one that was expected.
    """
    check_sha256(path, expected_sha256)
    header = read_header(path)
    if "config" not in header.metadata:
        raise RenderError(f"{path}: its metadata has no config")
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in header.tensors}
    except (SafetensorError, OSError) as error:
        raise RenderError(f"{path}: not a whole safetensors file ({_one_line(error)}); fetch it again") from error
    return header.config, tensors


def load_into(module: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Copy tensors into a module of exactly those keys and shapes; `path` is named in errors.

    Raises:
        RenderError: for the first missing or unexpected key, wrong shape, or value that is not finite.
    """
    wanted = module.state_dict()
    missing = sorted(wanted.keys() - tensors.keys())
    if missing:
        raise RenderError(f"{path}: {missing[0]} is missing ({len(missing)} missing in all)")
    unexpected = sorted(tensors.keys() - wanted.keys())
    if unexpected:
        raise RenderError(f"{path}: {unexpected[0]} is unexpected ({len(unexpected)} unexpected in all)")
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
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RenderError(f"{path}: cannot be read ({error.strerror})") from error


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


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
