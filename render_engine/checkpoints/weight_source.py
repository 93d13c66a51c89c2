"""Where a module's weights come from: one safetensors file, or a folder as diffusers writes it, whole or in shards.

Tensors are read one at a time, so that no second copy of a model lies in memory while it is loaded.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from render_engine.api.values import RenderError
from render_engine.checkpoints.header import Header, read_header

STEM = "diffusion_pytorch_model"
CONFIG = "config.json"
_SCALES = (".weight_scale", ".input_scale")
"""Beside eight-bit weights: what a stored weight is multiplied with, and what an input is divided by."""


class WeightSource:
    """Tensors by their name in the files; `open_weights` makes one."""

    def __init__(self, path: Path, config: dict[str, Any], headers: Mapping[str, Header], stack: ExitStack) -> None:
        self.path = path
        self.config = config
        self._headers = headers
        self._stack = stack
        self._files: dict[Path, Any] = {}

    @property
    def keys(self) -> list[str]:
        """Names of the weights, sorted; the scales of eight-bit weights belong to these."""
        return sorted(key for key in self._headers if not key.endswith(_SCALES))

    def shape(self, key: str) -> tuple[int, ...]:
        """The shape of a tensor."""
        return self._headers[key].tensors[key].shape

    def read(self, key: str) -> Tensor:
        """One tensor; eight-bit weights in float32, multiplied with their scale where they have one.

        Raises:
            RenderError: naming the file and the key, when it cannot be read or holds values that are not finite.
        """
        value = self._raw(key)
        if value.dtype in (torch.float8_e4m3fn, torch.float8_e5m2):
            scale = f"{key}_scale"
            value = value.float() * (self._raw(scale).float() if scale in self._headers else 1.0)
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise RenderError(f"{self._headers[key].path}: {key} holds values that are not finite")
        return value

    def _raw(self, key: str) -> Tensor:
        path = self._headers[key].path
        try:
            if path not in self._files:
                self._files[path] = self._stack.enter_context(safe_open(path, framework="pt"))
            value: Tensor = self._files[path].get_tensor(key)
        except (SafetensorError, OSError) as error:
            raise RenderError(f"{path}: {key} cannot be read ({' '.join(str(error).split())})") from error
        return value


@contextmanager
def open_weights(path: Path) -> Iterator[WeightSource]:
    """Open a file or a folder of weights; nothing but headers is read yet.

    Raises:
        RenderError: naming the file that is missing, damaged, or does not hold what its index says.
    """
    with ExitStack() as stack:
        if path.is_dir():
            yield WeightSource(path, _read_json(path / CONFIG), _find_shards(path), stack)
        else:
            header = read_header(path)
            yield WeightSource(path, header.config, dict.fromkeys(header.tensors, header), stack)


def stream_into(module: nn.Module, source: WeightSource, name_of: Callable[[str], str | None]) -> None:
    """Copy weights into a module of exactly those names and shapes, one tensor at a time.

    Args:
        module: its parameters keep their dtype and device.
        source: the open weights.
        name_of: the module's name for a name in the files; None for what no computation reads.

    Raises:
        RenderError: for the first missing, unexpected or doubled name, wrong shape, or value that is not finite.
    """
    wanted = module.state_dict()
    named = _name_all(source, name_of)
    for ours, theirs in sorted(named.items()):
        if ours not in wanted:
            raise RenderError(f"{source.path}: {theirs} is unexpected")
        if source.shape(theirs) != tuple(wanted[ours].shape):
            shape = tuple(wanted[ours].shape)
            raise RenderError(f"{source.path}: {theirs} has shape {source.shape(theirs)} instead of {shape}")
    if missing := sorted(wanted.keys() - named.keys()):
        raise RenderError(f"{source.path}: {missing[0]} is missing ({len(missing)} missing in all)")
    with torch.no_grad():
        for ours, theirs in named.items():
            wanted[ours].copy_(source.read(theirs))


def _name_all(source: WeightSource, name_of: Callable[[str], str | None]) -> dict[str, str]:
    """Our name -> the files' name."""
    named: dict[str, str] = {}
    for theirs in source.keys:
        ours = name_of(theirs)
        if ours in named:
            raise RenderError(f"{source.path}: {theirs} and {named[ours]} are the same tensor, {ours}")
        if ours is not None:
            named[ours] = theirs
    return named


def _find_shards(folder: Path) -> dict[str, Header]:
    """By name: the header of the shard that holds it."""
    index = folder / f"{STEM}.safetensors.index.json"
    if not index.is_file():
        header = read_header(folder / f"{STEM}.safetensors")
        return dict.fromkeys(header.tensors, header)
    places = _read_json(index).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(name, str) for name in places.values()):
        raise RenderError(f"{index}: it names no shards; fetch it again")
    headers = {name: read_header(folder / Path(name).name) for name in sorted(set(places.values()))}
    for key, name in places.items():
        if key not in headers[name].tensors:
            raise RenderError(f"{headers[name].path}: {key} is missing, though the index puts it there")
    held = [key for header in headers.values() for key in header.tensors]
    if unexpected := sorted(set(held) - places.keys()):
        raise RenderError(f"{folder}: {unexpected[0]} is unexpected: the index does not name it")
    return {key: headers[name] for key, name in places.items()}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise RenderError(f"{path}: no such file; the folder is no model's, or not whole") from error
    except (OSError, ValueError, RecursionError) as error:
        raise RenderError(f"{path}: not readable as JSON; fetch it again") from error
    if not isinstance(value, dict):
        raise RenderError(f"{path}: not a JSON object; fetch it again")
    return value
