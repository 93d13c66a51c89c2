"""Trains the transformer on encoded clips: rectified flow under captions, for a given time, resumably.

Shape letters: B batch, N tokens, C latent channels, F latent frames.
"""

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from render_engine.api.values import RenderError
from render_engine.conditioning import LatentState
from render_engine.flow.losses import SigmaSampling, rectified_flow_loss, sample_sigmas
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.models.transformer import PassOptions, VideoTransformer
from render_engine.presets import TRANSFORMERS, get_transformer_config
from render_engine.shapes import Compression, TokenGrid
from render_engine.training.caption_cache import CaptionCache
from render_engine.training.conditions import (
    GUIDED_ALONE,
    NO_CONDITIONS,
    ConditionShares,
    at_level,
    conditioned,
)
from render_engine.training.latents import LatentBatch, LatentShards
from render_engine.training.muon import Muon
from render_engine.training.trainer import Folders, Recipe, Trainer, add_run_options, begin, take_folders

STATE_FILE = "transformer_training.safetensors"
HOUSE_COMPRESSION = Compression(temporal=4, spatial=16)
HOUSE_SAMPLING = SigmaSampling(bias=-0.6)
"""Towards low noise, which is learnt first and which animatic-guided renders use."""
HOUSE_CONDITIONS = ConditionShares()
NUM_DEVIATION_CLIPS = 256
CHECK_SIGMAS = (0.2, 0.4, 0.6, 0.8, 0.95)


@dataclass(frozen=True)
class TransformerRecipe(Recipe):
    """How the transformer is trained.

    A step sees clips cut to one of `latent_frames` (drawn with `frame_shares`), as many as fit `max_tokens`.
    A share of the captions is dropped (for guidance), of the others a share is the canonical one, which the studio
    writes; `conditions` says what else is given, and how often.
    `subject_weight` is what a token that the subject fills counts more than one without it.
    `compression` is the autoencoder's; (frames, pixels).
    """

    compression: Compression = HOUSE_COMPRESSION
    latent_frames: tuple[int, ...] = (1, 3, 7, 13)
    frame_shares: tuple[float, ...] = (0.15, 0.45, 0.3, 0.1)
    max_tokens: int = 3072
    caption_dropout: float = 0.1
    canonical_share: float = 0.4
    conditions: ConditionShares = HOUSE_CONDITIONS
    subject_weight: float = 2.0
    sampling: SigmaSampling = HOUSE_SAMPLING


