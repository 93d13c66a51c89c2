"""Self-distillation: an adapter that walks the eight distilled noise levels without guidance as the model does with it.

The teacher is the model itself, guided, in several steps between two neighbouring levels of the list; the pupil is the
same weights with a LoRA, in one. Only the adapter is trained and shipped.
Shape letters: B batch, N tokens, C latent channels.
"""

import argparse
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from render_engine.checkpoints.lora_files import save_lora
from render_engine.checkpoints.safetensors_files import file_sha256
from render_engine.checkpoints.transformer_files import load_transformer
from render_engine.conditioning import LatentState
from render_engine.flow.guidance import classifier_free
from render_engine.flow.losses import weighted_square_error
from render_engine.flow.schedules import DISTILLED_STAGE_1
from render_engine.models.lora import Lora, LoraFactors, with_loras
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.models.transformer import PassOptions, VideoTransformer
from render_engine.releases import DISTILLED_FILE
from render_engine.shapes import Compression, TokenGrid
from render_engine.training.caption_cache import CaptionCache
from render_engine.training.conditions import ConditionShares, at_level, conditioned
from render_engine.training.latents import LatentBatch, LatentShards
from render_engine.training.muon import Muon
from render_engine.training.run_log import RunLog, read_log
from render_engine.training.train_state import average_of
from render_engine.training.trainer import Folders, Recipe, Trainer, add_run_options, begin, take_folders
from render_engine.training.transformer import HOUSE_COMPRESSION, HOUSE_CONDITIONS

STATE_FILE = "distil_training.safetensors"
_LAYERS = (".attn1.", ".attn2.", ".ff.net.")


@dataclass(frozen=True)
class DistilRecipe(Recipe):
    """How the adapter is trained.

    The teacher takes `teacher_steps` between two levels, guided by words at `guidance_scale`.
    """

    rank: int = 16
    guidance_scale: float = 2.0
    teacher_steps: int = 3
    compression: Compression = HOUSE_COMPRESSION
    num_frames: int = 7
    max_tokens: int = 2048
    conditions: ConditionShares = HOUSE_CONDITIONS
    warmup_steps: int = 30
    other_learning_rate: float = 1e-3


class Adapter(nn.Module):
    """A LoRA's factors as parameters, for every linear layer of the blocks; a new one adds nothing."""

    def __init__(self, transformer: VideoTransformer, rank: int) -> None:
        super().__init__()
        layers = {
            name: layer
            for name, layer in transformer.named_modules()
            if isinstance(layer, nn.Linear) and any(part in f"{name}." for part in _LAYERS)
        }
        self._names = list(layers)
        for index, layer in enumerate(layers.values()):
            down_RI = torch.randn(rank, layer.in_features) * layer.in_features**-0.5
            self.register_parameter(f"down_{index}", nn.Parameter(down_RI))
            self.register_parameter(f"up_{index}", nn.Parameter(torch.zeros(layer.out_features, rank)))

    @property
    def lora(self) -> Lora:
        """The adapter by the names of the layers."""
        return {
            name: LoraFactors(self.get_parameter(f"down_{index}"), self.get_parameter(f"up_{index}"))
            for index, name in enumerate(self._names)
        }


class DistilTrainer(Trainer):
    """Trains an adapter of released weights on latents."""

    state_file = STATE_FILE

    def __init__(self, weights: Path, recipe: DistilRecipe, folders: Folders, device: str) -> None:
        self.recipe, self.device = recipe, torch.device(device)
        self.train_latents, self.held_out_latents = LatentShards(folders.train), LatentShards(folders.held_out)
        self.transformer = load_transformer(weights).to(self.device).requires_grad_(requires_grad=False)
        torch.manual_seed(recipe.seed)
        self.adapter = Adapter(self.transformer, recipe.rank).to(self.device)
        self.words = CaptionCache(MiniLMEncoder.load(device=device))
        optimizer = Muon.of(self.adapter, recipe.learning_rate, recipe.other_learning_rate, lambda *_: False)
        super().__init__(self.adapter, optimizer, recipe, folders.out)

    def batch_loss(self, generator: np.random.Generator) -> tuple[Tensor, int]:
        """How far the pupil's one step is from where the teacher's several end, at one level of the list."""
        batch = self.train_latents.batch(generator, self.recipe.num_frames, self.recipe.max_tokens)
        captions = [record.captions[int(generator.integers(len(record.captions)))] for record in batch.records]
        level = int(generator.integers(len(DISTILLED_STAGE_1) - 1))
        noise = torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + self.state.step)
        return self._step_error(self.adapter.lora, batch, captions, level, noise, generator), len(captions)

    def scores(self) -> dict[str, float]:
        """The averaged adapter's error over all levels on held-out clips, and that of the weights without it."""
        averaged = Adapter(self.transformer, self.recipe.rank).to(self.device)
        self.state.average.copy_to(averaged)
        return {"error": self._held_out_error(averaged.lora), "error_without": self._held_out_error({})}

    def notes(self) -> dict[str, Any]:
        """The adapter's rank."""
        return {"rank": self.recipe.rank}

    @torch.no_grad()
    def _held_out_error(self, lora: Lora) -> float:
        errors = []
        for index, batch in enumerate(self.held_out_latents.first(self.recipe.num_check_clips)):
            level = index % (len(DISTILLED_STAGE_1) - 1)
            noise, generator = torch.Generator().manual_seed(index), np.random.default_rng(index)
            captions = [batch.records[0].captions[0]]
            errors.append(float(self._step_error(lora, batch, captions, level, noise, generator)))
        return float(np.mean(errors))

    def _step_error(
        self,
        lora: Lora,
        batch: LatentBatch,
        captions: list[str],
        level: int,
        noise: torch.Generator,
        generator: np.random.Generator,
    ) -> Tensor:
        """The squared error of the pupil's velocity from the teacher's mean one, over the free tokens."""
        shares = self.recipe.conditions.for_model(self.transformer.config)
        state = conditioned(batch, self._grid(batch), noise, generator, shares)
        sigma, sigma_next = DISTILLED_STAGE_1[level : level + 2]
        walk = _Walk(self.transformer, state, self.words.encode([*captions, *[""] * len(captions)]))
        with torch.no_grad():
            wanted_BNC = walk.mean_velocity(sigma, sigma_next, self.recipe.teacher_steps, self.recipe.guidance_scale)
        x_BNC, sigma_BN, _ = at_level(state, torch.full((len(captions),), sigma, device=self.device))
        with with_loras(self.transformer, [(lora, 1.0)]):
            velocity_BNC = walk.velocity(x_BNC, sigma_BN, range(len(captions)))
        return weighted_square_error(velocity_BNC, wanted_BNC, (state.denoise_mask_BN > 0).float())

    def _grid(self, batch: LatentBatch) -> TokenGrid:
        config = self.transformer.config
        causal, anchor = config.causal_temporal_positioning, config.position_anchor
        return TokenGrid(batch.records[0].fps, self.recipe.compression, causal, anchor, self.device)


