"""Camera moves over a picture: no edge is ever seen, nothing is bent, and each move goes where its name says."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from render_engine.api import ATTRIBUTES, SceneSpec
from render_engine.world.picture_move import ROOM_ZOOM, move_over, plan_windows

CAMERAS = ATTRIBUTES["camera"]
SIZES = st.tuples(st.integers(1, 6000), st.integers(1, 6000))
FRAMES = st.tuples(st.integers(8, 1280), st.integers(8, 1280))


def make_scene(camera: str, action: str = "still") -> SceneSpec:
    return SceneSpec.model_validate({"subject": "dog", "setting": "beach", "camera": camera, "action": action})


def windows(camera: str, picture: tuple[int, int] = (1600, 900), action: str = "still") -> list:
    return plan_windows(make_scene(camera, action), picture, (320, 180), 25, 8.0)


def middles(camera: str, picture: tuple[int, int] = (1600, 900), action: str = "still") -> list[tuple[float, float]]:
    return [((left + right) / 2, (top + bottom) / 2) for left, top, right, bottom in windows(camera, picture, action)]


@given(
    camera=st.sampled_from(CAMERAS),
    action=st.sampled_from(ATTRIBUTES["action"]),
    picture=SIZES,
    frame=FRAMES,
    num_frames=st.integers(1, 200),
    fps=st.floats(1, 60),
)
def test_no_edge_is_ever_seen_and_nothing_is_bent(camera, action, picture, frame, num_frames, fps):
    for left, top, right, bottom in plan_windows(make_scene(camera, action), picture, frame, num_frames, fps):
        assert 0 <= left < right <= picture[0]
        assert 0 <= top < bottom <= picture[1]
        assert (right - left) / (bottom - top) == pytest.approx(frame[0] / frame[1], rel=1e-6)


def test_a_static_camera_shows_the_whole_picture_and_stands_still():
    assert set(windows("static")) == {(0.0, 0.0, 1600.0, 900.0)}


@pytest.mark.parametrize("camera", ["push_in", "follow"])
def test_a_push_begins_on_the_whole_picture_and_goes_closer_with_every_frame(camera):
    widths = [right - left for left, _, right, _ in windows(camera)]
    assert widths[0] == 1600
    assert all(later < earlier for earlier, later in pairwise(widths))
    assert widths[-1] == pytest.approx(1600 / 1.18)  # 3 s of 0.06 a second


def test_a_pull_is_a_push_backwards():
    for pulled, pushed in zip(windows("pull_out"), windows("push_in")[::-1], strict=True):
        assert pulled == pytest.approx(pushed)


@pytest.mark.parametrize(
    ("camera", "axis", "sign"), [("pan_right", 0, 1), ("pan_left", 0, -1), ("tilt_down", 1, 1), ("tilt_up", 1, -1)]
)
def test_pans_and_tilts_go_one_way_about_the_middle_and_never_enlarge_much(camera, axis, sign):
    places = [middle[axis] * sign for middle in middles(camera)]
    assert places == sorted(set(places))
    assert (places[0] + places[-1]) / 2 == pytest.approx((1600, 900)[axis] / 2 * sign)
    assert {middle[1 - axis] for middle in middles(camera)} == {(1600, 900)[1 - axis] / 2}
    assert min(right - left for left, _, right, _ in windows(camera)) >= 1600 / ROOM_ZOOM - 1e-6


def test_a_picture_with_room_is_panned_without_being_enlarged():
    assert {round(bottom - top, 6) for _, top, _, bottom in windows("pan_right", (3200, 900))} == {900}
    assert {round(right - left, 6) for left, _, right, _ in windows("tilt_up", (1600, 1200))} == {1600}


def test_a_follow_leans_where_the_action_goes():
    assert middles("follow")[-1] == (800, 450)
    assert middles("follow", action="move_right")[-1][0] > 800
    assert middles("follow", action="rise")[-1][1] < 450


def test_moves_are_slow_at_both_ends_and_have_no_jerk():
    steps = np.diff([middle[0] for middle in middles("pan_right")])
    assert steps[0] < steps.mean() / 2
    assert steps[-1] < steps.mean() / 2
    assert np.abs(np.diff(steps)).max() < steps.mean() / 4


def test_the_frames_are_the_windows_of_the_picture():
    """On a ramp of brightness a window's middle can be read off the frame's middle."""
    ramp = np.broadcast_to(np.linspace(0, 255, 512).astype(np.uint8)[None, :, None], (288, 512, 3)).copy()
    frames = move_over(ramp, make_scene("pan_right"), 64, 36, 25, 8.0)
    seen = frames.float().mean(dim=(1, 2, 3))
    expected = [(left + right) / 2 / 512 * 255 for left, _, right, _ in windows("pan_right", (512, 288))]
    assert frames.shape == (25, 36, 64, 3)
    assert torch.allclose(seen, torch.tensor(expected), atol=1.0)


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (7, 3), (2000, 1500)])
def test_a_picture_of_any_size_is_drawn_and_alike_every_time(size):
    picture = np.random.default_rng(3).integers(0, 255, (size[1], size[0], 3), np.uint8)
    frames = move_over(picture, make_scene("push_in"), 64, 36, 9, 8.0)
    assert torch.equal(frames, move_over(picture, make_scene("push_in"), 64, 36, 9, 8.0))


def test_a_large_picture_is_drawn_as_the_same_picture_scaled_down():
    """What is left out beforehand is not seen: a grey picture's fine stripes average out, at every size alike."""
    stripes = np.tile(np.array([[[0, 0, 0]], [[200, 200, 200]]], np.uint8).reshape(1, 2, 3), (1440, 1280, 1))
    frames = move_over(stripes, make_scene("push_in"), 64, 36, 5, 8.0).float()
    assert (frames - 100).abs().max() <= 3
