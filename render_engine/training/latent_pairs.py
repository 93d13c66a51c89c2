"""Encodes scenes drawn small and twice as large: what the latent upsampler reads, and what it should have given.

A folder holds, for each shard, `small-SEED.npy` (N, C, F, h, w) and `large-SEED.npy` (N, C, F, 2h, 2w), normalised
latents in float16; SEED is the first scene's. Shards may differ in size; a batch has clips of one size.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from render_engine.api.values import RenderError
from render_engine.checkpoints.vae_files import load_vae
from render_engine.frames import to_model_frames
from render_engine.models.vae import VideoVAE
from render_engine.training.clips import write_array
from render_engine.training.frame_pairs import SHOT_FRAMES, draw_shot
from render_engine.world import sample_scene
from render_engine.world.sampler import Split

FACTOR = 2
SIZES = ((128, 80), (256, 144), (80, 128), (128, 80))
"""Small sizes in pixels, a shard each by turns: multiples of 16, so that both sizes of a pair can be encoded."""

LatentPair = tuple[Tensor, Tensor]


@torch.no_grad()
def encode_pair(seed: int, split: Split, vae: VideoVAE, size: tuple[int, int], num_frames: int) -> LatentPair:
    """Normalised latents of one scene small and large, (C, F, h, w) and (C, F, 2h, 2w); `size` is (width, height)."""
    scene, dice = sample_scene(seed, split), np.random.default_rng(seed)
    first = int(dice.integers(SHOT_FRAMES - num_frames + 1))
    (width, height), device = size, next(vae.parameters()).device
    clips = (draw_shot(scene, (width * scale, height * scale), first, num_frames) for scale in (1, FACTOR))
    small, large = (vae.encode(to_model_frames(clip[None]).to(device))[0].half().cpu() for clip in clips)
    return small, large


def small_path(folder: Path, first_seed: int) -> Path:
    """Where the small latents of the shard whose first scene has this seed lie."""
    return folder / f"small-{first_seed:09d}.npy"


def write_latent_pairs(folder: Path, first_seed: int, pairs: Sequence[LatentPair]) -> Path:
    """Write one shard; the small latents last, so that a shard whose small latents are there is whole."""
    path = small_path(folder, first_seed)
    write_array(_large_beside(path), [large for _, large in pairs])
    write_array(path, [small for small, _ in pairs])
    return path


class LatentPairShards:
    """Reads a folder of latent pairs through memory maps."""

    def __init__(self, folder: Path) -> None:
        paths = sorted(folder.glob("small-*.npy"))
        if not paths:
            command = f"python -m render_engine.training encode-pairs --out {folder}"
            raise RenderError(f"{folder}: no latent pairs; make some with `{command}`")
        self._arrays = [(np.load(path, mmap_mode="r"), np.load(_large_beside(path), mmap_mode="r")) for path in paths]
        self._num_clips = np.array([len(small) for small, _ in self._arrays])

    def __len__(self) -> int:
        return int(self._num_clips.sum())

    @property
    def channels(self) -> int:
        """Latent channels."""
        return int(self._arrays[0][0].shape[1])

    def batch(self, generator: np.random.Generator, max_voxels: int) -> LatentPair:
        """Random clips of one shard, (B, C, F, h, w) and twice as large, of at most `max_voxels` small voxels."""
        shard = int(generator.choice(len(self._arrays), p=self._num_clips / self._num_clips.sum()))
        small, _ = self._arrays[shard]
        size = min(len(small), max(1, max_voxels // int(np.prod(small.shape[2:]))))
        return self._read(shard, sorted(int(row) for row in generator.choice(len(small), size, replace=False)))

    def first(self, count: int) -> list[LatentPair]:
        """The first `count` pairs, one a batch, spread over the shards; always the same."""
        places = [(shard, row) for row in range(int(self._num_clips.max())) for shard in range(len(self._arrays))]
        whole = [(shard, row) for shard, row in places if row < self._num_clips[shard]]
        return [self._read(shard, [row]) for shard, row in whole[:count]]

    def _read(self, shard: int, rows: list[int]) -> LatentPair:
        small, large = (torch.from_numpy(np.array(array[rows])).float() for array in self._arrays[shard])
        return small, large


def _large_beside(small: Path) -> Path:
    return small.with_name(small.name.replace("small-", "large-"))


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `encode-pairs`."""
    parser = subparsers.add_parser("encode-pairs", help="encode scenes at two sizes to disk", description=__doc__)
    parser.add_argument("--vae", type=Path, required=True, help="the autoencoder's release file")
    parser.add_argument("--count", type=int, required=True, help="scenes in all")
    parser.add_argument("--out", type=Path, required=True, help="folder of the shards")
    parser.add_argument("--split", choices=["train", "held_out"], default="train")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--frames", type=int, default=9, help="frames of a clip, 1 + k * temporal compression")
    parser.add_argument("--shard", type=int, default=8, help="scenes in a shard")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Encode what is not there yet."""
    torch.set_num_threads(options.threads)
    vae = load_vae(options.vae).to(options.device)
    end = options.first_seed + options.count
    for first in range(options.first_seed, end, options.shard):
        if small_path(options.out, first).exists():
            continue
        size = SIZES[first // options.shard % len(SIZES)]
        seeds = range(first, min(first + options.shard, end))
        pairs = [encode_pair(seed, options.split, vae, size, options.frames) for seed in seeds]
        sys.stdout.write(f"{write_latent_pairs(options.out, first, pairs)}\n")
        sys.stdout.flush()
