"""Held tokens: the two ways in which the published models keep what a render is given.

LTX-Video freezes a token until the schedule reaches its level; LTX-2 scales every token's level and blends.
Shape letters: B batch, N tokens, C latent channels, T noise levels (1, or one a token).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from render_engine.flow.noise import NoiseFn
from render_engine.flow.paths import denoised
from render_engine.flow.samplers import Span, Stepped, Stepper, VelocityFn
from render_engine.flow.steppers import SettleFn

_TOUCH = 1e-6  # how near a level counts as reached, in the published LTX-Video


@dataclass(frozen=True)
class WaitingLevels:
    """LTX-Video: a token is frozen at its ceiling while the schedule is above, then steps as the schedule does.

    Where `CeilingLevels` has a token step down from its own ceiling, this one starts it at the first level of the
    schedule that is not above the ceiling, as the published pipeline does.
    """

    ceiling_BN: Tensor

    def between(self, sigma: float, sigma_next: float) -> tuple[Tensor, Tensor]:
        """The levels that the model is told; the next lower one of the schedule where the token moves."""
        now_BN = self.ceiling_BN.clamp(max=sigma)
        moves_BN = self.ceiling_BN > sigma - _TOUCH
        return now_BN, torch.where(moves_BN, now_BN.clamp(max=sigma_next), now_BN)


def put_back(clean_BNC: Tensor, mask_BN: Tensor) -> SettleFn:
    """LTX-2: mix `1 - mask` of the clean tokens into latents; mask 1 is free, 0 is held."""
    mask_BN1 = mask_BN.unsqueeze(-1)
    return lambda x_BNC: mask_BN1 * x_BNC + (1 - mask_BN1) * clean_BNC


def blended(velocity_fn: VelocityFn, clean_BNC: Tensor, mask_BN: Tensor) -> VelocityFn:
    """LTX-2: tell the model `mask * sigma` a token, and put clean tokens back into the data it predicts.

    The result goes with a schedule that is the same for all tokens; steppers that add noise need `put_back` besides.
    """
    settle = put_back(clean_BNC, mask_BN)

    def velocity(x_BNC: Tensor, sigma_BT: Tensor) -> Tensor:
        own_BN = mask_BN * sigma_BT
        velocity_BNC = velocity_fn(x_BNC, own_BN).float()
        x0_BNC = settle(denoised(x_BNC.float(), velocity_BNC, own_BN.unsqueeze(-1)))
        return (x_BNC.float() - x0_BNC) / sigma_BT.unsqueeze(-1)

    return velocity


@dataclass(frozen=True)
class StirringHeld:
    """LTX-Video: before each step, lay `scale * sigma^2` of noise over the tokens that are held, for livelier motion.

    `held_BN` is True where a token is given wholly; `clean_BNC` is what it is given.
    """

    stepper: Stepper
    clean_BNC: Tensor
    held_BN: Tensor
    noise: NoiseFn
    scale: float = 0.15

    def step(self, velocity_fn: VelocityFn, x_BNC: Tensor, span: Span) -> Stepped:
        """Held tokens keep the noise of the last step, which is faint."""
        stirred_BNC = self.clean_BNC + self.scale * span.sigma**2 * self.noise(x_BNC)
        return self.stepper.step(velocity_fn, torch.where(self.held_BN.unsqueeze(-1), stirred_BNC, x_BNC), span)
