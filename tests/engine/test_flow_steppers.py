"""Whatever the stepper, a walk along straight paths ends on the data, and noise comes only from its generator."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from render_engine.flow.noise import gaussian, standardised
from render_engine.flow.paths import noised
from render_engine.flow.samplers import CeilingLevels, Euler, walk
from render_engine.flow.schedules import floored, linear_quadratic, shifted_linear, uniform
from render_engine.flow.steppers import RES_2S_FLOOR, AncestralEuler, GradientEstimatingEuler, Res2s, Stochastic
from render_engine.flow.tokens import StirringHeld, WaitingLevels, blended, put_back

SCHEDULES = (uniform, linear_quadratic, lambda num_steps: shifted_linear(num_steps, 4096))
STEPPERS = ("euler", "stochastic", "ancestral", "half_ancestral", "gradient_estimating", "res_2s")


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def drawn(seed):
    return torch.randn(2, 5, 3, generator=seeded(seed))


def stepper(name, seed=5):
    noise, between = gaussian(seeded(seed)), gaussian(seeded(seed + 1))
    return {
        "euler": Euler(),
        "stochastic": Stochastic(noise),
        "ancestral": AncestralEuler(noise),
        "half_ancestral": AncestralEuler(noise, eta=0.5),
        "gradient_estimating": GradientEstimatingEuler(),
        "res_2s": Res2s(noise, between),
    }[name]


def knowing(x0):
    """The exact velocity of the straight path that leads from any point to `x0`."""

    def velocity_fn(x, sigma):
        return torch.where(sigma.unsqueeze(-1) > 0, (x - x0) / sigma.unsqueeze(-1), 0.0)

    return velocity_fn


def bending(x, sigma):
    return torch.tanh(x + sigma.unsqueeze(-1)) - 0.7 * x.roll(1, dims=-1)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(STEPPERS), st.sampled_from(SCHEDULES), st.integers(1, 12), st.integers(0, 100))
def test_with_the_exact_velocity_any_stepper_lands_on_the_data_in_one_step_or_many(name, schedule, num_steps, seed):
    x0, sigmas = drawn(seed), schedule(num_steps)
    sigmas = floored(sigmas, RES_2S_FLOOR) if name == "res_2s" else sigmas
    landed = walk(knowing(x0), drawn(seed + 1), sigmas, stepper(name))
    torch.testing.assert_close(landed, x0, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", STEPPERS)
def test_the_same_seed_is_the_same_walk_and_another_seed_another_one(name):
    sigmas = floored(uniform(5), RES_2S_FLOOR)
    first, again, other = (walk(bending, drawn(0), sigmas, stepper(name, seed)) for seed in (5, 5, 50))
    assert torch.equal(first, again)
    assert torch.equal(first, other) == (name in {"euler", "gradient_estimating"})


@pytest.mark.parametrize("name", STEPPERS)
def test_a_stepper_keeps_nothing_from_one_walk_to_the_next(name):
    """With noise that is always the same, one stepper walks twice alike."""
    fixed, sigmas = drawn(8), floored(uniform(4), RES_2S_FLOOR)
    kinds = {"stochastic": Stochastic, "ancestral": AncestralEuler}
    one = kinds[name](lambda _x: fixed) if name in kinds else stepper(name)
    if name in {"res_2s", "half_ancestral"}:
        one = Res2s(lambda _x: fixed, lambda _x: fixed) if name == "res_2s" else AncestralEuler(lambda _x: fixed, 0.5)
    assert torch.equal(walk(bending, drawn(0), sigmas, one), walk(bending, drawn(0), sigmas, one))


@pytest.mark.parametrize("name", STEPPERS[:-1])
@pytest.mark.parametrize("levels_of", [CeilingLevels, WaitingLevels])
def test_a_held_token_never_moves_however_noisy_the_stepper(name, levels_of):
    ceiling = torch.tensor([1.0, 0.5, 0.3, 0.0, 0.0]).expand(2, -1)
    x0 = drawn(3)
    start = noised(x0, drawn(4), ceiling.unsqueeze(-1))
    landed = walk(knowing(x0), start, uniform(4), stepper(name), levels=levels_of(ceiling))
    assert torch.equal(landed[:, 3:], x0[:, 3:])
    torch.testing.assert_close(landed, x0, atol=1e-5, rtol=0)


def test_res_2s_refuses_tokens_at_levels_of_their_own():
    levels = CeilingLevels(torch.tensor([[1.0, 0.5, 0.3, 0.0, 0.0]]))
    with pytest.raises(ValueError, match="one noise level for all"):
        walk(bending, drawn(0), floored(uniform(4), RES_2S_FLOOR), stepper("res_2s"), levels=levels)


@pytest.mark.parametrize("name", ["euler", "ancestral", "res_2s"])
def test_blended_tokens_end_on_what_they_were_given(name):
    clean, mask = drawn(3), torch.tensor([1.0, 1.0, 0.4, 0.0, 0.0]).expand(2, -1)
    settle = put_back(clean, mask)
    noisy = {
        "euler": Euler(),
        "ancestral": AncestralEuler(gaussian(seeded()), settle=settle),
        "res_2s": Res2s(gaussian(seeded(1)), gaussian(seeded(2)), settle=settle),
    }[name]
    told = []

    def velocity_fn(x, sigma):
        told.append(x[:, 3:].clone())
        assert (sigma[:, 3:] == 0).all()
        return bending(x, sigma)

    landed = walk(blended(velocity_fn, clean, mask), settle(drawn(0)), floored(uniform(4), RES_2S_FLOOR), noisy)
    torch.testing.assert_close(landed[:, 3:], clean[:, 3:], atol=1e-6, rtol=0)
    for held in told:
        torch.testing.assert_close(held, clean[:, 3:], atol=1e-6, rtol=0)


def test_blending_with_everything_free_is_the_model_itself():
    x, sigma = drawn(0), torch.tensor([[0.6]])
    free = blended(bending, drawn(1), torch.ones(2, 5))(x, sigma)
    torch.testing.assert_close(free, bending(x, sigma), atol=1e-6, rtol=0)


def test_a_level_above_the_schedule_waits_and_then_goes_with_it():
    ceiling = torch.tensor([[1.0, 0.8, 0.5, 0.0]])
    now, after = WaitingLevels(ceiling).between(0.75, 0.4)
    torch.testing.assert_close(now, torch.tensor([[0.75, 0.75, 0.5, 0.0]]))
    torch.testing.assert_close(after, torch.tensor([[0.4, 0.4, 0.5, 0.0]]))
    now, after = WaitingLevels(ceiling).between(0.5, 0.25)
    assert after.tolist() == [[0.25, 0.25, 0.25, 0.0]]


def test_noise_over_held_tokens_fades_with_the_square_of_sigma_and_leaves_others_alone():
    held, seen = torch.tensor([[False, True]]), []

    def velocity_fn(x, _sigma):
        seen.append(x[0, :, 0].tolist())
        return torch.zeros_like(x)

    one = StirringHeld(Euler(), torch.zeros(1, 2, 1), held, torch.ones_like)
    walk(velocity_fn, torch.full((1, 2, 1), 7.0), (1.0, 0.5, 0.0), one)
    torch.testing.assert_close(torch.tensor(seen), torch.tensor([[7, 0.15], [7, 0.15 / 4]]))


def test_standardised_noise_has_mean_zero_and_deviation_one_in_each_sample():
    noise = standardised(seeded())(torch.empty(3, 7, 5))
    assert noise.dtype == torch.float32
    torch.testing.assert_close(noise.mean(dim=(1, 2)), torch.zeros(3), atol=1e-6, rtol=0)
    torch.testing.assert_close(noise.std(dim=(1, 2)), torch.ones(3))


@pytest.mark.parametrize("name", STEPPERS)
def test_fresh_noise_keeps_the_variance(name):
    """Unit data and unit noise: at s a latent has variance (1 - s)^2 + s^2, with whatever noise it came there."""
    x0, noise = (torch.randn(1, 200_000, 1, generator=seeded(seed)) for seed in (1, 2))
    reached = []

    def velocity_fn(x, sigma):
        reached.append((sigma.item(), x.var().item()))
        return knowing(x0)(x, sigma)

    walk(velocity_fn, noised(x0, noise, 0.9), (0.9, 0.7, 0.3, 0.0), stepper(name))
    assert len(reached) == (5 if name == "res_2s" else 3)
    for sigma, variance in reached:
        assert variance == pytest.approx((1 - sigma) ** 2 + sigma**2, rel=0.01)


def test_looking_back_doubles_the_change_of_the_velocity():
    """Velocities 1, 2, 4 over steps of a quarter, a half, a quarter: the middle one counts 1 + 2 * (2 - 1) = 3."""
    said = iter((1.0, 2.0, 4.0))
    landed = walk(
        lambda x, _sigma: torch.full_like(x, next(said)),
        torch.zeros(1, 1, 1),
        (1.0, 0.75, 0.25, 0.0),
        GradientEstimatingEuler(),
    )
    assert landed.item() == -(0.25 * 1 + 0.5 * 3 + 0.25 * 4)
