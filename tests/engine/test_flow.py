"""The flow: paths, schedules, sampler, guidance and loss, each worked out by hand or against the reference's."""

import math

import numpy as np
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from hypothesis import given, settings
from hypothesis import strategies as st

from render_engine.flow.guidance import classifier_free
from render_engine.flow.losses import SigmaSampling, rectified_flow_loss, sample_sigmas
from render_engine.flow.paths import denoised, noised, velocity_target
from render_engine.flow.samplers import CeilingLevels, Euler, walk
from render_engine.flow.schedules import (
    DISTILLED_STAGE_1,
    DISTILLED_STAGE_2,
    LTX_SHIFT,
    check_schedule,
    shifted_linear,
    shifted_linear_from,
    starting_at,
)


def tensors(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 6, 4, generator=generator), torch.randn(2, 6, 4, generator=generator)


def generator():
    return torch.Generator().manual_seed(0)


def test_a_path_runs_from_data_to_noise_along_its_velocity():
    x0, noise = tensors()
    assert torch.equal(noised(x0, noise, 0.0), x0)
    assert torch.equal(noised(x0, noise, 1.0), noise)
    x = noised(x0, noise, 0.3)
    torch.testing.assert_close(x + 0.2 * velocity_target(x0, noise), noised(x0, noise, 0.5))
    torch.testing.assert_close(denoised(x, velocity_target(x0, noise), 0.3), x0)


@pytest.mark.parametrize("num_steps", [2, 5, 8, 40])
@pytest.mark.parametrize("num_tokens", [60, 1008, 4096, 9000])
def test_the_schedule_is_the_reference_s(num_steps, num_tokens):
    reference = FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True,
        base_shift=0.95,
        max_shift=2.05,
        base_image_seq_len=1024,
        max_image_seq_len=4096,
        shift_terminal=0.1,
    )
    reference.set_timesteps(sigmas=np.linspace(1, 1 / num_steps, num_steps), mu=LTX_SHIFT.mu(num_tokens))
    own = torch.tensor(shifted_linear(num_steps, num_tokens))
    torch.testing.assert_close(own, reference.sigmas, atol=1e-6, rtol=0)


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 20_000), st.floats(0, 1))
def test_every_schedule_falls_to_zero_and_starts_where_it_is_told(num_steps, num_tokens, sigma_start):
    sigmas = shifted_linear(num_steps, num_tokens)
    check_schedule(sigmas)
    assert len(sigmas) == num_steps + 1
    rest = starting_at(sigmas, sigma_start)
    check_schedule(rest)
    assert rest[0] == sigma_start
    assert set(rest[1:]) <= set(sigmas)


def test_a_shift_for_more_tokens_keeps_more_noise():
    assert LTX_SHIFT.mu(1024) == pytest.approx(0.95)
    assert LTX_SHIFT.mu(4096) == pytest.approx(2.05)
    assert all(
        few < many for few, many in zip(shifted_linear(8, 500)[1:-2], shifted_linear(8, 5000)[1:-2], strict=True)
    )


def test_the_distilled_lists_are_schedules():
    check_schedule(DISTILLED_STAGE_1)
    check_schedule(DISTILLED_STAGE_2)
    assert starting_at(DISTILLED_STAGE_1, DISTILLED_STAGE_2[0]) == DISTILLED_STAGE_2


@pytest.mark.parametrize("sigmas", [(), (1.0,), (0.5, 0.5, 0.0), (1.0, 0.5), (1.2, 0.0), (0.2, 0.6, 0.0)])
def test_what_does_not_fall_to_zero_is_no_schedule(sigmas):
    with pytest.raises(ValueError, match="must fall strictly"):
        walk(lambda x, _sigma: x, torch.zeros(1, 1, 1), sigmas, Euler())


@pytest.mark.parametrize("num_steps", [1, 2, 7])
def test_euler_is_exact_on_straight_paths(num_steps):
    """With the true velocity every path is a straight line, so any step count lands on x0."""
    x0, noise = tensors()
    landed = walk(lambda _x, _sigma: velocity_target(x0, noise), noise, shifted_linear(num_steps, 1000), Euler())
    torch.testing.assert_close(landed, x0, atol=2e-6, rtol=0)


def test_euler_gives_the_model_the_noise_level_it_has_reached():
    seen = []

    def velocity_fn(x, sigma):
        seen.append(sigma.item())
        return torch.ones_like(x)

    x = walk(velocity_fn, torch.zeros(1, 1, 1), (1.0, 0.75, 0.25, 0.0), Euler())
    assert seen == [1.0, 0.75, 0.25]
    assert x.item() == -1


def test_a_token_waits_at_its_ceiling_and_a_held_token_never_moves():
    x0, noise = tensors()
    ceiling = torch.tensor([1.0, 1.0, 0.4, 0.4, 0.0, 0.0]).expand(2, -1)
    start = noised(x0, noise, ceiling.unsqueeze(-1))
    levels = []

    def velocity_fn(x, sigma):
        levels.append(sigma[0].tolist())
        assert torch.equal(x[:, 4:], x0[:, 4:])
        if sigma[0, 0] > 0.4:
            assert torch.equal(x[:, 2:4], start[:, 2:4])
        return velocity_target(x0, noise)

    landed = walk(velocity_fn, start, (1.0, 0.7, 0.2, 0.0), Euler(), levels=CeilingLevels(ceiling))
    torch.testing.assert_close(
        torch.tensor(levels)[:, [0, 2, 4]], torch.tensor([[1, 0.4, 0], [0.7, 0.4, 0], [0.2, 0.2, 0]])
    )
    assert torch.equal(landed[:, 4:], x0[:, 4:])
    torch.testing.assert_close(landed, x0, atol=1e-6, rtol=0)


