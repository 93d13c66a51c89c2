"""What the critic scores on held-out clips: attributes, reading, matching, naming what is wrong, and retrieval.

Shape letters: N clips.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from render_engine.api.scene import ATTRIBUTES
from render_engine.critic.caption_match import CaptionMatch
from render_engine.critic.text_tower import Heard
from render_engine.critic.video_text import VideoTextModel
from render_engine.training.attribute_clips import AttributeClip, labels_of
from render_engine.training.calibration import area_under_curve, expected_calibration_error, fit_temperature
from render_engine.training.caption_pairs import CaptionSource, together
from render_engine.training.critic import look_at

_FIT_STEPS, _FIT_RATE = 400, 0.02
_READ_AT_ONCE = 64


@dataclass(frozen=True)
class JudgedPairs:
    """Clips and their captions, seen and heard: clip n with its right caption, then clip n with its wrong one."""

    seen: dict[str, Tensor]
    heard: Heard
    wrong: list[str]
    labels: list[dict[str, int]]

    @property
    def is_right(self) -> Tensor:
        """1 for the first half, 0 for the second."""
        return torch.tensor([1.0, 0.0]).repeat_interleave(len(self.wrong))


def judged_pairs(
    model: VideoTextModel, source: CaptionSource, clips: Sequence[AttributeClip], seed: int, rounds: int = 1
) -> JudgedPairs:
    """Look at clips, and listen to a right and a wrong caption of each, in several rounds of other captions."""
    generator = np.random.default_rng(seed)
    shuffled = [clips[int(index)] for _ in range(rounds) for index in generator.permutation(len(clips))]
    seen_once = dict(zip(map(id, clips), _rows(look_at(model, clips)), strict=True))
    pairs = source.pairs([clip.scene for clip in shuffled], generator)
    rows = [seen_once[id(clip)] for clip in shuffled] * 2
    seen = {name: torch.stack([row[name] for row in rows]) for name in ATTRIBUTES}
    with torch.no_grad():
        parts = [
            model.text(*together(pairs.captions[start : start + _READ_AT_ONCE])).logits
            for start in range(0, len(pairs.captions), _READ_AT_ONCE)
        ]
    heard = Heard({name: torch.cat([part[name] for part in parts]).cpu() for name in ATTRIBUTES})
    return JudgedPairs(seen, heard, pairs.wrong, [caption.saying.labels() for caption in pairs.captions])


def calibrate(model: VideoTextModel, source: CaptionSource, clips: Sequence[AttributeClip], seed: int) -> None:
    """Set the temperatures and the match's few numbers to what makes held-out clips and captions likeliest."""
    logits = look_at(model, clips)
    labels = labels_of([clip.scene for clip in clips], list(ATTRIBUTES))
    before = model.get_buffer("temperature_A").clone()
    factors = torch.tensor([fit_temperature(logits[name], labels[name]) for name in ATTRIBUTES])
    model.get_buffer("temperature_A").copy_(before.cpu() * factors)
    fit_match(model.match, judged_pairs(model, source, clips, seed, rounds=4))


def fit_match(match: CaptionMatch, pairs: JudgedPairs) -> None:
    """Fit the match alone; a pull to where it starts keeps an attribute that is never seen from drifting away."""
    device = match.offset.device
    seen = {name: values.to(device) for name, values in pairs.seen.items()}
    heard = Heard({name: values.to(device) for name, values in pairs.heard.logits.items()})
    start_A = torch.ones_like(match.weight_A)
    match.requires_grad_(requires_grad=True)
    optimizer = torch.optim.Adam(match.parameters(), lr=_FIT_RATE)
    for _ in range(_FIT_STEPS):
        loss = F.binary_cross_entropy_with_logits(match(seen, heard).logit_N, pairs.is_right.to(device))
        loss = loss + 1e-3 * ((match.weight_A - start_A).square().sum() + match.bias_A.square().sum())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
    match.requires_grad_(requires_grad=False)


@torch.no_grad()
def match_scores(model: VideoTextModel, pairs: JudgedPairs) -> dict[str, Any]:
    """How well right captions are told from wrong ones, and whether what is wrong is named."""
    match = model.compare(
        {name: values.to(model.match.offset.device) for name, values in pairs.seen.items()},
        Heard({name: values.to(model.match.offset.device) for name, values in pairs.heard.logits.items()}),
    )
    logit, count = match.logit_N.cpu(), len(pairs.wrong)
    right, wrong = logit[:count], logit[count:]
    is_right = pairs.is_right > 0
    told = (logit > 0) == is_right
    by_attribute = {name: [n for n, other in enumerate(pairs.wrong) if other == name] for name in ATTRIBUTES}
    blamed = torch.where(match.said_NA > 0.5, match.agreement_NA, torch.inf).argmin(-1).cpu()[count:]
    named = torch.tensor(
        [list(ATTRIBUTES)[int(index)] == name for index, name in zip(blamed, pairs.wrong, strict=True)]
    )
    missed, false = wrong > 0, right <= 0
    return {
        "auc": round(area_under_curve(right, wrong), 4),
        "auc_by_attribute": {
            name: round(area_under_curve(right[chosen], wrong[chosen]), 4)
            for name, chosen in by_attribute.items()
            if chosen
        },
        "error_rate": round(1 - float(told.float().mean()), 4),
        "wrong_captions_passed": round(float(missed.float().mean()), 4),
        "right_captions_refused": round(float(false.float().mean()), 4),
        "calibration_error": round(expected_calibration_error(logit.sigmoid().maximum((-logit).sigmoid()), told), 4),
        "wrong_attribute_named": round(float(named.float().mean()), 4),
        "pairs": count,
    }


@torch.no_grad()
def retrieval(model: VideoTextModel, pairs: JudgedPairs) -> dict[str, float]:
    """How often a clip's own right caption is the first, or among the first five, of all right captions."""
    count, device = len(pairs.wrong), model.match.offset.device
    heard = Heard({name: values[:count].to(device) for name, values in pairs.heard.logits.items()})
    ranks = []
    for index in range(count):
        seen = {name: values[index].expand(count, -1).to(device) for name, values in pairs.seen.items()}
        logit_N = model.compare(seen, heard).logit_N
        ranks.append(int((logit_N > logit_N[index]).sum()))
    return {f"recall_at_{k}": round(float(np.mean([rank < k for rank in ranks])), 4) for k in (1, 5)}


def reading_accuracy(pairs: JudgedPairs) -> dict[str, float]:
    """How often what words say of an attribute, or that they say nothing, is heard right."""
    return {
        name: round(
            float((logits.argmax(-1) == torch.tensor([label[name] for label in pairs.labels])).float().mean()), 4
        )
        for name, logits in pairs.heard.logits.items()
    }


def _rows(logits: dict[str, Tensor]) -> list[dict[str, Tensor]]:
    count = len(next(iter(logits.values())))
    return [{name: values[index] for name, values in logits.items()} for index in range(count)]
