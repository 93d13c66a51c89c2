"""Trains the critic on drawn clips: both towers on attributes, the match on captions with one attribute changed.

The generator's clips are never among the data. Shape letters: B clips, F frames, H and W rows and columns.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from render_engine.api.scene import ATTRIBUTES
from render_engine.checkpoints.critic_files import dump_config
from render_engine.critic.text_tower import Heard
from render_engine.critic.video_text import VideoTextConfig, VideoTextModel, prepare
from render_engine.critic.video_tower import Seen
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.training.attribute_clips import (
    AttributeClip,
    AttributeClips,
    attributes_loss,
    coverage_loss,
    held_out_folders,
    labels_of,
    train_folders,
)
from render_engine.training.calibration import area_under_curve
from render_engine.training.caption_pairs import CaptionSource, reading_loss, together
from render_engine.training.degrade import degraded
from render_engine.training.muon import Muon
from render_engine.training.trainer import Folders, Recipe, Trainer, add_run_options, begin, take_folders

STATE_FILE = "critic_training.safetensors"
COVERAGE_SHARE, READING_SHARE, MATCH_SHARE = 0.5, 1.0, 0.2


@dataclass(frozen=True)
class CriticRecipe(Recipe):
    """How the critic is trained: `batch` clips a step, of which `num_paired` get captions, and old captions beside."""

    batch: int = 32
    num_paired: int = 6
    num_past: int = 52
    learning_rate: float = 4e-3
    other_learning_rate: float = 1e-3
    warmup_steps: int = 50
    final_share: float = 0.5
    average_decay: float = 0.998
    seconds_between_checks: float = 180
    num_check_clips: int = 256


class CriticTrainer(Trainer):
    """Trains a video-text model; `run` trains for a time."""

    state_file = STATE_FILE

    def __init__(
        self, config: VideoTextConfig, recipe: CriticRecipe, folders: Folders, device: str, encoder: MiniLMEncoder
    ) -> None:
        self.recipe, self.device = recipe, torch.device(device)
        self.train_clips = AttributeClips(train_folders(folders.train.parent))
        self.held_out = AttributeClips(list(held_out_folders(folders.train.parent).values()) or [folders.held_out])
        torch.manual_seed(recipe.seed)
        self.model = VideoTextModel(config).to(self.device)
        self.words, self._encoder = CaptionSource(encoder), encoder
        optimizer = Muon.of(self.model, recipe.learning_rate, recipe.other_learning_rate, is_matrix)
        super().__init__(self.model, optimizer, recipe, folders.out)

    def batch_loss(self, generator: np.random.Generator) -> tuple[Tensor, int]:
        """What both towers and the match have to learn of random clips."""
        recipe, config = self.recipe, self.model.config.video
        clips = self.train_clips.random(generator, recipe.batch, config.num_frames)
        frames_BF3HW = torch.stack([degraded(clip_F3HW, generator) for clip_F3HW in self._pictures(clips)])
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            seen = self.model.video(_shifted(frames_BF3HW, generator).to(self.device))
        loss = attributes_loss(seen.logits, [clip.scene for clip in clips])
        coverage_BFHW = torch.stack([clip.coverage for clip in clips])
        loss = loss + COVERAGE_SHARE * coverage_loss(torch.unflatten(seen.coverage_BFP, 2, config.grid), coverage_BFHW)
        return loss + self._words_loss(clips[: recipe.num_paired], seen, generator), len(clips)

    def scores(self) -> dict[str, float]:
        """The moving average's accuracy on held-out clips and captions, and how well it tells right from wrong."""
        averaged = VideoTextModel(self.model.config).to(self.device).eval()
        self.state.average.copy_to(averaged)
        count = min(self.recipe.num_check_clips, len(self.held_out))
        clips = list(self.held_out.spread(count, self.model.config.video.num_frames))
        seen = look_at(averaged, clips)
        labels = labels_of([clip.scene for clip in clips], list(ATTRIBUTES))
        scores = {name: float((seen[name].argmax(-1) == labels[name]).float().mean()) for name in seen}
        pairs = CaptionSource(self._encoder).pairs([clip.scene for clip in clips], np.random.default_rng(29))
        with torch.no_grad():
            heard = averaged.text(*together(pairs.captions))
            logit_N = averaged.compare({name: torch.cat((x, x)) for name, x in seen.items()}, heard).logit_N.cpu()
        truth = [caption.saying.labels() for caption in pairs.captions]
        read = [
            float((heard.logits[name].argmax(-1).cpu() == torch.tensor([one[name] for one in truth])).float().mean())
            for name in ATTRIBUTES
        ]
        return {**scores, "reading": float(np.mean(read)), "auc": area_under_curve(logit_N[:count], logit_N[count:])}

    def notes(self) -> dict[str, Any]:
        """The model's config."""
        return dump_config(self.model.config)

    def _words_loss(self, clips: Sequence[AttributeClip], seen: Seen, generator: np.random.Generator) -> Tensor:
        """Reading captions of this step and of the past; matching those of this step, which the towers do not feel."""
        pairs = self.words.pairs([clip.scene for clip in clips], generator)
        captions = [*pairs.captions, *self.words.past(self.recipe.num_past, generator)]
        embeds_NLE, mask_NL = together(captions)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            heard = self.model.text(embeds_NLE, mask_NL)
        num_pairs, count = len(pairs.captions), len(clips)
        both = {name: x[:count].detach().repeat(2, 1) for name, x in seen.logits.items()}
        heard_pairs = Heard({name: x[:num_pairs].detach() for name, x in heard.logits.items()})
        logit_N = self.model.compare(both, heard_pairs).logit_N
        is_right_N = torch.tensor([1.0, 0.0], device=self.device).repeat_interleave(count)
        match_loss = F.binary_cross_entropy_with_logits(logit_N, is_right_N)
        return READING_SHARE * reading_loss(heard, captions) + MATCH_SHARE * match_loss

    def _pictures(self, clips: Sequence[AttributeClip]) -> Tensor:
        frames_NHW3 = torch.stack([clip.frames for clip in clips]).flatten(0, 1)
        return torch.unflatten(prepare(frames_NHW3, self.model.config.video), 0, (len(clips), -1))


