"""One block of the video transformer: the tokens read each other, then the caption, then each thinks for itself.

Shape letters: B batch, N latent tokens, D width, L caption tokens, T timesteps (1, or one a token), R modulation rows.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.models.attention import Attention
from render_engine.models.perturbation import Perturbation
from render_engine.models.rope import RotaryTable
from render_engine.models.transformer_config import TransformerConfig

_FEED_FORWARD_FACTOR = 4


class BlockSignals(NamedTuple):
    """What every block is told besides its tokens; computed once a pass."""

    modulation_BTRD: Tensor
    context_BLD: Tensor
    context_bias_B11L: Tensor | None
    """Added to the scores of the caption."""
    self_bias_B1NN: Tensor | None
    """Added to the scores among the tokens themselves."""
    rotary: RotaryTable
    prompt_modulation_B12D: Tensor | None
    """Shift and scale of the caption at this noise level; None when the blocks' own tables are all there is."""
    perturbation: Perturbation | None
    """Of self-attention, in the blocks that it names; the block's caller knows which they are."""


class GeluProjection(nn.Module):
    """A linear layer and tanh-GELU, one module for the checkpoint's key `net.0.proj`."""

    def __init__(self, dim: int, hidden_dim: int, *, bias: bool) -> None:
        super().__init__()
        self.proj = nn.Linear(dim, hidden_dim, bias=bias)

    def forward(self, x_BND: Tensor) -> Tensor:
        """(B, N, D) to (B, N, hidden)."""
        return F.gelu(self.proj(x_BND), approximate="tanh")


class FeedForward(nn.Module):
    """Linear, tanh-GELU, linear; the middle entry keeps the checkpoint's key `net.2`."""

    def __init__(self, dim: int, *, bias: bool) -> None:
        super().__init__()
        hidden_dim = _FEED_FORWARD_FACTOR * dim
        self.net = nn.Sequential(
            GeluProjection(dim, hidden_dim, bias=bias), nn.Identity(), nn.Linear(hidden_dim, dim, bias=bias)
        )

    def forward(self, x_BND: Tensor) -> Tensor:
        """(B, N, D) to (B, N, D)."""
        out_BND: Tensor = self.net(x_BND)
        return out_BND


class TransformerBlock(nn.Module):
    """Modulated self-attention, cross-attention to the caption, modulated feed-forward."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        dim = config.dim
        self.attn1 = Attention(config, context_dim=dim)
        self.attn2 = Attention(config, context_dim=config.cross_attention_dim)
        self.ff = FeedForward(dim, bias=config.ff_bias)
        self.scale_shift_table = nn.Parameter(torch.empty(num_modulation_rows(config), dim))
        if config.cross_attention_adaln:
            self.prompt_scale_shift_table = nn.Parameter(torch.empty(2, dim))

    def forward(self, x_BND: Tensor, signals: BlockSignals) -> Tensor:
        """One block; the rows are shift, scale and gate of attention, of the feed-forward, and of the caption."""
        rows = (self.scale_shift_table + signals.modulation_BTRD).unbind(2)
        shift_msa, scale_msa, gate_msa, shift_mlp, scale_mlp, gate_mlp = rows[:6]
        attended_BND: Tensor = self.attn1(
            self._modulated(x_BND, shift_msa, scale_msa),
            bias_B1NL=signals.self_bias_B1NN,
            rotary=signals.rotary,
            perturbation=signals.perturbation,
        )
        x_BND = x_BND + gate_msa * attended_BND
        x_BND = x_BND + self._read_caption(x_BND, rows[6:], signals)
        fed_BND: Tensor = self.ff(self._modulated(x_BND, shift_mlp, scale_mlp))
        return x_BND + gate_mlp * fed_BND

    def _read_caption(self, x_BND: Tensor, rows: tuple[Tensor, ...], signals: BlockSignals) -> Tensor:
        """From the raw stream in LTX-Video (no norm, no gate), from the normed in LTX-2, modulated from LTX-2.3 on."""
        context_BLD, bias_B11L = signals.context_BLD, signals.context_bias_B11L
        if not self.config.cross_attention_adaln:
            asking_BND = self._normed(x_BND) if self.config.cross_attn_norm else x_BND
            answer_BND: Tensor = self.attn2(asking_BND, context_BLD, bias_B1NL=bias_B11L)
            return answer_BND
        shift_q, scale_q, gate_q = rows
        context_BLD = self._modulated_context(context_BLD, signals.prompt_modulation_B12D)
        gated_BND: Tensor = gate_q * self.attn2(
            self._modulated(x_BND, shift_q, scale_q), context_BLD, bias_B1NL=bias_B11L
        )
        return gated_BND

    def _modulated_context(self, context_BLD: Tensor, modulation_B12D: Tensor | None) -> Tensor:
        table = self.prompt_scale_shift_table
        shift, scale = (table if modulation_B12D is None else table + modulation_B12D).unbind(-2)
        return context_BLD * (1 + scale) + shift

    def _normed(self, x_BND: Tensor) -> Tensor:
        return F.rms_norm(x_BND, x_BND.shape[-1:], eps=self.config.norm_eps)

    def _modulated(self, x_BND: Tensor, shift_BTD: Tensor, scale_BTD: Tensor) -> Tensor:
        return self._normed(x_BND) * (1 + scale_BTD) + shift_BTD


def num_modulation_rows(config: TransformerConfig) -> int:
    """Rows of a block's table: shift, scale and gate of two branches, or of three when the caption's is modulated."""
    return 9 if config.cross_attention_adaln else 6
