"""Trains the independent attribute reader on drawn clips, for evaluation alone, with seeds that nothing else uses."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from render_engine.checkpoints.reader_files import dump_config
from render_engine.evaluation.reader import as_read
from render_engine.evaluation.reader_networks import READ_ATTRIBUTES, ReaderConfig, ReaderNetwork, Views
from render_engine.training.attribute_clips import (
    AttributeClip,
    AttributeClips,
    attributes_loss,
    coverage_loss,
    held_out_folders,
    labels_of,
    train_folders,
)
from render_engine.training.degrade import degraded
from render_engine.training.muon import Muon
from render_engine.training.trainer import Folders, Recipe, Trainer, add_run_options, begin, take_folders

STATE_FILE = "reader_training.safetensors"
PLACE_SHARE = 1.0
SEED = 7919
"""Where the reader's own seeds begin."""


@dataclass(frozen=True)
class ReaderRecipe(Recipe):
    """How the reader is trained: `batch` clips a step."""

    batch: int = 32
    learning_rate: float = 4e-3
    other_learning_rate: float = 1e-3
    warmup_steps: int = 50
    final_share: float = 0.5
    average_decay: float = 0.998
    seconds_between_checks: float = 180
    num_check_clips: int = 256
    seed: int = SEED


class ReaderTrainer(Trainer):
    """Trains a reader; `run` trains for a time."""

    state_file = STATE_FILE

    def __init__(self, config: ReaderConfig, recipe: ReaderRecipe, folders: Folders, device: str) -> None:
        self.recipe, self.device = recipe, torch.device(device)
        data = folders.train.parent
        self.train_clips = AttributeClips(train_folders(data))
        self.held_out = AttributeClips(list(held_out_folders(data).values()) or [folders.held_out])
        torch.manual_seed(recipe.seed)
        self.network = ReaderNetwork(config).to(self.device)
        optimizer = Muon.of(self.network, recipe.learning_rate, recipe.other_learning_rate, is_matrix)
        super().__init__(self.network, optimizer, recipe, folders.out)

    def batch_loss(self, generator: np.random.Generator) -> tuple[Tensor, int]:
        """What the networks have to learn of random clips."""
        config = self.network.config
        clips = self.train_clips.random(generator, self.recipe.batch, config.num_frames)
        views = as_read(torch.stack([clip.frames for clip in clips]), config)
        views = Views(*(torch.stack([degraded(clip, generator) for clip in view]) for view in views))
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            read = self.network(views.to(self.device))
        loss = attributes_loss(read.logits, [clip.scene for clip in clips])
        coverage = torch.stack([clip.coverage for clip in clips])
        truth_BFHW = torch.cat((coverage, coverage[:, list(config.stills)]), 1)
        return loss + PLACE_SHARE * coverage_loss(read.coverage_BFHW, truth_BFHW), len(clips)

    def scores(self) -> dict[str, float]:
        """The moving average's accuracy on held-out clips, attribute by attribute."""
        averaged = ReaderNetwork(self.network.config).to(self.device).eval()
        self.state.average.copy_to(averaged)
        clips = list(self.held_out.spread(self.recipe.num_check_clips, averaged.config.num_frames))
        logits = read_clips(averaged, clips)
        labels = labels_of([clip.scene for clip in clips], READ_ATTRIBUTES)
        return {name: float((logits[name].argmax(-1) == labels[name]).float().mean()) for name in READ_ATTRIBUTES}

    def notes(self) -> dict[str, Any]:
        """The network's config."""
        return dump_config(self.network.config)


@torch.no_grad()
def read_clips(network: ReaderNetwork, clips: Sequence[AttributeClip]) -> dict[str, Tensor]:
    """A network's logits of clips read at its number of frames: attribute -> (B, values), at their temperatures."""
    device = next(network.parameters()).device
    rows = []
    for clip in clips:
        with torch.autocast(device.type, dtype=torch.bfloat16):
            rows.append(network.cooled(network(as_read(clip.frames[None], network.config).to(device)).logits))
    return {name: torch.cat([row[name] for row in rows]).cpu() for name in network.config.values}


def is_matrix(name: str, parameter: Tensor) -> bool:
    """Whether a parameter is a layer's weight, which Muon steps, and not a head's."""
    return name.endswith(".weight") and parameter.ndim > 1 and ".place." not in name and not name.startswith("heads.")


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `reader`."""
    parser = subparsers.add_parser("reader", help="train the evaluation's attribute reader", description=__doc__)
    parser.add_argument("--batch", type=int, default=ReaderRecipe.batch)
    add_run_options(parser, "clips; train_* folders join the training, others are scored")
    parser.set_defaults(
        run=run_command,
        learning_rate=ReaderRecipe.learning_rate,
        final_share=ReaderRecipe.final_share,
        seed=SEED,
    )


def run_command(options: argparse.Namespace) -> None:
    """Train as the options say."""
    folders = take_folders(options)
    recipe = ReaderRecipe(
        batch=options.batch, learning_rate=options.learning_rate, final_share=options.final_share, seed=options.seed
    )
    trainer = ReaderTrainer(ReaderConfig(), recipe, folders, options.device)
    begin(trainer, options)
    trainer.run(options.minutes * 60)
