"""The steppers give the reference's numbers, step after step, with the reference's noise."""

import math
from itertools import pairwise

import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, LTXEulerAncestralRFScheduler
from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXConditionPipeline

from render_engine.flow.noise import gaussian, standardised
from render_engine.flow.samplers import Euler, walk
from render_engine.flow.schedules import DISTILLED_STAGE_1, floored, shifted_linear
from render_engine.flow.steppers import RES_2S_FLOOR, AncestralEuler, GradientEstimatingEuler, Res2s, Stochastic
from render_engine.flow.tokens import StirringHeld, WaitingLevels, blended, put_back
from tests.parity.pairs import Parity

LIMIT = 1e-6
LIMIT_FLOAT64 = 2e-6  # beside float64 the rounding of eight or more float32 steps shows whole
SIGMAS = shifted_linear(6, 2000)
CEILING = torch.tensor([1.0, 1.0, 0.8, 0.93, 0.0, 0.0]).expand(2, -1)


def seeded(seed=7):
    return torch.Generator().manual_seed(seed)


def start():
    return torch.randn(2, 6, 4, generator=seeded(0))


def clean():
    return torch.randn(2, 6, 4, generator=seeded(1))


def curved(x, sigma):
    """A velocity that bends with place and time, so that no two samplers agree by chance."""
    return 0.6 * torch.tanh(1.3 * x + 2 * sigma.unsqueeze(-1)) - 0.8 * x.roll(1, dims=-1)


def level(sigma, like=None):
    return torch.tensor([[sigma]], dtype=torch.float32 if like is None else like.dtype)


def reference_walk(scheduler, x, generator=None):
    scheduler.set_timesteps(sigmas=list(SIGMAS) if isinstance(scheduler, LTXEulerAncestralRFScheduler) else SIGMAS[:-1])
    for sigma, timestep in zip(SIGMAS[:-1], scheduler.timesteps, strict=False):
        x = scheduler.step(curved(x, level(sigma)), timestep, x, generator=generator, return_dict=False)[0]
    return x


def test_euler_is_the_reference_s(parity):
    expected = reference_walk(FlowMatchEulerDiscreteScheduler(), start())
    parity("flow / Euler", expected, walk(curved, start(), SIGMAS, Euler()), LIMIT)


def test_stochastic_sampling_is_the_reference_s(parity):
    expected = reference_walk(FlowMatchEulerDiscreteScheduler(stochastic_sampling=True), start(), seeded())
    parity("flow / stochastic", expected, walk(curved, start(), SIGMAS, Stochastic(gaussian(seeded()))), LIMIT)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_ancestral_euler_is_the_reference_s(parity, eta):
    expected = reference_walk(LTXEulerAncestralRFScheduler(eta=eta), start(), seeded())
    own = walk(curved, start(), SIGMAS, AncestralEuler(gaussian(seeded()), eta))
    parity(f"flow / ancestral Euler, eta {eta}", expected, own, LIMIT)


def test_tokens_at_levels_of_their_own_step_as_in_the_condition_pipeline(parity):
    """Each moves to the next lower entry of the schedule, and only once the schedule is down at its level."""
    scheduler = FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(sigmas=SIGMAS[:-1])
    x = start()
    for sigma, timestep in zip(SIGMAS[:-1], scheduler.timesteps, strict=True):
        own = torch.minimum(level(sigma), CEILING)
        moved = scheduler.step(-curved(x, own), timestep, x, per_token_timesteps=own * 1000, return_dict=False)[0]
        x = torch.where((sigma - 1e-6 < CEILING).unsqueeze(-1), moved, x)
    own = walk(curved, start(), SIGMAS, Euler(), levels=WaitingLevels(CEILING))
    parity("flow / per-token timesteps", x, own, LIMIT)
    assert torch.equal(own[:, 4:], start()[:, 4:])


def test_noise_over_held_tokens_is_the_condition_pipeline_s(parity):
    held, drawn = CEILING == 0, []
    x = torch.where(held.unsqueeze(-1), clean(), start())
    stir = LTXConditionPipeline.add_noise_to_image_conditioning_latents
    expected = stir(0.9, clean(), x, 0.15, held.float(), seeded())

    def seen(x, _sigma):
        drawn.append(x)
        return torch.zeros_like(x)

    walk(seen, x, (0.9, 0.0), StirringHeld(Euler(), clean(), held, gaussian(seeded())))
    parity("flow / noise over held tokens", expected, drawn[0], LIMIT)


def estimated_by_hand(x, gamma=2.0):
    before = None
    for sigma, sigma_next in pairwise(SIGMAS):
        now = curved(x, level(sigma, x))
        velocity = now if before is None or sigma_next == 0 else (1 - gamma) * before + gamma * now
        x, before = x + (sigma_next - sigma) * velocity, now
    return x


