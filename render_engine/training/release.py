"""Writes a release: both networks in float16 with their hashes in one card, from an autoencoder and a finished run."""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import torch

from render_engine.checkpoints.safetensors_files import file_sha256, load_into, write_atomically
from render_engine.checkpoints.transformer_files import save_transformer
from render_engine.models.transformer import VideoTransformer
from render_engine.presets import get_transformer_config
from render_engine.releases import CARD_FILE, TRANSFORMER_FILE, VAE_FILE, ReleaseCard
from render_engine.training.train_state import average_of
from render_engine.training.transformer import STATE_FILE


def write_release(out: Path, vae: Path, run: Path, facts: dict[str, Any]) -> ReleaseCard:
    """Write `out` from an exported autoencoder and the moving average of a transformer's run.

    Args:
        out: the release's folder.
        vae: an exported autoencoder.
        run: a folder of the transformer trainer.
        facts: the card's other fields (name, version, sizes, limits, scores, training).
    """
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(vae, out / VAE_FILE)
    notes, tensors = average_of(run / STATE_FILE)
    transformer = VideoTransformer(get_transformer_config(notes["preset"]))
    load_into(transformer, tensors, run / STATE_FILE)
    save_transformer(out / TRANSFORMER_FILE, transformer, torch.float16)
    files = {name: file_sha256(out / name) for name in (TRANSFORMER_FILE, VAE_FILE)}
    card = ReleaseCard.model_validate({**facts, "files": files})
    write_atomically(out / CARD_FILE, (card.model_dump_json(indent=2) + "\n").encode())
    return card


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `release`."""
    parser = subparsers.add_parser("release", help="write a release from finished runs", description=__doc__)
    parser.add_argument("--vae", type=Path, required=True, help="an exported autoencoder")
    parser.add_argument("--run", type=Path, required=True, dest="run_folder", help="the transformer's run folder")
    parser.add_argument("--facts", type=Path, required=True, help="JSON: the card's fields but for the files")
    parser.add_argument("--out", type=Path, required=True, help="the release's folder")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Write the release as the options say."""
    facts = json.loads(options.facts.read_text(encoding="utf-8"))
    write_release(options.out, options.vae, options.run_folder, facts)
