"""Guidance: combine what the model says with and without the words, and with parts of itself put out.

A guider says which passes of the model it needs at a noise level, and combines what they say; passes that a scale of
1 (words, modality) or 0 (perturbation) would multiply away are not asked for.
Shape letters: B batch, N tokens, C latent channels, T noise levels (1, or one a token).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from render_engine.flow.paths import denoised
from render_engine.flow.samplers import VelocityFn

_TOUCH = 1e-6  # sigma comes out of a float32 tensor, the levels it is compared with do not


class Pass(StrEnum):
    """One run of the model at a step; in a batch they stand in this order."""

    UNCOND = "uncond"
    TEXT = "text"
    PERTURBED = "perturbed"
    ISOLATED = "isolated"


class Plan(NamedTuple):
    """What a guider needs of the model: its passes, and the blocks that the perturbed one puts out.

    How a block is put out is the model's to say, by `models.perturbation`.
    """

    passes: tuple[Pass, ...]
    skip_blocks: tuple[int, ...] = ()


Predictions = Mapping[Pass, Tensor]
"""The velocity of each pass of a plan, (B, N, C) each."""
PassesFn = Callable[[Plan, Tensor, Tensor], Predictions]
"""Runs the passes of a plan on (x_BNC, sigma_BT), as one batch or one by one."""


class Guider(Protocol):
    """One rule of guidance."""

    def plan(self, sigma: float, /) -> Plan:
        """The passes that this noise level needs; `Pass.TEXT` is always among them."""
        ...

    def combine(self, predictions: Predictions, x_BNC: Tensor, sigma_BT: Tensor, /) -> Tensor:
        """The guided velocity, (B, N, C) float32."""
        ...


def guided(run_passes: PassesFn, guider: Guider) -> VelocityFn:
    """Bind a guider to the model; the noise level that it hears is the noisiest token's."""

    def velocity(x_BNC: Tensor, sigma_BT: Tensor) -> Tensor:
        plan = guider.plan(float(sigma_BT.max()))
        return guider.combine(run_passes(plan, x_BNC, sigma_BT), x_BNC, sigma_BT)

    return velocity


def classifier_free(velocity_text: Tensor, velocity_uncond: Tensor, scale: float) -> Tensor:
    """Step away from the unconditional velocity (Ho and Salimans 2022); a scale of 1 gives `velocity_text`."""
    return velocity_uncond + scale * (velocity_text - velocity_uncond)


def projected_uncond(text_BNC: Tensor, uncond_BNC: Tensor) -> Tensor:
    """CFG*: the part of each sample's text prediction that points along its unconditional one (Fan et al. 2025)."""
    dot_B11 = (text_BNC * uncond_BNC).sum(dim=(1, 2), keepdim=True)
    return dot_B11 / (uncond_BNC.square().sum(dim=(1, 2), keepdim=True) + 1e-8) * uncond_BNC


def rescaled(guided_BNC: Tensor, text_BNC: Tensor, share: float) -> Tensor:
    """Bring each sample's deviation back to its text prediction's, by `share` of the way (Lin et al. 2023)."""
    factor_B11 = text_BNC.std(dim=(1, 2), keepdim=True) / guided_BNC.std(dim=(1, 2), keepdim=True)
    return guided_BNC * (share * factor_B11 + (1 - share))


@dataclass(frozen=True)
class LtxvScales:
    """How strongly LTX-Video is guided at one noise level, and which blocks its perturbed pass puts out.

    `rescale` is followed as published, quirks and all: 1.0 means off, and without `stg` there is none.
    """

    cfg: float = 1.0
    stg: float = 0.0
    rescale: float = 1.0
    skip_blocks: tuple[int, ...] = ()


