"""Draws windows of frames small and large: what the pixel upscaler reads, and what it should have given.

The world draws the same scene at every size, so that a window drawn `FACTOR` times as large is the exact truth. The
small frames go the way of a render's: through the autoencoder, off by what a render leaves, and through a take's file;
half of the scenes through the file alone.
A folder holds, for each shard, `pairs-SEED.npy` (N, F, h, w, 3) uint8, `pairs-SEED.large.npy` (N, F, FACTOR h,
FACTOR w, 3) and `pairs-SEED.jsonl`, the records; SEED is the first scene's.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from render_engine.api.scene import SceneSpec
from render_engine.api.values import RenderError, Value
from render_engine.checkpoints.safetensors_files import write_atomically
from render_engine.checkpoints.vae_files import load_vae
from render_engine.frames import to_model_frames, to_pixels
from render_engine.media.read import read_frames
from render_engine.media.write import write_clip
from render_engine.models.vae import VideoVAE
from render_engine.training.clips import Bytes, write_array
from render_engine.training.vae import remains
from render_engine.world import sample_scene
from render_engine.world.draw import build_stage, paint
from render_engine.world.sampler import Split

FACTOR = 4
SIZES = ((256, 144), (256, 144), (144, 256), (192, 192))
"""Small sizes, by turns; the first counts twice."""
SHOT_FRAMES, FPS = 25, 12.0
LEAD_FRAMES = 5
"""Frames encoded before the ones that are kept, so that these are as far into a clip as most are."""
DRAWN_EVERY = 2
"""Every this many scenes one skips the autoencoder: with it gone, what enlarging has to learn is seen better."""
RENDER_NOISE = 0.1
"""The largest noise level of which an encoded clip may keep what a render leaves; half of them keep none."""
LARGE_SUFFIX = ".large.npy"
CANDIDATES = 3
"""Places that are looked at for one window; the one with the most detail is taken, for the sky teaches little."""


class PairRecord(Value):
    """Where a window was cut: the scene, the seed it was sampled with, and its corner in small pixels."""

    seed: int
    scene: SceneSpec
    top: int
    left: int


@dataclass(frozen=True)
class FramePair:
    """The same frames small (F, h, w, 3) and large (F, FACTOR h, FACTOR w, 3), uint8."""

    small: Tensor
    large: Tensor
    record: PairRecord


@dataclass(frozen=True)
class PairPlan:
    """What is drawn of each scene: frames of a window, its small side in pixels, and windows."""

    num_frames: int = 2
    side: int = 64
    windows: int = 6


@torch.no_grad()
def draw_shot(scene: SceneSpec, size: tuple[int, int], first: int, num_frames: int) -> Tensor:
    """Frames `first` and on of a scene's shot of `SHOT_FRAMES`, (F, H, W, 3) uint8; the shot goes on as drawn whole."""
    seconds = torch.arange(first, first + num_frames, dtype=torch.float32) / FPS
    stage, _ = build_stage(scene, size, seconds, (SHOT_FRAMES - 1) / FPS)
    return paint(stage)


@torch.no_grad()
def as_rendered(frames_FHW3: Tensor, vae: VideoVAE, sigma: float, seed: int) -> Tensor:
    """Frames as a render gives them: through the autoencoder, off by what a render from `sigma` leaves.

    1 + k * temporal compression frames (F, H, W, 3) uint8 give as many.
    """
    raw = vae.encode_raw(to_model_frames(frames_FHW3[None]))
    if vae.linear_codec is not None:
        noise = torch.randn(raw.shape, generator=torch.Generator().manual_seed(seed))
        raw = raw + remains(vae.linear_codec, torch.tensor([sigma])) * noise
    return torch.from_numpy(np.stack(to_pixels(vae.decode_raw(raw)[0])))


