"""Preconditioning: an untrained house transformer is the best linear denoiser, worked out by hand and by sampling."""

import pytest
import torch

from render_engine.flow.samplers import Euler, walk
from render_engine.models.preconditioning import precondition
from render_engine.models.transformer import VideoTransformer
from render_engine.presets import TRANSFORMERS

POSITIONS = torch.zeros(1, 3, 4)


def untrained(deviation):
    config = TRANSFORMERS["tiny"].model_copy(update={"preconditioned": True})
    transformer = VideoTransformer(config).eval()
    transformer.get_buffer("latent_deviation").copy_(torch.full((config.in_channels,), deviation))
    return transformer


def test_at_deviation_one_and_half_noise_x_says_nothing_of_the_velocity():
    """There x is (x0 + noise) / 2: the guess of noise - x0 is 0, x has variance 1/2, the error 1 / sqrt(1/2)."""
    known = precondition(torch.tensor([[0.5]]), torch.ones(1))
    assert known.skip_BTC.item() == pytest.approx(0)
    assert known.into_BTC.item() == pytest.approx(2**0.5)
    assert known.out_BTC.item() == pytest.approx(2**0.5)


def test_at_pure_noise_the_velocity_is_x_and_the_error_is_the_data():
    known = precondition(torch.tensor([[1.0]]), torch.tensor([3.0]))
    assert [factor.item() for factor in known] == pytest.approx([1, 1, 3])


@pytest.mark.parametrize("deviation", [0.5, 2.0])
@pytest.mark.parametrize("sigma", [0.2, 0.7])
def test_the_factors_are_those_of_a_regression(deviation, sigma):
    generator = torch.Generator().manual_seed(0)
    x0 = deviation * torch.randn(200_000, generator=generator)
    noise = torch.randn(200_000, generator=generator)
    x, velocity = (1 - sigma) * x0 + sigma * noise, noise - x0
    known = precondition(torch.tensor([[sigma]]), torch.tensor([deviation]))
    assert known.skip_BTC.item() == pytest.approx(float((x @ velocity) / (x @ x)), abs=0.02)
    assert known.out_BTC.item() == pytest.approx(float((velocity - known.skip_BTC.item() * x).std()), rel=0.01)
    assert known.into_BTC.item() == pytest.approx(1 / float(x.std()), rel=0.01)


@torch.no_grad()
@pytest.mark.parametrize("deviation", [0.5, 2.0])
def test_an_untrained_one_samples_noise_of_the_data_s_deviation(deviation):
    transformer = untrained(deviation)
    noise = torch.randn(64, 4, 8, generator=torch.Generator().manual_seed(1))
    context = torch.zeros(64, 1, 384)

    def velocity(x, sigma):
        return transformer(x, sigma.expand(64, 1), context, None, POSITIONS)

    sigmas = (*(1 - step / 200 for step in range(200)), 0.0)
    sample = walk(velocity, noise, sigmas, Euler())
    assert sample.std().item() == pytest.approx(deviation, rel=0.05)


def test_its_deviations_travel_with_the_weights():
    assert untrained(2.0).state_dict()["latent_deviation"].tolist() == [2.0] * 8
