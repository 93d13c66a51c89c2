"""Trains the transformer on encoded clips: rectified flow under captions, for a given time, resumably.

Shape letters: B batch, N tokens, C latent channels, F latent frames.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from render_engine.api.values import RenderError
from render_engine.flow.losses import SigmaSampling, rectified_flow_loss, sample_sigmas
from render_engine.flow.paths import noised
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.models.transformer import VideoTransformer
from render_engine.presets import TRANSFORMERS, get_transformer_config
from render_engine.shapes import Compression, LatentShape, patchify, positions
from render_engine.training.latents import LatentBatch, LatentShards
from render_engine.training.learning_rate import warm_hold_fall
from render_engine.training.muon import Muon
from render_engine.training.run_log import RunLog
from render_engine.training.train_state import MovingAverage, TrainState

STATE_FILE = "transformer_training.safetensors"
HOUSE_COMPRESSION = Compression(temporal=4, spatial=16)
HOUSE_SAMPLING = SigmaSampling(bias=-0.6)
"""Towards low noise, which is learnt first and which animatic-guided renders use."""
NUM_DEVIATION_CLIPS = 256
CHECK_SIGMAS = (0.2, 0.4, 0.6, 0.8, 0.95)


@dataclass(frozen=True)
class TransformerRecipe:
    """How the transformer is trained.

    A step sees clips cut to one of `latent_frames` (drawn with `frame_shares`), as many as fit `max_tokens`.
    A share of the captions is dropped (for guidance), a share of the steps holds the first frame (image-to-video).
    `subject_weight` is what a token that the subject fills counts more than one without it.
    `compression` is the autoencoder's; (frames, pixels).
    """

    compression: Compression = HOUSE_COMPRESSION
    latent_frames: tuple[int, ...] = (1, 3, 7, 13)
    frame_shares: tuple[float, ...] = (0.15, 0.45, 0.3, 0.1)
    max_tokens: int = 3072
    learning_rate: float = 2e-3
    other_learning_rate: float = 1e-3
    """Of what is no matrix of a block: projections at the ends, tables, biases."""
    warmup_steps: int = 200
    final_share: float = 0.3
    average_decay: float = 0.999
    caption_dropout: float = 0.1
    first_frame_share: float = 0.12
    subject_weight: float = 2.0
    sampling: SigmaSampling = HOUSE_SAMPLING
    seconds_between_checks: float = 600
    num_check_clips: int = 16
    seed: int = 0


class TransformerTrainer:
    """Owns the model, its optimizer and the latents."""

    def __init__(self, preset: str, recipe: TransformerRecipe, folders: tuple[Path, Path, Path], device: str) -> None:
        train, held_out, self.out = folders
        self.recipe, self.preset = recipe, preset
        self.device = torch.device(device)
        self.train_latents, self.held_out_latents = LatentShards(train), LatentShards(held_out)
        config = get_transformer_config(preset)
        if config.in_channels != self.train_latents.channels:
            raise RenderError(
                f"preset {preset} takes {config.in_channels} channels, the latents have {self.train_latents.channels}"
            )
        torch.manual_seed(recipe.seed)
        self.text_encoder = MiniLMEncoder.load(device=device)
        transformer = VideoTransformer(config).to(self.device)
        if config.preconditioned:
            transformer.get_buffer("latent_deviation").copy_(self.train_latents.deviation(NUM_DEVIATION_CLIPS))
        self.transformer = transformer
        self.optimizer = Muon.of(transformer, recipe.learning_rate, recipe.other_learning_rate, is_block_matrix)
        self.state = TrainState(transformer, MovingAverage(transformer, recipe.average_decay), self.optimizer)
        self.log = RunLog(self.out)

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
                self.check(losses)
                losses = []
                last_check = time.perf_counter()
        self.check(losses)

    def check(self, losses: list[float]) -> None:
        """Measure the moving average's loss on held-out clips at fixed noise levels, log it, and save."""
        averaged = VideoTransformer(self.transformer.config).to(self.device)
        self.state.average.copy_to(averaged)
        batches = self.held_out_latents.first(self.recipe.num_check_clips)
        by_sigma = {f"loss_at_{sigma}": self._held_out_loss(averaged, batches, sigma) for sigma in CHECK_SIGMAS}
        self.log.write(
            event="check",
            step=self.state.step,
            samples=self.state.samples,
            minutes=self.state.seconds_trained / 60,
            loss=float(np.mean(losses)) if losses else float("nan"),
            **by_sigma,
        )
        self.state.save(self.out / STATE_FILE, {"preset": self.preset})

    def _step(self, share_done: float) -> float:
        recipe, state = self.recipe, self.state
        generator = np.random.default_rng((recipe.seed, state.step))
        num_frames = int(generator.choice(recipe.latent_frames, p=recipe.frame_shares))
        batch = self.train_latents.batch(generator, num_frames, recipe.max_tokens)
        holds_first = num_frames > 1 and generator.random() < recipe.first_frame_share
        captions = [self._caption(record.captions, generator) for record in batch.records]
        self.optimizer.set_share(warm_hold_fall(state.step, recipe.warmup_steps, share_done, recipe.final_share))
        noise = torch.Generator().manual_seed(recipe.seed * 1_000_003 + state.step)
        loss = self._loss(self.transformer, batch, captions, noise, holds_first=holds_first)
        state.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(self.transformer.parameters(), 1.0)
        state.optimizer.step()
        state.step += 1
        state.samples += len(captions)
        state.average.update(self.transformer, state.step)
        return float(loss.detach())

    def _caption(self, captions: tuple[str, ...], generator: np.random.Generator) -> str:
        if generator.random() < self.recipe.caption_dropout:
            return ""
        return captions[int(generator.integers(len(captions)))]

    def _loss(
        self,
        transformer: VideoTransformer,
        batch: LatentBatch,
        captions: list[str],
        noise: torch.Generator,
        *,
        holds_first: bool = False,
        sigma: float | None = None,
    ) -> Tensor:
        """The flow loss of one batch; `sigma` fixes the noise level, else it is drawn."""
        shape = LatentShape(*batch.latents_BCFHW.shape)
        x0_BNC = patchify(batch.latents_BCFHW).to(self.device)
        noise_BNC = torch.randn(x0_BNC.shape, generator=noise).to(self.device)
        if sigma is None:
            sigma_B = sample_sigmas(shape.batch, shape.num_tokens, self.recipe.sampling, noise).to(self.device)
        else:
            sigma_B = torch.full((shape.batch,), sigma, device=self.device)
        weights_BN = 1 + self.recipe.subject_weight * batch.coverage_BFHW.flatten(1).to(self.device)
        sigma_BT = sigma_B[:, None]
        if holds_first:
            held = shape.height * shape.width
            sigma_BT = sigma_BT.repeat(1, shape.num_tokens)
            sigma_BT[:, :held] = 0
            weights_BN[:, :held] = 0
        x_BNC = noised(x0_BNC, noise_BNC, sigma_BT.unsqueeze(-1))
        velocity_BNC = self._velocity(transformer, x_BNC, sigma_BT, captions, shape, batch.records[0].fps)
        return rectified_flow_loss(velocity_BNC, x0_BNC, noise_BNC, weights_BN)

    def _velocity(
        self,
        transformer: VideoTransformer,
        x_BNC: Tensor,
        sigma_BT: Tensor,
        captions: list[str],
        shape: LatentShape,
        fps: float,
    ) -> Tensor:
        context_BLC, mask_BL = self.text_encoder.encode(captions)
        positions_B3N = positions(
            shape,
            fps=fps,
            compression=self.recipe.compression,
            causal=transformer.config.causal_temporal_positioning,
            device=self.device,
        )
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            velocity_BNC: Tensor = transformer(x_BNC, sigma_BT, context_BLC, mask_BL, positions_B3N)
        return velocity_BNC

    @torch.no_grad()
    def _held_out_loss(self, transformer: VideoTransformer, batches: list[LatentBatch], sigma: float) -> float:
        noise = torch.Generator().manual_seed(17)
        losses = [
            self._loss(transformer, batch, [batch.records[0].captions[0]], noise, sigma=sigma) for batch in batches
        ]
        return float(torch.stack(losses).mean())


