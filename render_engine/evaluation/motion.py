"""Motion: what is seen to move in a clip against what the asked scene is known to do.

Flow is estimated by polynomial expansion (Farneback 2003); where a picture is plain nothing is seen to move, so it is
compared near the drawing's edges alone. What the estimate misses even on the drawing is told by measuring that too.
"""

from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from render_engine.evaluation.fidelity import luma
from render_engine.media.opencv import fix_picture_threads
from render_engine.world import GroundTruth

Floats = NDArray[np.float32]
NEAR_PX = 4
"""How far from an edge motion is compared."""
_LEAST_MOTION = 0.05
"""Pixels a frame, on average, below which a direction is none."""


class MotionError(NamedTuple):
    """How far a clip's motion is from the asked scene's, in pixels a frame.

    `still_px` is what a clip without motion would be off; `correlation`, from -1 to 1, tells whether the directions
    agree, and is None where the scene hardly moves.
    """

    error_px: float
    still_px: float
    correlation: float | None


def motion_error(frames_FHW3: Tensor, truth: GroundTruth) -> MotionError:
    """Compare a clip's flow with the truth's, of as many frames and pixels.

    Raises:
        ValueError: the clip has other frames than the truth.
    """
    if frames_FHW3.shape[:3] != truth.edges.shape:
        raise ValueError(f"a clip of {tuple(frames_FHW3.shape[:3])} has no truth of {tuple(truth.edges.shape)}")
    near = _near_edges(truth.edges.numpy()[:-1])
    if not near.any():
        return MotionError(0.0, 0.0, None)
    seen = _flow(frames_FHW3)[near]
    known = truth.flow.movedim(1, -1).numpy()[near]
    still_px = float(np.hypot(*known.T).mean())
    error_px = float(np.hypot(*(seen - known).T).mean())
    return MotionError(error_px, still_px, _correlation(seen, known) if still_px > _LEAST_MOTION else None)


def _correlation(seen: Floats, known: Floats) -> float:
    size = float(np.linalg.norm(seen)) * float(np.linalg.norm(known))
    return float((seen * known).sum(dtype=np.float64)) / size if size else 0.0


def _flow(frames_FHW3: Tensor) -> Floats:
    """From each frame to the next: (F - 1, H, W, 2), pixels right and down."""
    fix_picture_threads()
    greys = luma(frames_FHW3).round().astype(np.uint8)
    flows = [
        cv2.calcOpticalFlowFarneback(before, after, np.zeros((*before.shape, 2), np.float32), 0.5, 4, 15, 3, 5, 1.2, 0)
        for before, after in pairwise(greys)
    ]
    return np.stack(flows).astype(np.float32)


def _near_edges(edges_FHW: NDArray[np.bool_]) -> NDArray[np.bool_]:
    reach = np.ones((2 * NEAR_PX + 1, 2 * NEAR_PX + 1), np.uint8)
    return np.stack([cv2.dilate(edges.astype(np.uint8), reach) for edges in edges_FHW]).astype(bool)
