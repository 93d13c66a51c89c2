"""The schedules are the reference's, and the trap of LTX-2's constant token count shows."""

import numpy as np
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.ltx.pipeline_ltx_condition import linear_quadratic_schedule
from diffusers.pipelines.ltx2.utils import DISTILLED_SIGMA_VALUES, STAGE_2_DISTILLED_SIGMA_VALUES
from diffusers.pipelines.mochi.pipeline_mochi import linear_quadratic_schedule as mochi_schedule
from hypothesis import given, settings
from hypothesis import strategies as st

from render_engine.flow.schedules import (
    DISTILLED_STAGE_1,
    DISTILLED_STAGE_2,
    DISTILLED_STAGE_2_TILED,
    LTX2_TOKENS,
    LTX_SHIFT,
    LTXV_DISTILLED_STAGE_1,
    LTXV_DISTILLED_STAGE_2,
    check_schedule,
    floored,
    linear_quadratic,
    shifted,
    shifted_linear,
    uniform,
    without_steps,
)
from tests.parity.pairs import Parity

LIMIT = 1e-6
ANY_SPREAD = (0.05, 3)  # a schedule's deviation is what it is: it lies between 0 and 1
LISTS = [
    DISTILLED_STAGE_1,
    DISTILLED_STAGE_2,
    DISTILLED_STAGE_2_TILED,
    LTXV_DISTILLED_STAGE_1,
    LTXV_DISTILLED_STAGE_2,
]


def reference_sigmas(num_steps, scheduler=None, mu=None):
    scheduler = scheduler or FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(sigmas=np.linspace(1, 1 / num_steps, num_steps), mu=mu)
    return scheduler.sigmas


def dynamic(num_steps, num_tokens, shift_terminal=None):
    scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift_terminal=shift_terminal)
    return reference_sigmas(num_steps, scheduler, LTX_SHIFT.mu(num_tokens))


@pytest.mark.parametrize("num_steps", [2, 8, 15, 30, 40])
@pytest.mark.parametrize("num_tokens", [60, 1024, 2500, 4096, 9000])
def test_the_schedule_of_ltx_video_shifts_by_tokens_and_ends_on_a_tenth(parity, num_steps, num_tokens):
    reference = dynamic(num_steps, num_tokens, shift_terminal=0.1)
    own = torch.tensor(shifted_linear(num_steps, num_tokens))
    parity("flow / shifted linear schedule", reference, own, LIMIT, spread=ANY_SPREAD)


def test_where_the_reference_s_float32_is_too_coarse_its_formulas_in_float64_are_ours(parity):
    """At 12 k tokens `1 - sigma` has few digits left in float32: there the reference's list is 1.3e-6 off its own."""
    scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift_terminal=0.1)
    line = torch.linspace(1, 1 / 8, 8, dtype=torch.float64)
    exact = scheduler.stretch_shift_to_terminal(scheduler.time_shift(LTX_SHIFT.mu(12_288), 1.0, line))
    own = torch.tensor(shifted_linear(8, 12_288)[:-1], dtype=torch.float64)
    parity("flow / shifted linear schedule, float64", exact, own, 1e-12, spread=ANY_SPREAD)


@pytest.mark.parametrize("num_steps", [1, 8, 40])
def test_a_shift_without_a_stretch_and_no_shift_at_all_are_schedules_too(parity, num_steps):
    own = torch.tensor(shifted(uniform(num_steps), LTX_SHIFT.mu(2500)))
    parity("flow / shift alone", dynamic(num_steps, 2500), own, LIMIT, spread=ANY_SPREAD)
    own = torch.tensor(uniform(num_steps))
    parity("flow / uniform schedule", reference_sigmas(num_steps), own, LIMIT, spread=ANY_SPREAD)


@pytest.mark.parametrize("factor", [1.0, 3.0, 7.0])
def test_a_constant_shift_is_the_same_for_every_size(parity, factor):
    own = torch.tensor(shifted(uniform(20), np.log(factor).item()))
    parity(
        "flow / constant shift",
        reference_sigmas(20, FlowMatchEulerDiscreteScheduler(shift=factor)),
        own,
        LIMIT,
        spread=ANY_SPREAD,
    )


