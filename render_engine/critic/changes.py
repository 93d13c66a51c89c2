"""Changes from frame to frame: what motion explains, what it does not, and where the picture changes at once.

A cut is told from a fast pan by motion (a pan's frame is found again in the one before, a cut's is not), from a
flicker by contrast (a flash keeps the picture's structure), and from a crossfade by its neighbours (a crossfade is
as unexplained for many frames in a row, a cut for one).
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from render_engine.media.opencv import fix_picture_threads
from render_engine.media.read import Frame

Floats = NDArray[np.float32]

SIDE = 160
"""Pixels of the longer side at which changes are looked at: small enough for speed and to forgive grain."""
AT_ONCE = ((0.11, 2.5), (0.045, 4.0))
"""(least, times): unexplained change above the first and so many times its neighbours' is a cut; the second pair
catches a jump in time within one place."""
AT_ONCE_WHILE_FAST = ((0.25, 2.5),)
FAST = 0.1
"""In a whip pan of so many widths a frame, motion is lost now and then; only a clear change counts."""
NEIGHBOURS = 3
LEAST_SEEN = 0.3
FLAT = 4.0
"""Least standard deviation of grey levels by which a plain picture is normalised."""


class Change(NamedTuple):
    """What one frame changes against the frame before."""

    difference: float
    """Mean absolute RGB difference, [0, 1]."""
    unexplained: float
    """Mean absolute difference of structure and colour that motion leaves, in standard deviations of the picture."""
    speed: float
    """Median motion, in widths of the picture a frame."""


class ChangeMeter:
    """Compares each frame with the one before; keeps that frame and the last motion."""

    def __init__(self) -> None:
        fix_picture_threads()
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._before: Frame | None = None
        self._small_before: Frame | None = None
        self._last_flow: Floats | None = None

    def next(self, frame: Frame) -> Change | None:
        """The change that this frame (H, W, 3) makes; None for the first."""
        before, small_before = self._before, self._small_before
        small = _small(frame)
        self._before, self._small_before = frame, small
        if before is None or small_before is None:
            return None
        unexplained = self._unexplained(small_before, small)
        return Change(
            difference=float(np.mean(cv2.mean(cv2.absdiff(frame, before))[:3])) / 255,
            unexplained=unexplained,
            speed=0.0 if self._last_flow is None else _speed(self._last_flow),
        )

    def _unexplained(self, before: Frame, after: Frame) -> float:
        """What the best of three motions leaves: from rest, from the whole picture's shift, or going on as before."""
        if np.array_equal(before, after):
            self._last_flow = None
            return 0.0
        planes = _normalised(before), _normalised(after)
        greys = [_eight_bit(plane[..., 0]) for plane in planes]
        starts = [np.zeros((*greys[0].shape, 2), np.float32), _shift(*planes)]
        if self._last_flow is not None and self._last_flow.shape == starts[0].shape:
            starts.append(np.broadcast_to(np.median(self._last_flow, axis=(0, 1)), starts[0].shape).copy())
        flows = [self._flow.calc(greys[1], greys[0], start) for start in starts]
        left, best = min((_left_over(*planes, flow), index) for index, flow in enumerate(flows))
        self._last_flow = flows[best]
        return left


def _speed(flow: Floats) -> float:
    return float(np.hypot(*np.median(flow, axis=(0, 1))) / flow.shape[1])


def _shift(before: Floats, after: Floats) -> Floats:
    """The whole picture's movement by phase correlation, as flow (H, W, 2) from `after` back to `before`."""
    height, width = after.shape[:2]
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (x, y), _response = cv2.phaseCorrelate(
        np.ascontiguousarray(after[..., 0]), np.ascontiguousarray(before[..., 0]), window
    )
    return np.full((height, width, 2), (x, y), np.float32)


def _left_over(before: Floats, after: Floats, flow: Floats) -> float:
    height, width = after.shape[:2]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    source_x, source_y = columns + flow[..., 0], rows + flow[..., 1]
    found = cv2.remap(before, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    seen = (source_x >= 0) & (source_x < width) & (source_y >= 0) & (source_y < height)
    if np.count_nonzero(seen) < LEAST_SEEN * seen.size:  # a motion that shows nothing of the frame explains nothing
        return float(np.abs(after - before).mean())
    return float(np.abs(after - found)[seen].mean())


def _small(frame: Frame) -> Frame:
    scale = min(1.0, SIDE / max(frame.shape[:2]))
    size = (max(16, round(frame.shape[1] * scale)), max(16, round(frame.shape[0] * scale)))
    small: Frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return small


def _normalised(frame: Frame) -> Floats:
    """Lightness and two colour differences, (H, W, 3), free of the picture's brightness and contrast."""
    lab = cv2.cvtColor(frame, cv2.COLOR_RGB2Lab).astype(np.float32)
    lightness = lab[..., 0]
    spread = max(FLAT, float(lightness.std()))
    lab[..., 0] = (lightness - lightness.mean()) / spread
    lab[..., 1:] = (lab[..., 1:] - 128) / 24
    blurred: Floats = cv2.GaussianBlur(lab, (0, 0), 1.2)
    return blurred


def _eight_bit(plane: Floats) -> Frame:
    return np.clip(plane * 40 + 128, 0, 255).astype(np.uint8)


def find_cuts(changes: list[Change]) -> list[int]:
    """Frames at which the picture changes at once; `changes[i]` is that of frame i + 1."""
    unexplained = [change.unexplained for change in changes]
    cuts = []
    for index, value in enumerate(unexplained):
        around = [*unexplained[max(0, index - NEIGHBOURS) : index], *unexplained[index + 1 : index + 1 + NEIGHBOURS]]
        usual = sorted([0.0, 0.0, *around])[-2]  # the highest but one: the other edge of a lone wrong frame is near
        nearby = changes[max(0, index - NEIGHBOURS) : index + 1 + NEIGHBOURS]
        limits = AT_ONCE_WHILE_FAST if np.median([change.speed for change in nearby]) > FAST else AT_ONCE
        if any(value > least and value > times * usual for least, times in limits):
            cuts.append(index + 1)
    return cuts
