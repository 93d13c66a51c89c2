"""Palette distance: how far a picture's colours are from those that its look asked for."""

import cv2
import numpy as np
from numpy.typing import NDArray

from render_engine.api import RenderError
from render_engine.media.read import Frame

GRID = (32, 32)
"""Samples across and down; each is the mean of its part of the picture."""


def palette_lab(colours: tuple[str, ...]) -> NDArray[np.float32]:
    """CIE L*a*b* of "#rrggbb" colours, (colours, 3)."""
    try:
        values = [[int(colour.removeprefix("#")[at : at + 2], 16) for at in (0, 2, 4)] for colour in colours]
    except ValueError as error:
        raise RenderError(f"a palette colour is not written as #rrggbb: {', '.join(colours)}") from error
    lab: NDArray[np.float32] = _lab(np.array([values], np.uint8))[0]
    return lab


def palette_distance(frame: Frame, palette: NDArray[np.float32]) -> float:
    """Mean CIE76 distance of the frame's colours to the nearest of the palette, (colours, 3) L*a*b*."""
    samples = _lab(cv2.resize(frame, GRID, interpolation=cv2.INTER_AREA)).reshape(-1, 1, 3)
    return float(np.linalg.norm(samples - palette[None], axis=-1).min(axis=1).mean())


def _lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    lab: NDArray[np.float32] = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    return lab