@pytest.mark.parametrize("num_steps", [2, 3, 8, 25, 40])
def test_the_linear_quadratic_schedule_is_the_reference_s(parity, num_steps):
    own = torch.tensor(linear_quadratic(num_steps))
    reference = torch.cat([linear_quadratic_schedule(num_steps), torch.zeros(1)])
    parity("flow / linear-quadratic schedule", reference, own, LIMIT, spread=ANY_SPREAD)
    mochi = torch.tensor([*mochi_schedule(num_steps, 0.025), 0.0])
    parity("flow / linear-quadratic schedule", mochi, own, LIMIT, spread=ANY_SPREAD)


def test_the_distilled_lists_are_the_published_ones():
    assert list(DISTILLED_STAGE_1[:-1]) == DISTILLED_SIGMA_VALUES
    assert list(DISTILLED_STAGE_2[:-1]) == STAGE_2_DISTILLED_SIGMA_VALUES
    assert LTXV_DISTILLED_STAGE_1[:-1] == (1, 0.9937, 0.9875, 0.9812, 0.975, 0.9094, 0.725)
    assert LTXV_DISTILLED_STAGE_2[:-1] == (0.9094, 0.725, 0.4219)
    assert DISTILLED_STAGE_2_TILED == (0.625, 0.4, 0)
    for sigmas in LISTS:
        check_schedule(sigmas)


def test_trap_11_a_schedule_of_ltx_2_by_the_clip_s_own_tokens_breaks_parity():
    reference = dynamic(40, 4096, shift_terminal=0.1)
    own = torch.tensor(shifted_linear(40, LTX2_TOKENS))
    Parity()("LTX-2 schedule", reference, own, LIMIT, spread=ANY_SPREAD)
    for num_tokens in (1024, 4095, 6144):
        flipped = torch.tensor(shifted_linear(40, num_tokens))
        with pytest.raises(AssertionError, match="differs by"):
            Parity()("flipped", reference, flipped, LIMIT, spread=ANY_SPREAD)


def test_the_first_and_last_levels_can_be_left_out_and_the_walk_still_ends_on_data():
    """LTX-Video 13B: a first pass without its last 3 of 30 levels, a second without its first 17."""
    sigmas = shifted_linear(30, 4000)
    assert without_steps(sigmas, final=3) == (*sigmas[:27], 0.0)
    assert without_steps(sigmas, initial=17) == sigmas[17:]
    assert without_steps(sigmas) == sigmas
    with pytest.raises(ValueError, match="of 30 steps one must stay"):
        without_steps(sigmas, initial=20, final=10)
    with pytest.raises(ValueError, match="one must stay"):
        without_steps(sigmas, initial=-1)


def test_a_floor_is_one_more_level_before_data():
    assert floored((1.0, 0.5, 0.0), 0.001) == (1.0, 0.5, 0.001, 0.0)
    with pytest.raises(ValueError, match=r"between 0 and 0\.5"):
        floored((1.0, 0.5, 0.0), 0.5)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 80), st.integers(1, 40_000), st.floats(-2, 4), st.data())
def test_every_schedule_falls_strictly_from_one_to_zero(num_steps, num_tokens, mu, data):
    initial = data.draw(st.integers(0, num_steps - 1))
    final = data.draw(st.integers(0, num_steps - 1 - initial))
    schedules = (
        uniform(num_steps),
        shifted(uniform(num_steps), mu),
        shifted_linear(num_steps, num_tokens),
        linear_quadratic(num_steps),
    )
    for sigmas in schedules:
        check_schedule(sigmas)
        assert (sigmas[0], len(sigmas)) == (1.0, num_steps + 1)
        rest = without_steps(sigmas, initial=initial, final=final)
        check_schedule(rest)
        assert rest[0] == sigmas[initial]
