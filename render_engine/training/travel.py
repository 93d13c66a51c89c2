"""Packs a run's state into small files, for a machine from which only small files come back, and unpacks it there.

The weights travel in float32, their average in float16; the optimizer's state does not, and is gathered anew.
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from render_engine.api.values import RenderError
from render_engine.checkpoints.safetensors_files import Config, load_checkpoint, save_checkpoint
from render_engine.training.train_state import AVERAGE, MODEL, WITHOUT_OPTIMIZER

PART_BYTES = 15 * 2**20
DTYPES = {MODEL: torch.float32, AVERAGE: torch.float16}


def pack(state: Path, out: Path, part_bytes: int = PART_BYTES) -> list[Path]:
    """Write a state file's weights and average as files of at most `part_bytes`, each tensor whole in one of them.

    Raises:
        RenderError: the state cannot be read, or the files not be written.
    """
    config, tensors = load_checkpoint(state)
    written = []
    for prefix, dtype in DTYPES.items():
        chosen = {key: value.to(dtype) for key, value in tensors.items() if key.startswith(prefix)}
        for number, part in enumerate(_parts(chosen, part_bytes)):
            path = out / f"{state.stem}-{prefix}{number}.safetensors"
            save_checkpoint(path, part, config, dtype)
            written.append(path)
    return written


def unpack(folder: Path, state: Path) -> None:
    """Join the files that `pack` wrote for `state` into that file.

    Raises:
        RenderError: there are none, one is damaged, or they are of different moments.
    """
    paths = sorted(folder.glob(f"{state.stem}-*.safetensors"))
    if not paths:
        raise RenderError(f"{folder}: no packed {state.stem}; pack a run into it first")
    configs, tensors = _read(paths)
    if any(config != configs[0] for config in configs):
        raise RenderError(f"{folder}: the parts of {state.stem} are of different moments; pack the run again")
    save_checkpoint(state, tensors, {**configs[0], WITHOUT_OPTIMIZER: True}, torch.float32)


def _read(paths: list[Path]) -> tuple[list[Config], dict[str, Tensor]]:
    loaded = [load_checkpoint(path) for path in paths]
    joined = {key: value for _, tensors in loaded for key, value in tensors.items()}
    return [config for config, _ in loaded], joined


def _parts(tensors: Mapping[str, Tensor], part_bytes: int) -> Iterator[dict[str, Tensor]]:
    part: dict[str, Tensor] = {}
    size = 0
    for key, value in tensors.items():
        if part and size + value.nbytes > part_bytes:
            yield part
            part, size = {}, 0
        part[key] = value
        size += value.nbytes
    yield part


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands `pack` and `unpack`."""
    packer = subparsers.add_parser("pack", help="write a run's state as small files", description=__doc__)
    packer.add_argument("--state", type=Path, required=True, help="the run's ..._training.safetensors")
    packer.add_argument("--out", type=Path, required=True, help="the folder of the small files")
    packer.set_defaults(run=lambda options: pack(options.state, options.out))
    unpacker = subparsers.add_parser("unpack", help="join the small files of a run's state", description=__doc__)
    unpacker.add_argument("--parts", type=Path, required=True, help="the folder of the small files")
    unpacker.add_argument("--state", type=Path, required=True, help="the ..._training.safetensors to write")
    unpacker.set_defaults(run=lambda options: unpack(options.parts, options.state))
