"""Rotary position embedding over three axes: seconds, pixels down, pixels across.

Shape letters: B batch, N tokens, D width of all heads together, P = D / 2 rotated pairs, K = D // 6 frequencies,
A heads, R = P / A pairs of a head.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F


class RotaryTable(NamedTuple):
    """Cosine and sine of every pair's angle, (B or 1, N, P) float32."""

    cos_BNP: Tensor
    sin_BNP: Tensor


def rotary_table(
    positions_B3N: Tensor, *, dim: int, theta: float, max_pos: tuple[float, float, float], float64: bool = False
) -> RotaryTable:
    """The angles of every token; computed once a call and shared by all blocks.

    A position is divided by `max_pos` and mapped from [0, 1] to [-1, 1]; the frequencies are
    `pi / 2 * theta ** linspace(0, 1, dim // 6)`, with `float64` rounded to float32 only at the end. Pairs run frequency
    by frequency, and within one over the three axes; what `dim % 6` leaves over stands first, unrotated.
    """
    scale_3 = positions_B3N.new_tensor(max_pos, dtype=torch.float32)
    centred_BN3 = positions_B3N.float().transpose(1, 2) / scale_3 * 2 - 1
    frequencies_K = _frequencies(dim // 6, theta, float64=float64, device=positions_B3N.device)
    angles_BNP = (frequencies_K[:, None] * centred_BN3[:, :, None]).flatten(2)
    angles_BNP = F.pad(angles_BNP, ((dim % 6) // 2, 0))
    return RotaryTable(angles_BNP.cos(), angles_BNP.sin())


def _frequencies(count: int, theta: float, *, float64: bool, device: torch.device) -> Tensor:
    exponents_device = torch.device("cpu") if float64 else device  # some accelerators have no float64
    dtype = torch.float64 if float64 else torch.float32
    exponents_K = torch.linspace(0, 1, count, device=exponents_device, dtype=dtype)
    frequencies_K: Tensor = theta**exponents_K * math.pi / 2
    return frequencies_K.to(device, torch.float32)


def rotate(x_BND: Tensor, table: RotaryTable) -> Tensor:
    """Turn each neighbouring pair of channels by its angle, in float32, whatever the dtype of `x_BND`."""
    even_BNP, odd_BNP = torch.unflatten(x_BND.float(), -1, (-1, 2)).unbind(-1)
    cos_BNP, sin_BNP = table
    turned = (even_BNP * cos_BNP - odd_BNP * sin_BNP, odd_BNP * cos_BNP + even_BNP * sin_BNP)
    return torch.stack(turned, dim=-1).flatten(-2).to(x_BND.dtype)


def rotate_halves(x_BND: Tensor, table: RotaryTable, num_heads: int) -> Tensor:
    """Turn, in each head, every channel of its first half with the same of its second, in float32 (LTX-2).

    The pairs of the table are dealt out head by head, so that heads differ in the frequencies they see.
    """
    first_BNAR, second_BNAR = torch.unflatten(x_BND.float(), -1, (num_heads, 2, -1)).unbind(-2)
    cos_BNAR, sin_BNAR = (torch.unflatten(part_BNP, -1, (num_heads, -1)) for part_BNP in table)
    # A product added in one operation is rounded once: so does the reference, and without it the last bits differ.
    turned_first_BNAR = torch.addcmul(first_BNAR * cos_BNAR, -sin_BNAR, second_BNAR)
    turned_second_BNAR = torch.addcmul(second_BNAR * cos_BNAR, sin_BNAR, first_BNAR)
    return torch.stack((turned_first_BNAR, turned_second_BNAR), dim=-2).flatten(-3).to(x_BND.dtype)
