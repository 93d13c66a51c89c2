"""The critic's ears: from the token embeddings of anyone's words to what they say of each attribute.

Shape letters: B texts, L tokens, E the encoder's width, D width, A attributes.
"""

from typing import Annotated, NamedTuple

import torch
from pydantic import AfterValidator, Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.api.scene import ATTRIBUTES
from render_engine.api.values import Value


def in_order(attributes: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Attributes in the vocabulary's order, which a file's metadata does not keep and the towers' tables go by."""
    known = {name: attributes[name] for name in ATTRIBUTES if name in attributes}
    return {**known, **attributes}


Attributes = Annotated[dict[str, tuple[str, ...]], AfterValidator(in_order)]


class TextTowerConfig(Value):
    """What makes a text tower; `text_dim` is the sentence encoder's width."""

    text_dim: int = Field(default=384, ge=1)
    dim: int = Field(default=96, ge=4)
    num_heads: int = Field(default=4, ge=1)
    attributes: Attributes = ATTRIBUTES

    @model_validator(mode="after")
    def _has_whole_heads(self) -> "TextTowerConfig":
        if self.dim % self.num_heads:
            raise ValueError(f"dim {self.dim} is no multiple of its {self.num_heads} heads")
        return self


class Heard(NamedTuple):
    """What words say: for each attribute, logits of its values and, last, of its being left unsaid (B, values + 1)."""

    logits: dict[str, Tensor]


class TextTower(nn.Module):
    """A question of each attribute attends to the tokens, and is answered by its own small network."""

    def __init__(self, config: TextTowerConfig) -> None:
        super().__init__()
        self.config = config
        num_attributes, dim = len(config.attributes), config.dim
        self.norm = nn.LayerNorm(config.text_dim)
        self.to_key, self.to_value = nn.Linear(config.text_dim, dim), nn.Linear(config.text_dim, dim)
        self.asking_AD = nn.Parameter(torch.randn(num_attributes, dim) * dim**-0.5)
        self.mixing_ADD = nn.Parameter(torch.randn(num_attributes, dim, dim) * dim**-0.5)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(dim, len(values) + 1) for name, values in config.attributes.items()}
        )

    def forward(self, embeds_BLE: Tensor, mask_BL: Tensor) -> Heard:
        """Read texts; the mask is True where a token counts."""
        tokens_BLE = self.norm(embeds_BLE)
        keys_BHLK = self._split(self.to_key(tokens_BLE))
        values_BHLK = self._split(self.to_value(tokens_BLE))
        asking_BHAK = self._split(self.asking_AD[None]).expand(len(embeds_BLE), -1, -1, -1).to(keys_BHLK.dtype)
        found_BHAK = F.scaled_dot_product_attention(
            asking_BHAK, keys_BHLK, values_BHLK, attn_mask=mask_BL[:, None, None]
        )
        found_BAD = found_BHAK.transpose(1, 2).flatten(2)
        answers_BAD = found_BAD + F.gelu(torch.einsum("bad,ade->bae", found_BAD, self.mixing_ADD.to(found_BAD.dtype)))
        return Heard(
            {name: head(answers_BAD[:, index]).float() for index, (name, head) in enumerate(self.heads.items())}
        )

    def _split(self, x_BND: Tensor) -> Tensor:
        return torch.unflatten(x_BND, -1, (self.config.num_heads, -1)).transpose(1, 2)
