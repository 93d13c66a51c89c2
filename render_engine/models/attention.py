"""Attention of the LTX family: queries and keys are normalised over all heads together, then rotated, then split.

Shape letters: B batch, N query tokens, L key tokens, D width of all heads together, A heads.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.models.perturbation import Perturbation
from render_engine.models.rope import RotaryTable, rotate, rotate_halves
from render_engine.models.transformer_config import TransformerConfig


class FullWidthNorm(nn.RMSNorm):
    """RMS norm whose weight takes the tensor's dtype: under autocast a float32 weight would miss the fused kernel."""

    def forward(self, x_BND: Tensor) -> Tensor:
        """Normalise over the last dimension."""
        weight_D: Tensor = self.weight.to(x_BND.dtype)
        return F.rms_norm(x_BND, x_BND.shape[-1:], weight_D, self.eps)


class Attention(nn.Module):
    """Self-attention, or cross-attention when a context is given; modules are named as in the original checkpoints."""

    def __init__(self, config: TransformerConfig, context_dim: int) -> None:
        super().__init__()
        dim = config.dim
        self.num_heads = config.num_attention_heads
        self.rope_layout = config.rope_layout
        self.q_norm = FullWidthNorm(dim, eps=config.qk_norm_eps)
        self.k_norm = FullWidthNorm(dim, eps=config.qk_norm_eps)
        self.to_q = nn.Linear(dim, dim)
        self.to_k = nn.Linear(context_dim, dim)
        self.to_v = nn.Linear(context_dim, dim)
        self.to_out = nn.ModuleList([nn.Linear(dim, dim)])  # a list of one, for the checkpoint's key `to_out.0`
        self.to_gate_logits = nn.Linear(dim, self.num_heads) if config.gated_attention else None

    def forward(
        self,
        x_BND: Tensor,
        context_BLD: Tensor | None = None,
        *,
        bias_B1NL: Tensor | None = None,
        rotary: RotaryTable | None = None,
        perturbation: Perturbation | None = None,
    ) -> Tensor:
        """Attend from `x_BND` to the context, or to itself; the bias, with N or 1 queries, is added to the scores."""
        context_BLD = x_BND if context_BLD is None else context_BLD
        q_BND = self.q_norm(self.to_q(x_BND))
        k_BLD, v_BLD = self.k_norm(self.to_k(context_BLD)), self.to_v(context_BLD)
        if rotary is not None:
            q_BND, k_BLD = self._rotate(q_BND, rotary), self._rotate(k_BLD, rotary)
        attended_BAND = F.scaled_dot_product_attention(
            self._split(q_BND), self._split(k_BLD), self._split(v_BLD), attn_mask=bias_B1NL
        )
        attended_BND = attended_BAND.transpose(1, 2).flatten(2)
        if perturbation is not None:
            attended_BND = perturbation.apply(attended_BND, v_BLD if perturbation.mode == "attention_values" else x_BND)
        out_BND: Tensor = self.to_out[0](self._gated(attended_BND, x_BND))
        return out_BND

    def _gated(self, attended_BND: Tensor, asking_BND: Tensor) -> Tensor:
        if self.to_gate_logits is None:
            return attended_BND
        gate_BNA = 2 * torch.sigmoid(self.to_gate_logits(asking_BND))  # logits of zero let a head through as it is
        return (torch.unflatten(attended_BND, -1, (self.num_heads, -1)) * gate_BNA.unsqueeze(-1)).flatten(-2)

    def _rotate(self, x_BND: Tensor, rotary: RotaryTable) -> Tensor:
        return (
            rotate(x_BND, rotary) if self.rope_layout == "interleaved" else rotate_halves(x_BND, rotary, self.num_heads)
        )

    def _split(self, x_BND: Tensor) -> Tensor:
        return torch.unflatten(x_BND, -1, (self.num_heads, -1)).transpose(1, 2)