def is_block_matrix(name: str, parameter: Tensor) -> bool:
    """Whether a parameter is one of the blocks' weight matrices, which Muon steps."""
    return name.startswith("transformer_blocks.") and name.endswith(".weight") and parameter.ndim > 1


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `transformer`."""
    parser = subparsers.add_parser("transformer", help="train the transformer on encoded clips", description=__doc__)
    parser.add_argument("--preset", choices=sorted(TRANSFORMERS), default="nano")
    parser.add_argument("--data", type=Path, required=True, help="folder with train/ and held_out/ latents")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder")
    parser.add_argument("--minutes", type=float, required=True, help="time of this call")
    parser.add_argument("--resume", action="store_true", help="go on from the run's last state")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: torch's choice)")
    parser.add_argument("--max-tokens", type=int, default=TransformerRecipe.max_tokens)
    parser.add_argument("--learning-rate", type=float, default=TransformerRecipe.learning_rate)
    parser.add_argument("--final-share", type=float, default=TransformerRecipe.final_share)
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Train as the options say."""
    if options.threads:
        torch.set_num_threads(options.threads)
    recipe = TransformerRecipe(
        max_tokens=options.max_tokens, learning_rate=options.learning_rate, final_share=options.final_share
    )
    folders = (options.data / "train", options.data / "held_out", options.out)
    trainer = TransformerTrainer(options.preset, recipe, folders, options.device)
    if options.resume:
        trainer.resume()
    elif (options.out / STATE_FILE).exists():
        raise RenderError(f"{options.out}: there is a run already; add --resume or choose another folder")
    trainer.run(options.minutes * 60)
