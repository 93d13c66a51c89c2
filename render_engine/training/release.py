"""Writes a release: both networks in float16, in one card with their hashes, learning curves and held-out scores."""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import torch

from render_engine.api.values import RenderError
from render_engine.checkpoints.safetensors_files import file_sha256, load_into, write_atomically
from render_engine.checkpoints.transformer_files import save_transformer
from render_engine.models.transformer import VideoTransformer
from render_engine.presets import get_transformer_config
from render_engine.releases import CARD_FILE, TRANSFORMER_FILE, VAE_FILE, ReleaseCard
from render_engine.training.run_log import read_log
from render_engine.training.train_state import average_of
from render_engine.training.transformer import STATE_FILE


class Runs(NamedTuple):
    """The folders of the two trainers' runs."""

    vae: Path
    transformer: Path


def write_release(out: Path, vae: Path, runs: Runs, facts: dict[str, Any]) -> ReleaseCard:
    """Write `out` from an exported autoencoder and the moving average of a transformer's run.

    Args:
        out: the release's folder.
        vae: the autoencoder that `runs.vae` exported.
        runs: where the states and logs lie.
        facts: the card's other fields (name, version, sizes, limits, what it was trained on).

    Raises:
        RenderError: a run has no state or is damaged, or the autoencoder is not of that run.
    """
    scores = {**vae_scores(vae, runs.vae), **transformer_scores(runs.transformer)}
    curves = {name: read_log(folder, "check") for name, folder in runs._asdict().items()}
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(vae, out / VAE_FILE)
    state = runs.transformer / STATE_FILE
    notes, tensors = average_of(state)
    transformer = VideoTransformer(get_transformer_config(notes["preset"]))
    load_into(transformer, tensors, state)
    save_transformer(out / TRANSFORMER_FILE, transformer, torch.float16)
    files = {name: file_sha256(out / name) for name in (TRANSFORMER_FILE, VAE_FILE)}
    training = {**facts.get("training", {}), "curves": curves}
    card = ReleaseCard.model_validate({**facts, "files": files, "scores": scores, "training": training})
    write_atomically(out / CARD_FILE, (card.model_dump_json(indent=2) + "\n").encode())
    return card


def vae_scores(vae: Path, run: Path) -> dict[str, float]:
    """What the exported file scored on held-out clips when it was read back."""
    digest = file_sha256(vae)
    exported = [line for line in read_log(run, "export") if line["sha256"] == digest]
    if not exported:
        raise RenderError(f"{vae}: the run in {run} exported no such file; export it again")
    return {f"vae_{key}": exported[-1][key] for key in ("psnr", "psnr_linear", "psnr_noised")}


def transformer_scores(run: Path) -> dict[str, float]:
    """The held-out losses of the run's last check, by noise level."""
    checks = read_log(run, "check")
    if not checks:
        raise RenderError(f"{run}: the run has no check in its log; train it first")
    return {key: value for key, value in checks[-1].items() if key.startswith("loss_at_")}


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `release`."""
    parser = subparsers.add_parser("release", help="write a release from finished runs", description=__doc__)
    parser.add_argument("--vae", type=Path, required=True, help="an exported autoencoder")
    parser.add_argument("--vae-run", type=Path, required=True, help="the run folder that it was exported from")
    parser.add_argument("--run", type=Path, required=True, dest="run_folder", help="the transformer's run folder")
    parser.add_argument("--facts", type=Path, required=True, help="JSON: the card's fields but for the files")
    parser.add_argument("--out", type=Path, required=True, help="the release's folder")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Write the release as the options say."""
    facts = json.loads(options.facts.read_text(encoding="utf-8"))
    write_release(options.out, options.vae, Runs(options.vae_run, options.run_folder), facts)
