"""The palette: how far a picture leaves the colours that its look asked for, and how much of them it shows.

Both directions are judged by hue and chroma, in the a*b* plane of CIE L*a*b*: night makes every palette dark, and
distance, haze and shade mix every palette with grey, so a palette's own pictures lie anywhere between its colours and
grey. A picture leaves the palette with what lies outside that area, and lacks it with the chroma that it never reaches.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from render_engine.api import RenderError
from render_engine.media.read import Frame

Floats = NDArray[np.float32]

GRID = (64, 64)
"""Samples across and down; each is the mean of its part of the picture."""
FULL_CHROMA = 90.0
"""The percentile of a picture's chroma that is compared with the palette's: its coloured parts, not its greys."""
SAME_HUE_DEGREES = 25.0
SAME_CHROMA = 0.35
"""A sample shows a colour when its hue is so near and it has at least so much of the colour's chroma."""
GREY_CHROMA = 15.0
SAME_GREY = 20.0
"""A colour of less chroma has no hue: a sample shows it within this CIE76 distance."""


class Nearness(NamedTuple):
    """How one picture stands to a palette."""

    outside: float
    """Mean distance, in the a*b* plane, by which the samples lie outside the palette's area."""
    paleness: float
    """Share of the palette's mean chroma that the picture's coloured parts lack, [0, 1]."""
    shares: tuple[float, ...]
    """For each colour of the palette, the share of the picture that shows it."""


class Palette:
    """Colours given as "#rrggbb", ready to be compared with pictures.

    Raises:
        RenderError: a colour is not written so.
    """

    def __init__(self, colours: tuple[str, ...]) -> None:
        self._lab = palette_lab(colours)
        planes = np.vstack([np.zeros((1, 2), np.float32), self._lab[:, 1:]])
        self._area = cv2.convexHull(planes.reshape(-1, 1, 2)).reshape(-1, 2)
        self._chroma = float(np.linalg.norm(self._lab[:, 1:], axis=1).mean())

    def compare(self, frame: Frame) -> Nearness:
        """How near a frame (H, W, 3) comes."""
        samples = to_lab(cv2.resize(frame, GRID, interpolation=cv2.INTER_AREA)).reshape(-1, 3)
        chroma = float(np.percentile(np.linalg.norm(samples[:, 1:], axis=1), FULL_CHROMA))
        return Nearness(
            outside=float(distance_to_area(samples[:, 1:], self._area).mean()),
            paleness=max(0.0, 1 - chroma / self._chroma) if self._chroma else 0.0,
            shares=tuple(_share(samples, colour) for colour in self._lab),
        )


def palette_lab(colours: tuple[str, ...]) -> Floats:
    """CIE L*a*b* of "#rrggbb" colours, (colours, 3)."""
    try:
        values = [[int(colour.removeprefix("#")[at : at + 2], 16) for at in (0, 2, 4)] for colour in colours]
    except ValueError as error:
        raise RenderError(f"a palette colour is not written as #rrggbb: {', '.join(colours)}") from error
    lab: Floats = to_lab(np.array([values], np.uint8))[0]
    return lab


def distance_to_area(points: Floats, corners: Floats) -> Floats:
    """Distance of each point (points, 2) to a convex area (corners, 2), 0 inside; two corners are a line."""
    starts, sides = corners[None], np.roll(corners, -1, axis=0)[None] - corners[None]
    reach = points[:, None] - starts
    along = (reach * sides).sum(-1) / np.maximum((sides**2).sum(-1), 1e-6)
    distance = np.linalg.norm(reach - np.clip(along, 0, 1)[..., None] * sides, axis=-1).min(axis=1)
    turn = sides[..., 0] * reach[..., 1] - sides[..., 1] * reach[..., 0]
    is_inside = (turn >= 0).all(axis=1) | (turn <= 0).all(axis=1) if len(corners) > 2 else np.zeros(len(points), bool)
    outside: Floats = np.where(is_inside, 0, distance).astype(np.float32)
    return outside


def _share(samples: Floats, colour: Floats) -> float:
    wanted = float(np.linalg.norm(colour[1:]))
    if wanted < GREY_CHROMA:
        return float((np.linalg.norm(samples - colour, axis=1) < SAME_GREY).mean())
    chroma = np.linalg.norm(samples[:, 1:], axis=1)
    is_near = samples[:, 1:] @ colour[1:] > np.cos(np.radians(SAME_HUE_DEGREES)) * chroma * wanted
    return float((is_near & (chroma > SAME_CHROMA * wanted)).mean())


def to_lab(rgb: NDArray[np.uint8]) -> Floats:
    """CIE L*a*b* of RGB (H, W, 3)."""
    lab: Floats = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    return lab
