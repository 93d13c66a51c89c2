"""Turns a run of the critic into its file: moving average, calibration, float16, and its scores as read back."""

import argparse
import json
from pathlib import Path
from typing import Any

import torch

from render_engine.checkpoints.critic_files import load_critic, read_config, save_critic
from render_engine.checkpoints.module_files import config_faults
from render_engine.checkpoints.safetensors_files import file_sha256, load_into, write_atomically
from render_engine.critic.video_text import VideoTextModel
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.training.attribute_clips import AttributeClip
from render_engine.training.caption_pairs import CaptionSource
from render_engine.training.critic import STATE_FILE, look_at
from render_engine.training.critic_scores import calibrate, judged_pairs, match_scores, reading_accuracy, retrieval
from render_engine.training.export_reader import add_export_options, attribute_scores, clips_by_folder
from render_engine.training.train_state import average_of

RELEASE_FILE, SCORES_FILE = "critic.safetensors", "critic_scores.json"
_CALIBRATION_SEED, _SCORING_SEED = 101, 103


def export_critic(run: Path, data: Path, out: Path, num_clips: int, encoder: MiniLMEncoder) -> dict[str, Any]:
    """Write the release file and its scores; calibrated on every other held-out clip, which are not scored.

    Args:
        run: the trainer's folder.
        data: held-out folders beside those whose names begin with `train`.
        out: gets both files.
        num_clips: of every held-out folder, at most.
        encoder: of sentences.

    Raises:
        RenderError: when the run or the clips are missing or damaged.
    """
    state = run / STATE_FILE
    notes, average = average_of(state)
    with config_faults(state, "video-text model"):
        model = VideoTextModel(read_config(notes)).eval()
    load_into(model, average, state)
    folders = clips_by_folder(data, num_clips, model.config.video.num_frames)
    source = CaptionSource(encoder)
    calibrate(model, source, [clip for clips in folders.values() for clip in clips[::2]], _CALIBRATION_SEED)
    path = out / RELEASE_FILE
    training = {"step": notes["step"], "samples": notes["samples"], "minutes": round(notes["seconds_trained"] / 60, 1)}
    save_critic(path, model, {"training": training})
    released = load_critic(path)
    scores = {name: critic_scores(released, source, clips[1::2]) for name, clips in folders.items()}
    report = {"training": training, "bytes": path.stat().st_size, "sha256": file_sha256(path), "scores": scores}
    write_atomically(out / SCORES_FILE, (json.dumps(report, indent=2) + "\n").encode())
    return report


def critic_scores(model: VideoTextModel, source: CaptionSource, clips: list[AttributeClip]) -> dict[str, Any]:
    """All that is measured on one folder's clips; every clip is matched with two right captions and two wrong ones."""
    pairs = judged_pairs(model, source, clips, _SCORING_SEED, rounds=2)
    once = judged_pairs(model, source, clips, _SCORING_SEED + 1)
    return {
        **attribute_scores(look_at(model, clips), clips),
        "reading": reading_accuracy(pairs),
        "match": match_scores(model, pairs),
        "retrieval": retrieval(model, once),
    }


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `export-critic`."""
    parser = subparsers.add_parser("export-critic", help="write the critic's model of a run", description=__doc__)
    add_export_options(parser, RELEASE_FILE, SCORES_FILE)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Export as the options say."""
    if options.threads:
        torch.set_num_threads(options.threads)
    export_critic(options.run_folder, options.data, options.out, options.clips, MiniLMEncoder.load())
