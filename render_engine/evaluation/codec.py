"""What the autoencoder does to a clip: how near it stays, how sharp its edges, and whether its patches show.

Clips are uint8 (F, H, W, 3).
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from render_engine.evaluation.fidelity import luma
from render_engine.media.opencv import fix_picture_threads


class Steps(NamedTuple):
    """Mean steps of brightness between neighbouring pixels, in levels: across patches' borders, and elsewhere."""

    at_borders: float
    elsewhere: float


def edge_error(one_FHW3: Tensor, other_FHW3: Tensor) -> float:
    """The mean absolute difference of Sobel magnitudes of brightness, in levels a pixel."""
    fix_picture_threads()
    pairs = zip(luma(one_FHW3), luma(other_FHW3), strict=True)
    return float(np.mean([np.abs(_edges(one) - _edges(other)).mean() for one, other in pairs]))


def border_steps(frames_FHW3: Tensor, patch: int) -> Steps:
    """Steps across the borders of patches of `patch` pixels, and all other steps."""
    grey = luma(frames_FHW3)
    lines = [np.abs(np.diff(grey, axis=axis)).mean(axis=(0, 3 - axis)) for axis in (1, 2)]
    is_border = [np.arange(1, len(line) + 1) % patch == 0 for line in lines]
    at_borders = np.concatenate([line[border] for line, border in zip(lines, is_border, strict=True)])
    elsewhere = np.concatenate([line[~border] for line, border in zip(lines, is_border, strict=True)])
    return Steps(_mean(at_borders), _mean(elsewhere))


def grid_visibility(clip: Steps, drawing: Steps) -> float | None:
    """How much larger steps at borders are than elsewhere, against the drawing's: 1 is no grid; None if all is flat."""
    if min(clip.elsewhere, *drawing) <= 0:
        return None
    return clip.at_borders / clip.elsewhere / (drawing.at_borders / drawing.elsewhere)


def _edges(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sobel's kernels sum to 4 a side, so that a step of one level counts one."""
    across, down = (cv2.Sobel(plane, cv2.CV_32F, x, y, scale=0.25) for x, y in ((1, 0), (0, 1)))
    edges: NDArray[np.float32] = np.hypot(across, down)
    return edges


def _mean(values: NDArray[np.float32]) -> float:
    return float(values.mean()) if len(values) else 0.0
