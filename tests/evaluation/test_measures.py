"""The measures, each against what can be worked out by hand."""

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from render_engine.api import SceneSpec
from render_engine.evaluation.adherence import ADHERED, adherence_of, following_of, wilson_interval
from render_engine.evaluation.codec import Steps, border_steps, edge_error, grid_visibility
from render_engine.evaluation.fidelity import flicker, psnr_db, ssim
from render_engine.evaluation.frechet import distance_of_normals, frechet_distance
from render_engine.evaluation.motion import motion_error
from render_engine.world import GroundTruth
from tests.evaluation.mini_release import noise_clip

SCENE = SceneSpec(subject="fox", setting="forest", camera="pan_left", action="turn")


def constant(level, shape=(4, 32, 48)):
    return torch.full((*shape, 3), level, dtype=torch.uint8)


def test_wilson_s_interval_is_the_published_one():
    """Newcombe 1998, table I: 81 of 263, and 0 of 20."""
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)


@given(st.integers(1, 600).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_an_interval_holds_its_share_and_mirrors_that_of_the_wrong_ones(share):
    right, count = share
    low, high = wilson_interval(right, count)
    assert 0 <= low <= right / count + 1e-12
    assert right / count - 1e-12 <= high <= 1
    assert wilson_interval(count - right, count) == pytest.approx((1 - high, 1 - low))


def test_no_clip_has_no_share():
    with pytest.raises(ValueError, match="no share"):
        wilson_interval(0, 0)
    with pytest.raises(ValueError, match="no clip"):
        adherence_of([], [])


def test_adherence_counts_each_attribute_by_itself():
    right = {name: getattr(SCENE, name) for name in ADHERED}
    found = adherence_of([SCENE] * 4, [right, right, right | {"camera": "static"}, right | {"subject": "dog"}])
    assert found.shares == dict.fromkeys(ADHERED, 1.0) | {"camera": 0.75, "subject": 0.75}
    assert found.mean == pytest.approx(6.5 / 7)
    assert found.intervals["camera"] == wilson_interval(3, 4)


def test_a_swap_is_followed_ignored_or_missed():
    found = following_of(["night", "dusk", "dawn", "night"], "day", ["night", "day", "dusk", "dawn"])
    assert (found.caption, found.board, found.other) == (1, 1, 2)


def test_the_frechet_distance_of_normals_is_the_closed_form():
    """With spreads that share their axes it is |m|^2 + sum (s1 - s2)^2; turning both turns nothing."""
    one, other = np.array([1.0, 4.0, 0.25]), np.array([9.0, 4.0, 1.0])
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    spreads = [turn @ np.diag(values) @ turn.T for values in (one, other)]
    found = distance_of_normals(np.zeros(3), spreads[0], np.array([3.0, 0.0, 4.0]), spreads[1])
    assert found == pytest.approx(25 + (1 - 3) ** 2 + 0 + (0.5 - 1) ** 2)


def test_the_frechet_distance_of_spreads_that_do_not_commute_is_that_of_their_root():
    """In two dimensions tr((S1 S2)^(1/2))^2 = tr(S1 S2) + 2 sqrt(det(S1 S2))."""
    one, other = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[1.0, -0.3], [-0.3, 3.0]])
    product = one @ other
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    found = distance_of_normals(np.zeros(2), one, np.zeros(2), other)
    assert found == pytest.approx(np.trace(one) + np.trace(other) - 2 * root)


def test_a_set_is_at_no_distance_from_itself_even_of_fewer_clips_than_features():
    features = np.random.default_rng(1).normal(size=(6, 20))
    assert frechet_distance(features, features[::-1].copy()) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(features, features + 2) == pytest.approx(4 * 20, rel=1e-6)
    with pytest.raises(ValueError, match="two clips"):
        frechet_distance(features[:1], features)


