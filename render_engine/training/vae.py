"""Trains the autoencoder: the linear codec in closed form, then the networks beside it, for a given time, resumably."""

import argparse
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from render_engine.api.values import RenderError
from render_engine.checkpoints.vae_files import dump_config
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_config import VAEConfig
from render_engine.models.vae_presets import PRESETS
from render_engine.training.clips import ClipShards
from render_engine.training.learning_rate import warm_hold_fall
from render_engine.training.linear_fit import fit_linear_codec
from render_engine.training.muon import Muon
from render_engine.training.run_log import RunLog
from render_engine.training.train_state import MovingAverage, TrainState
from render_engine.training.vae_losses import psnr, relative_loss

STATE_FILE = "vae_training.safetensors"


@dataclass(frozen=True)
class VAERecipe:
    """How the networks are trained; times in seconds, sizes in pixels and frames.

    A step sees either `batch` windows of `num_frames` frames or, every `still_every` steps, as many pixels of single
    frames. `latent_noise` is the largest deviation of the noise added to latents, in units of their own.
    """

    batch: int = 1
    crop: int = 64
    num_frames: int = 9
    still_every: int = 6
    learning_rate: float = 2e-3
    other_learning_rate: float = 3e-4
    """Of what is no kernel: biases."""
    warmup_steps: int = 50
    final_share: float = 0.3
    """The last share of the time, over which the learning rate falls to a hundredth."""
    average_decay: float = 0.998
    latent_noise: float = 0.03
    num_fit_clips: int = 600
    seconds_between_checks: float = 300
    num_check_clips: int = 16
    seed: int = 0


class VAETrainer:
    """Owns the model, its optimizer and the clips; `fit` starts the codec, `run` trains for a time."""

    def __init__(self, config: VAEConfig, recipe: VAERecipe, folders: tuple[Path, Path, Path], device: str) -> None:
        train, held_out, self.out = folders
        self.recipe = recipe
        self.device = torch.device(device)
        self.train_clips, self.held_out_clips = ClipShards(train), ClipShards(held_out)
        torch.manual_seed(recipe.seed)
        vae = VideoVAE(config).to(self.device)
        optimizer = Muon.of(vae, recipe.learning_rate, recipe.other_learning_rate)
        if vae.linear_codec is None:
            raise RenderError("this preset has no linear codec; train one that has, such as nano")
        self.vae, self.codec, self.optimizer = vae, vae.linear_codec, optimizer
        self.state = TrainState(vae, MovingAverage(vae, recipe.average_decay), optimizer)
        self.log = RunLog(self.out)

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

    def resume(self) -> None:
        """Go on from the run's last state."""
        self.state.load(self.out / STATE_FILE)

    def run(self, seconds: float) -> None:
        """Train for a time, measuring and saving as it goes and at the end."""
        started = last_check = last_tick = time.perf_counter()
        losses: list[float] = []
        while (elapsed := last_tick - started) < seconds:
            losses.append(self._step(elapsed / seconds))
            now = time.perf_counter()
            self.state.seconds_trained += now - last_tick
            last_tick = now
            if now - last_check > self.recipe.seconds_between_checks:
                self.check(losses, self.recipe.num_check_clips)
                losses = []
                last_check = time.perf_counter()
        self.check(losses, len(self.held_out_clips))

    def check(self, losses: list[float], num_clips: int) -> None:
        """Measure the moving average on held-out clips, log it, and save."""
        averaged = VideoVAE(self.vae.config).to(self.device)
        self.state.average.copy_to(averaged)
        self.log.write(
            event="check",
            step=self.state.step,
            minutes=self.state.seconds_trained / 60,
            loss=float(np.mean(losses)) if losses else float("nan"),
            psnr=mean_psnr(averaged, self.held_out_clips.spread(num_clips)),
            psnr_linear=mean_psnr(averaged, self.held_out_clips.spread(num_clips), linear=True),
            num_clips=num_clips,
        )
        self.save()

    def save(self) -> None:
        """Write the run's state."""
        self.state.save(self.out / STATE_FILE, {"vae": dump_config(self.vae.config)})

    def _step(self, share_done: float) -> float:
        recipe, state = self.recipe, self.state
        generator = np.random.default_rng((recipe.seed, state.step))
        frames = self._batch(generator).to(self.device)
        self.optimizer.set_share(warm_hold_fall(state.step, recipe.warmup_steps, share_done, recipe.final_share))
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            raw = self.vae.encode_raw(frames)
            output = self.vae.decode_raw(raw + self._noise(raw, state.step))
        loss = relative_loss(output, frames, self.codec.decode(raw).detach())
        state.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(self.vae.parameters(), 1.0)
        state.optimizer.step()
        state.step += 1
        state.samples += len(frames)
        state.average.update(self.vae, state.step)
        return float(loss.detach())

    def _batch(self, generator: np.random.Generator) -> Tensor:
        recipe = self.recipe
        if self.state.step % recipe.still_every == recipe.still_every - 1:
            return self.train_clips.random_crops(generator, recipe.batch * recipe.num_frames // 2, 1, recipe.crop)
        return self.train_clips.random_crops(generator, recipe.batch, recipe.num_frames, recipe.crop)

    def _noise(self, raw_BCFHW: Tensor, step: int) -> Tensor:
        generator = torch.Generator(device=raw_BCFHW.device).manual_seed(self.recipe.seed + step)
        noise = torch.randn(raw_BCFHW.shape, generator=generator, device=raw_BCFHW.device)
        strength = torch.rand((len(raw_BCFHW), 1, 1, 1, 1), generator=generator, device=raw_BCFHW.device)
        return self.recipe.latent_noise * strength * noise


@torch.no_grad()
def mean_psnr(vae: VideoVAE, clips: Iterable[Tensor], *, linear: bool = False) -> float:
    """Mean over clips (1, 3, F, H, W) of the decoded clip's PSNR in dB; `linear` measures the linear codec alone."""
    device = next(vae.parameters()).device
    codec = vae.linear_codec if linear else None
    values = []
    for clip in clips:
        frames = clip.to(device)
        if codec is not None:
            values.append(psnr(codec.decode(codec.encode(frames)), frames))
            continue
        with torch.autocast(device.type, dtype=torch.bfloat16):
            values.append(psnr(vae.decode_raw(vae.encode_raw(frames)), frames))
    return float(np.mean(values))


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `vae`."""
    parser = subparsers.add_parser("vae", help="train the autoencoder on drawn clips", description=__doc__)
    parser.add_argument("--preset", choices=[name for name in PRESETS if PRESETS[name].linear_codec], default="nano")
    parser.add_argument("--data", type=Path, required=True, help="folder with train/ and held_out/ clips")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder")
    parser.add_argument("--minutes", type=float, required=True, help="time of this call, after the linear fit")
    parser.add_argument("--resume", action="store_true", help="go on from the run's last state")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: torch's choice)")
    parser.add_argument("--batch", type=int, default=VAERecipe.batch)
    parser.add_argument("--learning-rate", type=float, default=VAERecipe.learning_rate)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Train as the options say."""
    if options.threads:
        torch.set_num_threads(options.threads)
    recipe = VAERecipe(batch=options.batch, learning_rate=options.learning_rate)
    folders = (options.data / "train", options.data / "held_out", options.out)
    trainer = VAETrainer(PRESETS[options.preset], recipe, folders, options.device)
    if options.resume:
        trainer.resume()
    elif (options.out / STATE_FILE).exists():
        raise RenderError(f"{options.out}: there is a run already; add --resume or choose another folder")
    else:
        trainer.fit()
    trainer.run(options.minutes * 60)
