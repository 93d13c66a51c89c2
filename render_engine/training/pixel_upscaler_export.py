"""Turns a run into the released pixel upscaler, and measures it on whole held-out frames against the untrained way.

Shape letters: F frames, H and W rows and columns; frames are uint8 (F, H, W, 3).
"""

import argparse
import math
from itertools import product
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from render_engine.checkpoints.module_files import config_faults
from render_engine.checkpoints.pixel_upscaler_files import load_pixel_upscaler, read_config, save_pixel_upscaler
from render_engine.checkpoints.safetensors_files import file_sha256, load_into
from render_engine.checkpoints.vae_files import load_vae
from render_engine.media.upscale import Enlarger, Upscaler
from render_engine.models.pixel_upscaler import PixelUpscaler
from render_engine.models.vae import VideoVAE
from render_engine.pipelines.enlarge import FrameEnlarger
from render_engine.releases import PIXEL_UPSCALER_FILE
from render_engine.renderer import compute_dtype
from render_engine.training.frame_pairs import as_rendered, as_take, draw_shot
from render_engine.training.pixel_upscaler import STATE_FILE
from render_engine.training.run_log import RunLog
from render_engine.training.train_state import average_of
from render_engine.world import sample_scene

Frames = NDArray[np.uint8]

SMALL_SIZE = (256, 144)
TARGETS = {"x4": (1024, 576), "x5": (1280, 720), "x7_5": (1920, 1080)}
ENCODED_FRAMES, MEASURED_FRAMES = 13, 4
HALO_REACH = 5
"""Pixels around, within which the truth's darkest and brightest bound what a faithful picture shows."""


class FrameScores(NamedTuple):
    """How near enlarged frames are to those drawn large; all but the first are better when smaller."""

    psnr: float
    """In dB."""
    edge_error: float
    """Mean absolute error of differences to the next pixel, in steps of 255."""
    halo: float
    """Mean excess over what the truth shows around, in steps of 255."""
    flicker: float
    """Mean absolute error of second differences between frames, in steps of 255."""


def score_frames(frames: Frames, truth: Frames) -> FrameScores:
    """Compare at least three enlarged frames with the truth."""
    error = frames.astype(np.float32) - truth
    edge_error = sum(float(np.abs(np.diff(error, axis=axis)).mean()) for axis in (1, 2)) / 2
    around = np.ones((HALO_REACH, HALO_REACH), np.uint8)
    halo = np.mean([_excess(frame, shown, around) for frame, shown in zip(frames, truth, strict=True)])
    mean_square = max(float(np.square(error).mean()), 1e-9)
    flicker = float(np.abs(np.diff(error, n=2, axis=0)).mean())
    return FrameScores(10 * math.log10(255**2 / mean_square), edge_error, float(halo), flicker)


def _excess(frame: Frames, shown: Frames, around: Frames) -> float:
    low, high = cv2.erode(shown, around), cv2.dilate(shown, around)
    return float((cv2.subtract(frame, high) + cv2.subtract(low, frame)).mean())


def measure_enlarger(enlarger: Enlarger, vae: VideoVAE, num_scenes: int) -> dict[str, float]:
    """Mean scores on held-out scenes at each target, and those of the untrained way under `untrained_`.

    The small frames went through the autoencoder and a take's file; under `drawn_`, through the file alone.
    """
    found: dict[str, list[float]] = {}
    for seed in range(num_scenes):
        scene, first = sample_scene(seed, "held_out"), seed % 8
        drawn = draw_shot(scene, SMALL_SIZE, first, ENCODED_FRAMES)
        sources = {"": as_take(as_rendered(drawn, vae, 0.0, seed)), "drawn_": as_take(drawn)}
        for name, size in TARGETS.items():
            truth = draw_shot(scene, size, first + ENCODED_FRAMES - MEASURED_FRAMES, MEASURED_FRAMES).numpy()
            for (source, small), (way, one) in product(sources.items(), {"": enlarger, "untrained_": None}.items()):
                frames = _scaled(small[-MEASURED_FRAMES:].numpy(), Upscaler(*size, one))
                for field, value in score_frames(frames, truth)._asdict().items():
                    found.setdefault(f"{way}{source}{field}_{name}", []).append(value)
    return {key: float(np.mean(values)) for key, values in found.items()}


def _scaled(frames: Frames, upscaler: Upscaler) -> Frames:
    return np.stack([upscaler.scale(frame) for frame in frames])


def export_pixel_upscaler(run: Path, vae: Path, path: Path, num_scenes: int) -> None:
    """Write the release file and log what it scores when read back.

    Raises:
        RenderError: the run or the autoencoder is missing or damaged.
    """
    notes, average = average_of(run / STATE_FILE)
    with config_faults(run / STATE_FILE, "pixel upscaler"):
        upscaler = PixelUpscaler(read_config(notes))
    load_into(upscaler, average, run / STATE_FILE)
    training = {"step": notes["step"], "minutes": round(notes["seconds_trained"] / 60, 1)}
    save_pixel_upscaler(path, upscaler, torch.float16, {"training": training})
    sha256 = file_sha256(path)
    released = load_pixel_upscaler(path, dtype=compute_dtype(torch.device("cpu")))
    scores = measure_enlarger(FrameEnlarger(released, sha256), load_vae(vae), num_scenes)
    size = path.stat().st_size
    RunLog(run).write(event="export", step=notes["step"], scenes=num_scenes, **scores, bytes=size, sha256=sha256)


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `export-pixel-upscaler`."""
    parser = subparsers.add_parser(
        "export-pixel-upscaler", help="write the released pixel upscaler of a run", description=__doc__
    )
    parser.add_argument("--run", type=Path, required=True, dest="run_folder", help="the run's folder")
    parser.add_argument("--vae", type=Path, required=True, help="the autoencoder that rendered frames go through")
    parser.add_argument("--out", type=Path, required=True, help=f"folder that gets {PIXEL_UPSCALER_FILE}")
    parser.add_argument("--scenes", type=int, default=24, help="held-out scenes to measure on")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: torch's choice)")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Export as the options say."""
    if options.threads:
        torch.set_num_threads(options.threads)
    export_pixel_upscaler(options.run_folder, options.vae, options.out / PIXEL_UPSCALER_FILE, options.scenes)
