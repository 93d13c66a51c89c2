"""How fast the world draws on this machine: `python -m render_engine.world.benchmark` prints it."""

import sys
import time

import torch

from render_engine.world.draw import draw
from render_engine.world.sampler import sample_scene

SIZES = ((256, 144), (512, 288))


def seconds_per_clip(width: int, height: int, num_clips: int = 12) -> float:
    """Processor seconds that one core spends on a clip of 25 frames, averaged over sampled scenes."""
    scenes = [sample_scene(seed, "train") for seed in range(num_clips)]
    draw(scenes[0], width, height, 25, 12.0)
    start = time.process_time()
    for scene in scenes:
        draw(scene, width, height, 25, 12.0)
    return (time.process_time() - start) / num_clips


def main() -> None:
    """Print clips and frames a second on one core."""
    torch.set_num_threads(1)
    for width, height in SIZES:
        spent = seconds_per_clip(width, height)
        sys.stdout.write(f"{width}x{height}: {1 / spent:.1f} clips/s, {25 / spent:.0f} frames/s on one core\n")


if __name__ == "__main__":
    main()
