"""Interpolation, scaling and titles: motion without ghosts, edges without halos, words never cut off."""

import cv2
import numpy as np
import pytest
from drawn import psnr, scene
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from render_engine.api import CardItem, RenderError
from render_engine.media.font import characters_known, check_words, load_font
from render_engine.media.interpolate import Interpolator, at_positions, positions
from render_engine.media.read import Frame
from render_engine.media.titles import card_ground, card_overlay, lay_over, lower_third, wrap
from render_engine.media.upscale import Upscaler

SIZES = [(320, 180), (180, 320), (200, 200), (640, 272)]


def test_the_frame_between_two_is_nearer_the_truth_than_their_mixture():
    interpolator = Interpolator()
    first, second, truth = scene(4), scene(6), scene(5)
    between = interpolator.between(interpolator.motion(first, second), 0.5)
    mixture = ((first.astype(int) + second) // 2).astype(np.uint8)
    assert psnr(between, truth) > psnr(mixture, truth) + 4


def beating_wing(*, is_up: bool) -> Frame:
    """A bird before a sky with a wing that is far from where it was a frame ago."""
    rows = np.linspace(90, 200, 144, dtype=np.float32)[:, None, None]
    picture = np.ascontiguousarray(np.broadcast_to(rows + np.array([0, 20, 40]), (144, 256, 3)), dtype=np.float32)
    cv2.ellipse(picture, (120, 70), (50, 16), 0, 0, 360, (245, 240, 225), -1)
    tip = (95, 12) if is_up else (110, 134)
    cv2.fillPoly(picture, [np.array([(95, 70), (145, 70), tip])], (215, 200, 190))
    return picture.clip(0, 255).astype(np.uint8)


def test_what_no_motion_explains_is_whole_and_not_torn():
    first, second = beating_wing(is_up=True), beating_wing(is_up=False)
    interpolator = Interpolator()
    between = interpolator.between(interpolator.motion(first, second), 0.5).astype(int)
    far = [np.abs(between - frame).max(axis=-1) > 24 for frame in (first, second)]
    assert (far[0] & far[1]).mean() < 0.004


def test_a_frame_asked_for_at_its_own_place_comes_back_untouched():
    frames = [scene(index) for index in range(4)]
    for got, frame in zip(at_positions(iter(frames), [0.0, 1.0, 2.0, 3.0]), frames, strict=True):
        assert np.array_equal(got, frame)


def test_a_cut_is_never_mixed():
    first, second = scene(0), 255 - scene(9)[::-1, ::-1]
    frames = [first, second]
    for got in at_positions(iter(frames), [0.0, 0.25, 0.5, 0.75, 1.0]):
        assert any(np.array_equal(got, frame) for frame in frames)


def test_interpolation_is_repeatable():
    wanted = [0, 1 / 3, 2 / 3, 1, 4 / 3]
    runs = [list(at_positions(iter([scene(index * 2) for index in range(3)]), wanted)) for _ in range(2)]
    assert all(np.array_equal(a, b) for a, b in zip(*runs, strict=True))


def test_a_take_that_ends_early_is_an_error_and_not_a_repeat():
    with pytest.raises(RenderError, match="ends before its frame 3"):
        list(at_positions(iter([scene(0), scene(1)]), [0.0, 1.0, 2.5]))


@given(
    num_source=st.integers(2, 121),
    fps=st.sampled_from([6.0, 8.0, 12.0, 24.0, 25.0, 30.0]),
    share=st.floats(0.1, 1.0),
)
def test_positions_rise_and_stay_within_the_take(num_source, fps, share):
    num_frames = max(1, round(num_source / fps * share * 24))
    wanted = positions(num_source, fps, 0.0, num_frames, 24)
    assert len(wanted) == num_frames
    assert wanted == sorted(wanted)
    assert wanted[-1] <= num_source - 1


def test_scaling_up_keeps_flat_parts_and_adds_no_halo():
    small = np.full((36, 64, 3), 60, np.uint8)
    small[:, 32:] = 200
    large = Upscaler(320, 180).scale(small)
    assert large.shape == (180, 320, 3)
    assert large.min() >= 60
    assert large.max() <= 200
    ramp = np.count_nonzero((large[90, :, 0] > 70) & (large[90, :, 0] < 190))
    assert ramp <= 4, "an edge of five target pixels is drawn together"


def test_scaling_crops_to_the_aspect_and_never_stretches():
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[:, 100:200] = 255
    assert Upscaler(50, 50).scale(picture).min() > 250


def card(*words: str, **settings: object) -> CardItem:
    return CardItem(shot_id="card", words=words, seconds=2, **settings)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "words", [("Sea",), ("The long way home", "a film about the sea and those who live by it"), ("a" * 24,)]
)
def test_words_on_a_card_keep_their_margin_at_every_aspect(size, words):
    width, height = size
    alpha = card_overlay(card(*words), width, height)[..., 3]
    rows, columns = np.nonzero(alpha)
    assert len(rows)
    assert min(rows.min(), height - 1 - rows.max()) >= 0.08 * height
    assert min(columns.min(), width - 1 - columns.max()) >= 0.08 * width
    assert abs((columns.min() + columns.max()) / 2 - width / 2) < 3, "centred"


