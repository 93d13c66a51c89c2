"""Degradations are mild, and calibration is worked out by hand."""

import numpy as np
import pytest
import torch

from render_engine.training.calibration import area_under_curve, expected_calibration_error, fit_temperature
from render_engine.training.degrade import blurred, degraded, quantised

CLIP = torch.rand(3, 3, 42, 61, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_a_degraded_clip_is_near_the_clip_and_the_same_for_the_same_draws():
    smooth = blurred(blurred(CLIP, 1.0), 1.0)
    for seed in range(12):
        once, again = (degraded(smooth, np.random.default_rng(seed)) for _ in range(2))
        assert torch.equal(once, again)
        assert once.shape == smooth.shape
        assert (once - smooth).abs().mean() < 0.2


def test_quantising_by_nothing_changes_nothing_and_keeps_a_flat_picture_nearly_flat():
    assert torch.allclose(quantised(CLIP, 1e-6), CLIP, atol=1e-4)
    flat = torch.full((1, 3, 16, 24), 0.3)
    assert torch.allclose(quantised(flat, 1.0), flat, atol=0.01)


def test_a_blur_keeps_the_mean_of_a_flat_picture():
    assert torch.allclose(blurred(torch.full((1, 3, 8, 8), 0.5), 0.7), torch.tensor(0.5))


def test_the_area_under_the_curve_by_hand():
    assert area_under_curve(torch.tensor([3.0, 1.0]), torch.tensor([2.0, 1.0])) == pytest.approx((2 + 0.5) / 4)


def test_a_half_right_that_is_always_sure_is_off_by_a_half():
    assert expected_calibration_error(torch.ones(4), torch.tensor([True, False, True, False])) == pytest.approx(0.5)
    assert expected_calibration_error(torch.full((4,), 0.5), torch.tensor([True, False, True, False])) < 1e-6


def test_a_temperature_finds_back_what_the_logits_were_multiplied_by():
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(4000, 5, generator=generator)
    labels = torch.multinomial(logits.softmax(-1), 1, generator=generator)[:, 0]
    assert fit_temperature(3 * logits, labels) == pytest.approx(3, rel=0.15)
