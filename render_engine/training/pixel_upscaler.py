"""Trains the pixel upscaler on windows drawn small and large, for a given time, resumably."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from render_engine.api.values import RenderError
from render_engine.checkpoints.pixel_upscaler_files import dump_config
from render_engine.models.latent_upsampler import per_frame
from render_engine.models.pixel_upscaler import SMALL, PixelUpscaler, PixelUpscalerConfig, bicubic
from render_engine.training.frame_pairs import FACTOR, PairShards
from render_engine.training.muon import Muon
from render_engine.training.trainer import Folders, Recipe, Trainer, add_run_options, begin, take_folders
from render_engine.training.vae_losses import psnr

STATE_FILE = "pixel_upscaler_training.safetensors"
CHARBONNIER = 4e-3
"""Errors below this, half a step of a byte's 256, count as squares; larger ones by their size."""
EDGE_WEIGHT = 1.0
TIME_WEIGHT = 0.5
MAX_BLUR, MAX_NOISE = 0.5, 0.012
"""The most that a small frame is blurred (share of a 1 2 1 blur) and disturbed (deviation), each in every second."""


@dataclass(frozen=True)
class PixelUpscalerRecipe(Recipe):
    """How the network is trained; a batch counts windows of a few frames, cropped to `crop` small pixels a side."""

    batch: int = 3
    crop: int = 48
    warmup_steps: int = 50
    average_decay: float = 0.998
    seconds_between_checks: float = 120
    num_check_clips: int = 48


class PixelUpscalerTrainer(Trainer):
    """Trains a pixel upscaler on pairs of windows."""

    state_file = STATE_FILE

    def __init__(self, config: PixelUpscalerConfig, recipe: PixelUpscalerRecipe, folders: Folders, device: str) -> None:
        if config.factor != FACTOR:
            raise RenderError(f"pairs are drawn {FACTOR} times as large, the network enlarges {config.factor} times")
        self.recipe = recipe
        self.device = torch.device(device)
        self.train_pairs, self.held_out_pairs = PairShards(folders.train), PairShards(folders.held_out)
        torch.manual_seed(recipe.seed)
        self.upscaler = PixelUpscaler(config).to(self.device)
        optimizer = Muon.of(self.upscaler, recipe.learning_rate, recipe.other_learning_rate)
        super().__init__(self.upscaler, optimizer, recipe, folders.out)

    def batch_loss(self, generator: np.random.Generator) -> tuple[Tensor, int]:
        """How far the enlarged windows are from those drawn large."""
        small, large = self.train_pairs.batch(generator, self.recipe.batch, self.recipe.crop)
        small = disturbed(small, torch.Generator().manual_seed(int(generator.integers(2**31)))).to(self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            output = per_frame(self.upscaler, small)
        return enlarging_loss(output, large.to(self.device)), len(small)

    def scores(self) -> dict[str, float]:
        """The moving average's PSNR on held-out windows, and the plain enlargement's."""
        averaged = PixelUpscaler(self.upscaler.config).to(self.device)
        self.state.average.copy_to(averaged)
        return window_scores(averaged, self.held_out_pairs.spread(self.recipe.num_check_clips))

    def notes(self) -> dict[str, Any]:
        """The network's config."""
        return dump_config(self.upscaler.config)


def enlarging_loss(output_BCFHW: Tensor, truth_BCFHW: Tensor) -> Tensor:
    """Charbonnier's smooth absolute error of pixels, of differences to neighbours, and of differences between frames.

    A soft edge, a halo and a ripple each cost by their differences; a flicker by its own.
    """
    error = output_BCFHW - truth_BCFHW
    edges = _charbonnier(error.diff(dim=-1)) + _charbonnier(error.diff(dim=-2))
    loss = _charbonnier(error) + EDGE_WEIGHT * edges
    return loss + TIME_WEIGHT * _charbonnier(error.diff(dim=2)) if error.shape[2] > 1 else loss


def _charbonnier(error: Tensor) -> Tensor:
    return (error.square() + CHARBONNIER**2).sqrt().mean()


def disturbed(small_BCFHW: Tensor, generator: torch.Generator) -> Tensor:
    """Small frames a little blurred and noisy, each window in its own way and half of them not at all."""
    batch = len(small_BCFHW)
    blur_B, noise_B = (
        most * torch.rand(batch, generator=generator) * torch.randint(2, (batch,), generator=generator)
        for most in (MAX_BLUR, MAX_NOISE)
    )
    blurred = torch.lerp(small_BCFHW, per_frame(_blurred, small_BCFHW), blur_B[:, None, None, None, None])
    noise = torch.randn(small_BCFHW.shape, generator=generator)
    return blurred + noise_B[:, None, None, None, None] * noise


def _blurred(frames_NCHW: Tensor) -> Tensor:
    row = torch.tensor([0.25, 0.5, 0.25])
    kernel = row.outer(row).expand(3, 1, 3, 3)
    return F.conv2d(F.pad(frames_NCHW, (1, 1, 1, 1), mode="replicate"), kernel, groups=3)


@torch.no_grad()
def window_scores(upscaler: PixelUpscaler, pairs: Sequence[tuple[Tensor, Tensor]]) -> dict[str, float]:
    """Mean PSNR in dB over windows, enlarged by the network and plainly."""
    device = next(upscaler.parameters()).device
    values = []
    for small_CFHW, large_CFHW in pairs:
        small_NCHW, large_NCHW = (frames.transpose(0, 1).to(device) for frames in (small_CFHW, large_CFHW))
        with torch.autocast(device.type, dtype=torch.bfloat16):
            output = upscaler(small_NCHW)
        plain = bicubic(small_NCHW, upscaler.config.factor)
        values.append((psnr(output, large_NCHW), psnr(plain, large_NCHW)))
    trained, bicubic_psnr = np.mean(values, axis=0)
    return {"psnr": float(trained), "psnr_bicubic": float(bicubic_psnr)}


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `pixel-upscaler`."""
    parser = subparsers.add_parser("pixel-upscaler", help="train the pixel upscaler on pairs", description=__doc__)
    parser.add_argument("--batch", type=int, default=PixelUpscalerRecipe.batch)
    add_run_options(parser, "pairs")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Train as the options say."""
    folders = take_folders(options)
    recipe = PixelUpscalerRecipe(
        batch=options.batch, learning_rate=options.learning_rate, final_share=options.final_share, seed=options.seed
    )
    trainer = PixelUpscalerTrainer(SMALL, recipe, folders, options.device)
    begin(trainer, options)
    trainer.run(options.minutes * 60)
