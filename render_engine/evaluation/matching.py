"""The critic on clips and captions: right ones told from ones with one attribute changed, and found among others."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from render_engine.api.scene import ATTRIBUTES
from render_engine.critic.text_tower import Heard
from render_engine.critic.video_text import Sight, VideoTextCritic
from render_engine.evaluation.measuring import Measured
from render_engine.evaluation.prompts import Prompt
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.training.caption_pairs import CaptionSource, together
from render_engine.training.critic_scores import JudgedPairs, match_scores

NUM_CAPTIONS = 32
ROUNDS = 4
"""How many right and wrong captions each clip is matched with."""
_SEED = 9173
_AT_ONCE = 64
_TOLD = ("auc", "error_rate", "wrong_captions_passed", "right_captions_refused", "calibration_error")


def matching_scores(
    critic: VideoTextCritic, encoder: MiniLMEncoder, prompts: Sequence[Prompt], drawn: Sequence[Measured]
) -> dict[str, float]:
    """How well right captions of drawn clips are told from wrong ones, and `wrong_attribute_named`."""
    source, generator = CaptionSource(encoder), np.random.default_rng(_SEED)
    pairs = source.pairs([prompt.scene for _ in range(ROUNDS) for prompt in prompts], generator)
    logits = [
        critic.model.text(*together(pairs.captions[start : start + _AT_ONCE])).logits
        for start in range(0, len(pairs.captions), _AT_ONCE)
    ]
    heard = Heard({name: torch.cat([part[name] for part in logits]).cpu() for name in ATTRIBUTES})
    rows = {name: torch.tensor([clip.logits[name] for clip in drawn]) for name in ATTRIBUTES}
    seen = {name: values.repeat(2 * ROUNDS, 1) for name, values in rows.items()}
    judged = JudgedPairs(seen, heard, pairs.wrong, [caption.saying.labels() for caption in pairs.captions])
    scores = match_scores(critic.model, judged)
    return {name: float(scores[name]) for name in (*_TOLD, "wrong_attribute_named")}


def retrieval(critic: VideoTextCritic, prompts: Sequence[Prompt], clips: Sequence[Measured]) -> float:
    """How often, of the captions of 32 prompts in a row (fewer where there are no more), a clip's own fits it best."""
    found = 0
    for start in range(0, len(clips), NUM_CAPTIONS):
        first = min(start, max(0, len(clips) - NUM_CAPTIONS))  # the last ones too are told from 31 others
        logit_BT = _match(critic, prompts[first : first + NUM_CAPTIONS], clips[first : first + NUM_CAPTIONS])
        new = torch.arange(start - first, len(logit_BT))
        found += int((logit_BT.argmax(1)[new] == new).sum())
    return found / len(clips)


def _match(critic: VideoTextCritic, prompts: Sequence[Prompt], clips: Sequence[Measured]) -> Tensor:
    sights = [
        Sight(torch.tensor(clip.features), {name: torch.tensor(values) for name, values in clip.logits.items()})
        for clip in clips
    ]
    return critic.match_logits(sights, [prompt.caption for prompt in prompts])
