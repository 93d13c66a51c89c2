"""Captions as the text encoder reads them, each once: a run sees the same ones again and again.

Shape letters: B captions, L tokens of the longest one, D the encoder's width.
"""

import torch
from torch import Tensor

from render_engine.models.text_encoder import MiniLMEncoder


class CaptionCache:
    """Reads captions through an encoder and keeps them in half precision, about 40 KB each."""

    def __init__(self, encoder: MiniLMEncoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Tensor] = {}

    def encode(self, captions: list[str]) -> tuple[Tensor, Tensor]:
        """Token embeddings (B, L, D) float32, zero beyond each caption's end, and their mask (B, L) bool."""
        new = sorted({caption for caption in captions if caption not in self._known})
        if new:
            embeds_BLD, mask_BL = self._encoder.encode(new)
            for caption, embeds_LD, mask_L in zip(new, embeds_BLD, mask_BL, strict=True):
                self._known[caption] = embeds_LD[mask_L].half()
        rows = [self._known[caption].float() for caption in captions]
        lengths_B = torch.tensor([len(row) for row in rows], device=rows[0].device)
        mask_BL = torch.arange(int(lengths_B.max()), device=rows[0].device) < lengths_B[:, None]
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True), mask_BL
