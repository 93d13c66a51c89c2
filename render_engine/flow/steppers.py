"""Steppers beyond Euler's: with noise on the way, with a look back, and of second order.

Shape letters: B batch, N tokens, C latent channels, T noise levels (1, or one a token).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from render_engine.flow.noise import NoiseFn
from render_engine.flow.paths import denoised, noised
from render_engine.flow.samplers import Euler, Span, Stepped, VelocityFn

SettleFn = Callable[[Tensor], Tensor]
"""Puts tokens back that fresh noise must not touch: x_BNC -> x_BNC."""
RES_2S_FLOOR = 0.0011
"""Where a schedule for `Res2s` stops on its way to 0, for the logarithm of 0 is no place to step to."""


def _as_it_is(x_BNC: Tensor) -> Tensor:
    return x_BNC


@dataclass(frozen=True)
class Stochastic:
    """Predict the data, then noise it afresh to the next level (LTX-Video 0.9.6-distilled)."""

    noise: NoiseFn

    def step(self, velocity_fn: VelocityFn, x_BNC: Tensor, span: Span) -> Stepped:
        """A token that does not move keeps its noise."""
        velocity_BNC = velocity_fn(x_BNC, span.now_BT)
        x0_BNC = denoised(x_BNC, velocity_BNC, span.now_BT.unsqueeze(-1))
        fresh_BNC = noised(x0_BNC, self.noise(x_BNC), span.next_BT.unsqueeze(-1))
        return Stepped(_where_moving(span, fresh_BNC, x_BNC), velocity_BNC)


@dataclass(frozen=True)
class AncestralEuler:
    """Step below the next level and come back up to it with fresh noise, the variance kept.

    `eta` 0 is Euler, 1 the most noise (distilled LTX-2.5; its temporal refinement takes 0.5).
    """

    noise: NoiseFn
    eta: float = 1.0
    settle: SettleFn = _as_it_is

    def step(self, velocity_fn: VelocityFn, x_BNC: Tensor, span: Span) -> Stepped:
        """The last step, to 0, is plain and draws nothing."""
        if self.eta == 0 or span.sigma_next == 0:
            return Euler().step(velocity_fn, x_BNC, span)
        velocity_BNC = velocity_fn(x_BNC, span.now_BT)
        now_BT1, next_BT1 = span.now_BT.unsqueeze(-1), span.next_BT.unsqueeze(-1)
        below_BT1 = next_BT1 * (1 + (next_BT1 / now_BT1 - 1) * self.eta)
        kept_BT1 = (1 - next_BT1) / (1 - below_BT1)
        added_BT1 = (next_BT1.square() - (below_BT1 * kept_BT1).square()).clamp(min=0).sqrt()
        lower_BNC = x_BNC + (below_BT1 - now_BT1) * velocity_BNC
        fresh_BNC = kept_BT1 * lower_BNC + added_BT1 * self.noise(x_BNC)
        return Stepped(self.settle(_where_moving(span, fresh_BNC, x_BNC)), velocity_BNC)


@dataclass(frozen=True)
class GradientEstimatingEuler:
    """Follow where the velocity is heading: `before + gamma * (now - before)` (Permenter and Yuan 2024)."""

    gamma: float = 2.0

    def step(self, velocity_fn: VelocityFn, x_BNC: Tensor, span: Span) -> Stepped:
        """The first step has nothing to look back to and the last goes to the data: both are Euler's."""
        plain = Euler().step(velocity_fn, x_BNC, span)
        before_BNC = span.velocity_before_BNC
        if before_BNC is None or span.sigma_next == 0:
            return plain
        ahead_BNC = before_BNC + self.gamma * (plain.velocity_BNC - before_BNC)
        return plain._replace(x_BNC=x_BNC + (span.next_BT - span.now_BT).unsqueeze(-1) * ahead_BNC)


@dataclass(frozen=True)
class Res2s:
    """Two looks a step: an exponential Runge-Kutta step of second order in `log(sigma)`, with noise (LTX-2 HQ).

    Its schedule must be `floored` at `RES_2S_FLOOR`. `noise` and `noise_between` draw for the step's end and for its
    middle, from generators of their own. All tokens follow the schedule; hold some by `tokens.blended`.
    """

    noise: NoiseFn
    noise_between: NoiseFn
    settle: SettleFn = _as_it_is

    def step(self, velocity_fn: VelocityFn, x_BNC: Tensor, span: Span) -> Stepped:
        """The last step, to 0, is Euler's.

        Raises:
            ValueError: the tokens have levels of their own.
        """
        if span.now_BT.numel() > 1:
            raise ValueError("res_2s needs one noise level for all tokens: hold tokens by blending instead")
        if span.sigma_next == 0:
            return Euler().step(velocity_fn, x_BNC, span)
        middle = math.sqrt(span.sigma * span.sigma_next)
        velocity_BNC = velocity_fn(x_BNC, span.now_BT)
        x0_BNC = denoised(x_BNC, velocity_BNC, span.sigma)
        share = middle / span.sigma
        middle_BNC = share * x_BNC + (1 - share) * x0_BNC
        middle_BNC = self.settle(_stirred(x_BNC, middle_BNC, (span.sigma, middle), self.noise_between(x_BNC)))
        if span.sigma_next > span.sigma * math.exp(-0.5) and span.sigma > 0.03:
            # Start from where the middle, as noise has left it, would have been reached without noise.
            x_BNC = (middle_BNC - (1 - share) * x0_BNC) / share
        later_BNC = velocity_fn(middle_BNC, torch.full_like(span.now_BT, middle))
        change_BNC = denoised(middle_BNC, later_BNC, middle) - x0_BNC
        end_BNC = _second_order(x_BNC, x0_BNC, change_BNC, span)
        end_BNC = _stirred(x_BNC, end_BNC, (span.sigma, span.sigma_next), self.noise(x_BNC))
        return Stepped(self.settle(end_BNC), velocity_BNC)


def _second_order(x_BNC: Tensor, x0_BNC: Tensor, change_BNC: Tensor, span: Span) -> Tensor:
    """The end of a step when the data estimate moves by `change_BNC` to its middle: h phi_1 and 2 h phi_2 at -h."""
    length = math.log(span.sigma / span.sigma_next)
    first = -math.expm1(-length)
    second = 2 * (length - first) / length
    return x_BNC + first * (x0_BNC - x_BNC) + second * change_BNC


def _stirred(x_BNC: Tensor, next_BNC: Tensor, sigmas: tuple[float, float], noise_BNC: Tensor) -> Tensor:
    """Trade half of the noise's deviation at the end of a step, read off its direction, for fresh noise."""
    sigma, sigma_next = sigmas
    direction_BNC = (x_BNC - next_BNC) / (sigma - sigma_next)
    x0_BNC = x_BNC - sigma * direction_BNC
    kept = sigma_next * math.sqrt(0.75)
    signal_BNC = (1 - sigma_next + kept) * x0_BNC
    return signal_BNC + kept * direction_BNC + 0.5 * sigma_next * noise_BNC


def _where_moving(span: Span, stepped_BNC: Tensor, x_BNC: Tensor) -> Tensor:
    return torch.where((span.next_BT < span.now_BT).unsqueeze(-1), stepped_BNC, x_BNC)
