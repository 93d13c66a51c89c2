"""The palette's measures on drawn scenes: a palette's own pictures lie within it, plainly other pictures do not."""

import sys
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from aiprod_agents.critique import THRESHOLDS
from prompts import load_words
from render_engine.api import MeasureRequest, RenderError, SceneSpec
from render_engine.critic.measures import measure
from render_engine.critic.palette import Nearness, Palette, distance_to_area
from render_engine.media.write import write_clip
from render_engine.world import draw, sample_scene

RULES = load_words("house/structures")
PALETTES = cast(dict[str, list[str]], RULES["palette_hex"])
COLOURS = cast(dict[str, str], RULES["colour_hex"])


def compare(scene: SceneSpec, palette: list[str]) -> Nearness:
    """The means over a drawn shot's two frames, and the largest shares."""
    seen = [Palette(tuple(palette)).compare(frame) for frame in draw(scene, 128, 72, 2, 1.0).numpy()]
    shares = tuple(max(each) for each in zip(*(one.shares for one in seen), strict=True))
    return Nearness(
        float(np.mean([one.outside for one in seen])), float(np.mean([one.paleness for one in seen])), shares
    )


def scenes(num: int, start: int = 2000) -> list[SceneSpec]:
    return [sample_scene(start + index, "train") for index in range(num)]


def test_the_distance_to_an_area_is_that_to_its_nearest_side() -> None:
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]], np.float32)
    points = np.array([[1, 1], [3, 1], [5, 6], [0, 0]], np.float32)
    assert distance_to_area(points, square).tolist() == pytest.approx([0, 1, 5, 0])
    assert distance_to_area(points, square[::-1]).tolist() == pytest.approx([0, 1, 5, 0])
    line = np.array([[0, 0], [4, 0]], np.float32)
    assert distance_to_area(np.array([[2, 0], [2, 3], [-3, 4]], np.float32), line).tolist() == pytest.approx([0, 3, 5])


def test_a_palette_s_own_colours_and_their_greys_lie_within_it() -> None:
    frame = np.zeros((64, 64, 3), np.uint8)
    frame[:32], frame[32:] = (0xC8, 0x37, 0x2D), (90, 90, 90)
    near = Palette(("#c8372d",)).compare(frame)
    assert near.outside < 1
    assert near.paleness == 0
    assert near.shares == (0.5,)
    grey = Palette(("#c8372d",)).compare(np.full((64, 64, 3), 128, np.uint8))
    assert grey.paleness == pytest.approx(1, abs=0.01)
    assert grey.shares == (0.0,)
    blue = Palette(("#c8372d",)).compare(np.full((64, 64, 3), (40, 90, 200), np.uint8))
    assert blue.outside > THRESHOLDS.palette_major


def test_scenes_of_a_palette_are_seldom_faulted_and_never_gravely() -> None:
    near = [
        compare(scene.model_copy(update={"palette": name}), PALETTES[name]) for scene in scenes(3) for name in PALETTES
    ]
    assert np.mean([one.outside > THRESHOLDS.palette_minor for one in near]) < 0.15
    assert max(one.outside for one in near) < THRESHOLDS.palette_major
    colourful = [
        compare(s.model_copy(update={"palette": n, "style": "flat"}), PALETTES[n]) for s in scenes(3) for n in PALETTES
    ]
    assert max(one.paleness for one in colourful) < THRESHOLDS.paleness_major


def test_pictures_of_another_palette_lie_farther_off_than_a_palette_s_own() -> None:
    for asked, others in {"warm": ["cool"], "cool": ["warm"], "muted": ["warm", "cool", "vivid"]}.items():
        own = [compare(scene.model_copy(update={"palette": asked}), PALETTES[asked]).outside for scene in scenes(4)]
        for other in others:
            foreign = [compare(s.model_copy(update={"palette": other}), PALETTES[asked]).outside for s in scenes(4)]
            assert np.mean(foreign) > 2 * np.mean(own), (asked, other)


