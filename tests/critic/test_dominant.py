"""Dominant colours: what most of a picture is made of, largest first, the same each time."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from render_engine.api import RenderError, ignore
from render_engine.cancelling import never
from render_engine.critic.dominant import find_colours
from render_engine.engine import HouseEngine
from render_engine.media.write import write_clip
from render_engine.protocol import FindColoursCall
from render_engine.world import draw, sample_scene


def paint(path: Path, *stripes: tuple[int, tuple[int, ...]]) -> Path:
    """A picture of stripes, each so many rows of an RGB or RGBA colour."""
    rows = [np.full((height, 64, len(colour)), colour, np.uint8) for height, colour in stripes]
    Image.fromarray(np.vstack(rows)).save(path)
    return path


def test_flat_colours_are_found_as_they_are_the_largest_first(tmp_path: Path) -> None:
    path = paint(tmp_path / "flag.png", (16, (200, 30, 30)), (40, (20, 40, 160)), (8, (250, 250, 250)))
    assert find_colours(path) == ["#1428a0", "#c81e1e", "#fafafa"]


def test_an_accent_of_a_hundredth_is_no_dominant_colour(tmp_path: Path) -> None:
    path = paint(tmp_path / "wall.png", (127, (90, 90, 90)), (1, (255, 0, 0)))
    assert find_colours(path) == ["#5a5a5a"]


def test_what_is_transparent_is_not_seen(tmp_path: Path) -> None:
    half = paint(tmp_path / "half.png", (32, (0, 0, 0, 0)), (32, (30, 160, 60, 255)))
    assert find_colours(half) == ["#1ea03c"]
    assert find_colours(paint(tmp_path / "empty.png", (64, (10, 10, 10, 0)))) == []


def test_a_drawn_picture_gives_a_palette_and_always_the_same(tmp_path: Path) -> None:
    path = tmp_path / "scene.png"
    Image.fromarray(draw(sample_scene(3000, "train"), 160, 90, 1, 1.0).numpy()[0]).save(path)
    colours = find_colours(path)
    assert 4 <= len(colours) <= 5
    assert len(set(colours)) == len(colours)
    assert find_colours(path) == colours


def test_the_engine_reads_colours_off_a_picture_and_none_off_a_clip(tmp_path: Path) -> None:
    path = paint(tmp_path / "red.png", (64, (200, 30, 30)))
    engine = HouseEngine(None, 1)
    assert engine.answer(FindColoursCall(path=path), ignore, never) == ["#c81e1e"]
    clip = write_clip(tmp_path / "red.mp4", [np.full((64, 64, 3), 90, np.uint8)] * 3, 8.0)
    with pytest.raises(RenderError, match="not a picture"):
        engine.answer(FindColoursCall(path=clip.path), ignore, never)
