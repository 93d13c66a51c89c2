"""Samplers: integrate the flow from noise (sigma = 1) to data (sigma = 0), by one walk and a stepper.

Shape letters: B batch, N tokens, C latent channels, T noise levels (1, or one a token).
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from render_engine.flow.schedules import check_schedule

VelocityFn = Callable[[Tensor, Tensor], Tensor]
"""The model with conditioning and guidance bound: (x_BNC, sigma (1, 1) or (B, N)) -> velocity_BNC."""
StepFn = Callable[[int, int], None]
"""Told (steps done, num_steps) before the first step and after each; what it raises stops the sampler there."""


class Span(NamedTuple):
    """One step of a walk: from where to where the schedule goes, and from where to where each token."""

    sigma: float
    sigma_next: float
    now_BT: Tensor
    next_BT: Tensor
    velocity_before_BNC: Tensor | None
    """What the model said in the step before; None in the first."""


class Stepped(NamedTuple):
    """Where a step led, and what the model said at its start."""

    x_BNC: Tensor
    velocity_BNC: Tensor


class Stepper(Protocol):
    """One way to take a step; it keeps nothing between steps, so that one serves any number of walks."""

    def step(self, velocity_fn: VelocityFn, x_BNC: Tensor, span: Span) -> Stepped:
        """Go from `span.now_BT` to `span.next_BT`; all tensors are float32."""
        ...


class TokenLevels(Protocol):
    """Which noise level each token has while the schedule goes from one sigma to the next."""

    def between(self, sigma: float, sigma_next: float) -> tuple[Tensor, Tensor]:
        """The levels at the start and the end of the step, (B, N) or (1, 1) each."""
        ...


@dataclass(frozen=True)
class CeilingLevels:
    """A token stays at its ceiling, untouched, until the schedule has come down to it; at 0 it never moves."""

    ceiling_BT: Tensor

    def between(self, sigma: float, sigma_next: float) -> tuple[Tensor, Tensor]:
        """The schedule's levels, but none above the token's ceiling."""
        return self.ceiling_BT.clamp(max=sigma), self.ceiling_BT.clamp(max=sigma_next)


@dataclass(frozen=True)
class Euler:
    """Follow the velocity at the start of the step in a straight line."""

    def step(self, velocity_fn: VelocityFn, x_BNC: Tensor, span: Span) -> Stepped:
        """`x + (sigma_next - sigma) * velocity`."""
        velocity_BNC = velocity_fn(x_BNC, span.now_BT)
        return Stepped(x_BNC + (span.next_BT - span.now_BT).unsqueeze(-1) * velocity_BNC, velocity_BNC)


@torch.no_grad()
def walk(
    velocity_fn: VelocityFn,
    x_BNC: Tensor,
    sigmas: tuple[float, ...],
    stepper: Stepper,
    *,
    levels: TokenLevels | None = None,
    on_step: StepFn | None = None,
) -> Tensor:
    """Take one step between each pair of neighbouring sigmas, in float32 whatever the model computes in.

    Args:
        velocity_fn: the model with conditioning and guidance already bound; it gets `x_BNC` in its own dtype.
        x_BNC: tokens at noise level `sigmas[0]`, or at the level that `levels` gives them there.
        sigmas: num_steps + 1 of them, strictly falling, the last 0.
        stepper: how a step is taken.
        levels: the noise level of each token; None when all follow the schedule.
        on_step: hears of every step, and may raise to stop.
    """
    check_schedule(sigmas)
    dtype, num_steps = x_BNC.dtype, len(sigmas) - 1
    x_BNC = x_BNC.float()  # bf16 loses the small steps near sigma = 0
    levels = levels or CeilingLevels(x_BNC.new_ones(1, 1))
    notify = on_step or (lambda _step, _num_steps: None)
    velocity_BNC: Tensor | None = None

    def in_float32(x_BNC: Tensor, sigma_BT: Tensor) -> Tensor:
        return velocity_fn(x_BNC.to(dtype), sigma_BT).float()

    notify(0, num_steps)
    for step, (sigma, sigma_next) in enumerate(pairwise(sigmas), start=1):
        span = Span(sigma, sigma_next, *levels.between(sigma, sigma_next), velocity_BNC)
        x_BNC, velocity_BNC = stepper.step(in_float32, x_BNC, span)
        notify(step, num_steps)
    return x_BNC.to(dtype)
