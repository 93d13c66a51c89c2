"""Samplers: the stepper of each that a recipe can name, with the noise that it draws on its way."""

import torch

from render_engine.flow.noise import NoiseFn, gaussian, standardised
from render_engine.flow.samplers import Euler, Stepper
from render_engine.flow.steppers import AncestralEuler, GradientEstimatingEuler, Res2s, SettleFn, Stochastic
from render_engine.pipelines.recipe import Sampler

_APART = 10_000  # what the published pipelines add to a seed for noise that must not be the first noise again
_RES_2S_SEED = -1  # the published pipeline gives its second-order loop no seed, so that this is every render's


def make_stepper(sampler: Sampler, seed: int, noise: NoiseFn, settle: SettleFn) -> Stepper:
    """The stepper that a recipe names.

    Args:
        sampler: its name.
        seed: of the render; ancestral steps draw from a generator of their own, apart from it.
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
            ends, middles = (standardised(_generator(_RES_2S_SEED + apart)) for apart in (0, _APART))
            return Res2s(ends, middles, settle)


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