def test_a_logo_is_centred_and_keeps_its_shape(tmp_path):
    logo = Image.new("RGBA", (90, 30), (255, 0, 0, 255))
    logo.save(tmp_path / "logo.png")
    alpha = card_overlay(card(logo=tmp_path / "logo.png"), 320, 180)[..., 3]
    rows, columns = np.nonzero(alpha > 128)
    assert np.ptp(columns) + 1 == pytest.approx(3 * (np.ptp(rows) + 1), abs=3)
    assert (rows.min() + rows.max()) / 2 == pytest.approx(89.5, abs=1.5)


@pytest.mark.parametrize("size", SIZES)
def test_words_over_a_take_stand_in_the_lower_third_and_are_legible_on_white(size):
    width, height = size
    white = np.full((height, width, 3), 255, np.uint8)
    shown = lay_over(white, lower_third("Harbour of Saint-Malo", width, height), 1.0)
    changed = np.nonzero((shown != white).any(axis=(1, 2)))[0]
    assert changed.min() >= height * 0.6
    words = lower_third("Harbour of Saint-Malo", width, height)
    letters = (words[..., 0] > 200) & (words[..., 3] > 200)
    rows, columns = np.nonzero(letters)
    behind = shown[rows.min() : rows.max(), : columns.min()]
    assert behind.mean() < 175, "white letters stand on a darkened picture"
    assert columns.max() < width * 0.95


@pytest.mark.parametrize("words", ["Été à la mer — 6 h", "Привет", "Καλημέρα", "Đà Nẵng", "¿Qué?"])
def test_scripts_of_the_font_are_shown(words):
    check_words(words)


@pytest.mark.parametrize(("words", "missing"), [("Hello 世界", "世"), ("a 😀 day", "😀"), ("ไทย", "ไ")])
def test_letters_that_the_font_lacks_are_named(words, missing):
    with pytest.raises(RenderError, match=missing):
        lower_third(words, 320, 180)
    with pytest.raises(RenderError, match=missing):
        card_overlay(card(words), 320, 180)


def test_the_font_draws_every_letter_that_it_claims_to_know():
    font, unknown = load_font(24, 400), bytes(load_font(24, 400).getmask("\U000f0000"))
    for sign in "AzÉßñЖяΩπ€—’":
        assert ord(sign) in characters_known()
        assert bytes(font.getmask(sign)) != unknown


def test_an_empty_card_and_too_many_words_are_refused():
    with pytest.raises(RenderError, match="neither words nor a logo"):
        card_overlay(card(" "), 320, 180)
    with pytest.raises(RenderError, match="do not fit"):
        card_overlay(card("word " * 900), 320, 180)
    with pytest.raises(RenderError, match="do not fit"):
        lower_third("word " * 400, 320, 180)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("abcdefgh", min_size=1, max_size=9), min_size=1, max_size=20))
def test_wrapping_loses_no_word(words):
    lines = wrap(" ".join(words), load_font(20, 400), 160)
    assert " ".join(lines).split() == words


def test_the_ground_of_a_card_is_the_colour_asked_for():
    ground = card_ground(card("x", ground="#204060"), 320, 180)
    assert np.abs(ground.mean(axis=(0, 1)) - (32, 64, 96)).max() < 3
