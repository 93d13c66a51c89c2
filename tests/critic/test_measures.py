"""The critic's measures: each planted fault is found where it was planted, and a clean clip has none."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from render_engine.api import MeasureRequest, Measures, Placed, RenderError
from render_engine.critic.measures import flicker_of, is_wanted_change, measure, silent_seconds
from render_engine.media.write import write_clip, write_film

FPS = 24.0
WIDTH, HEIGHT = 160, 96


def panorama(seed: int, columns: int = 1400) -> np.ndarray:
    """A long drawn town to pan over: houses of many sizes and colours below a sky."""
    rng = np.random.default_rng(seed)
    picture = np.empty((HEIGHT, columns, 3), np.uint8)
    picture[:] = rng.integers(90, 200, 3)
    left = 0
    while left < columns:
        wide, tall = int(rng.integers(14, 40)), int(rng.integers(20, 70))
        colour = tuple(int(value) for value in rng.integers(20, 235, 3))
        cv2.rectangle(picture, (left, HEIGHT - tall), (left + wide, HEIGHT), colour, -1)
        cv2.rectangle(picture, (left + 4, HEIGHT - tall + 6), (left + 10, HEIGHT - tall + 14), (230, 220, 120), -1)
        left += wide
    return cv2.GaussianBlur(picture, (0, 0), 0.8)


def pan(seed: int, num_frames: int = 36, speed: int = 2, start: int = 0) -> list[np.ndarray]:
    town = panorama(seed)
    return [town[:, start + speed * index : start + speed * index + WIDTH].copy() for index in range(num_frames)]


def look(frames: Iterable[np.ndarray], folder: Path, **request: object) -> Measures:
    clip = write_clip(folder / "clip.mp4", frames, FPS)
    return measure(MeasureRequest(path=clip.path, **request))


def tone(seconds: float, level: float = 0.2) -> np.ndarray:
    time = np.arange(int(seconds * 48_000)) / 48_000
    return np.repeat(level * np.sin(2 * np.pi * 440 * time)[:, None], 2, axis=1).astype(np.float32)


def test_a_clean_clip_has_no_fault(tmp_path):
    found = look(pan(1), tmp_path)
    assert (found.width, found.height, found.num_frames, found.fps) == (WIDTH, HEIGHT, 36, FPS)
    assert found.seconds == pytest.approx(1.5)
    assert (found.cuts, found.frozen_runs, found.black_frames) == ((), (), ())
    assert found.flicker < 0.01
    assert len(found.luma) == len(found.difference) == 36
    assert found.difference[0] == 0
    assert min(found.difference[1:]) > 0.002
    assert (found.has_sound, found.loudness_lufs, found.not_measured) == (False, None, ())


def test_a_cut_is_found_at_its_frame(tmp_path):
    assert look(pan(1, 16) + pan(2, 16), tmp_path).cuts == (16,)


def test_a_cut_near_either_end_is_found(tmp_path):
    assert look(pan(1, 2) + pan(2, 20) + pan(3, 2), tmp_path).cuts == (2, 22)


def test_a_jump_in_time_within_one_place_is_found(tmp_path):
    assert look(pan(1, 14) + pan(1, 14, start=90), tmp_path).cuts == (14,)


@pytest.mark.parametrize("speed", [6, 14, 30])
def test_a_fast_pan_is_no_cut(tmp_path, speed):
    assert look(pan(1, 30, speed), tmp_path).cuts == ()


def test_a_pan_that_starts_and_stops_at_once_is_no_cut(tmp_path):
    still = pan(1, 1)
    assert look(still * 8 + pan(1, 12, 14) + [pan(1, 12, 14)[-1]] * 8, tmp_path).cuts == ()


def test_a_crossfade_is_no_cut(tmp_path):
    before, after = pan(1, 24), pan(2, 24)
    fade = [
        cv2.addWeighted(a, 1 - share, b, share, 0)
        for a, b, share in zip(before[12:], after, np.linspace(0, 1, 12), strict=False)
    ]
    assert look(before[:12] + fade + after[12:], tmp_path).cuts == ()


def test_a_slow_flicker_of_light_is_flicker_and_no_cut(tmp_path):
    frames = [
        np.clip(frame * (1 + 0.12 * (-1) ** index), 0, 255).astype(np.uint8) for index, frame in enumerate(pan(1))
    ]
    found = look(frames, tmp_path)
    assert found.flicker > 0.05
    assert found.cuts == ()


def test_doubled_frames_are_no_cuts(tmp_path):
    assert look([frame for frame in pan(1, 16, 4) for _ in (0, 1)], tmp_path).cuts == ()


def test_a_cut_between_two_placed_shots_is_wanted_and_one_inside_is_not(tmp_path):
    placed = (Placed(shot_id="a", frame_in=0, frame_out=16), Placed(shot_id="b", frame_in=16, frame_out=32))
    assert look(pan(1, 16) + pan(2, 16), tmp_path, placed=placed).cuts == ()
    assert look(pan(1, 10) + pan(2, 22), tmp_path, placed=placed).cuts == (10,)


def test_a_crossfade_between_placed_shots_is_wanted_throughout():
    placed = (Placed(shot_id="a", frame_in=0, frame_out=20), Placed(shot_id="b", frame_in=12, frame_out=40))
    assert [frame for frame in range(40) if is_wanted_change(frame, placed)] == list(range(12, 21))


def test_frozen_frames_are_found_as_a_run(tmp_path):
    frames = pan(1, 24)
    assert look(frames[:8] + [frames[8]] * 16 + frames[9:], tmp_path).frozen_runs == ((8, 16),)


def test_a_still_that_is_expected_is_no_fault_and_a_run_ends_with_its_shot(tmp_path):
    still = pan(1, 1) * 30
    assert look(still, tmp_path, still_expected=True).frozen_runs == ()
    assert look(still, tmp_path).frozen_runs == ((0, 30),)
    placed = (Placed(shot_id="card", frame_in=0, frame_out=18), Placed(shot_id="b", frame_in=18, frame_out=48))
    assert look(still[:18] + pan(2, 30), tmp_path, placed=placed).frozen_runs == ((0, 18),)


def test_a_small_thing_that_moves_is_not_frozen(tmp_path):
    frames = [np.full((HEIGHT, WIDTH, 3), 120, np.uint8) for _ in range(30)]
    for index, frame in enumerate(frames):
        cv2.circle(frame, (30 + 2 * index, 50), 5, (230, 60, 40), -1)
    assert look(frames, tmp_path).frozen_runs == ()


def test_black_frames_are_named_and_a_night_is_not_black(tmp_path):
    night = [(frame // 6).astype(np.uint8) for frame in pan(1, 20)]
    for frame in night:
        cv2.circle(frame, (120, 15), 5, (240, 240, 220), -1)
    assert look(night, tmp_path).black_frames == ()
    night[7] = night[8] = np.zeros_like(night[7])
    assert look(night, tmp_path).black_frames == (7, 8)


def test_sound_is_measured_with_its_silence(tmp_path):
    sound = np.concatenate([tone(0.75), np.zeros((36_000, 2), np.float32)])
    film = write_film(tmp_path / "film.mp4", pan(1), FPS, sound)
    found = measure(MeasureRequest(path=film.path, expects_sound=True))
    assert found.has_sound
    assert found.loudness_lufs == pytest.approx(-14.5, abs=1.5)
    assert found.true_peak_dbtp == pytest.approx(-14, abs=1)
    assert found.silent_seconds == pytest.approx(0.75, abs=0.15)
    assert found.not_measured == ()


def test_missing_sound_is_reported_as_not_measured(tmp_path):
    found = look(pan(1), tmp_path, expects_sound=True)
    assert not found.has_sound
    assert found.not_measured == ("loudness_lufs", "true_peak_dbtp", "silent_seconds")


def test_two_frames_have_no_flicker_to_measure(tmp_path):
    found = look(pan(1, 2), tmp_path)
    assert found.flicker is None
    assert found.not_measured == ("flicker",)


def test_flicker_is_the_second_difference_of_luma_and_skips_wanted_cuts():
    steady: Sequence[float] = [0.1 * index for index in range(9)]
    assert flicker_of(list(steady), ()) == pytest.approx(0)
    assert flicker_of([0.5, 0.6] * 6, ()) == pytest.approx(0.2)
    placed = (Placed(shot_id="a", frame_in=0, frame_out=4), Placed(shot_id="b", frame_in=4, frame_out=8))
    assert flicker_of([0.1] * 4 + [0.9] * 4, placed) == pytest.approx(0)
    assert flicker_of([0.1] * 4 + [0.9] * 4, ()) > 0.5


def test_silence_is_counted_in_steps_of_a_twentieth_second():
    assert silent_seconds(np.zeros((48_000, 2), np.float32)) == pytest.approx(1.0)
    assert silent_seconds(tone(1.0)) == 0


def test_a_picture_can_be_measured(tmp_path):
    from PIL import Image

    Image.fromarray(pan(1, 1)[0]).save(tmp_path / "still.png")
    found = measure(MeasureRequest(path=tmp_path / "still.png", palette=("#808080",)))
    assert (found.num_frames, found.frozen_runs, found.cuts) == (1, (), ())
    assert found.palette_distance is not None


def test_what_is_not_media_is_an_error_and_never_a_pass(tmp_path):
    (tmp_path / "fake.mp4").write_text("words")
    with pytest.raises(RenderError):
        measure(MeasureRequest(path=tmp_path / "fake.mp4"))
