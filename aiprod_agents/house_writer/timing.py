"""Seconds: how many shots a film has, and how long each lasts, so that all add up to the brief's length."""

import math
from collections.abc import Sequence

SHORTEST = 1.2
LONGEST = 4.0
"""The renderer's longest clip: 49 frames at 12 per second."""
_FEWEST, _USUAL_MOST = 3, 8
_MOST_OF_ONE_EVENT = 5
"""Shots of one event before they repeat themselves; longer ones serve a long film of few events better."""


def count_shots(seconds: float, wanted_seconds: float, num_beats: int, max_shots: int | None) -> int:
    """How many shots fill so many seconds.

    Three to eight for films up to 32 s; longer films take as many as keep each shot within `LONGEST`, up to half as
    many again. `max_shots` comes before all, and then shots may be longer than `LONGEST`.
    """
    fewest = max(1, math.ceil(seconds / LONGEST - 1e-9))
    most = max(fewest, min(math.floor(seconds / SHORTEST), max(_USUAL_MOST, math.ceil(1.5 * fewest))))
    wanted = max(round(seconds / wanted_seconds), min(num_beats, round(seconds / (0.75 * wanted_seconds))), _FEWEST)
    most = min(most, max(fewest, _FEWEST, _MOST_OF_ONE_EVENT * num_beats))
    count = max(fewest, min(most, wanted))
    return max(1, min(count, max_shots)) if max_shots else count


def count_parts(total: float, given: Sequence[float | None]) -> list[int]:
    """How many clips each listed shot takes, none longer than the renderer's longest; None lasts its share."""
    free = [seconds for seconds in given if seconds is None]
    share = (total - sum(seconds or 0.0 for seconds in given)) / max(1, len(free))
    return [max(1, math.ceil((share if seconds is None else seconds) / LONGEST - 0.02)) for seconds in given]


def share_seconds(total: float, weights: Sequence[float], fixed: Sequence[float | None]) -> list[float]:
    """Seconds per shot: the fixed as given, the rest by weight within [`SHORTEST`, `LONGEST`] where that is possible.

    The sum is `total` to a hundredth, unless all are fixed.
    """
    free = [index for index, seconds in enumerate(fixed) if seconds is None]
    seconds = [0.0 if given is None else given for given in fixed]
    rest = total - sum(seconds)
    if not free:
        return seconds
    low = min(SHORTEST, rest / len(free))
    high = max(LONGEST, rest / len(free))
    shared = _fill(rest, [weights[index] for index in free], low, high)
    for index, share in zip(free, shared, strict=True):
        seconds[index] = share
    return seconds


def _fill(total: float, weights: list[float], low: float, high: float) -> list[float]:
    """Weights scaled to the total; what a bound cuts off goes to those that are not at it."""
    scale_low, scale_high = 0.0, high / min(weights) + total
    for _ in range(60):
        scale = (scale_low + scale_high) / 2
        if sum(min(high, max(low, weight * scale)) for weight in weights) < total:
            scale_low = scale
        else:
            scale_high = scale
    shares = [round(min(high, max(low, weight * scale_high)), 1) for weight in weights]
    return _settle(shares, total, low, high)


def _settle(shares: list[float], total: float, low: float, high: float) -> list[float]:
    """Put the rounding's remainder where there is room for it."""
    remainder = round(total - sum(shares), 3)
    for index in sorted(range(len(shares)), key=lambda i: -shares[i]):
        given = max(low, min(high, shares[index] + remainder))
        remainder = round(remainder - (given - shares[index]), 3)
        shares[index] = round(given, 3)
        if abs(remainder) < 0.001:
            break
    return shares
