"""Losses: rectified flow, and the noise levels to train it at.

Shape letters: B batch, N tokens, C latent channels.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from render_engine.flow.paths import velocity_target
from render_engine.flow.schedules import LTX_SHIFT, Shift

_EDGE = 1e-4  # keeps the inverse normal finite at the ends of the unit interval


class SigmaSampling(NamedTuple):
    """Which noise levels a training step sees.

    Most are `sigmoid(mu + spread * normal)` with `mu = shift.mu(num_tokens) + bias`, so that training follows the
    schedule of inference; `uniform_fraction` of them are uniform, so that no level goes unseen. `low` and `high` bound
    both (the logit-normal is truncated, not clamped). A negative `bias` favours low noise.
    """

    shift: Shift = LTX_SHIFT
    bias: float = 0.0
    spread: float = 1.0
    uniform_fraction: float = 0.1
    low: float = 0.0
    high: float = 1.0


def sample_sigmas(batch_size: int, num_tokens: int, sampling: SigmaSampling, generator: torch.Generator) -> Tensor:
    """One sigma a sample: (B,) float32 on the generator's device.

    Raises:
        ValueError: the bounds are not 0 <= low < high <= 1.
    """
    if not 0 <= sampling.low < sampling.high <= 1:
        raise ValueError(f"noise levels need 0 <= low < high <= 1, not {sampling.low} and {sampling.high}")
    draws_2B = torch.rand(2, batch_size, generator=generator, device=generator.device)
    uniform_B = sampling.low + (sampling.high - sampling.low) * draws_2B[0]
    is_uniform_B = draws_2B[1] < sampling.uniform_fraction
    # The part of the second draw above the fraction is uniform again, and independent of the first draw.
    share_B = ((draws_2B[1] - sampling.uniform_fraction) / max(1 - sampling.uniform_fraction, _EDGE)).clamp(0, 1)
    mu = sampling.shift.mu(num_tokens) + sampling.bias
    return torch.where(is_uniform_B, uniform_B, _truncated_logit_normal(share_B, mu, sampling))


def rectified_flow_loss(
    velocity_BNC: Tensor, x0_BNC: Tensor, noise_BNC: Tensor, weights_BN: Tensor | None = None
) -> Tensor:
    """Mean squared error of the velocity in float32, a scalar.

    `weights_BN` weighs tokens (0 = leave out, as for conditioned ones); the loss is the weighted mean, so that its
    scale does not depend on the weights' scale.
    """
    return weighted_square_error(velocity_BNC, velocity_target(x0_BNC.float(), noise_BNC.float()), weights_BN)


def weighted_square_error(output_BNC: Tensor, target_BNC: Tensor, weights_BN: Tensor | None = None) -> Tensor:
    """The weighted mean over tokens of the mean squared error over channels, in float32, a scalar."""
    error_BN = (output_BNC.float() - target_BNC.float()).square().mean(dim=-1)
    if weights_BN is None:
        return error_BN.mean()
    weights_BN = weights_BN.to(error_BN).expand_as(error_BN)
    return (weights_BN * error_BN).sum() / weights_BN.sum()


def _truncated_logit_normal(share: Tensor, mu: float, sampling: SigmaSampling) -> Tensor:
    """The quantiles `share` of a logit-normal that is cut to [low, high]."""
    low, high = (_normal_cdf((_logit(bound) - mu) / sampling.spread) for bound in (sampling.low, sampling.high))
    quantile = (low + (high - low) * share).clamp(_EDGE, 1 - _EDGE)
    sigma = torch.sigmoid(mu + sampling.spread * torch.special.ndtri(quantile))
    return sigma.clamp(sampling.low, sampling.high)


def _logit(value: float) -> float:
    return math.inf if value == 1 else -math.inf if value == 0 else math.log(value / (1 - value))


def _normal_cdf(value: float) -> float:
    return 0.5 * (1 + math.erf(value / math.sqrt(2)))