class TransformerTrainer(Trainer):
    """Trains a transformer of a preset on latents."""

    state_file = STATE_FILE

    def __init__(self, preset: str, recipe: TransformerRecipe, folders: Folders, device: str) -> None:
        self.recipe, self.preset = recipe, preset
        self.device = torch.device(device)
        self.train_latents, self.held_out_latents = LatentShards(folders.train), LatentShards(folders.held_out)
        config = get_transformer_config(preset)
        if config.in_channels != self.train_latents.channels:
            raise RenderError(
                f"preset {preset} takes {config.in_channels} channels, the latents have {self.train_latents.channels}"
            )
        torch.manual_seed(recipe.seed)
        self.words = CaptionCache(MiniLMEncoder.load(device=device))
        transformer = VideoTransformer(config).to(self.device)
        if config.preconditioned:
            transformer.get_buffer("latent_deviation").copy_(self.train_latents.deviation(NUM_DEVIATION_CLIPS))
        self.transformer = transformer
        optimizer = Muon.of(transformer, recipe.learning_rate, recipe.other_learning_rate, is_block_matrix)
        super().__init__(transformer, optimizer, recipe, folders.out)

    def batch_loss(self, generator: np.random.Generator) -> tuple[Tensor, int]:
        """The flow loss of random clips under random captions."""
        recipe = self.recipe
        num_frames = int(generator.choice(recipe.latent_frames, p=recipe.frame_shares))
        batch = self.train_latents.batch(generator, num_frames, recipe.max_tokens)
        captions = [self._caption(record.captions, generator) for record in batch.records]
        noise = torch.Generator().manual_seed(recipe.seed * 1_000_003 + self.state.step)
        state = conditioned(
            batch, self._grid(batch), noise, generator, recipe.conditions.for_model(self.transformer.config)
        )
        num_clips, num_tokens = len(captions), state.num_video
        sigma_B = sample_sigmas(num_clips, num_tokens, recipe.sampling, noise).to(self.device)
        return self._loss(self.transformer, state, batch, captions, sigma_B), num_clips

    def scores(self) -> dict[str, float]:
        """The moving average's loss at fixed noise levels: from words alone, and beside an animatic if it takes one."""
        averaged = VideoTransformer(self.transformer.config).to(self.device)
        self.state.average.copy_to(averaged)
        batches = self.held_out_latents.first(self.recipe.num_check_clips)
        ways = {"loss": NO_CONDITIONS, **({"guided": GUIDED_ALONE} if averaged.config.guided else {})}
        return {
            f"{name}_at_{sigma}": self._held_out_loss(averaged, batches, sigma, shares)
            for name, shares in ways.items()
            for sigma in CHECK_SIGMAS
        }

    def notes(self) -> dict[str, Any]:
        """The preset."""
        return {"preset": self.preset}

    def _caption(self, captions: tuple[str, ...], generator: np.random.Generator) -> str:
        if generator.random() < self.recipe.caption_dropout:
            return ""
        if generator.random() < self.recipe.canonical_share:
            return captions[0]
        return captions[int(generator.integers(len(captions)))]

    def _loss(
        self,
        transformer: VideoTransformer,
        state: LatentState,
        batch: LatentBatch,
        captions: list[str],
        sigma_B: Tensor,
    ) -> Tensor:
        """The flow loss of one batch over the tokens that are free."""
        x_BNC, sigma_BN, x0_BNC = at_level(state, sigma_B)
        weights_BN = (state.denoise_mask_BN > 0).float()
        coverage_BN = batch.coverage_BFHW.flatten(1).to(self.device)
        state.video(weights_BN).mul_(1 + self.recipe.subject_weight * coverage_BN)
        context_BLC, mask_BL = self.words.encode(captions)
        sigma_BT = sigma_B.view(-1, 1) if state.is_free else sigma_BN
        options = PassOptions(guide_BNG=state.guide_BNG)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            velocity_BNC = transformer(x_BNC, sigma_BT, context_BLC, mask_BL, state.positions_B3N, options)
        return rectified_flow_loss(velocity_BNC, x0_BNC, state.noise_BNC, weights_BN)

    def _grid(self, batch: LatentBatch) -> TokenGrid:
        config = self.transformer.config
        return TokenGrid(
            batch.records[0].fps,
            self.recipe.compression,
            causal=config.causal_temporal_positioning,
            anchor=config.position_anchor,
            device=self.device,
        )

    @torch.no_grad()
    def _held_out_loss(
        self, transformer: VideoTransformer, batches: list[LatentBatch], sigma: float, shares: ConditionShares
    ) -> float:
        noise, generator = torch.Generator().manual_seed(17), np.random.default_rng(17)
        sigma_B = torch.tensor([sigma], device=self.device)
        losses = []
        for batch in batches:
            state = conditioned(batch, self._grid(batch), noise, generator, shares)
            losses.append(self._loss(transformer, state, batch, [batch.records[0].captions[0]], sigma_B))
        return float(torch.stack(losses).mean())


def is_block_matrix(name: str, parameter: Tensor) -> bool:
    """Whether a parameter is one of the blocks' weight matrices, which Muon steps."""
    return name.startswith("transformer_blocks.") and name.endswith(".weight") and parameter.ndim > 1


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `transformer`."""
    parser = subparsers.add_parser("transformer", help="train the transformer on encoded clips", description=__doc__)
    parser.add_argument("--preset", choices=sorted(TRANSFORMERS), default="nano")
    parser.add_argument("--max-tokens", type=int, default=TransformerRecipe.max_tokens)
    add_run_options(parser, "latents")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Train as the options say."""
    folders = take_folders(options)
    recipe = TransformerRecipe(
        max_tokens=options.max_tokens,
        learning_rate=options.learning_rate,
        final_share=options.final_share,
        seed=options.seed,
    )
    trainer = TransformerTrainer(options.preset, recipe, folders, options.device)
    begin(trainer, options)
    trainer.run(options.minutes * 60)
