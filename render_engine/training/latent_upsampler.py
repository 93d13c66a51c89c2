"""Trains the latent upsampler on scenes encoded at two sizes, for a given time, resumably."""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from render_engine.api.values import RenderError
from render_engine.checkpoints.vae_files import load_vae
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig, per_frame
from render_engine.models.vae import VideoVAE
from render_engine.training.latent_pairs import FACTOR, LatentPair, LatentPairShards
from render_engine.training.linear_fit import fit_linear_path
from render_engine.training.muon import Muon
from render_engine.training.train_state import MovingAverage
from render_engine.training.trainer import Folders, Recipe, Trainer, add_run_options, begin, take_folders
from render_engine.upsampling import upsample

STATE_FILE = "latent_upsampler_training.safetensors"
HOUSE = LatentUpsamplerConfig(in_channels=192, mid_channels=64, num_blocks_per_stage=1, dims=2, linear_path=True)
"""Frame by frame: 665,000 parameters, 1.3 MiB in float16."""

Enlarge = Callable[[Tensor], Tensor]
"""From normalised latents (B, C, F, h, w) to (B, C, F, FACTOR h, FACTOR w)."""


@dataclass(frozen=True)
class LatentUpsamplerRecipe(Recipe):
    """How the network is trained; a batch has at most `max_voxels` latent voxels before they are enlarged."""

    max_voxels: int = 960
    warmup_steps: int = 50
    average_decay: float = 0.998
    seconds_between_checks: float = 120
    num_check_clips: int = 12


class LatentUpsamplerTrainer(Trainer):
    """Trains a latent upsampler beside an autoencoder, whose scale it works on.

    `fit` sets its straight path, where it has one; `run` trains it for a time.
    """

    state_file = STATE_FILE

    def __init__(
        self,
        config: LatentUpsamplerConfig,
        recipe: LatentUpsamplerRecipe,
        folders: Folders,
        vae: VideoVAE,
        device: str,
    ) -> None:
        self.recipe = recipe
        self.device = torch.device(device)
        self.train_pairs, self.held_out_pairs = LatentPairShards(folders.train), LatentPairShards(folders.held_out)
        if self.train_pairs.channels != config.in_channels:
            raise RenderError(
                f"{folders.train}: latents of {self.train_pairs.channels} channels; "
                f"the upsampler is made for {config.in_channels}"
            )
        torch.manual_seed(recipe.seed)
        self.upsampler = LatentUpsampler(config).to(self.device)
        self.statistics = vae.per_channel_statistics.to(self.device)
        optimizer = Muon.of(self.upsampler, recipe.learning_rate, recipe.other_learning_rate)
        super().__init__(self.upsampler, optimizer, recipe, folders.out)

    def fit(self) -> None:
        """Fit the straight path in closed form, and measure and keep it."""
        path = self.upsampler.linear_path
        if path is None:
            return
        denormalise = self.statistics.denormalise
        parts = (tuple(part.to(self.device) for part in pair) for pair in self.train_pairs.first(len(self.train_pairs)))
        fit_linear_path(path, ((denormalise(small), denormalise(large)) for small, large in parts))
        self.state.average = MovingAverage(self.upsampler, self.recipe.average_decay)
        self.log.write(event="linear", **self.scores())
        self.save()

    def batch_loss(self, generator: np.random.Generator) -> tuple[Tensor, int]:
        """The squared error of enlarged latents, as a share of what the large ones hold."""
        small, large = (part.to(self.device) for part in self.train_pairs.batch(generator, self.recipe.max_voxels))
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            output = upsample(small, self.upsampler, self.statistics)
        return relative_error(output, large), len(small)

    def scores(self) -> dict[str, float]:
        """The moving average's error on held-out clips, and those of the two ways without training."""
        averaged = LatentUpsampler(self.upsampler.config).to(self.device)
        self.state.average.copy_to(averaged)
        pairs = self.held_out_pairs.first(self.recipe.num_check_clips)
        ways: dict[str, Enlarge] = {
            "error": lambda small: upsample(small, averaged, self.statistics),
            "error_nearest": nearest,
            "error_bicubic": bicubic,
        }
        return {name: mean_error(way, pairs, self.device) for name, way in ways.items()}

    def notes(self) -> dict[str, Any]:
        """The network's config."""
        return {"latent_upsampler": self.upsampler.config.model_dump(mode="json", by_alias=True)}


def relative_error(output: Tensor, large: Tensor) -> Tensor:
    """The mean over a batch of each clip's squared error as a share of its mean square; zeros would have 1."""
    error_B = (output.float() - large).square().flatten(1).mean(1)
    return (error_B / large.square().flatten(1).mean(1)).mean()


@torch.no_grad()
def mean_error(enlarge: Enlarge, pairs: Iterable[LatentPair], device: torch.device) -> float:
    """The mean relative error of a way to enlarge latents."""
    errors = [float(relative_error(enlarge(small.to(device)), large.to(device))) for small, large in pairs]
    return float(np.mean(errors))


def nearest(small_BCFHW: Tensor) -> Tensor:
    """Each latent voxel four times."""
    return per_frame(lambda frames: F.interpolate(frames, scale_factor=FACTOR, mode="nearest"), small_BCFHW)


def bicubic(small_BCFHW: Tensor) -> Tensor:
    """Each channel as a picture, enlarged."""
    return per_frame(lambda frames: F.interpolate(frames, scale_factor=FACTOR, mode="bicubic"), small_BCFHW)


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `latent-upsampler`."""
    parser = subparsers.add_parser(
        "latent-upsampler", help="train the latent upsampler on pairs of latents", description=__doc__
    )
    parser.add_argument("--vae", type=Path, required=True, help="the autoencoder that the latents are of")
    parser.add_argument("--max-voxels", type=int, default=LatentUpsamplerRecipe.max_voxels, help="of a batch")
    add_run_options(parser, "latent pairs")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Train as the options say."""
    folders = take_folders(options)
    recipe = LatentUpsamplerRecipe(
        max_voxels=options.max_voxels,
        learning_rate=options.learning_rate,
        final_share=options.final_share,
        seed=options.seed,
    )
    trainer = LatentUpsamplerTrainer(HOUSE, recipe, folders, load_vae(options.vae), options.device)
    if begin(trainer, options):
        trainer.fit()
    trainer.run(options.minutes * 60)
