"""How fast the world draws clips and animatics on this machine: `python -m render_engine.world.benchmark` says it."""

import sys
import time

import torch

from render_engine.world.draw import draw, draw_board
from render_engine.world.sampler import sample_scene

SIZES = ((256, 144), (512, 288))
BOARD_SIZE = (384, 216)
BOARD_FRAMES = 24


def seconds_per_clip(width: int, height: int, num_clips: int = 12) -> float:
    """Processor seconds that one core spends on a clip of 25 frames, averaged over sampled scenes."""
    scenes = [sample_scene(seed, "train") for seed in range(num_clips)]
    draw(scenes[0], width, height, 25, 12.0)
    start = time.process_time()
    for scene in scenes:
        draw(scene, width, height, 25, 12.0)
    return (time.process_time() - start) / num_clips


def seconds_per_board_frame(num_boards: int = 12, num_rounds: int = 3) -> float:
    """Processor seconds that one core spends on a frame of an animatic, the best of some rounds over sampled scenes."""
    scenes = [sample_scene(seed, "train") for seed in range(num_boards)]
    draw_board(scenes[0], *BOARD_SIZE, BOARD_FRAMES, 24.0)
    spent = []
    for _ in range(num_rounds):
        start = time.process_time()
        for scene in scenes:
            draw_board(scene, *BOARD_SIZE, BOARD_FRAMES, 24.0)
        spent.append(time.process_time() - start)
    return min(spent) / (num_boards * BOARD_FRAMES)


def main() -> None:
    """Print clips and frames a second on one core, and an animatic's frames a second."""
    torch.set_num_threads(1)
    for width, height in SIZES:
        spent = seconds_per_clip(width, height)
        sys.stdout.write(f"{width}x{height}: {1 / spent:.1f} clips/s, {25 / spent:.0f} frames/s on one core\n")
    width, height = BOARD_SIZE
    spent = seconds_per_board_frame()
    sys.stdout.write(f"animatic {width}x{height}: {1 / spent:.0f} frames/s on one core\n")


if __name__ == "__main__":
    main()
