"""Drawn clips on disk: shards of uint8 frames with one JSON record a clip, written once and read in windows.

A folder holds, for each shard, `clips-SEED.npy` (N, F, H, W, 3), `clips-SEED.subject.npy` (N, F, H / 16, W / 16), the
share of each cell that the subject covers times 255, and `clips-SEED.jsonl`, the records; SEED is the first clip's.
Every shard of a folder has clips of one size.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from render_engine.api.scene import SceneSpec
from render_engine.api.values import RenderError, Value
from render_engine.checkpoints.safetensors_files import write_atomically
from render_engine.frames import to_model_frames

Bytes = NDArray[np.uint8]
SUBJECT_SUFFIX = ".subject.npy"


class ClipRecord(Value):
    """What one drawn clip shows: the seed it was sampled with, its scene, and its captions, the plain one first."""

    seed: int
    scene: SceneSpec
    captions: tuple[str, ...]
    fps: float


@dataclass(frozen=True)
class DrawnClip:
    """One drawn clip: frames (F, H, W, 3) uint8, the subject's coverage (F, H / 16, W / 16) uint8, its record."""

    frames: Tensor
    coverage: Tensor
    record: ClipRecord


@dataclass(frozen=True)
class Window:
    """A box of a clip: frames from `first`, rows from `top`, columns from `left`."""

    first: int
    num_frames: int
    top: int
    left: int
    size: int
    """Rows and columns, in pixels."""


def shard_path(folder: Path, first_seed: int) -> Path:
    """Where the shard whose first clip has this seed lies."""
    return folder / f"clips-{first_seed:09d}.npy"


def write_shard(folder: Path, clips: Sequence[DrawnClip]) -> Path:
    """Write one shard; the frames last, so that a shard whose frames are there is whole."""
    path = shard_path(folder, clips[0].record.seed)
    lines = "".join(clip.record.model_dump_json() + "\n" for clip in clips)
    write_atomically(path.with_suffix(".jsonl"), lines.encode())
    write_array(path.with_suffix(SUBJECT_SUFFIX), [clip.coverage for clip in clips])
    write_array(path, [clip.frames for clip in clips])
    return path


class ClipShards:
    """Reads a folder of shards through memory maps: nothing is loaded until it is asked for."""

    def __init__(self, folder: Path) -> None:
        paths = [path for path in sorted(folder.glob("clips-*.npy")) if not path.name.endswith(SUBJECT_SUFFIX)]
        if not paths:
            raise RenderError(
                f"{folder}: no clips; draw some with `python -m render_engine.training draw --out {folder}`"
            )
        self.folder = folder
        self._arrays: list[Bytes] = [np.load(path, mmap_mode="r") for path in paths]
        sizes = {array.shape[1:] for array in self._arrays}
        if len(sizes) > 1:
            raise RenderError(
                f"{folder}: its shards differ in size {sorted(sizes)}; draw each size into its own folder"
            )
        self._coverage: list[Bytes] = [np.load(path.with_suffix(SUBJECT_SUFFIX), mmap_mode="r") for path in paths]
        self.records = [record for path in paths for record in _read_records(path.with_suffix(".jsonl"))]
        self._places = [(shard, row) for shard, array in enumerate(self._arrays) for row in range(len(array))]
        if len(self.records) != len(self._places):
            raise RenderError(f"{folder}: {len(self._places)} clips but {len(self.records)} records; draw it again")
        self.num_frames, self.height, self.width = (int(size) for size in self._arrays[0].shape[1:4])

    def __len__(self) -> int:
        return len(self._places)

    def clip(self, index: int) -> Tensor:
        """A whole clip as uint8 (F, H, W, 3)."""
        shard, row = self._places[index]
        return torch.from_numpy(np.array(self._arrays[shard][row]))

    def chosen(self, index: int, frames: Sequence[int]) -> Tensor:
        """Some frames of a clip as uint8 (F, H, W, 3); reads only what it returns."""
        shard, row = self._places[index]
        return torch.from_numpy(np.stack([self._arrays[shard][row, frame] for frame in frames]))

    def frames(self, index: int) -> Tensor:
        """A whole clip as the models take it: (1, 3, F, H, W) in [-1, 1]."""
        return to_model_frames(self.clip(index)[None])

    def coverage(self, index: int) -> Tensor:
        """The share of each cell of 16 x 16 pixels that the subject covers, times 255: uint8 (F, H / 16, W / 16)."""
        shard, row = self._places[index]
        return torch.from_numpy(np.array(self._coverage[shard][row]))

    def crop(self, index: int, window: Window) -> Tensor:
        """A window of a clip as uint8 (F, size, size, 3); reads only what it returns."""
        shard, row = self._places[index]
        last, bottom, right = window.first + window.num_frames, window.top + window.size, window.left + window.size
        return torch.from_numpy(
            np.array(self._arrays[shard][row, window.first : last, window.top : bottom, window.left : right])
        )

    def random_crops(self, generator: np.random.Generator, batch: int, num_frames: int, size: int) -> Tensor:
        """A batch of windows at random places: (B, 3, F, size, size) in [-1, 1]."""
        crops = []
        for index in generator.integers(len(self), size=batch):
            first = generator.integers(self.num_frames - num_frames + 1)
            top = generator.integers(self.height - size + 1)
            left = generator.integers(self.width - size + 1)
            crops.append(self.crop(int(index), Window(int(first), num_frames, int(top), int(left), size)))
        return to_model_frames(torch.stack(crops))

    def spread(self, count: int) -> Iterator[Tensor]:
        """`count` whole clips as `frames`, evenly spread over the folder, always the same."""
        for number in range(min(count, len(self))):
            yield self.frames(number * len(self) // min(count, len(self)))


def write_array(path: Path, rows: Sequence[Tensor]) -> None:
    """Write tensors of one shape as one array of rows, atomically."""
    buffer = io.BytesIO()
    np.save(buffer, torch.stack(list(rows)).numpy())
    write_atomically(path, buffer.getvalue())


def _read_records(path: Path) -> list[ClipRecord]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise RenderError(f"{path}: the records of a shard are missing; draw it again") from error
    return [ClipRecord.model_validate_json(line) for line in lines]
