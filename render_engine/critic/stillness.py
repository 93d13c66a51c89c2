"""Stillness: stretches in which nothing moves, told from slow motion and from grain.

The picture is looked at as the means of its blocks over half a second. Grain leaves these means where they are but
for a spread that is known from their second differences, to which motion adds little; motion carries some of them away.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from render_engine.media.read import Frame

Floats = NDArray[np.float32]

BLOCKS = (20, 12)
"""Blocks along the longer and the shorter side."""
LARGE = 320
"""Pixels of the longer side from which on a frame is made smaller in two steps."""
WINDOW_SECONDS = 0.5
STILL = 1.2 / 255
"""A block that strays or drifts by less is at rest: an encoder moves it as much, at its key frames."""
MOST_GRAIN = 1.0 / 255
"""Spread of a block's mean that grain may explain; what is more is motion all over the picture."""
SPREADS = 5.0
"""A block has moved when it strays by more than so many spreads."""


def block_means(frame: Frame) -> Floats:
    """The means of a frame's blocks, (rows, columns, 3) in [0, 1]."""
    height, width = frame.shape[:2]
    columns, rows = BLOCKS if width >= height else BLOCKS[::-1]
    if max(width, height) > LARGE:  # in whole levels first: eight times as fast
        frame = cv2.resize(frame, (columns * 8, rows * 8), interpolation=cv2.INTER_AREA).astype(np.uint8)
    small = cv2.resize(frame.astype(np.float32) / 255, (columns, rows), interpolation=cv2.INTER_AREA)
    means: Floats = small
    return means


def find_still(means: Floats, fps: float) -> list[tuple[int, int]]:
    """Stretches of at least half a second in which nothing moves, as (first frame, number of frames).

    Args:
        means: block means of each frame, (frames, rows, columns, 3).
        fps: frames a second.
    """
    series = means.reshape(len(means), -1)
    window = max(3, round(WINDOW_SECONDS * fps))
    is_still = np.zeros(len(series), bool)
    for start in range(len(series) - window + 1):
        if _is_at_rest(series[start : start + window]):
            is_still[start : start + window] = True
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_still, [False]]).astype(np.int8)))
    runs = _join([(int(first), int(last)) for first, last in edges.reshape(-1, 2)], series, window)
    return [(first, last - first) for first, last in runs if not _drifts(series[first:last], window)]


def grain_of(series: Floats) -> float:
    """Spread of the block means that grain explains, from their second differences (frames, blocks)."""
    second = series[2:] - 2 * series[1:-1] + series[:-2]
    return min(MOST_GRAIN, float(np.median(np.sqrt((second**2).mean(axis=0) / 6))))


def _join(runs: list[tuple[int, int]], series: Floats, window: int) -> list[tuple[int, int]]:
    """Runs that an encoder's key frame or a burst of grain parts are one, when both show the same picture."""
    joined: list[tuple[int, int]] = []
    for first, last in runs:
        if joined and first - joined[-1][1] < window and not _drifts(series[joined[-1][0] : last], window):
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _is_at_rest(series: Floats) -> bool:
    """Whether no block leaves its mean by more than grain does, nor drifts from the first half to the second."""
    spread = grain_of(series)
    strays = float(np.abs(series - series.mean(axis=0)).max())
    return strays < max(STILL, SPREADS * spread) and not _drifts(series, len(series) // 2)


def _drifts(series: Floats, num_frames: int) -> bool:
    """Whether some block's mean over the last `num_frames` differs from that over the first by more than grain's."""
    drift = float(np.abs(series[-num_frames:].mean(axis=0) - series[:num_frames].mean(axis=0)).max())
    allowed: float = max(STILL, SPREADS * grain_of(series) * (2 / num_frames) ** 0.5)
    return drift > allowed
