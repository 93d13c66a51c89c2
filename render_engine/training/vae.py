"""Trains the autoencoder: the linear codec in closed form, then the networks beside it, for a given time, resumably."""

import argparse
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from render_engine.api.values import RenderError
from render_engine.checkpoints.vae_files import dump_config
from render_engine.models.linear_codec import LinearCodec
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_config import VAEConfig
from render_engine.models.vae_presets import PRESETS
from render_engine.training.clips import ClipShards
from render_engine.training.linear_fit import fit_linear_codec
from render_engine.training.muon import Muon
from render_engine.training.train_state import MovingAverage
from render_engine.training.trainer import Folders, Recipe, Trainer, add_run_options, begin, take_folders
from render_engine.training.vae_losses import psnr, relative_loss

STATE_FILE = "vae_training.safetensors"
KEPT_SPECTRUM = 0.5
"""Half the pixels' own spectrum on a logarithmic scale: noise then hides fine detail first and composition last."""
CHECK_NOISE = 0.1


@dataclass(frozen=True)
class VAERecipe(Recipe):
    """How the networks are trained; sizes in pixels and frames.

    A step sees either `batch` windows of `num_frames` frames or, every `still_every` steps, as many pixels of single
    frames. `latent_noise` is the largest noise level whose remains the decoder is shown, as a render leaves them.
    """

    batch: int = 1
    crop: int = 64
    num_frames: int = 9
    still_every: int = 6
    other_learning_rate: float = 3e-4
    warmup_steps: int = 50
    average_decay: float = 0.998
    latent_noise: float = 0.2
    num_fit_clips: int = 600
    seconds_between_checks: float = 300


class VAETrainer(Trainer):
    """Trains an autoencoder on clips: `fit` starts the codec, `run` trains the networks for a time."""

    state_file = STATE_FILE

    def __init__(self, config: VAEConfig, recipe: VAERecipe, folders: Folders, device: str) -> None:
        self.recipe = recipe
        self.device = torch.device(device)
        self.train_clips, self.held_out_clips = ClipShards(folders.train), ClipShards(folders.held_out)
        torch.manual_seed(recipe.seed)
        vae = VideoVAE(config).to(self.device)
        if vae.linear_codec is None:
            raise RenderError("this preset has no linear codec; train one that has, such as nano")
        self.vae, self.codec = vae, vae.linear_codec
        optimizer = Muon.of(vae, recipe.learning_rate, recipe.other_learning_rate)
        super().__init__(vae, optimizer, recipe, folders.out)

    def fit(self) -> None:
        """Fit the linear codec, measure it, and keep it."""
        started = time.perf_counter()
        share = fit_linear_codec(self.codec, self.train_clips.spread(self.recipe.num_fit_clips))
        self.state.average = MovingAverage(self.vae, self.recipe.average_decay)
        decibels = mean_psnr(self.vae, self.held_out_clips.spread(len(self.held_out_clips)), linear=True)
        self.log.write(
            event="linear", psnr_linear=decibels, variance_share=share, seconds=time.perf_counter() - started
        )
        self.save()

    def batch_loss(self, generator: np.random.Generator) -> tuple[Tensor, int]:
        """How far random crops are from themselves once encoded and decoded, noise on their latents."""
        frames = self._batch(generator).to(self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            raw = self.vae.encode_raw(frames)
            output = self.vae.decode_raw(raw + self._noise(raw))
        return relative_loss(output, frames, self.codec.decode(raw).detach()), len(frames)

    def scores(self) -> dict[str, float]:
        """The moving average's PSNR, its linear codec's, and that of latents that a render might have left."""
        averaged = VideoVAE(self.vae.config).to(self.device)
        self.state.average.copy_to(averaged)
        clips = list(self.held_out_clips.spread(self.recipe.num_check_clips))
        return {
            "psnr": mean_psnr(averaged, clips),
            "psnr_linear": mean_psnr(averaged, clips, linear=True),
            "psnr_noised": mean_psnr(averaged, clips, sigma=CHECK_NOISE),
        }

    def notes(self) -> dict[str, Any]:
        """The autoencoder's config."""
        return {"vae": dump_config(self.vae.config)}

    def _batch(self, generator: np.random.Generator) -> Tensor:
        recipe = self.recipe
        if self.state.step % recipe.still_every == recipe.still_every - 1:
            return self.train_clips.random_crops(generator, recipe.batch * recipe.num_frames // 2, 1, recipe.crop)
        return self.train_clips.random_crops(generator, recipe.batch, recipe.num_frames, recipe.crop)

    def _noise(self, raw_BCFHW: Tensor) -> Tensor:
        generator = torch.Generator(device=raw_BCFHW.device).manual_seed(self.recipe.seed + self.state.step)
        share_B = torch.rand(len(raw_BCFHW), generator=generator, device=raw_BCFHW.device)
        noise = torch.randn(raw_BCFHW.shape, generator=generator, device=raw_BCFHW.device)
        return remains(self.codec, self.recipe.latent_noise * share_B) * noise


def remains(codec: LinearCodec, sigma_B: Tensor) -> Tensor:
    """How far a render from noise level sigma strays, in units of each raw channel's deviation: (B, C, 1, 1, 1).

    A channel far above the noise is off by the noise; one far below it is drawn anew, and off by its own deviation.
    """
    sigma_B1 = sigma_B[:, None]
    strays_BC = sigma_B1 / (codec.spectrum(KEPT_SPECTRUM).square() + sigma_B1.square()).sqrt()
    return strays_BC[:, :, None, None, None]


@torch.no_grad()
def mean_psnr(vae: VideoVAE, clips: Iterable[Tensor], *, linear: bool = False, sigma: float = 0.0) -> float:
    """Mean over clips (1, 3, F, H, W) of the decoded clip's PSNR in dB.

    Args:
        vae: encodes and decodes.
        clips: frames in [-1, 1].
        linear: measure its linear codec alone.
        sigma: decode latents that a render from this noise level might have left.
    """
    device = next(vae.parameters()).device
    decode = vae.linear_codec.decode if linear and vae.linear_codec else vae.decode_raw
    values = []
    for number, clip in enumerate(clips):
        frames = clip.to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            raw = vae.encode_raw(frames)
            if sigma and vae.linear_codec:
                noise = torch.randn(raw.shape, generator=torch.Generator().manual_seed(number)).to(device)
                raw = raw + remains(vae.linear_codec, torch.tensor([sigma], device=device)) * noise
            values.append(psnr(decode(raw), frames))
    return float(np.mean(values))


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `vae`."""
    parser = subparsers.add_parser("vae", help="train the autoencoder on drawn clips", description=__doc__)
    parser.add_argument("--preset", choices=[name for name in PRESETS if PRESETS[name].linear_codec], default="nano")
    parser.add_argument("--batch", type=int, default=VAERecipe.batch)
    add_run_options(parser, "clips")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Train as the options say; a new run's codec is fitted first, beside the given time."""
    folders = take_folders(options)
    recipe = VAERecipe(
        batch=options.batch, learning_rate=options.learning_rate, final_share=options.final_share, seed=options.seed
    )
    trainer = VAETrainer(PRESETS[options.preset], recipe, folders, options.device)
    if begin(trainer, options):
        trainer.fit()
    trainer.run(options.minutes * 60)