def test_gradient_estimating_euler_is_its_formula_in_float64(parity):
    own = walk(curved, start(), SIGMAS, GradientEstimatingEuler())
    parity("flow / gradient-estimating Euler", estimated_by_hand(start().double()), own, LIMIT_FLOAT64)


def phi(order, z):
    """(e^z - its Taylor polynomial) / z^order."""
    return (math.exp(z) - sum(z**k / math.factorial(k) for k in range(order))) / z**order


def renoised_by_hand(x, reached, sigma, sigma_next, noise):
    up = 0.5 * sigma_next
    residual = math.sqrt(sigma_next**2 - up**2)
    ratio = 1 - sigma_next + residual
    direction = (x - reached) / (sigma - sigma_next)
    return ratio * (x - sigma * direction + residual / ratio * direction) + up * noise


def res_2s_by_hand(x, sigmas, noise, noise_between):
    """In float64, with the Runge-Kutta coefficients as published and the anchor found by a hundred iterations."""
    for sigma, sigma_next in pairwise(sigmas[:-1]):
        h, middle = math.log(sigma / sigma_next), math.sqrt(sigma * sigma_next)
        first_weight, second_weight = phi(1, -h) - 2 * phi(2, -h), 2 * phi(2, -h)
        x0 = x - sigma * curved(x, level(sigma, x))
        half = h * 0.5 * phi(1, -h / 2)
        between = renoised_by_hand(x, x + half * (x0 - x), sigma, middle, noise_between(x))
        for _ in range(100 if h < 0.5 and sigma > 0.03 else 0):
            x = between - half * (x0 - x)
        later = between - middle * curved(between, level(middle, x))
        reached = x + h * (first_weight * (x0 - x) + second_weight * (later - x))
        x = renoised_by_hand(x, reached, sigma, sigma_next, noise(x))
    return x - sigmas[-2] * curved(x, level(sigmas[-2], x))


@pytest.mark.parametrize("num_steps", [4, 15])
def test_res_2s_is_its_formulas_in_float64(parity, num_steps):
    """Both branches: long steps keep their start, short ones find a new anchor."""
    sigmas = floored(shifted_linear(num_steps, 4096), RES_2S_FLOOR)
    lengths = [math.log(now / after) for now, after in pairwise(sigmas[:-1])]
    assert min(lengths) < 0.5 < max(lengths)
    expected = res_2s_by_hand(start().double(), sigmas, standardised(seeded(3)), standardised(seeded(4)))
    own = walk(curved, start(), sigmas, Res2s(standardised(seeded(3)), standardised(seeded(4))))
    parity("flow / res_2s", expected, own, LIMIT_FLOAT64)


def ltx_2_by_hand(x, mask, noise):
    """Data predicted at `mask * sigma` and blended with the clean tokens, then one ancestral step for all."""
    for sigma, sigma_next in pairwise(DISTILLED_STAGE_1):
        own = mask.double() * sigma
        x0 = x - own.unsqueeze(-1) * curved(x, own)
        x0 = mask.unsqueeze(-1) * x0 + (1 - mask.unsqueeze(-1)) * clean().double()
        if sigma_next == 0:
            return x0
        down = sigma_next**2 / sigma
        kept = (1 - sigma_next) / (1 - down)
        x = kept * (down / sigma * x + (1 - down / sigma) * x0)
        x = x + math.sqrt(sigma_next**2 - down**2 * kept**2) * noise(start()).double()
        x = mask.unsqueeze(-1) * x + (1 - mask.unsqueeze(-1)) * clean().double()
    return x


def test_held_tokens_of_ltx_2_are_blended_at_scaled_levels(parity):
    mask = torch.tensor([1.0, 1.0, 0.8, 0.3, 0.0, 0.0]).expand(2, -1)
    settle = put_back(clean(), mask)
    stepper = AncestralEuler(gaussian(seeded()), settle=settle)
    own = walk(blended(curved, clean(), mask), settle(start()), DISTILLED_STAGE_1, stepper)
    expected = ltx_2_by_hand(settle(start()).double(), mask, gaussian(seeded()))
    parity("flow / LTX-2 blended tokens", expected, own, LIMIT_FLOAT64)
    torch.testing.assert_close(own[:, 4:], clean()[:, 4:], atol=1e-6, rtol=0)


def test_the_two_ways_of_holding_tokens_differ():
    blended_x = walk(blended(curved, clean(), CEILING), start(), SIGMAS, Euler())
    with pytest.raises(AssertionError, match="differs by"):
        Parity()("held", blended_x, walk(curved, start(), SIGMAS, Euler(), levels=WaitingLevels(CEILING)), LIMIT)
