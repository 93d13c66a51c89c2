"""How every network of the family is loaded: described by its file, made without memory, checked, and then filled."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import torch
from pydantic import BaseModel, ValidationError
from torch import nn

from render_engine.api.values import RenderError
from render_engine.checkpoints.safetensors_files import Config, check_sha256
from render_engine.checkpoints.weight_source import WeightSource, fill, match, open_weights

C = TypeVar("C", bound=BaseModel)
M = TypeVar("M", bound=nn.Module)


@dataclass(frozen=True)
class Kind(Generic[C, M]):
    """A network of the family, as its files have it."""

    part: str
    """What errors call it."""
    read: Callable[[Config], C]
    """From a file's own config to the network's; ValueError when the network cannot be made so."""
    make: Callable[[C], M]
    naming: Callable[[list[str], M], Callable[[str], str | None]]
    """From a file's names, and the network, to how the network calls a tensor of the file."""


def load_module(
    kind: Kind[C, M], path: Path, expected_sha256: str | None = None, dtype: torch.dtype = torch.float32
) -> M:
    """Load a network, ready to use, from a file or a folder that says how it is made.

    Nothing but headers is read, and no memory taken, before the description and the tensors are seen to agree.

    Args:
        kind: of the network.
        path: the file or folder.
        expected_sha256: of the file; a folder has none.
        dtype: of the weights in memory.

    Raises:
        RenderError: naming the file, and the field or tensor that is not as the network wants it.
    """
    with open_weights(path) as source:
        module, named = prepare(kind, source, dtype)
        check_sha256(path, expected_sha256)
        fill(module, source, named)
    return module.eval().requires_grad_(requires_grad=False)


def prepare(kind: Kind[C, M], source: WeightSource, dtype: torch.dtype = torch.float32) -> tuple[M, Mapping[str, str]]:
    """Make a network without memory, and compare it with the headers of its weights.

    Returns:
        The network, and what the files call each of its tensors.

    Raises:
        RenderError: naming the file, and the field or tensor that is not as the network wants it.
    """
    with config_faults(source.path, kind.part), torch.device("meta"):
        config = kind.read(source.config)
        _check_depth(config, source)
        module = kind.make(config).to(dtype)
        name_of = kind.naming(source.keys, module)
    return module, match(module, source, name_of)


@contextmanager
def config_faults(path: Path, part: str) -> Iterator[None]:
    """Turn what is wrong with a description into one line that names its file.

    Raises:
        RenderError: for a value that reading the description refuses, or of which torch makes no layer.
    """
    try:
        yield
    except (ValueError, TypeError, ArithmeticError, RuntimeError) as error:  # torch has many for sizes it cannot make
        why = _first_fault(error) if isinstance(error, ValidationError) else str(error).partition("\n")[0]
        raise RenderError(f"{path}: its {part} config is not supported: {why}; choose another file") from error


def _first_fault(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg']}" if field else first["msg"]


def _check_depth(config: BaseModel, source: WeightSource) -> None:
    """A description of more layers than the file has tensors is another's, and making them could take for ever."""
    num_layers, num_tensors = sum(_depths(config.model_dump())), len(source.keys)
    if num_layers > num_tensors:
        raise ValueError(f"it has {num_layers:,} layers, but the file {num_tensors:,} tensors")


def _depths(value: object) -> Iterator[int]:
    """All numbers of layers in a config, however deep."""
    if isinstance(value, dict):
        yield from (depth for name, depth in value.items() if name.startswith(("num_layers", "num_blocks")))
    if isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _depths(part)
