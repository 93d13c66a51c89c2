"""The video transformer of the LTX family (LTX-Video 0.9.5's layout), from noisy latent tokens to their velocity.

Module names are those of the original single-file checkpoints, so that published weights load as they are.
Shape letters: B batch, N latent tokens, C latent channels, D width, L caption tokens, T timesteps (1, or one a token).
"""

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.models.attention import Attention
from render_engine.models.embeddings import AdaLayerNormSingle, CaptionProjection
from render_engine.models.initialise import initialise_transformer
from render_engine.models.preconditioning import precondition
from render_engine.models.rope import RotaryTable, rotary_table

_MASKED = -10_000.0  # added to a masked caption token's scores: finite, so that an empty caption is no NaN
_FEED_FORWARD_FACTOR = 4


class TransformerConfig(BaseModel):
    """The transformer's sizes and flags, under the names of the LTX checkpoints' own metadata.

    `positional_embedding_max_pos` is in seconds, pixels down, pixels across. `causal_temporal_positioning` tells
    whoever makes positions that latent frame 0 stands for one frame (`render_engine.shapes.positions`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    num_layers: int = Field(gt=0)
    num_attention_heads: int = Field(gt=0)
    attention_head_dim: int = Field(gt=0, multiple_of=2)
    in_channels: int = Field(gt=0)
    out_channels: int = Field(gt=0)
    cross_attention_dim: int = Field(gt=0)
    caption_channels: int = Field(gt=0)
    norm_eps: float = 1e-6
    qk_norm_eps: float = 1e-5
    positional_embedding_theta: float = 10_000.0
    positional_embedding_max_pos: tuple[float, float, float] = (20, 2048, 2048)
    causal_temporal_positioning: bool = True
    timestep_scale_multiplier: float = 1000.0
    preconditioned: bool = False
    """The house's own: the network predicts what the channels' deviations alone do not tell."""

    @property
    def dim(self) -> int:
        """The width of all heads together."""
        return self.num_attention_heads * self.attention_head_dim

    @model_validator(mode="after")
    def _context_has_the_width_of_the_projection(self) -> "TransformerConfig":
        if self.cross_attention_dim != self.dim:
            raise ValueError(f"cross_attention_dim {self.cross_attention_dim} must equal heads x head size {self.dim}")
        return self


class GeluProjection(nn.Module):
    """A linear layer and tanh-GELU, one module for the checkpoint's key `net.0.proj`."""

    def __init__(self, dim: int, hidden_dim: int) -> None:
        super().__init__()
        self.proj = nn.Linear(dim, hidden_dim)

    def forward(self, x_BND: Tensor) -> Tensor:
        """(B, N, D) to (B, N, hidden)."""
        return F.gelu(self.proj(x_BND), approximate="tanh")


class FeedForward(nn.Module):
    """Linear, tanh-GELU, linear; the middle entry keeps the checkpoint's key `net.2`."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        hidden_dim = _FEED_FORWARD_FACTOR * dim
        self.net = nn.Sequential(GeluProjection(dim, hidden_dim), nn.Identity(), nn.Linear(hidden_dim, dim))

    def forward(self, x_BND: Tensor) -> Tensor:
        """(B, N, D) to (B, N, D)."""
        out_BND: Tensor = self.net(x_BND)
        return out_BND


class TransformerBlock(nn.Module):
    """Modulated self-attention, plain cross-attention to the caption, modulated feed-forward."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.norm_eps = config.norm_eps
        dim, num_heads = config.dim, config.num_attention_heads
        self.attn1 = Attention(dim, dim, num_heads, config.qk_norm_eps)
        self.attn2 = Attention(dim, config.cross_attention_dim, num_heads, config.qk_norm_eps)
        self.ff = FeedForward(dim)
        self.scale_shift_table = nn.Parameter(torch.empty(6, dim))

    def forward(
        self,
        x_BND: Tensor,
        modulation_BT6D: Tensor,
        context_BLD: Tensor,
        context_bias_B11L: Tensor | None,
        rotary: RotaryTable,
    ) -> Tensor:
        """One block; the caption is read from the raw stream: no norm, no gate, no rotation (LTX-Video's own way)."""
        rows = (self.scale_shift_table + modulation_BT6D).unbind(2)
        shift_msa, scale_msa, gate_msa, shift_mlp, scale_mlp, gate_mlp = rows
        x_BND = x_BND + gate_msa * self.attn1(self._modulated(x_BND, shift_msa, scale_msa), rotary=rotary)
        x_BND = x_BND + self.attn2(x_BND, context_BLD, bias_B11L=context_bias_B11L)
        fed_BND: Tensor = self.ff(self._modulated(x_BND, shift_mlp, scale_mlp))
        return x_BND + gate_mlp * fed_BND

    def _modulated(self, x_BND: Tensor, shift_BTD: Tensor, scale_BTD: Tensor) -> Tensor:
        return F.rms_norm(x_BND, x_BND.shape[-1:], eps=self.norm_eps) * (1 + scale_BTD) + shift_BTD


