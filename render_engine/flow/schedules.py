"""Schedules: the descending list of sigmas that a sampler walks, from 1 (noise) to 0 (data)."""

import math
from itertools import pairwise
from typing import NamedTuple

DISTILLED_STAGE_1 = (1.0, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875, 0.0)
"""The eight steps that the distilled LTX models were trained for."""
DISTILLED_STAGE_2 = (0.909375, 0.725, 0.421875, 0.0)
"""Their three steps after the latent upsampler."""


class Shift(NamedTuple):
    """How far noise levels move towards noise as clips grow: linear in tokens, through two anchors.

    More tokens share more redundant signal, so the same sigma hides less of them.
    """

    few_tokens: int = 1024
    few_mu: float = 0.95
    many_tokens: int = 4096
    many_mu: float = 2.05

    def mu(self, num_tokens: int) -> float:
        """The logit by which sigma moves."""
        slope = (self.many_mu - self.few_mu) / (self.many_tokens - self.few_tokens)
        return self.few_mu + slope * (num_tokens - self.few_tokens)


LTX_SHIFT = Shift()
"""The anchors of every published LTX model."""


def shifted_linear(
    num_steps: int, num_tokens: int, *, shift: Shift = LTX_SHIFT, terminal: float = 0.1
) -> tuple[float, ...]:
    """The `num_steps + 1` sigmas of a linear schedule, shifted by size and stretched to end on `terminal`, then 0.

    The shift is `1 / (1 + exp(-mu) * (1 / sigma - 1))` (Esser et al. 2024, resolution-dependent shift); the stretch
    scales `1 - sigma` so that the last step starts at `terminal`. One step goes straight from 1 to 0.

    Raises:
        ValueError: fewer than one step, or a terminal outside (0, 1).
    """
    if num_steps < 1 or not 0 < terminal < 1:
        raise ValueError(f"a schedule needs num_steps >= 1 and 0 < terminal < 1, not {num_steps} and {terminal}")
    factor = math.exp(-shift.mu(num_tokens))
    linear = [1 - step / num_steps for step in range(num_steps)]
    shifted = [1 / (1 + factor * (1 / sigma - 1)) for sigma in linear]
    if num_steps == 1:
        return (1.0, 0.0)
    stretch = (1 - terminal) / (1 - shifted[-1])
    return (*(1 - (1 - sigma) * stretch for sigma in shifted), 0.0)


def shifted_linear_from(
    sigma_start: float, num_steps: int, num_tokens: int, *, shift: Shift = LTX_SHIFT
) -> tuple[float, ...]:
    """The `num_steps + 1` sigmas of a shifted linear schedule that starts at `sigma_start` instead of 1, down to 0.

    A walk that starts part of the way down, as from an animatic, thus takes as many steps as were asked for.

    Raises:
        ValueError: fewer than one step, or a start outside (0, 1).
    """
    if num_steps < 1 or not 0 < sigma_start < 1:
        raise ValueError(f"a schedule needs num_steps >= 1 and 0 < start < 1, not {num_steps} and {sigma_start}")
    factor = math.exp(-shift.mu(num_tokens))
    start = 1 / (1 + (1 / sigma_start - 1) / factor)  # where the unshifted line is at sigma_start
    line = [start * (1 - step / num_steps) for step in range(num_steps)]
    return (sigma_start, *(1 / (1 + factor * (1 / sigma - 1)) for sigma in line[1:]), 0.0)


def starting_at(sigmas: tuple[float, ...], sigma_start: float) -> tuple[float, ...]:
    """The rest of a schedule from exactly `sigma_start`; `(0.0,)`, so no step at all, when that is 0.

    Raises:
        ValueError: `sigma_start` is outside [0, 1].
    """
    if not 0 <= sigma_start <= 1:
        raise ValueError(f"a schedule starts between 0 and 1, not at {sigma_start}")
    if sigma_start >= sigmas[0]:
        return sigmas
    return (sigma_start, *(sigma for sigma in sigmas if sigma < sigma_start))


def check_schedule(sigmas: tuple[float, ...]) -> None:
    """Refuse a schedule that does not fall strictly within [0, 1] down to 0.

    Raises:
        ValueError: with the sigmas in question.
    """
    falls = all(sigma > sigma_next for sigma, sigma_next in pairwise(sigmas))
    if not sigmas or not falls or sigmas[0] > 1 or sigmas[-1] != 0:
        raise ValueError(f"sigmas must fall strictly from at most 1 to 0: {sigmas}")