class _Walk:
    """The model on one batch: with its words (the first half of the rows), and without (the second)."""

    def __init__(self, transformer: VideoTransformer, state: LatentState, words: tuple[Tensor, Tensor]) -> None:
        self.transformer, self.state = transformer, state
        self.context_BLC, self.mask_BL = words

    def mean_velocity(self, sigma: float, sigma_next: float, num_steps: int, guidance_scale: float) -> Tensor:
        """From one level to another in several guided steps: the straight line that ends there."""
        batch = len(self.state.noise_BNC)
        levels = torch.linspace(sigma, sigma_next, num_steps + 1).tolist()
        start_BNC, _, _ = at_level(self.state, torch.full((batch,), sigma, device=self.state.noise_BNC.device))
        x_BNC = start_BNC
        for now, then in pairwise(levels):
            sigma_BN = self.state.denoise_mask_BN.clamp(max=now)
            with_words, without = (self.velocity(x_BNC, sigma_BN, range(first, first + batch)) for first in (0, batch))
            step_BN = self.state.denoise_mask_BN.clamp(max=then) - sigma_BN
            x_BNC = x_BNC + step_BN.unsqueeze(-1) * classifier_free(with_words, without, guidance_scale)
        return (x_BNC - start_BNC) / (sigma_next - sigma)

    def velocity(self, x_BNC: Tensor, sigma_BN: Tensor, rows: range) -> Tensor:
        """The velocity under the words of those rows."""
        chosen = slice(rows.start, rows.stop)
        options, places = PassOptions(guide_BNG=self.state.guide_BNG), self.state.positions_B3N
        with torch.autocast(x_BNC.device.type, dtype=torch.bfloat16):
            velocity_BNC: Tensor = self.transformer(
                x_BNC, sigma_BN, self.context_BLC[chosen], self.mask_BL[chosen], places, options
            )
        return velocity_BNC.float()


def export_adapter(run: Path, transformer: VideoTransformer, path: Path) -> None:
    """Write the averaged adapter of a run as a LoRA file of the family, in half precision.

    Raises:
        RenderError: the run is missing, damaged, or of another transformer.
    """
    notes, average = average_of(run / STATE_FILE)
    adapter = Adapter(transformer, notes["rank"])
    adapter.load_state_dict(average, strict=True)
    save_lora(path, adapter.lora, torch.float16)
    last = read_log(run, "check")[-1]
    RunLog(run).write(
        event="export",
        step=notes["step"],
        **{key: last[key] for key in ("error", "error_without")},
        bytes=path.stat().st_size,
        sha256=file_sha256(path),
    )


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands `distil` and `export-distilled`."""
    parser = subparsers.add_parser("distil", help="train the adapter of the eight distilled steps", description=__doc__)
    parser.add_argument("--weights", type=Path, required=True, help="the transformer's release file")
    parser.add_argument("--max-tokens", type=int, default=DistilRecipe.max_tokens)
    add_run_options(parser, "latents")
    parser.set_defaults(run=run_distil)
    exporter = subparsers.add_parser("export-distilled", help="write the adapter of a run", description=__doc__)
    exporter.add_argument("--weights", type=Path, required=True, help="the transformer's release file")
    exporter.add_argument("--run", type=Path, required=True, dest="run_folder", help="the run's folder")
    exporter.add_argument("--out", type=Path, required=True, help=f"folder that gets {DISTILLED_FILE}")
    exporter.set_defaults(run=run_export)


def run_distil(options: argparse.Namespace) -> None:
    """Train as the options say."""
    recipe = DistilRecipe(
        max_tokens=options.max_tokens,
        learning_rate=options.learning_rate,
        final_share=options.final_share,
        seed=options.seed,
    )
    trainer = DistilTrainer(options.weights, recipe, take_folders(options), options.device)
    begin(trainer, options)
    trainer.run(options.minutes * 60)


def run_export(options: argparse.Namespace) -> None:
    """Export as the options say."""
    export_adapter(options.run_folder, load_transformer(options.weights), options.out / DISTILLED_FILE)
