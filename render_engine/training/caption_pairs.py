"""Captions of clips for the critic: right ones and ones with one attribute wrong, each attribute as often, encoded.

Shape letters: N captions, L tokens, E the encoder's width.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from render_engine.api.scene import ATTRIBUTES, SceneSpec
from render_engine.critic.text_tower import Heard
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.training.sayings import Saying, one_wrong, say


class Encoded(NamedTuple):
    """A saying with its token embeddings (L, E) in half precision."""

    saying: Saying
    embeds_LE: Tensor


class Pairs(NamedTuple):
    """As many right captions of the scenes as wrong ones: caption n and caption N + n are of scene n."""

    captions: list[Encoded]
    wrong: list[str]
    """The attribute that is wrong in each of the second half."""


class CaptionSource:
    """Writes and encodes captions; those of the past are kept to be read again, for encoding costs more than reading.

    Args:
        encoder: of sentences.
        num_kept: captions of the past, about 25 KB each.
    """

    def __init__(self, encoder: MiniLMEncoder, num_kept: int = 8192) -> None:
        self._encoder = encoder
        self._past: deque[Encoded] = deque(maxlen=num_kept)
        self._turn = 0

    def pairs(self, scenes: Sequence[SceneSpec], generator: np.random.Generator) -> Pairs:
        """A right and a wrong caption of every scene; the wrong attributes take turns."""
        names = list(ATTRIBUTES)
        wrong = [names[(self._turn + number) % len(names)] for number in range(len(scenes))]
        self._turn += len(scenes)
        right = [say(scene, generator, must=name) for scene, name in zip(scenes, wrong, strict=True)]
        others = [one_wrong(scene, name, generator) for scene, name in zip(scenes, wrong, strict=True)]
        encoded = self.encode([*right, *others])
        self._past.extend(encoded)
        return Pairs(encoded, wrong)

    def past(self, count: int, generator: np.random.Generator) -> list[Encoded]:
        """Captions written before, at random."""
        return [self._past[int(index)] for index in generator.integers(len(self._past), size=count)]

    def encode(self, sayings: Sequence[Saying]) -> list[Encoded]:
        """Read sayings through the encoder, those of about one length together."""
        order = sorted(range(len(sayings)), key=lambda index: len(sayings[index].text))
        found: dict[int, Encoded] = {}
        for start in range(0, len(order), 32):
            chosen = order[start : start + 32]
            embeds_NLE, mask_NL = self._encoder.encode([sayings[index].text for index in chosen])
            for index, embeds_LE, mask_L in zip(chosen, embeds_NLE, mask_NL, strict=True):
                found[index] = Encoded(sayings[index], embeds_LE[mask_L].half())
        return [found[index] for index in range(len(sayings))]


def together(captions: Sequence[Encoded]) -> tuple[Tensor, Tensor]:
    """Embeddings (N, L, E) float32, zero beyond each caption's end, and their mask (N, L)."""
    embeds_NLE = pad_sequence([caption.embeds_LE for caption in captions], batch_first=True).float()
    lengths_N = torch.tensor([len(caption.embeds_LE) for caption in captions], device=embeds_NLE.device)
    return embeds_NLE, torch.arange(embeds_NLE.shape[1], device=embeds_NLE.device) < lengths_N[:, None]


def reading_loss(heard: Heard, captions: Sequence[Encoded]) -> Tensor:
    """The mean cross entropy of what was heard against what is said."""
    labels = [caption.saying.labels() for caption in captions]
    losses = [
        F.cross_entropy(logits, torch.tensor([label[name] for label in labels], device=logits.device))
        for name, logits in heard.logits.items()
    ]
    return torch.stack(losses).mean()