@dataclass(frozen=True)
class LtxvGuider:
    """LTX-Video's guidance, on velocities.

    `scales` maps noise levels, in falling order, to scales: the first that is not above sigma counts, below all the
    last one. `cfg_star` projects the unconditional prediction first.
    """

    scales: tuple[tuple[float, LtxvScales], ...]
    cfg_star: bool = False

    @classmethod
    def constant(cls, scales: LtxvScales) -> "LtxvGuider":
        """The same scales at every noise level."""
        return cls(((0.0, scales),))

    def plan(self, sigma: float) -> Plan:
        """Words from a scale above 1, perturbation from one above 0."""
        scales = self.at(sigma)
        words = (Pass.UNCOND, Pass.TEXT) if scales.cfg > 1 else (Pass.TEXT,)
        return Plan((*words, Pass.PERTURBED), scales.skip_blocks) if scales.stg > 0 else Plan(words)

    def combine(self, predictions: Predictions, _x_BNC: Tensor, sigma_BT: Tensor) -> Tensor:
        """Words, then perturbation, then the deviation."""
        scales, text_BNC = self.at(float(sigma_BT.max())), predictions[Pass.TEXT].float()
        guided_BNC = text_BNC
        if Pass.UNCOND in predictions:
            uncond_BNC = predictions[Pass.UNCOND].float()
            uncond_BNC = projected_uncond(text_BNC, uncond_BNC) if self.cfg_star else uncond_BNC
            guided_BNC = classifier_free(text_BNC, uncond_BNC, scales.cfg)
        if Pass.PERTURBED not in predictions:
            return guided_BNC
        guided_BNC = guided_BNC + scales.stg * (text_BNC - predictions[Pass.PERTURBED].float())
        return guided_BNC if scales.rescale == 1 else rescaled(guided_BNC, text_BNC, scales.rescale)

    def at(self, sigma: float) -> LtxvScales:
        """The scales of a noise level."""
        return next((scales for level, scales in self.scales if level <= sigma + _TOUCH), self.scales[-1][1])


@dataclass(frozen=True)
class Ltx2Guider:
    """LTX-2's guidance, on the data that each pass predicts, in float32.

    `modality` guides away from a pass in which picture and sound do not hear each other. `rescale` 0 is off and 1 is
    whole: LTX-Video's quirk is not LTX-2's.
    """

    cfg: float = 1.0
    stg: float = 0.0
    rescale: float = 0.0
    modality: float = 1.0
    skip_blocks: tuple[int, ...] = ()

    def plan(self, _sigma: float) -> Plan:
        """A scale below 1 (or 0) guides too, the other way."""
        wanted = {Pass.UNCOND: self.cfg != 1, Pass.PERTURBED: self.stg != 0, Pass.ISOLATED: self.modality != 1}
        passes = tuple(each for each in Pass if wanted.get(each, True))
        return Plan(passes, self.skip_blocks if self.stg != 0 else ())

    def combine(self, predictions: Predictions, x_BNC: Tensor, sigma_BT: Tensor) -> Tensor:
        """Add up the steps away from each pass, bring back the deviation, and return to velocities.

        A token at sigma 0 is data already: its velocity is 0.
        """
        if len(predictions) == 1:
            return predictions[Pass.TEXT].float()
        x_BNC, sigma_BT1 = x_BNC.float(), sigma_BT.unsqueeze(-1)
        x0 = {each: denoised(x_BNC, velocity.float(), sigma_BT1) for each, velocity in predictions.items()}
        weights = {Pass.UNCOND: self.cfg - 1, Pass.PERTURBED: self.stg, Pass.ISOLATED: self.modality - 1}
        text_BNC = guided_BNC = x0[Pass.TEXT]
        for each, weight in weights.items():
            if each in x0:
                guided_BNC = guided_BNC + weight * (text_BNC - x0[each])
        if self.rescale != 0:
            guided_BNC = rescaled(guided_BNC, text_BNC, self.rescale)
        return torch.where(sigma_BT1 > 0, (x_BNC - guided_BNC) / sigma_BT1, 0.0)
