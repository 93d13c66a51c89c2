"""Samplers: integrate the flow from noise (sigma = 1) to data (sigma = 0).

Shape letters: B batch, N tokens, C latent channels.
"""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from render_engine.flow.schedules import check_schedule

VelocityFn = Callable[[Tensor, Tensor], Tensor]
"""The model with conditioning and guidance bound: (x_BNC, sigma (1, 1) or (B, N)) -> velocity_BNC."""
StepFn = Callable[[int, int], None]
"""Told (steps done, num_steps) before the first step and after each; what it raises stops the sampler there."""


@torch.no_grad()
def euler(
    velocity_fn: VelocityFn,
    x_BNC: Tensor,
    sigmas: tuple[float, ...],
    *,
    ceiling_BN: Tensor | None = None,
    on_step: StepFn | None = None,
) -> Tensor:
    """Take one Euler step between each pair of neighbouring sigmas.

    Args:
        velocity_fn: the model with conditioning and guidance already bound.
        x_BNC: tokens at noise level `sigmas[0]`, or at their ceiling where that is lower.
        sigmas: num_steps + 1 of them, strictly falling, the last 0.
        ceiling_BN: the highest sigma a token may have: a conditioned token waits there, untouched, until the
            schedule has come down to it; at 0 it never moves. None when every token is free.
        on_step: hears of every step, and may raise to stop.
    """
    check_schedule(sigmas)
    dtype, num_steps = x_BNC.dtype, len(sigmas) - 1
    x_BNC = x_BNC.float()  # bf16 loses the small steps near sigma = 0
    if ceiling_BN is None:
        ceiling_BN = x_BNC.new_ones(1, 1)
    notify = on_step or (lambda _step, _num_steps: None)
    notify(0, num_steps)
    for step, (sigma, sigma_next) in enumerate(pairwise(sigmas), start=1):
        now_BN, next_BN = ceiling_BN.clamp(max=sigma), ceiling_BN.clamp(max=sigma_next)
        velocity_BNC = velocity_fn(x_BNC.to(dtype), now_BN)
        x_BNC = x_BNC + (next_BN - now_BN).unsqueeze(-1) * velocity_BNC.float()
        notify(step, num_steps)
    return x_BNC.to(dtype)
