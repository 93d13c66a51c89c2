"""Samplers: the stepper of each that a recipe can name, with the noise that it draws on its way."""

import torch

from render_engine.flow.noise import NoiseFn, gaussian, standardised
from render_engine.flow.samplers import Euler, Stepper
from render_engine.flow.steppers import AncestralEuler, GradientEstimatingEuler, Res2s, SettleFn, Stochastic
from render_engine.pipelines.recipe import Sampler

_APART = 10_000  # what the published pipelines add to a seed for noise that must not be the first noise again


def make_stepper(sampler: Sampler, seed: int, noise: NoiseFn, settle: SettleFn) -> Stepper:
    """The stepper that a recipe names.

    Args:
        sampler: its name.
        seed: of the render; ancestral and second-order steps draw from generators of their own beside it.
        noise: what stochastic steps draw from, the render's own.
        settle: puts tokens back that fresh noise must not touch.
    """
    match sampler:
        case Sampler.EULER:
            return Euler()
        case Sampler.STOCHASTIC:
            return Stochastic(noise)
        case Sampler.ANCESTRAL:
            return AncestralEuler(gaussian(_generator(seed + _APART)), settle=settle)
        case Sampler.GRADIENT_ESTIMATING:
            return GradientEstimatingEuler()
        case Sampler.RES_2S:
            between = standardised(_generator(seed + _APART))
            return Res2s(standardised(_generator(seed)), between, settle)


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