def test_psnr_is_that_of_the_mean_square():
    assert psnr_db(constant(100), constant(110)) == pytest.approx(20 * np.log10(255 / 10))
    assert psnr_db(constant(7), constant(7)) == 100
    with pytest.raises(ValueError, match="cannot be compared"):
        psnr_db(constant(7), constant(7, (5, 32, 48)))


def test_structure_is_alike_whatever_the_brightness_and_not_in_noise():
    clip = noise_clip()
    assert ssim(clip, clip) == pytest.approx(1, abs=1e-5)
    assert ssim(clip, clip // 2 + 64) > 0.7
    assert ssim(clip, noise_clip(1)) < 0.1


def test_what_brightens_evenly_does_not_flicker_and_what_alternates_does():
    rising = torch.stack([constant(10 * frame, (1, 8, 8))[0] for frame in range(6)])
    blinking = torch.stack([constant(100 + 10 * (frame % 2), (1, 8, 8))[0] for frame in range(6)])
    assert flicker(rising) == pytest.approx(0, abs=1e-3)
    assert flicker(blinking) == pytest.approx(20, abs=1e-3)
    assert flicker(rising[:2]) == 0


def test_a_lost_edge_is_an_edge_error_and_another_brightness_is_none():
    edge = constant(50)
    edge[:, :, 24:] = 90
    assert edge_error(edge, edge + 20) == pytest.approx(0, abs=1e-3)
    assert edge_error(edge, constant(70)) == pytest.approx(2 * 40 / 48, abs=1e-3)


def test_a_grid_of_patches_is_seen_where_it_lies():
    tiles = (torch.arange(32)[:, None] // 16 + torch.arange(48) // 16) % 2 * 40
    ramp = torch.arange(48).expand(32, 48)
    drawing = ramp.to(torch.uint8)[None, ..., None].repeat(2, 1, 1, 3)
    tiled = (ramp + tiles).to(torch.uint8)[None, ..., None].repeat(2, 1, 1, 3)
    steps = border_steps(drawing, 16)
    assert steps == pytest.approx(Steps(2 / 3, 45 / 75), abs=1e-4)
    assert grid_visibility(steps, steps) == 1
    assert grid_visibility(border_steps(tiled, 16), steps) > 20
    assert grid_visibility(Steps(0, 0), steps) is None


def moving(pixels):
    """A textured picture that goes right by so many pixels a frame, and its truth."""
    texture = cv2.GaussianBlur(np.random.default_rng(2).normal(size=(72, 160)).astype(np.float32), (0, 0), 3)
    picture = np.clip(128 + 400 * texture, 0, 255)
    frames = [picture[:, 40 - pixels * index : 136 - pixels * index] for index in range(4)]
    clip = torch.from_numpy(np.stack(frames).astype(np.uint8))[..., None].repeat(1, 1, 1, 3)
    flow = torch.zeros(3, 2, 72, 96)
    flow[:, 0] = pixels
    return clip, GroundTruth(torch.zeros(4, 72, 96), flow, torch.ones(4, 72, 96, dtype=torch.bool), (0, 3))


def test_a_motion_as_it_is_known_is_nearly_no_error_and_the_opposite_is_twice_as_much_as_none():
    clip, truth = moving(2)
    right, wrong = motion_error(clip, truth), motion_error(clip.flip(0), truth)
    assert right.error_px < 0.5
    assert right.still_px == pytest.approx(2)
    assert right.correlation > 0.9
    assert wrong.error_px == pytest.approx(4, abs=0.5)
    assert wrong.correlation < -0.9
    assert motion_error(clip[:1].repeat(4, 1, 1, 1), truth).error_px == pytest.approx(2, abs=0.05)


def test_a_scene_that_stands_still_has_no_direction():
    clip, truth = moving(0)
    assert motion_error(clip, truth).correlation is None


def test_a_clip_of_another_size_has_no_truth():
    clip, truth = moving(1)
    with pytest.raises(ValueError, match="no truth"):
        motion_error(clip[:2], truth)
