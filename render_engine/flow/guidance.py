"""Guidance: combine what the model says with and without the words."""

from torch import Tensor


def classifier_free(velocity_text: Tensor, velocity_uncond: Tensor, scale: float) -> Tensor:
    """Step away from the unconditional velocity (Ho and Salimans 2022); a scale of 1 gives `velocity_text`."""
    return velocity_uncond + scale * (velocity_text - velocity_uncond)
