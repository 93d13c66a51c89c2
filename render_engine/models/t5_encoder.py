"""The text encoder of LTX-Video: T5-XXL, whose token embeddings condition the published transformers.

Shape letters: B texts, L tokens of a padded text, D the encoder's width (4096 for T5-XXL).

Prompts are padded on the right to a fixed length, and the padding is embedded with the words: the mask that comes with
them tells the transformer what to read. Whether T5 itself sees that mask is a setting, for the references differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase, T5EncoderModel

from render_engine.api.values import RenderError

MAX_REMEMBERED = 16
"""Prompts whose embeddings are kept, 4 MiB each at T5-XXL's width in float32."""


@dataclass(frozen=True)
class T5Settings:
    """How a prompt is laid out for T5; the defaults are LTX-Video's own and those of diffusers' LTXConditionPipeline.

    Diffusers' LTXPipeline has 128 tokens and lets T5 read the padding.
    """

    num_tokens: int = 256
    masks_padding: bool = True
    """T5's own attention leaves the padding out; if not, the embeddings of the words depend on how much there is."""


ORIGINAL = T5Settings()


class T5Encoder:
    """Words to token embeddings for the transformer; longer texts are cut at `settings.num_tokens`.

    Each prompt is read by itself, so that its embeddings are the same bytes whatever stands beside it, and the last
    ones are remembered: a guided film asks for the same negative prompt with every shot.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, model: T5EncoderModel, settings: T5Settings = ORIGINAL
    ) -> None:
        self.settings = settings
        self.width: int = model.config.d_model
        self._tokenizer = tokenizer
        self._model: T5EncoderModel | None = model
        self._remembered: dict[str, tuple[Tensor, Tensor]] = {}

    def encode(self, prompts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Embed tokens in context: (B, L, D) in the model's dtype and a mask (B, L), True where a token counts.

        Raises:
            RenderError: the encoder was freed, and a prompt is not among those it remembers.
        """
        embeds_LD, masks_L = zip(*map(self._recall, prompts), strict=True)
        return torch.stack(embeds_LD), torch.stack(masks_L)

    def free(self) -> None:
        """Let go of the weights; prompts that were read lately can still be asked for."""
        self._model = None

    def _recall(self, prompt: str) -> tuple[Tensor, Tensor]:
        """The prompt asked for longest ago is the first to be forgotten."""
        known = self._remembered.pop(prompt, None) or self._read(prompt)
        self._remembered[prompt] = known
        if len(self._remembered) > MAX_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        return known

    @torch.no_grad()
    def _read(self, prompt: str) -> tuple[Tensor, Tensor]:
        if self._model is None:
            raise RenderError("the text encoder was freed: load it again to read another prompt")
        tokens = self._tokenizer(
            [prompt], padding="max_length", truncation=True, max_length=self.settings.num_tokens, return_tensors="pt"
        ).to(self._model.device)
        mask_BL: Tensor = tokens["attention_mask"].bool()
        seen_BL = mask_BL if self.settings.masks_padding else None
        embeds_BLD: Tensor = self._model(tokens["input_ids"], attention_mask=seen_BL).last_hidden_state
        return embeds_BLD[0], mask_BL[0]
