"""Adherence: how often the independent reader reads in a clip what was asked, by attribute, and how surely."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from render_engine.api.scene import SceneSpec
from render_engine.evaluation.reader_networks import READ_ATTRIBUTES

ADHERED = READ_ATTRIBUTES[:7]
_Z = 1.959963984540054
"""Of a two-sided interval of 95 %."""

Read = dict[str, str]
"""Attribute -> the value that was read."""


@dataclass(frozen=True)
class Adherence:
    """Shares of right readings among `count` clips."""

    right: dict[str, int]
    count: int

    @property
    def shares(self) -> dict[str, float]:
        """Attribute -> 0 to 1."""
        return {name: right / self.count for name, right in self.right.items()}

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """Attribute -> the interval that holds the true share in 95 of 100 evaluations."""
        return {name: wilson_interval(right, self.count) for name, right in self.right.items()}

    @property
    def mean(self) -> float:
        """Over the attributes."""
        return fmean(self.shares.values())


@dataclass(frozen=True)
class Following:
    """Of clips with one attribute swapped in the caption, how often the reader reads what there."""

    caption: int
    board: int
    count: int

    @property
    def other(self) -> int:
        """Neither what the caption says nor what the animatic shows."""
        return self.count - self.caption - self.board


def wilson_interval(right: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), which stays within [0, 1] and is honest for few clips.

    Raises:
        ValueError: of nothing, or of more right ones than there are.
    """
    if not 0 <= right <= count or not count:
        raise ValueError(f"{right} of {count} is no share")
    share, spread = right / count, _Z**2 / count
    centre = share + spread / 2
    reach = _Z * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    return max(0.0, (centre - reach) / (1 + spread)), min(1.0, (centre + reach) / (1 + spread))


def adherence_of(asked: Sequence[SceneSpec], read: Sequence[Read]) -> Adherence:
    """Count what was read as asked.

    Raises:
        ValueError: nothing was read, or not one reading a scene.
    """
    if not asked:
        raise ValueError("no clip was read")
    pairs = list(zip(asked, read, strict=True))
    right = {name: sum(values[name] == getattr(scene, name) for scene, values in pairs) for name in ADHERED}
    return Adherence(right, len(pairs))


def following_of(said: Sequence[str], neutral: str, read: Sequence[str]) -> Following:
    """Count what was read as the caption says it, and as the animatic shows it."""
    pairs = list(zip(said, read, strict=True))
    return Following(
        caption=sum(value == word for word, value in pairs),
        board=sum(value == neutral for _, value in pairs),
        count=len(pairs),
    )