def test_a_pale_picture_is_faulted_where_vivid_colours_were_asked() -> None:
    flat = [scene.model_copy(update={"style": "flat"}) for scene in scenes(4)]
    own = [compare(scene.model_copy(update={"palette": "vivid"}), PALETTES["vivid"]).paleness for scene in flat]
    pale = [compare(scene.model_copy(update={"palette": "muted"}), PALETTES["vivid"]).paleness for scene in flat]
    assert max(own) < THRESHOLDS.paleness_minor < max(pale)
    assert np.mean(pale) > np.mean(own) + 0.25
    grey = np.full((64, 64, 3), 128, np.uint8)
    assert Palette(tuple(PALETTES["vivid"])).compare(grey).paleness > THRESHOLDS.paleness_major


def test_an_asked_colour_is_seen_where_a_thing_wears_it_and_missed_where_none_does() -> None:
    meadow = SceneSpec(subject="car", setting="meadow", action="move_right", colour="red", palette="natural")
    red = [COLOURS["red"]]
    assert compare(meadow, red).shares[0] > THRESHOLDS.colour_minor
    assert compare(meadow.model_copy(update={"colour": "blue"}), red).shares[0] < THRESHOLDS.colour_major


def test_a_clip_s_palette_is_measured_in_both_directions(tmp_path: Path) -> None:
    scene = SceneSpec(subject="car", setting="meadow", action="move_right", colour="red")
    clip = write_clip(tmp_path / "clip.mp4", draw(scene, 160, 96, 9, 12.0).numpy(), 12.0)
    found = measure(MeasureRequest(path=clip.path, palette=("#c8372d", "#22252a")))
    assert found.palette_distance is not None
    assert found.palette_paleness is not None
    assert len(found.palette_shares) == 2
    assert found.palette_shares[0] > 0.005
    nothing = measure(MeasureRequest(path=clip.path))
    assert (nothing.palette_distance, nothing.palette_paleness, nothing.palette_shares) == (None, None, ())
    with pytest.raises(RenderError, match="#rrggbb"):
        measure(MeasureRequest(path=clip.path, palette=("crimson",)))


@pytest.mark.slow
def test_the_thresholds_are_where_the_drawn_world_puts_them(capsys: pytest.CaptureFixture[str]) -> None:
    """Tells the distributions that the thresholds come from: own palettes and colours against others."""
    outside: dict[bool, list[float]] = {True: [], False: []}
    paleness: list[float] = []
    shares: dict[bool, list[float]] = {True: [], False: []}
    for scene in scenes(50):
        for drawn in PALETTES:
            for asked in PALETTES:
                near = compare(scene.model_copy(update={"palette": drawn}), PALETTES[asked])
                outside[drawn == asked].append(near.outside)
                paleness += [near.paleness] if drawn == asked else []
        for drawn in COLOURS:
            near = compare(scene.model_copy(update={"colour": drawn}), list(COLOURS.values()))
            for asked, share in zip(COLOURS, near.shares, strict=True):
                shares[drawn == asked].append(share)
    with capsys.disabled():
        tell("outside the palette, own", outside[True])
        tell("outside the palette, another's", outside[False])
        tell("paleness, own", paleness)
        tell("share of an asked colour, own", shares[True])
        tell("share of an asked colour, another's", shares[False])
    assert np.quantile(outside[True], 0.95) < THRESHOLDS.palette_minor < np.quantile(outside[False], 0.9)
    assert max(outside[True]) < THRESHOLDS.palette_major < max(outside[False])
    assert np.quantile(paleness, 0.95) < THRESHOLDS.paleness_minor
    assert np.quantile(shares[True], 0.1) > THRESHOLDS.colour_minor > np.median(shares[False])


def tell(what: str, values: list[float]) -> None:
    at = (0, 0.01, 0.05, 0.1, 0.5, 0.9, 0.95, 0.99, 1)
    quantiles = ", ".join(f"{share:.0%} {value:.4g}" for share, value in zip(at, np.quantile(values, at), strict=True))
    sys.stdout.write(f"\n{what}: {quantiles}")