@torch.no_grad()
def look_at(model: VideoTextModel, clips: Sequence[AttributeClip]) -> dict[str, Tensor]:
    """A model's logits of clips read at its number of frames: attribute -> (B, values), at their temperatures."""
    device = next(model.parameters()).device
    rows = []
    for clip in clips:
        frames_BF3HW = prepare(clip.frames, model.config.video)[None].to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            rows.append(model.look(frames_BF3HW).logits)
    return {name: torch.cat([row[name] for row in rows]).cpu() for name in ATTRIBUTES}


def is_matrix(name: str, parameter: Tensor) -> bool:
    """Whether a parameter is a layer's weight, which Muon steps, and neither a head's nor a table."""
    return name.endswith(".weight") and parameter.ndim > 1 and ".heads." not in name and ".coverage." not in name


def _shifted(frames_BF3HW: Tensor, generator: np.random.Generator) -> Tensor:
    """Every clip moved by up to a fiftieth of its size, so that places are not learnt by heart; its edges drawn out."""
    height, width = frames_BF3HW.shape[3:]
    rows, columns = max(1, height // 50), max(1, width // 50)
    padded = F.pad(frames_BF3HW.flatten(1, 2), (columns, columns, rows, rows), mode="replicate")
    downs = generator.integers(2 * rows + 1, size=len(padded)).tolist()
    rights = generator.integers(2 * columns + 1, size=len(padded)).tolist()
    places = zip(padded, downs, rights, strict=True)
    moved = [clip[:, top : top + height, left : left + width] for clip, top, left in places]
    return torch.unflatten(torch.stack(moved), 1, (-1, 3))


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `critic`."""
    parser = subparsers.add_parser("critic", help="train the critic's video-text model", description=__doc__)
    parser.add_argument("--batch", type=int, default=CriticRecipe.batch)
    add_run_options(parser, "clips; train_* folders join the training, others are scored")
    parser.set_defaults(run=run_command, learning_rate=CriticRecipe.learning_rate, final_share=CriticRecipe.final_share)


def run_command(options: argparse.Namespace) -> None:
    """Train as the options say."""
    folders = take_folders(options)
    recipe = CriticRecipe(
        batch=options.batch, learning_rate=options.learning_rate, final_share=options.final_share, seed=options.seed
    )
    encoder = MiniLMEncoder.load(device=options.device)
    trainer = CriticTrainer(VideoTextConfig(), recipe, folders, options.device, encoder)
    begin(trainer, options)
    trainer.run(options.minutes * 60)