def test_euler_keeps_small_steps_in_bfloat16():
    """Two hundred steps of 1/200 each vanish beside 256 when they are added in bfloat16."""
    x = torch.full((1, 1, 1), 256.0, dtype=torch.bfloat16)
    sigmas = tuple((200 - step) / 200 for step in range(201))
    assert walk(lambda x, _sigma: torch.full_like(x, 100), x, sigmas, Euler()).item() == 156


def test_a_step_callback_that_raises_stops_the_sampler_there():
    calls = []

    def on_step(step, num_steps):
        assert num_steps == 4
        if step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        walk(
            lambda x, _s: calls.append(1) or x,
            torch.zeros(1, 1, 1),
            (1.0, 0.8, 0.5, 0.2, 0.0),
            Euler(),
            on_step=on_step,
        )
    assert len(calls) == 2


def test_guidance_of_one_is_the_text_and_more_goes_beyond_it():
    text, uncond = tensors()
    torch.testing.assert_close(classifier_free(text, uncond, 1.0), text)
    torch.testing.assert_close(classifier_free(text, uncond, 3.0), text + 2 * (text - uncond))


def test_the_loss_of_the_true_velocity_is_zero_and_of_the_zero_field_that_of_the_target():
    x0, noise = tensors()
    assert rectified_flow_loss(noise - x0, x0, noise) == 0
    torch.testing.assert_close(rectified_flow_loss(torch.zeros_like(x0), x0, noise), (noise - x0).square().mean())
    assert rectified_flow_loss((x0 - noise).bfloat16(), x0, noise) > 1


def test_weights_choose_tokens_and_their_scale_does_not_matter():
    x0, noise = tensors()
    predicted = velocity_target(x0, noise).clone()
    predicted[:, 3:] += 2
    chosen = torch.tensor([0.0, 0, 0, 5, 5, 5]).expand(2, -1)
    torch.testing.assert_close(rectified_flow_loss(predicted, x0, noise, chosen), torch.tensor(4.0))
    torch.testing.assert_close(rectified_flow_loss(predicted, x0, noise, torch.ones(2, 6)), torch.tensor(2.0))
    assert rectified_flow_loss(predicted, x0, noise, 1 - chosen / 5) < 1e-10


def test_sampled_sigmas_follow_the_shifted_logit_normal():
    sigmas = sample_sigmas(40_000, 1024, SigmaSampling(uniform_fraction=0.0), generator())
    logits = torch.logit(sigmas.double())
    assert logits.mean().item() == pytest.approx(0.95, abs=0.03)
    assert logits.std().item() == pytest.approx(1.0, abs=0.03)


def test_a_tenth_of_the_sigmas_is_uniform():
    """Under sigma = 0.1 the logit-normal has next to nothing: logit(0.1) is 3.1 deviations below its mean."""
    sigmas = sample_sigmas(40_000, 1024, SigmaSampling(), generator())
    assert (sigmas < 0.1).float().mean().item() == pytest.approx(0.1 * 0.1 + 0.9 * 0.0008, abs=0.003)
    uniform = sample_sigmas(40_000, 1024, SigmaSampling(uniform_fraction=1.0), generator())
    assert uniform.mean().item() == pytest.approx(0.5, abs=0.01)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 0.9), st.floats(0.05, 1), st.floats(-3, 3))
def test_sampled_sigmas_stay_within_their_bounds(low, width, bias):
    high = min(low + width, 1.0)
    sigmas = sample_sigmas(200, 1008, SigmaSampling(low=low, high=high, bias=bias), generator())
    assert low - 1e-6 <= sigmas.min()
    assert sigmas.max() <= high + 1e-6
    assert sigmas.std() > 0.01 * (high - low)


def test_a_negative_bias_favours_low_noise():
    low = sample_sigmas(2000, 1024, SigmaSampling(bias=-1.5), generator()).mean()
    assert low < sample_sigmas(2000, 1024, SigmaSampling(), generator()).mean() - 0.2


def test_bad_numbers_are_refused():
    with pytest.raises(ValueError, match="low < high"):
        sample_sigmas(2, 1024, SigmaSampling(low=0.5, high=0.5), generator())
    with pytest.raises(ValueError, match="num_steps >= 1"):
        shifted_linear(0, 1024)
    with pytest.raises(ValueError, match="between 0 and 1"):
        starting_at((1.0, 0.0), 1.5)


@pytest.mark.parametrize("num_tokens", [144, 1440, 4096])
def test_a_guided_schedule_takes_all_its_steps_from_its_start(num_tokens):
    sigmas = shifted_linear_from(0.55, 8, num_tokens)
    assert (len(sigmas), sigmas[0], sigmas[-1]) == (9, 0.55, 0.0)
    assert list(sigmas) == sorted(sigmas, reverse=True)


def test_a_guided_schedule_from_nearly_one_is_the_plain_shifted_line():
    """Undo the shift by hand at the middle of four steps: u = 0.5 is sigma = 1 / (1 + exp(-mu))."""
    middle = shifted_linear_from(1 - 1e-9, 4, 1024)[2]
    assert middle == pytest.approx(1 / (1 + math.exp(-LTX_SHIFT.mu(1024))), abs=1e-6)


def test_a_guided_schedule_refuses_a_start_that_is_no_start():
    with pytest.raises(ValueError, match="not 4 and 1"):
        shifted_linear_from(1.0, 4, 1024)
