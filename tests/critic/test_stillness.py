"""Stillness on encoded clips of drawn scenes: a held frame is found under grain, slow motion is not called frozen."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest

from aiprod_agents.critique import THRESHOLDS
from render_engine.api import MeasureRequest, Placed
from render_engine.critic.measures import measure
from render_engine.media.write import write_clip
from render_engine.world import draw, sample_scene

FPS = 12.0
NUM_FRAMES = 33


def still_picture(seed: int) -> np.ndarray:
    scene = sample_scene(seed, "train").model_copy(update={"camera": "static", "action": "still"})
    picture: np.ndarray = draw(scene, 256, 144, 1, FPS)[0].numpy()
    return picture


def with_grain(frames: Iterable[np.ndarray], grain: float) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [np.clip(frame + np.rint(rng.normal(0, grain, frame.shape)), 0, 255).astype(np.uint8) for frame in frames]


def moved(picture: np.ndarray, shift: float, zoom: float = 0.0) -> list[np.ndarray]:
    """The picture under a camera that shifts by pixels, and comes nearer by a share, each frame."""
    height, width = picture.shape[:2]
    frames = []
    for index in range(NUM_FRAMES):
        move = cv2.getRotationMatrix2D((width / 2, height / 2), 0, 1 + zoom * index)
        move[0, 2] -= shift * index
        frames.append(cv2.warpAffine(picture, move, (width, height), borderMode=cv2.BORDER_REFLECT))
    return frames


def frozen_share(frames: Iterable[np.ndarray], folder: Path) -> float:
    clip = write_clip(folder / "clip.mp4", frames, FPS)
    return sum(length for _, length in measure(MeasureRequest(path=clip.path)).frozen_runs) / clip.num_frames


@pytest.mark.parametrize("grain", [0, 1, 2, 4])
@pytest.mark.parametrize("seed", [3000, 3004])
def test_a_held_frame_is_found_under_grain(tmp_path: Path, seed: int, grain: float) -> None:
    share = frozen_share(with_grain([still_picture(seed)] * NUM_FRAMES, grain), tmp_path)
    assert share > THRESHOLDS.frozen_major


@pytest.mark.parametrize(("shift", "is_frozen"), [(0, True), (0.25, False)])
def test_a_large_picture_is_judged_alike(tmp_path: Path, shift: float, *, is_frozen: bool) -> None:
    large = cv2.resize(still_picture(3001), (512, 288), interpolation=cv2.INTER_CUBIC)
    share = frozen_share(with_grain(moved(large, shift)[:16], 2), tmp_path)
    assert share > THRESHOLDS.frozen_major if is_frozen else share == 0


@pytest.mark.parametrize("grain", [0, 2, 4])
@pytest.mark.parametrize(("shift", "zoom"), [(0.1, 0), (0.5, 0), (0, 0.003)])
def test_a_slow_camera_is_not_frozen(tmp_path: Path, shift: float, zoom: float, grain: float) -> None:
    assert frozen_share(with_grain(moved(still_picture(3001), shift, zoom), grain), tmp_path) == 0


@pytest.mark.parametrize("grain", [0, 2, 4])
def test_a_small_thing_that_creeps_is_not_frozen(tmp_path: Path, grain: float) -> None:
    picture = still_picture(3003)
    frames = [picture.copy() for _ in range(NUM_FRAMES)]
    for index, frame in enumerate(frames):
        cv2.circle(frame, (round((60 + 0.5 * index) * 16), 80 * 16), 9 * 16, (240, 240, 230), -1, cv2.LINE_AA, 4)
    assert frozen_share(with_grain(frames, grain), tmp_path) == 0


def test_a_drawn_shot_in_which_something_acts_is_not_frozen(tmp_path: Path) -> None:
    scene = sample_scene(4006, "train")  # a bottle sways in falling snow
    assert frozen_share(draw(scene, 256, 144, NUM_FRAMES, FPS).numpy(), tmp_path) == 0


def test_motion_that_stops_is_frozen_from_where_it_stops(tmp_path: Path) -> None:
    frames = moved(still_picture(3005), 2)[:16]
    clip = write_clip(tmp_path / "clip.mp4", with_grain(frames + [frames[-1]] * 17, 2), FPS)
    [(first, length)] = measure(MeasureRequest(path=clip.path)).frozen_runs
    assert abs(first - 15) <= 2
    assert first + length == 33


def test_runs_of_two_placed_shots_are_two_and_the_flicker_is_told_by_shot(tmp_path: Path) -> None:
    placed = (Placed(shot_id="S1", frame_in=0, frame_out=12), Placed(shot_id="S2", frame_in=12, frame_out=36))
    picture = still_picture(3002)
    flashing = [np.clip(picture * (1 - 0.3 * (index % 2)), 0, 255).astype(np.uint8) for index in range(24)]
    clip = write_clip(tmp_path / "clip.mp4", [still_picture(3000)] * 12 + flashing, FPS)
    measures = measure(MeasureRequest(path=clip.path, placed=placed))
    assert measures.frozen_runs == ((0, 12),)
    still, flashed = measures.placed
    assert [(one.shot_id, one.frame_in, one.frame_out) for one in (still, flashed)] == [("S1", 0, 12), ("S2", 12, 36)]
    assert (still.flicker or 0) < THRESHOLDS.flicker_minor
    assert (flashed.flicker or 0) > THRESHOLDS.flicker_major
