"""Assembly: exact frames, wanted joins, words, sound, and one film for one cut, byte for byte."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from drawn import psnr, scene
from hypothesis import given
from hypothesis import strategies as st

from render_engine.api import CardItem, Clip, ClipItem, CutList, NarrationCue, RenderError, SoundPlan
from render_engine.cancelling import CancelledByCallerError
from render_engine.media.assemble import assemble, thumbnail
from render_engine.media.items import words_opacity
from render_engine.media.loudness import integrated_lufs, true_peak_dbtp
from render_engine.media.narration import HouseNarrator
from render_engine.media.placement import place
from render_engine.media.read import probe, read_frames, read_sound
from render_engine.media.write import write_clip

SILENT = SoundPlan(music=False)
SIZE = {"width": 160, "height": 120}


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def take(tmp_path_factory) -> Clip:
    return write_clip(tmp_path_factory.mktemp("takes") / "take.mp4", (scene(index) for index in range(17)), 8.0)


@pytest.fixture(scope="module")
def dark_take(tmp_path_factory) -> Clip:
    frames = ((scene(index) // 4).astype(np.uint8) for index in range(17))
    return write_clip(tmp_path_factory.mktemp("takes") / "dark.mp4", frames, 8.0)


def clip_item(take: Clip, shot_id: str = "s1", **settings: object) -> ClipItem:
    return ClipItem(shot_id=shot_id, path=take.path, **({"seconds": 1.0} | settings))


def film_of(cut: CutList, out: Path):
    return assemble(cut, out, lambda _: None, never)


def test_a_whole_film_has_its_frames_its_joins_its_words_and_its_sound(take, dark_take, tmp_path):
    line = HouseNarrator().speak("Out at sea.", tmp_path / "line.wav")
    items = (
        CardItem(shot_id="title", words=("Sea",), seconds=1.0),
        clip_item(take, "s1", seconds=1.5, crossfade_seconds=0.25, words="At six"),
        clip_item(dark_take, "s2", seconds_in=0.5, seconds=1.0),
    )
    sound = SoundPlan(mood="warm", narration=(NarrationCue(path=line.path, start_seconds=1.0),))
    cut = CutList(items=items, sound=sound, **SIZE)
    heard = []
    films = [assemble(cut, tmp_path / name, heard.append, never) for name in ("a.mp4", "b.mp4")]
    assert films[0].clip.sha256 == films[1].clip.sha256, "one cut, one film, byte for byte"
    film = films[0]
    assert [(p.shot_id, p.frame_in, p.frame_out) for p in film.placed] == [
        ("title", 0, 24),
        ("s1", 18, 54),
        ("s2", 54, 78),
    ]
    assert probe(film.clip.path) == film.clip
    assert film.clip.num_frames == 78
    assert (film.upscaled_from, film.interpolated_from_fps) == ((128, 96), 8.0)
    assert (heard[-1].step, heard[-1].num_steps) == (78, 78)
    frames = list(read_frames(film.clip.path))
    luma = np.array([frame.mean() for frame in frames])
    assert (np.diff(luma[17:24]) > 0).all(), "the crossfade rises step by step"
    assert luma[53] > 2 * luma[54], "the cut falls between two frames"
    words = [frames[index][100:] for index in (24, 40)]
    assert words[1].max() > 230, "the words are there in the middle of the take"
    mixed = read_sound(film.clip.path)
    assert integrated_lufs(mixed) == pytest.approx(-16, abs=1)
    assert film.loudness_lufs == pytest.approx(integrated_lufs(mixed))
    assert true_peak_dbtp(mixed) <= -1.0
    assert len(mixed) / 48_000 == pytest.approx(78 / 24, abs=0.03)


def test_a_take_at_the_films_own_rate_and_size_passes_through(take, tmp_path):
    cut = CutList(items=(clip_item(take, seconds=1.0),), width=128, height=96, fps=8, sound=SILENT)
    film = film_of(cut, tmp_path / "film.mp4")
    assert (film.upscaled_from, film.interpolated_from_fps, film.clip.has_sound) == (None, None, False)
    for got, frame in zip(read_frames(film.clip.path), read_frames(take.path), strict=False):
        assert psnr(got, frame) > 33


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (96, 96)])
def test_every_aspect_is_filled(take, tmp_path, size):
    cut = CutList(items=(clip_item(take, seconds=0.25),), width=size[0], height=size[1], sound=SILENT)
    frames = list(read_frames(film_of(cut, tmp_path / "film.mp4").clip.path))
    assert len(frames) == 6
    assert frames[0].shape == (size[1], size[0], 3)
    assert frames[0].min(axis=2).max() > 40
    assert frames[0][0].mean() > 60, "no bars"
    assert frames[0][:, 0].mean() > 60


def test_a_picture_is_a_still_take(tmp_path):
    from PIL import Image

    Image.fromarray(scene(0)).save(tmp_path / "still.png")
    cut = CutList(items=(ClipItem(shot_id="s1", path=tmp_path / "still.png", seconds=0.5),), sound=SILENT, **SIZE)
    assert film_of(cut, tmp_path / "film.mp4").clip.num_frames == 12


@given(
    st.lists(st.tuples(st.floats(0.3, 7), st.floats(0, 0.12)), min_size=1, max_size=12), st.sampled_from([24, 25, 30])
)
def test_placement_never_drifts_by_more_than_half_a_frame(shots, fps):
    items = [
        CardItem(shot_id=str(index), words=("x",), seconds=seconds, crossfade_seconds=fade if index else 0)
        for index, (seconds, fade) in enumerate(shots)
    ]
    placed = place(items, fps)
    end = 0.0
    for item, where in zip(items, placed, strict=True):
        end += item.seconds - item.crossfade_seconds
        assert abs(where.frame_out - end * fps) <= 0.5 + 1e-6
    assert placed[0].frame_in == 0
    assert all(after.frame_in <= before.frame_out for before, after in pairwise(placed))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"seconds": 4.0}, "render a longer take"),
        ({"seconds_in": 3.0}, "trim less"),
        ({"crossfade_seconds": 0.5}, "nothing to crossfade with"),
        ({"seconds": 0.01}, "shorter than a frame"),
        ({"words": "世界"}, "no letters for"),
        ({"path": Path("nowhere.mp4")}, "no such file"),
    ],
)
def test_what_is_wrong_with_a_cut_is_said_before_the_first_frame(take, tmp_path, changes, why):
    item = clip_item(take).model_copy(update=changes)
    heard = []
    with pytest.raises(RenderError, match=why):
        assemble(CutList(items=(item,), sound=SILENT, **SIZE), tmp_path / "film.mp4", heard.append, never)
    assert heard == []
    assert list(tmp_path.iterdir()) == []


def test_crossfades_longer_than_their_shot_are_refused():
    items = [
        CardItem(shot_id=name, words=("x",), seconds=1, crossfade_seconds=fade)
        for name, fade in (("a", 0), ("b", 0.6), ("c", 0.6))
    ]
    with pytest.raises(RenderError, match="b lasts 1 s, less than its crossfades"):
        place(items, 24)


def test_a_cancelled_assembly_leaves_nothing(take, tmp_path):
    with pytest.raises(CancelledByCallerError):
        assemble(
            CutList(items=(clip_item(take),), sound=SILENT, **SIZE), tmp_path / "film.mp4", lambda _: None, lambda: True
        )
    assert list(tmp_path.iterdir()) == []


def test_narration_after_the_end_is_refused(take, tmp_path):
    line = HouseNarrator().speak("Late.", tmp_path / "line.wav")
    sound = SoundPlan(music=False, narration=(NarrationCue(path=line.path, start_seconds=9),))
    with pytest.raises(RenderError, match="start it earlier"):
        film_of(CutList(items=(clip_item(take),), sound=sound, **SIZE), tmp_path / "film.mp4")


def test_words_come_and_go_within_their_take():
    assert words_opacity(0, 2) == 0
    assert words_opacity(1, 2) == 1
    assert words_opacity(2, 2) == 0


def test_a_thumbnail_is_the_frame_at_its_time(take, tmp_path):
    written = thumbnail(take.path, 1.0, 64, tmp_path / "thumb.jpg")
    picture = next(read_frames(written))
    assert picture.shape == (48, 64, 3)
    assert thumbnail(take.path, 99, 64, tmp_path / "last.jpg").exists()
    with pytest.raises(RenderError, match="at least 1"):
        thumbnail(take.path, 0, 0, tmp_path / "none.jpg")
