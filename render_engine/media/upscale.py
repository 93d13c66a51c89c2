"""Upscaling: Lanczos without its ringing, then edges drawn together rather than overshot.

Sharpening by overshoot puts a halo on both sides of an edge. Here every pixel is read from a little farther from the
nearest edge instead, so that a soft ramp gets shorter and no value appears that was not there. The size of the step
follows the scale, because a ramp is as wide as a source pixel. Source: edge warping as in classical "warp sharpening".
A trained enlarger, where one is given, does most of the way, and Lanczos what is left.
"""

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from render_engine.media.read import Frame

Floats = NDArray[np.float32]

EDGE_STEP = 0.3
"""How far a pixel beside a strong edge is read from, in source pixels."""
EDGE_FULL = 0.10
"""Gradient of lightness, a source pixel, at which an edge gets its full step."""
TRAINED_FROM = 2.0
"""The scale from which a trained enlarger is asked: below, a frame is already fine, and large to compute."""


class Enlarger(Protocol):
    """A trained network that makes frames several times as large; `sha256` is of its weights."""

    @property
    def sha256(self) -> str:
        """Of the weights' file."""
        ...

    def enlarge(self, frame: Frame) -> Frame:
        """From (H, W, 3) to as many times H and W as it was trained for."""
        ...


class Upscaler:
    """Brings frames of one size to another: fills the target and crops what sticks out, centred."""

    def __init__(self, width: int, height: int, enlarger: Enlarger | None = None) -> None:
        self._size = (width, height)
        self._enlarger = enlarger
        columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        self._columns, self._rows = columns, rows

    def scale(self, frame: Frame) -> Frame:
        """Scale one (H, W, 3) frame; a frame of the right size comes back as it is."""
        width, height = self._size
        is_small = is_much_smaller((frame.shape[1], frame.shape[0]), self._size)
        frame = _crop_to(frame, width / height)
        if self._enlarger is not None and is_small:
            return self._fitted(self._enlarger.enlarge(frame))
        scale = width / frame.shape[1]
        if scale == 1 and frame.shape[0] == height:
            return frame
        if scale <= 1:
            smaller: Frame = cv2.resize(frame, self._size, interpolation=cv2.INTER_AREA)
            return smaller
        return self._sharpen(_without_ringing(frame, self._size), scale)

    def _fitted(self, enlarged: Frame) -> Frame:
        """What a trained enlarger gave, at the size asked for; its edges are as sharp as they should be."""
        if enlarged.shape[1::-1] == self._size:
            return enlarged
        if enlarged.shape[1] < self._size[0]:
            return _without_ringing(enlarged, self._size)
        smaller: Frame = cv2.resize(enlarged, self._size, interpolation=cv2.INTER_AREA)
        return smaller

    def _sharpen(self, frame: Frame, scale: float) -> Frame:
        step_x, step_y = _steps_from_edges(frame, scale)
        sharp: Frame = cv2.remap(
            frame,
            self._columns + step_x,
            self._rows + step_y,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return sharp


def is_much_smaller(size: tuple[int, int], target: tuple[int, int]) -> bool:
    """Whether a frame of a size, (width, height), is one for a trained enlarger."""
    return max(target[0] / size[0], target[1] / size[1]) >= TRAINED_FROM


def _crop_to(frame: Frame, aspect: float) -> Frame:
    height, width = frame.shape[:2]
    new_width, new_height = min(width, round(height * aspect)), min(height, round(width / aspect))
    left, top = (width - new_width) // 2, (height - new_height) // 2
    return np.ascontiguousarray(frame[top : top + new_height, left : left + new_width])


def _without_ringing(frame: Frame, size: tuple[int, int]) -> Frame:
    """Lanczos, held between the darkest and the brightest of the source pixels around."""
    around = np.ones((3, 3), np.uint8)
    scaled = cv2.resize(frame, size, interpolation=cv2.INTER_LANCZOS4)
    low = cv2.resize(cv2.erode(frame, around), size, interpolation=cv2.INTER_LINEAR)
    high = cv2.resize(cv2.dilate(frame, around), size, interpolation=cv2.INTER_LINEAR)
    held: Frame = np.clip(scaled, low, high)
    return held


def _steps_from_edges(frame: Frame, scale: float) -> tuple[Floats, Floats]:
    """Where each pixel is read from, as (x, y) offsets in target pixels: downhill from the ridge of the gradient."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    grey = cv2.GaussianBlur(grey, (0, 0), scale * 0.3)
    slope_x = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3) * (scale / 8)
    slope_y = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3) * (scale / 8)
    edge = cv2.magnitude(slope_x, slope_y)
    strength = np.minimum(edge / EDGE_FULL, 1.0)
    ridge = cv2.GaussianBlur(strength, (0, 0), scale * 0.4)
    away_x = -cv2.Sobel(ridge, cv2.CV_32F, 1, 0, ksize=3) * (scale / 8)
    away_y = -cv2.Sobel(ridge, cv2.CV_32F, 0, 1, ksize=3) * (scale / 8)
    length = np.maximum(cv2.magnitude(away_x, away_y), 0.15)
    reach = EDGE_STEP * scale / length
    return away_x * reach, away_y * reach
