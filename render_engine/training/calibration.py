"""How honest probabilities are, and how to make them so: temperatures, calibration error, and the area under the curve.

Shape letters: N samples, V values.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

NUM_BINS = 15
_TEMPERATURES = torch.logspace(-0.7, 0.9, 81)


def expected_calibration_error(probabilities_N: Tensor, correct_N: Tensor) -> float:
    """Mean distance between how sure and how often right, over equal bins of sureness, weighted by samples.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks.
    """
    bins_N = (probabilities_N * NUM_BINS).long().clamp(0, NUM_BINS - 1)
    error = torch.zeros((), dtype=torch.float64)
    for index in range(NUM_BINS):
        chosen_N = bins_N == index
        if chosen_N.any():
            gap = correct_N[chosen_N].double().mean() - probabilities_N[chosen_N].double().mean()
            error += chosen_N.double().mean() * gap.abs()
    return float(error)


def area_under_curve(positive_N: Tensor, negative_N: Tensor) -> float:
    """How often a positive scores above a negative, ties counting half; NaN when either is missing."""
    if not len(positive_N) or not len(negative_N):
        return float("nan")
    gaps = positive_N[:, None].double() - negative_N[None].double()
    return float((gaps > 0).double().mean() + 0.5 * (gaps == 0).double().mean())


def fit_temperature(logits_NV: Tensor, labels_N: Tensor) -> float:
    """The temperature from 0.2 to 8 at which the logits' likelihood of the labels is greatest."""
    losses = torch.stack([F.cross_entropy(logits_NV / temperature, labels_N) for temperature in _TEMPERATURES])
    return float(_TEMPERATURES[losses.argmin()])
