"""Turns a run of the reader into its file: moving average, temperatures, float16, and its scores as read back."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from render_engine.api.values import RenderError
from render_engine.checkpoints.module_files import config_faults
from render_engine.checkpoints.reader_files import load_reader, read_config, save_reader
from render_engine.checkpoints.safetensors_files import file_sha256, load_into, write_atomically
from render_engine.evaluation.reader_networks import ReaderNetwork
from render_engine.training.attribute_clips import AttributeClip, AttributeClips, held_out_folders, labels_of
from render_engine.training.calibration import expected_calibration_error, fit_temperature
from render_engine.training.reader import STATE_FILE, read_clips
from render_engine.training.train_state import average_of

RELEASE_FILE, SCORES_FILE = "reader.safetensors", "reader_scores.json"


def export_reader(run: Path, data: Path, out: Path, num_clips: int) -> dict[str, Any]:
    """Write the release file and its scores; temperatures are fitted on every other held-out clip, not scored.

    Args:
        run: the trainer's folder.
        data: held-out folders beside those whose names begin with `train`.
        out: gets both files.
        num_clips: of every held-out folder, at most.

    Raises:
        RenderError: when the run or the clips are missing or damaged.
    """
    state = run / STATE_FILE
    notes, average = average_of(state)
    with config_faults(state, "attribute reader"):
        network = ReaderNetwork(read_config(notes)).eval()
    load_into(network, average, state)
    folders = clips_by_folder(data, num_clips, network.config.num_frames)
    set_temperatures(network, [clip for clips in folders.values() for clip in clips[::2]])
    path = out / RELEASE_FILE
    training = {"step": notes["step"], "samples": notes["samples"], "minutes": round(notes["seconds_trained"] / 60, 1)}
    save_reader(path, network, {"training": training})
    released = load_reader(path)
    scores = {name: attribute_scores(read_clips(released, clips[1::2]), clips[1::2]) for name, clips in folders.items()}
    report = {"training": training, "bytes": path.stat().st_size, "sha256": file_sha256(path), "scores": scores}
    write_atomically(out / SCORES_FILE, (json.dumps(report, indent=2) + "\n").encode())
    return report


def clips_by_folder(data: Path, num_clips: int, num_frames: int) -> dict[str, list[AttributeClip]]:
    """The held-out clips of every folder.

    Raises:
        RenderError: there is none.
    """
    folders = held_out_folders(data)
    if not folders:
        raise RenderError(f"{data}: no folder of held-out clips; draw some with --split held_out --out {data}/held_out")
    return {name: list(AttributeClips([path]).spread(num_clips, num_frames)) for name, path in folders.items()}


def set_temperatures(network: ReaderNetwork, clips: Sequence[AttributeClip]) -> None:
    """Set every attribute's temperature to what makes these clips likeliest."""
    logits = read_clips(network, clips)
    labels = labels_of([clip.scene for clip in clips], list(logits))
    temperatures = torch.tensor([fit_temperature(logits[name], labels[name]) for name in logits])
    network.get_buffer("temperatures").copy_(temperatures)


def attribute_scores(logits: dict[str, Tensor], clips: Sequence[AttributeClip]) -> dict[str, dict[str, float]]:
    """Accuracy and calibration error of every attribute, and how many clips they were measured on."""
    labels = labels_of([clip.scene for clip in clips], list(logits))
    scores: dict[str, dict[str, float]] = {"accuracy": {}, "calibration_error": {}, "clips": {"all": len(clips)}}
    for name, values in logits.items():
        beliefs, best = values.softmax(-1).max(-1)
        correct = best == labels[name]
        scores["accuracy"][name] = round(float(correct.float().mean()), 4)
        scores["calibration_error"][name] = round(expected_calibration_error(beliefs, correct), 4)
    return scores


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `export-reader`."""
    parser = subparsers.add_parser("export-reader", help="write the attribute reader of a run", description=__doc__)
    add_export_options(parser, RELEASE_FILE, SCORES_FILE)
    parser.set_defaults(run=run_command)


def add_export_options(parser: argparse.ArgumentParser, release_file: str, scores_file: str) -> None:
    """The options that the exports of the critic and of the reader take."""
    parser.add_argument("--run", type=Path, required=True, dest="run_folder", help="the run's folder")
    parser.add_argument("--data", type=Path, required=True, help="folder of folders of clips, scored but for train*")
    parser.add_argument("--out", type=Path, required=True, help=f"folder that gets {release_file} and {scores_file}")
    parser.add_argument("--clips", type=int, default=512, help="of each folder, half to calibrate and half to score")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: torch's choice)")


def run_command(options: argparse.Namespace) -> None:
    """Export as the options say."""
    if options.threads:
        torch.set_num_threads(options.threads)
    export_reader(options.run_folder, options.data, options.out, options.clips)
