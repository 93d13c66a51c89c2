"""Perturbation: some samples pass through some blocks without looking around, for guidance to step away from.

Spatio-temporal guidance (Hyung et al. 2024) compares the model with a weaker self: what it predicts when chosen blocks
do not attend. Perturbed samples stand in the same batch as the others.
Shape letters: B batch, N latent tokens, D width.
"""

from typing import Literal, NamedTuple

import torch
from torch import Tensor

PerturbationMode = Literal["attention_values", "attention_skip", "residual", "transformer_block"]
"""What a perturbed sample has instead: of self-attention its values, or its input; or of the whole block its input.

`residual` leaves out the residual path inside an attention layer. LTX's layers have none, so that it changes nothing:
not here, and not in the original, which offers it all the same.
"""


class Perturbation(NamedTuple):
    """Which samples are perturbed, in which blocks, and how."""

    samples_B: Tensor
    """True where a sample is perturbed."""
    blocks: frozenset[int]
    mode: PerturbationMode = "attention_values"

    def concerns(self, block: int) -> bool:
        """Whether a block does anything else for perturbed samples than for others."""
        return block in self.blocks and self.mode != "residual"

    def apply(self, plain_BND: Tensor, instead_BND: Tensor) -> Tensor:
        """The perturbed samples of the second, the others of the first."""
        return torch.where(self.samples_B.bool()[:, None, None], instead_BND, plain_BND)