def as_take(frames_FHW3: Tensor) -> Tensor:
    """Frames (F, H, W, 3) uint8 as they are read back from a take's file, which keeps a quarter of the colour."""
    with tempfile.TemporaryDirectory(prefix="aiprod-pairs-") as folder:
        take = write_clip(Path(folder) / "take.mp4", list(frames_FHW3.numpy()), FPS)
        return torch.from_numpy(np.stack(list(read_frames(take.path))))


def draw_pairs(seed: int, split: Split, vae: VideoVAE, plan: PairPlan) -> list[FramePair]:
    """The windows of one scene."""
    scene, dice = sample_scene(seed, split), np.random.default_rng(seed)
    width, height = SIZES[seed % len(SIZES)]
    encoded = _encoded_frames(LEAD_FRAMES + plan.num_frames, vae.temporal_compression)
    first = int(dice.integers(SHOT_FRAMES - encoded + 1))
    small = draw_shot(scene, (width, height), first, encoded)
    if (seed // len(SIZES)) % DRAWN_EVERY:
        sigma = RENDER_NOISE * float(dice.random()) * int(dice.integers(2))
        small = as_rendered(small, vae, sigma, seed)
    small = as_take(small)[-plan.num_frames :]
    at = first + encoded - plan.num_frames
    large = draw_shot(scene, (FACTOR * width, FACTOR * height), at, plan.num_frames)
    pairs = []
    for _ in range(plan.windows):
        top, left = _find_window(large, dice, plan.side)
        record = PairRecord(seed=seed, scene=scene, top=top, left=left)
        pairs.append(
            FramePair(_cut(small, top, left, plan.side), _cut(large, *_times(top, left), FACTOR * plan.side), record)
        )
    return pairs


def _times(top: int, left: int) -> tuple[int, int]:
    return FACTOR * top, FACTOR * left


def _encoded_frames(least: int, temporal_compression: int) -> int:
    """The least number of frames, `least` or more, that an autoencoder takes."""
    return 1 + -(-(least - 1) // temporal_compression) * temporal_compression


def _find_window(large: Tensor, dice: np.random.Generator, side: int) -> tuple[int, int]:
    """Of some places for a window the one with the most edges, as (top, left) in small pixels."""
    height, width = large.shape[1] // FACTOR, large.shape[2] // FACTOR
    corners = [(int(dice.integers(height - side + 1)), int(dice.integers(width - side + 1))) for _ in range(CANDIDATES)]
    return max(corners, key=lambda corner: _detail(_cut(large[-1:], *_times(*corner), FACTOR * side)))


def _detail(frames: Tensor) -> float:
    values = frames.float()
    return float(values.diff(dim=1).abs().mean() + values.diff(dim=2).abs().mean())


def _cut(frames: Tensor, top: int, left: int, side: int) -> Tensor:
    return frames[:, top : top + side, left : left + side].contiguous()


def pair_path(folder: Path, first_seed: int) -> Path:
    """Where the shard whose first scene has this seed lies."""
    return folder / f"pairs-{first_seed:09d}.npy"


def write_pairs(folder: Path, pairs: Sequence[FramePair]) -> Path:
    """Write one shard; the small frames last, so that a shard whose small frames are there is whole."""
    path = pair_path(folder, pairs[0].record.seed)
    lines = "".join(pair.record.model_dump_json() + "\n" for pair in pairs)
    write_atomically(path.with_suffix(".jsonl"), lines.encode())
    write_array(path.with_suffix(LARGE_SUFFIX), [pair.large for pair in pairs])
    write_array(path, [pair.small for pair in pairs])
    return path


class PairShards:
    """Reads a folder of pairs through memory maps."""

    def __init__(self, folder: Path) -> None:
        paths = [path for path in sorted(folder.glob("pairs-*.npy")) if not path.name.endswith(LARGE_SUFFIX)]
        if not paths:
            raise RenderError(
                f"{folder}: no pairs; draw some with `python -m render_engine.training draw-pairs --out {folder}`"
            )
        self._small: list[Bytes] = [np.load(path, mmap_mode="r") for path in paths]
        self._large: list[Bytes] = [np.load(path.with_suffix(LARGE_SUFFIX), mmap_mode="r") for path in paths]
        if len({array.shape[1:] for array in self._small}) > 1:
            raise RenderError(f"{folder}: its shards differ in size; draw each size into its own folder")
        self._places = [(shard, row) for shard, array in enumerate(self._small) for row in range(len(array))]

    def __len__(self) -> int:
        return len(self._places)

    @property
    def side(self) -> int:
        """Rows and columns of a small window."""
        return int(self._small[0].shape[2])

    def pair(self, index: int) -> tuple[Tensor, Tensor]:
        """One window small and large, (3, F, h, w) and (3, F, FACTOR h, FACTOR w) in [-1, 1]."""
        shard, row = self._places[index]
        small, large = (torch.from_numpy(np.array(arrays[shard][row])) for arrays in (self._small, self._large))
        return to_model_frames(small[None])[0], to_model_frames(large[None])[0]

    def batch(self, generator: np.random.Generator, size: int, crop: int) -> tuple[Tensor, Tensor]:
        """Random parts of `crop` small pixels a side, turned and mirrored by chance: (B, 3, F, crop, crop) and large.

        Raises:
            RenderError: the windows are smaller than the crop.
        """
        if crop > self.side:
            raise RenderError(f"windows of {self.side} pixels cannot be cropped to {crop}; draw larger ones")
        pairs = [self.pair(int(index)) for index in generator.integers(len(self), size=size)]
        chosen = [_turned(_cropped(pair, generator, crop), generator) for pair in pairs]
        return torch.stack([small for small, _ in chosen]), torch.stack([large for _, large in chosen])

    def spread(self, count: int) -> list[tuple[Tensor, Tensor]]:
        """`count` pairs evenly spread over the folder, always the same."""
        count = min(count, len(self))
        return [self.pair(number * len(self) // count) for number in range(count)]


def _cropped(pair: tuple[Tensor, Tensor], generator: np.random.Generator, crop: int) -> tuple[Tensor, Tensor]:
    """The same part of both."""
    small, large = pair
    top, left = (int(generator.integers(small.shape[-1] - crop + 1)) for _ in range(2))
    rows, columns = (slice(FACTOR * at, FACTOR * (at + crop)) for at in (top, left))
    return small[..., top : top + crop, left : left + crop], large[..., rows, columns]


def _turned(pair: tuple[Tensor, Tensor], generator: np.random.Generator) -> tuple[Tensor, Tensor]:
    """One of the eight ways to lay down a square, the same for both."""
    turns, mirrored = int(generator.integers(4)), bool(generator.integers(2))
    small, large = (torch.rot90(frames, turns, (-2, -1)) for frames in pair)
    return (small.flip(-1), large.flip(-1)) if mirrored else (small, large)


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `draw-pairs`."""
    parser = subparsers.add_parser("draw-pairs", help="draw windows small and large to disk", description=__doc__)
    parser.add_argument("--vae", type=Path, required=True, help="the autoencoder's release file")
    parser.add_argument("--count", type=int, required=True, help="scenes in all")
    parser.add_argument("--out", type=Path, required=True, help="folder of the shards")
    parser.add_argument("--split", choices=["train", "held_out"], default="train")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--windows", type=int, default=PairPlan.windows, help="windows of a scene")
    parser.add_argument("--shard", type=int, default=8, help="scenes in a shard")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Draw what is not there yet."""
    torch.set_num_threads(options.threads)
    vae, plan = load_vae(options.vae), PairPlan(windows=options.windows)
    end = options.first_seed + options.count
    for first in range(options.first_seed, end, options.shard):
        if pair_path(options.out, first).exists():
            continue
        seeds = range(first, min(first + options.shard, end))
        pairs = [pair for seed in seeds for pair in draw_pairs(seed, options.split, vae, plan)]
        sys.stdout.write(f"{write_pairs(options.out, pairs)}\n")
        sys.stdout.flush()
