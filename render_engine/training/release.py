"""Writes a release: its networks in float16, in one card with their hashes, learning curves and held-out scores."""

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from render_engine.api.values import RenderError
from render_engine.checkpoints.safetensors_files import file_sha256, load_into, write_atomically
from render_engine.checkpoints.transformer_files import save_transformer
from render_engine.models.transformer import VideoTransformer
from render_engine.presets import get_transformer_config
from render_engine.releases import (
    CARD_FILE,
    CRITIC_FILE,
    DISTILLED_FILE,
    PIXEL_UPSCALER_FILE,
    READER_FILE,
    TRANSFORMER_FILE,
    UPSAMPLER_FILE,
    VAE_FILE,
    ReleaseCard,
)
from render_engine.training.run_log import read_log
from render_engine.training.train_state import average_of
from render_engine.training.transformer import STATE_FILE

EXTRAS = {
    "pixel-upscaler": PIXEL_UPSCALER_FILE,
    "latent-upsampler": UPSAMPLER_FILE,
    "distilled": DISTILLED_FILE,
    "critic": CRITIC_FILE,
    "reader": READER_FILE,
}
"""The options that name networks beside the two, and what their files are called in a release."""
NO_SCORES = ("step", "scenes", "clips", "bytes", "sha256")
"""What an export's log says beside scores."""


class Runs(NamedTuple):
    """The folders of the two trainers' runs."""

    vae: Path
    transformer: Path


class Extra(NamedTuple):
    """An exported network that a release may have or not: what its file is called there, and the run that made it."""

    name: str
    file: Path
    run: Path


def write_release(out: Path, vae: Path, runs: Runs, facts: dict[str, Any], extras: Sequence[Extra] = ()) -> ReleaseCard:
    """Write `out` from an exported autoencoder and the moving average of a transformer's run.

    Args:
        out: the release's folder.
        vae: the autoencoder that `runs.vae` exported.
        runs: where the states and logs lie.
        facts: the card's other fields (name, version, sizes, limits, what it was trained on).
        extras: networks that a release may do without.

    Raises:
        RenderError: a run has no state or is damaged, or an exported file is not of its run.
    """
    scores = {**vae_scores(vae, runs.vae), **transformer_scores(runs.transformer)}
    curves = {name: read_log(folder, "check") for name, folder in runs._asdict().items()}
    for extra in extras:
        scores |= extra_scores(extra)
        curves[Path(extra.name).stem] = read_log(extra.run, "check")
    out.mkdir(parents=True, exist_ok=True)
    for extra in extras:
        shutil.copyfile(extra.file, out / extra.name)
    shutil.copyfile(vae, out / VAE_FILE)
    export_transformer(runs.transformer, out / TRANSFORMER_FILE)
    names = (TRANSFORMER_FILE, VAE_FILE, *(extra.name for extra in extras))
    files = {name: file_sha256(out / name) for name in names}
    training = {**facts.get("training", {}), "curves": curves}
    card = ReleaseCard.model_validate({**facts, "files": files, "scores": scores, "training": training})
    write_atomically(out / CARD_FILE, (card.model_dump_json(indent=2) + "\n").encode())
    return card


def export_transformer(run: Path, path: Path) -> None:
    """Write the moving average of a transformer's run in half precision.

    Raises:
        RenderError: the run has no state, or is damaged.
    """
    state = run / STATE_FILE
    notes, tensors = average_of(state)
    transformer = VideoTransformer(get_transformer_config(notes["preset"]))
    load_into(transformer, tensors, state)
    save_transformer(path, transformer, torch.float16)


def vae_scores(vae: Path, run: Path) -> dict[str, float]:
    """What the exported file scored on held-out clips when it was read back."""
    exported = find_export(vae, run)
    return {f"vae_{key}": exported[key] for key in ("psnr", "psnr_linear", "psnr_noised")}


def extra_scores(extra: Extra) -> dict[str, float]:
    """What an exported network scored, and the ways beside it, under the name of its file in the release."""
    exported, stem = find_export(extra.file, extra.run), Path(extra.name).stem
    return {f"{stem}_{key}": value for key, value in exported.items() if key not in NO_SCORES}


def find_export(file: Path, run: Path) -> dict[str, Any]:
    """The line of a run's log that tells of an exported file.

    Raises:
        RenderError: the run exported another file, or none.
    """
    digest = file_sha256(file)
    exported = [line for line in read_log(run, "export") if line["sha256"] == digest]
    if not exported:
        raise RenderError(f"{file}: the run in {run} exported no such file; export it again")
    return exported[-1]


def transformer_scores(run: Path) -> dict[str, float]:
    """The held-out losses of the run's last check, by noise level."""
    checks = read_log(run, "check")
    if not checks:
        raise RenderError(f"{run}: the run has no check in its log; train it first")
    return {key: value for key, value in checks[-1].items() if "_at_" in key}


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands `release` and `export-transformer`."""
    parser = subparsers.add_parser("release", help="write a release from finished runs", description=__doc__)
    parser.add_argument("--vae", type=Path, required=True, help="an exported autoencoder")
    parser.add_argument("--vae-run", type=Path, required=True, help="the run folder that it was exported from")
    parser.add_argument("--run", type=Path, required=True, dest="run_folder", help="the transformer's run folder")
    parser.add_argument("--facts", type=Path, required=True, help="JSON: the card's fields but for the files")
    for option, name in EXTRAS.items():
        parser.add_argument(
            f"--{option}", type=Path, nargs=2, metavar=("FILE", "RUN"), help=f"an exported {name}, and the run of it"
        )
    parser.add_argument("--out", type=Path, required=True, help="the release's folder")
    parser.set_defaults(run=run_command)
    exporter = subparsers.add_parser("export-transformer", help="write the transformer of a run alone")
    exporter.add_argument("--run", type=Path, required=True, dest="run_folder", help="the run's folder")
    exporter.add_argument("--out", type=Path, required=True, help=f"folder that gets {TRANSFORMER_FILE}")
    exporter.set_defaults(run=lambda given: export_transformer(given.run_folder, given.out / TRANSFORMER_FILE))


def run_command(options: argparse.Namespace) -> None:
    """Write the release as the options say."""
    facts = json.loads(options.facts.read_text(encoding="utf-8"))
    given = {name: getattr(options, option.replace("-", "_")) for option, name in EXTRAS.items()}
    extras = [Extra(name, *paths) for name, paths in given.items() if paths]
    write_release(options.out, options.vae, Runs(options.vae_run, options.run_folder), facts, extras)