class VideoTransformer(nn.Module):
    """Predicts the velocity of noisy latent tokens under a caption; a new one is the zero field, ready to train."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        dim = config.dim
        self.patchify_proj = nn.Linear(config.in_channels, dim)
        self.adaln_single = AdaLayerNormSingle(dim, num_rows=6)
        self.caption_projection = CaptionProjection(config.caption_channels, dim)
        self.transformer_blocks = nn.ModuleList([TransformerBlock(config) for _ in range(config.num_layers)])
        self.scale_shift_table = nn.Parameter(torch.empty(2, dim))
        self.proj_out = nn.Linear(dim, config.out_channels)
        if config.preconditioned:
            self.register_buffer("latent_deviation", torch.ones(config.in_channels))
        initialise_transformer(self)

    def forward(
        self,
        x_BNC: Tensor,
        sigma_BT: Tensor,
        context_BLC: Tensor,
        context_mask_BL: Tensor | None,
        positions_B3N: Tensor,
    ) -> Tensor:
        """Predict the velocity (B, N, out channels), in float32 when preconditioned, else in the weights' dtype.

        Args:
            x_BNC: tokens in the order f, h, w.
            sigma_BT: their noise level in [0, 1]: one a sample (B, 1), or one a token (B, N).
            context_BLC: caption token embeddings.
            context_mask_BL: 1 or True where a caption token counts; None when all do, which is faster.
            positions_B3N: seconds, pixels down, pixels across of each token; (1, 3, N) when the batch shares them.
        """
        if not self.config.preconditioned:
            return self._network(x_BNC, sigma_BT, context_BLC, context_mask_BL, positions_B3N)
        known = precondition(sigma_BT, self.get_buffer("latent_deviation"))
        x_BNC = x_BNC.float()
        unknown_BNC = self._network(x_BNC * known.into_BTC, sigma_BT, context_BLC, context_mask_BL, positions_B3N)
        return known.skip_BTC * x_BNC + known.out_BTC * unknown_BNC.float()

    def _network(
        self,
        x_BNC: Tensor,
        sigma_BT: Tensor,
        context_BLC: Tensor,
        context_mask_BL: Tensor | None,
        positions_B3N: Tensor,
    ) -> Tensor:
        config = self.config
        rotary = rotary_table(
            positions_B3N,
            dim=config.dim,
            theta=config.positional_embedding_theta,
            max_pos=config.positional_embedding_max_pos,
        )
        x_BND = self.patchify_proj(x_BNC.to(self.patchify_proj.weight.dtype))
        modulation_BT6D, embedded_BTD = self.adaln_single(sigma_BT.float() * config.timestep_scale_multiplier)
        context_BLD = self.caption_projection(context_BLC)
        bias_B11L = None if context_mask_BL is None else _mask_bias(context_mask_BL, x_BND.dtype)
        for block in self.transformer_blocks:
            x_BND = block(x_BND, modulation_BT6D, context_BLD, bias_B11L, rotary)
        return self._velocity(x_BND, embedded_BTD)

    def _velocity(self, x_BND: Tensor, embedded_BTD: Tensor) -> Tensor:
        shift_BTD, scale_BTD = (self.scale_shift_table + embedded_BTD.unsqueeze(2)).unbind(2)
        x_BND = F.layer_norm(x_BND, x_BND.shape[-1:], eps=self.config.norm_eps) * (1 + scale_BTD) + shift_BTD
        velocity_BNC: Tensor = self.proj_out(x_BND)
        return velocity_BNC


def _mask_bias(mask_BL: Tensor, dtype: torch.dtype) -> Tensor:
    return ((1 - mask_BL.to(dtype)) * _MASKED)[:, None, None, :]
