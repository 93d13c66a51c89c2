"""Straight paths between noise and data, and what a model that predicts their velocity says about both ends.

Tensors are of any shape; `sigma` broadcasts against them.
"""

from torch import Tensor


def noised(x0: Tensor, noise: Tensor, sigma: Tensor | float) -> Tensor:
    """The point of the path at `sigma`; exactly `noise` at 1 when `x0` is finite, exactly `x0` at 0."""
    return (1 - sigma) * x0 + sigma * noise


def velocity_target(x0: Tensor, noise: Tensor) -> Tensor:
    """The velocity of the path, the same at every sigma."""
    return noise - x0


def denoised(x: Tensor, velocity: Tensor, sigma: Tensor | float) -> Tensor:
    """The clean end that a velocity at `sigma` points to."""
    return x - sigma * velocity
