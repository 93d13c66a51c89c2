"""Schedules: the descending list of sigmas that a sampler walks, from 1 (noise) to 0 (data)."""

import math
from itertools import pairwise
from typing import NamedTuple

DISTILLED_STAGE_1 = (1.0, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875, 0.0)
"""The eight steps that the distilled LTX-2 models were trained for."""
DISTILLED_STAGE_2 = (0.909375, 0.725, 0.421875, 0.0)
"""Their three steps after the latent upsampler."""
DISTILLED_STAGE_2_TILED = (0.625, 0.4, 0.0)
"""Their two steps when the second stage is rendered in tiles."""
LTXV_DISTILLED_STAGE_1 = (1.0, 0.9937, 0.9875, 0.9812, 0.975, 0.9094, 0.725, 0.0)
"""The seven steps of the distilled LTX-Video 0.9.8, rounded as its configuration has them."""
LTXV_DISTILLED_STAGE_2 = (0.9094, 0.725, 0.4219, 0.0)
"""Its three steps after the latent upsampler."""
LTX2_TOKENS = 4096
"""LTX-2 shifts its schedule as if every clip had this many tokens, whatever its size."""

_LINEAR_FALL = 0.025


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


def uniform(num_steps: int) -> tuple[float, ...]:
    """The `num_steps + 1` sigmas from 1 to 0 at equal distances.

    Raises:
        ValueError: fewer than one step.
    """
    if num_steps < 1:
        raise ValueError(f"a schedule needs num_steps >= 1, not {num_steps}")
    return (*(1 - step / num_steps for step in range(num_steps)), 0.0)


def shifted(sigmas: tuple[float, ...], mu: float) -> tuple[float, ...]:
    """Move a schedule towards noise by `mu` in logits: `1 / (1 + exp(-mu) * (1 / sigma - 1))` (Esser et al. 2024)."""
    factor = math.exp(-mu)
    return (*(1 / (1 + factor * (1 / sigma - 1)) for sigma in sigmas[:-1]), 0.0)


def stretched(sigmas: tuple[float, ...], terminal: float) -> tuple[float, ...]:
    """Scale `1 - sigma` so that the last step starts at `terminal`; a schedule of one step stays as it is.

    Raises:
        ValueError: a terminal outside (0, 1), or no sigma below 1.
    """
    if not 0 < terminal < 1:
        raise ValueError(f"a schedule needs 0 < terminal < 1, not {terminal}")
    if len(sigmas) == 2:
        return sigmas
    if sigmas[-2] >= 1:
        raise ValueError(
            "a clip of so many tokens has no schedule, for every step of it would be noise: render smaller"
        )
    stretch = (1 - terminal) / (1 - sigmas[-2])
    return (*(1 - (1 - sigma) * stretch for sigma in sigmas[:-1]), 0.0)


def shifted_linear(
    num_steps: int, num_tokens: int, *, shift: Shift = LTX_SHIFT, terminal: float = 0.1
) -> tuple[float, ...]:
    """The `num_steps + 1` sigmas of a linear schedule, shifted by size and stretched to end on `terminal`, then 0.

    LTX-Video counts the clip's tokens; LTX-2 always passes `LTX2_TOKENS`. One step goes straight from 1 to 0.

    Raises:
        ValueError: fewer than one step, or a terminal outside (0, 1).
    """
    return stretched(shifted(uniform(num_steps), shift.mu(num_tokens)), terminal)


def linear_quadratic(num_steps: int) -> tuple[float, ...]:
    """The `num_steps + 1` sigmas that fall by 0.025 in the first half of the steps, then along a parabola to 0.

    The parabola takes over with the line's slope (Polyak et al. 2024, Movie Gen).

    Raises:
        ValueError: fewer than one step.
    """
    if num_steps < 2:
        return uniform(num_steps)
    num_linear, num_quadratic = num_steps // 2, num_steps - num_steps // 2
    slope = _LINEAR_FALL / num_linear
    bend = (1 - _LINEAR_FALL - slope * num_quadratic) / num_quadratic**2
    line = [1 - slope * step for step in range(num_linear)]
    curve = [1 - _LINEAR_FALL - slope * step - bend * step**2 for step in range(num_quadratic)]
    return (*line, *curve, 0.0)


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


def without_steps(sigmas: tuple[float, ...], *, initial: int = 0, final: int = 0) -> tuple[float, ...]:
    """Leave out the first and the last noise levels; what is then the last step goes all the way to 0.

    Raises:
        ValueError: a negative count, or no step left.
    """
    num_steps = len(sigmas) - 1
    if initial < 0 or final < 0 or initial + final >= num_steps:
        raise ValueError(f"of {num_steps} steps one must stay, so {initial} first and {final} last cannot go")
    return (*sigmas[initial : num_steps - final], 0.0)


def floored(sigmas: tuple[float, ...], floor: float) -> tuple[float, ...]:
    """Stop at `floor` on the way to 0, for a sampler that steps in the logarithm of sigma.

    Raises:
        ValueError: the floor is not below the last sigma that is not 0.
    """
    if not 0 < floor < sigmas[-2]:
        raise ValueError(f"a floor must lie between 0 and {sigmas[-2]}, not at {floor}")
    return (*sigmas[:-1], floor, 0.0)


def check_schedule(sigmas: tuple[float, ...]) -> None:
    """Refuse a schedule that does not fall strictly within [0, 1] down to 0.

    Raises:
        ValueError: with the sigmas in question.
    """
    falls = all(sigma > sigma_next for sigma, sigma_next in pairwise(sigmas))
    if not sigmas or not falls or sigmas[0] > 1 or sigmas[-1] != 0:
        raise ValueError(f"sigmas must fall strictly from at most 1 to 0: {sigmas}")
