"""What a block is told besides its tokens: the noise level (AdaLN-single) and the projected caption.

Shape letters: B batch, T timesteps (1, or one a token), L caption tokens, D the transformer's width.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_NUM_SINUSOIDS = 256
_LONGEST_PERIOD = 10_000.0


def sinusoids(timestep_BT: Tensor) -> Tensor:
    """128 cosines, then 128 sines, of geometrically falling frequency: (B, T, 256) float32."""
    half = _NUM_SINUSOIDS // 2
    ramp = torch.arange(half, dtype=torch.float32, device=timestep_BT.device)
    angles = timestep_BT.float().unsqueeze(-1) * torch.exp(-math.log(_LONGEST_PERIOD) / half * ramp)
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class TimestepEmbedder(nn.Module):
    """Sinusoids through two linear layers."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(_NUM_SINUSOIDS, dim)
        self.linear_2 = nn.Linear(dim, dim)

    def forward(self, timestep_BT: Tensor) -> Tensor:
        """Embed timesteps (1000 * sigma) as (B, T, D)."""
        # The sinusoids are exact in float32 and rounded once, to the dtype of the weights.
        embedded_BTD: Tensor = self.linear_2(
            F.silu(self.linear_1(sinusoids(timestep_BT).to(self.linear_1.weight.dtype)))
        )
        return embedded_BTD


class AdaLayerNormSingle(nn.Module):
    """One modulation for all blocks (PixArt-alpha's AdaLN-single): each block adds only a table of its own."""

    def __init__(self, dim: int, num_rows: int) -> None:
        super().__init__()
        self.emb = nn.ModuleDict({"timestep_embedder": TimestepEmbedder(dim)})
        self.linear = nn.Linear(dim, num_rows * dim)
        self.num_rows = num_rows

    def forward(self, timestep_BT: Tensor) -> tuple[Tensor, Tensor]:
        """Give the blocks' modulation (B, T, rows, D) and the embedded timestep (B, T, D)."""
        embedded_BTD = self.emb["timestep_embedder"](timestep_BT)
        modulation = self.linear(F.silu(embedded_BTD)).unflatten(-1, (self.num_rows, -1))
        return modulation, embedded_BTD


class CaptionProjection(nn.Module):
    """Caption embeddings into the transformer's width."""

    def __init__(self, caption_channels: int, dim: int) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(caption_channels, dim)
        self.linear_2 = nn.Linear(dim, dim)

    def forward(self, context_BLC: Tensor) -> Tensor:
        """(B, L, caption channels) to (B, L, D)."""
        context_BLD: Tensor = self.linear_2(F.gelu(self.linear_1(context_BLC), approximate="tanh"))
        return context_BLD
