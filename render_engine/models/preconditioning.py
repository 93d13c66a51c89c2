"""Preconditioning: what is known of the velocity before any network looks, channel by channel.

If a latent channel had deviation g and nothing else were known, the best guess of `noise - x0` from
`x = (1 - sigma) * x0 + sigma * noise` would be linear in x, and its error's deviation known in closed form (as in
Karras et al. 2022, there for one deviation and another path). The network sees x at deviation 1 and predicts the error
at deviation 1.
Shape letters: B batch, T timesteps (1, or one a token), C latent channels.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Preconditioning(NamedTuple):
    """Factors (B, T, C): of x into the network, of x into the velocity, of the network's output into the velocity."""

    into_BTC: Tensor
    skip_BTC: Tensor
    out_BTC: Tensor


def precondition(sigma_BT: Tensor, deviation_C: Tensor) -> Preconditioning:
    """The factors at noise levels in [0, 1] for channels of these deviations, all above 0; float32."""
    sigma_BT1, square_C = sigma_BT.float().unsqueeze(-1), deviation_C.float().square()
    variance_BTC = sigma_BT1.square() + (1 - sigma_BT1).square() * square_C
    into_BTC = torch.rsqrt(variance_BTC)
    skip_BTC = (sigma_BT1 - (1 - sigma_BT1) * square_C) / variance_BTC
    return Preconditioning(into_BTC, skip_BTC, deviation_C.float() * into_BTC)
