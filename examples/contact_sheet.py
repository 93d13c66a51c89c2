"""Lays a package's animatic and film out as one picture: a column a shot, the animatic above the film, early and late.

python examples/contact_sheet.py PACKAGE_FOLDER SHEET.png
"""

import json
import sys
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from render_engine.media.read import read_frames

CELL_WIDTH = 320
GAP = 6
MOMENTS = (0.25, 0.7)
"""Of each shot, as shares of its length."""

Picture = NDArray[np.uint8]


def contact_sheet(package: Path) -> Image.Image:
    """The sheet of a package's folder; cards are left out."""
    manifest = json.loads((package / "manifest.json").read_text("utf-8"))
    shots = shot_spans(manifest)
    rows = []
    for share in MOMENTS:
        moments = [start + share * (end - start) for start, end in shots]
        rows += [beside(pictures_at(package / manifest[kind]["file"], moments)) for kind in ("animatic", "film")]
    return Image.fromarray(np.vstack(rows))


def shot_spans(manifest: dict) -> list[tuple[float, float]]:
    """Where each shot begins and ends, in seconds into the film."""
    title = sum(card["seconds"] for card in manifest["cards"] if card["role"] == "title")
    return list(pairwise(accumulate((shot["planned_seconds"] for shot in manifest["shots"]), initial=title)))


def pictures_at(film: Path, moments: list[float], fps: float = 24.0) -> list[Picture]:
    """The frames at those moments, scaled to a cell's width."""
    wanted = {round(moment * fps) for moment in moments}
    frames = [frame for number, frame in enumerate(read_frames(film)) if number in wanted]
    return [scaled(frame) for frame in frames]


def scaled(frame: Picture) -> Picture:
    """A frame at a cell's width."""
    height = round(frame.shape[0] * CELL_WIDTH / frame.shape[1])
    return np.asarray(Image.fromarray(frame).resize((CELL_WIDTH, height), Image.Resampling.LANCZOS))


def beside(pictures: list[Picture]) -> Picture:
    """Pictures in a row, with white between and below."""
    padded = [np.pad(picture, ((0, GAP), (0, GAP), (0, 0)), constant_values=255) for picture in pictures]
    return np.hstack(padded)


if __name__ == "__main__":
    folder, out = (Path(word) for word in sys.argv[1:])
    contact_sheet(folder).save(out)
