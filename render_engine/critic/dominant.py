"""Dominant colours: the few colours that most of a picture is made of, so that a look can follow a picture."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from render_engine.critic.palette import Floats, to_lab
from render_engine.media.read import read_picture

SIDE = 64
"""Samples across and down."""
NUM_COLOURS = 5
LEAST_COLOURS = 4
RADII = (22.0, 16.0, 11.0, 7.0, 5.0, 3.5)
"""CIE76 distances within which samples are one colour; a picture of few colours is looked at more closely."""
LEAST_SHARE = 0.02
"""A colour of less than this share of the picture is an accent at most."""
BIN = 8.0
"""Side of the L*a*b* cells whose middles are tried as colours."""
OPAQUE = 128


def find_colours(path: Path) -> list[str]:
    """Up to five colours as "#rrggbb", the one with most of the picture first; none where nothing in it is opaque.

    Raises:
        RenderError: the file is no still picture.
    """
    rgba = cv2.resize(read_picture(path), (SIDE, SIDE), interpolation=cv2.INTER_AREA).reshape(-1, 4)
    rgb = rgba[rgba[:, 3] >= OPAQUE, :3]
    colours: list[str] = []
    for radius in RADII:
        colours = _take_colours(rgb, radius)
        if len(colours) >= LEAST_COLOURS:
            break
    return colours


def _take_colours(rgb: NDArray[np.uint8], radius: float) -> list[str]:
    """The most frequent colour of the samples (samples, 3), then that of what is left, and so on."""
    lab = to_lab(rgb[None])[0] if len(rgb) else np.zeros((0, 3), np.float32)
    least, colours = max(1, round(LEAST_SHARE * len(rgb))), list[str]()
    while len(lab) >= least and len(colours) < NUM_COLOURS:
        near = _most_frequent(lab, radius)
        if near.sum() < least:
            break
        red, green, blue = rgb[near].mean(axis=0).round().astype(int).tolist()
        colours.append(f"#{red:02x}{green:02x}{blue:02x}")
        rgb, lab = rgb[~near], lab[~near]
    return list(dict.fromkeys(colours))


def _most_frequent(lab: Floats, radius: float) -> NDArray[np.bool_]:
    """Which samples lie about the colour that has most of them about it."""
    cells = np.unique(np.round(lab / BIN), axis=0, return_inverse=True)[1].reshape(-1)
    counts = np.bincount(cells)
    middles = np.stack([np.bincount(cells, lab[:, axis]) / counts for axis in range(3)], axis=1)
    distances = np.linalg.norm(lab[None] - middles[:, None].astype(np.float32), axis=-1)
    near = distances < radius
    most: NDArray[np.bool_] = near[int(near.sum(axis=1).argmax())]
    return most
