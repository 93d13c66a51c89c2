"""Draws clips of the world to disk, shard by shard; a folder that has some of them gets the rest."""

import argparse
import sys
from pathlib import Path
from typing import get_args

import torch
from torch.nn import functional as F

from render_engine.training.clips import ClipRecord, DrawnClip, shard_path, write_shard
from render_engine.world import captions, draw_with_mask, sample_scene
from render_engine.world.sampler import Split

MASK_CELL = 16
"""Pixels of a side of one cell of the subject's coverage."""


def draw_clip(seed: int, split: Split, size: tuple[int, int], num_frames: int, fps: float) -> DrawnClip:
    """Draw one clip of `size` (width, height) with its record and where its subject is."""
    scene = sample_scene(seed, split)
    frames, mask_FHW = draw_with_mask(scene, *size, num_frames, fps)
    coverage = F.avg_pool2d(mask_FHW[:, None].float(), MASK_CELL)[:, 0].mul(255).round().byte()
    return DrawnClip(frames, coverage, ClipRecord(seed=seed, scene=scene, captions=captions(scene), fps=fps))


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `draw`."""
    parser = subparsers.add_parser("draw", help="draw clips of the world to disk", description=__doc__)
    parser.add_argument("--count", type=int, required=True, help="clips in all")
    parser.add_argument("--out", type=Path, required=True, help="folder of the shards")
    parser.add_argument("--split", choices=get_args(Split), default="train")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--height", type=int, default=144)
    parser.add_argument("--frames", type=int, default=25)
    parser.add_argument("--fps", type=float, default=12)
    parser.add_argument("--shard", type=int, default=32, help="clips in a shard")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Draw what is not there yet."""
    torch.set_num_threads(options.threads)
    end = options.first_seed + options.count
    for first in range(options.first_seed, end, options.shard):
        if shard_path(options.out, first).exists():
            continue
        seeds = range(first, min(first + options.shard, end))
        size = (options.width, options.height)
        drawn = [draw_clip(seed, options.split, size, options.frames, options.fps) for seed in seeds]
        sys.stdout.write(f"{write_shard(options.out, drawn)}\n")
        sys.stdout.flush()
