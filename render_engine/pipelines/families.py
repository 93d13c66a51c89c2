"""Families: what the versions of one family agree on when they render, beyond their networks.

Shape letters: B batch, N tokens, C latent channels.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from render_engine.conditioning import KeyframeStyle, LatentState
from render_engine.flow.guidance import Guider, Ltx2Guider, LtxvGuider, LtxvScales
from render_engine.flow.noise import NoiseFn
from render_engine.flow.paths import noised
from render_engine.flow.samplers import CeilingLevels, Stepper, TokenLevels, VelocityFn
from render_engine.flow.schedules import (
    DISTILLED_STAGE_1,
    DISTILLED_STAGE_2,
    LTX2_TOKENS,
    LTXV_DISTILLED_STAGE_1,
    LTXV_DISTILLED_STAGE_2,
    floored,
    linear_quadratic,
    shifted_linear,
    without_steps,
)
from render_engine.flow.steppers import RES_2S_FLOOR, SettleFn
from render_engine.flow.tokens import StirringHeld, WaitingLevels, blended, put_back
from render_engine.pipelines.recipe import Sampler

Sigmas = tuple[float, ...]
ScheduleFn = Callable[[int, int], Sigmas]
"""(num_steps, num_tokens) -> sigmas."""
MakeStepperFn = Callable[[SettleFn], Stepper]


class Bound(NamedTuple):
    """A walk whose given tokens are held: where it starts, and what `flow.samplers.walk` takes."""

    start_BNC: Tensor
    velocity_fn: VelocityFn
    stepper: Stepper
    levels: TokenLevels | None = None


HoldFn = Callable[[LatentState, VelocityFn, MakeStepperFn, NoiseFn], Bound]


def hold_nothing(state: LatentState, velocity_fn: VelocityFn, make: MakeStepperFn, _noise: NoiseFn) -> Bound:
    """Every family's where nothing is given: all tokens follow the schedule, which is computed faster."""
    return Bound(state.noised_start(), velocity_fn, make(_untouched))


def hold_at_ceiling(state: LatentState, velocity_fn: VelocityFn, make: MakeStepperFn, _noise: NoiseFn) -> Bound:
    """The house's way: a token given in part starts on its own path, at its ceiling, and waits there."""
    is_free_BN1 = (state.denoise_mask_BN == 1).unsqueeze(-1)
    x0_BNC = torch.where(is_free_BN1, state.start_BNC, state.clean_BNC)
    ceiling_BN = state.denoise_mask_BN.clamp(max=state.sigma_start)
    start_BNC = noised(x0_BNC, state.noise_BNC, ceiling_BN.unsqueeze(-1))
    return Bound(start_BNC, velocity_fn, make(_untouched), CeilingLevels(state.denoise_mask_BN))


def hold_waiting(
    state: LatentState, velocity_fn: VelocityFn, make: MakeStepperFn, noise: NoiseFn, *, stir: float = 0.15
) -> Bound:
    """LTX-Video's: a token given in part waits for the schedule; one held wholly is stirred before each step."""
    stepper, held_BN = make(_untouched), state.denoise_mask_BN < 1e-6
    if stir:
        stepper = StirringHeld(stepper, state.clean_BNC, held_BN, noise, stir)
    return Bound(_mixed_start(state), velocity_fn, stepper, WaitingLevels(state.denoise_mask_BN))


def hold_blended(state: LatentState, velocity_fn: VelocityFn, make: MakeStepperFn, _noise: NoiseFn) -> Bound:
    """LTX-2's: every token's level is scaled by its mask, and what is given is mixed into the predicted data."""
    clean_BNC, mask_BN = state.clean_BNC, state.denoise_mask_BN
    stepper = make(put_back(clean_BNC, mask_BN))
    return Bound(_mixed_start(state), blended(velocity_fn, clean_BNC, mask_BN), stepper)


@dataclass(frozen=True)
class Family:
    """How one family, or one of its versions, is rendered where a request does not say.

    `schedule` gives the sigmas of a single stage, `first_schedule` and `second_schedule` those of two, the second after
    the latent upsampler; `guider` makes the guidance of a scale. `second_guider` and `second_sampler` are the second
    stage's. Two stages end at `oversampling` times the size asked for. `distilled` holds the two stages' sigmas of
    distilled weights, whose tones are compressed by `distilled_tone_compression` at the end. A picture is given as one
    frame of H.264 at `picture_crf`, for the models learned from compressed video and keep what is cleaner from moving;
    with `soft_pictures` it is blurred first.
    """

    style: KeyframeStyle
    hold: HoldFn
    schedule: ScheduleFn
    first_schedule: ScheduleFn
    second_schedule: ScheduleFn
    guider: Callable[[float], Guider]
    second_guider: Guider
    distilled: tuple[Sigmas, Sigmas]
    schedule_tokens: int | None = None
    sampler: Sampler = Sampler.EULER
    second_sampler: Sampler = Sampler.EULER
    distilled_sampler: Sampler = Sampler.EULER
    oversampling: float = 1.0
    match_statistics: float = 0.0
    distilled_tone_compression: float = 0.0
    picture_crf: int | None = None
    soft_pictures: bool = False


def _ltxv_guider(scale: float) -> Guider:
    return LtxvGuider.constant(LtxvScales(cfg=scale))


def _ltxv_2b_guider(scale: float) -> Guider:
    """Without words (scale 1) nothing guides: a distilled model takes one pass a step."""
    return LtxvGuider.constant(
        LtxvScales(scale, stg=1.0, rescale=0.7, skip_blocks=(19,)) if scale > 1 else LtxvScales()
    )


def _ltxv_13b_guider(scale: float) -> Guider:
    """0.9.8-dev guides most after the first steps: by `scale` (8 as published) at its peak, elsewhere in proportion."""
    if scale <= 1:
        return _ltxv_guider(1)
    most, much = scale, max(0.75 * scale, 1.0)
    levels = (
        (1.0, LtxvScales()),
        (0.996, LtxvScales(skip_blocks=(11, 25, 35, 39))),
        (0.9933, LtxvScales(much, stg=4, rescale=0.5, skip_blocks=(22, 35, 39))),
        (0.985, LtxvScales(most, stg=4, rescale=0.5, skip_blocks=(28,))),
        (0.9767, LtxvScales(much, stg=4, skip_blocks=(28,))),
        (0.9008, LtxvScales(stg=2, skip_blocks=(28,))),
        (0.618, LtxvScales(stg=1, skip_blocks=(28,))),
    )
    return LtxvGuider(levels, cfg_star=True)


def _ltx2_guider(scale: float, *, skip_block: int) -> Guider:
    return Ltx2Guider() if scale == 1 else Ltx2Guider(cfg=scale, stg=1.0, rescale=0.7, skip_blocks=(skip_block,))


def _ltx2_hq_guider(scale: float) -> Guider:
    return Ltx2Guider() if scale == 1 else Ltx2Guider(cfg=scale, rescale=0.45)


def _shifted_to_floor(num_steps: int, num_tokens: int) -> Sigmas:
    return floored(shifted_linear(num_steps, num_tokens), RES_2S_FLOOR)


def _by_parabola(num_steps: int, _num_tokens: int) -> Sigmas:
    return linear_quadratic(num_steps)


def _opening(schedule: ScheduleFn, num_steps: int, num_tokens: int) -> Sigmas:
    """Of a whole schedule all but the last 3 steps in 30, which the second stage takes."""
    return without_steps(schedule(num_steps, num_tokens), final=num_steps // 10)


def _refining(schedule: ScheduleFn, num_steps: int, num_tokens: int) -> Sigmas:
    """Of a whole schedule the last 13 steps in 30."""
    return without_steps(schedule(num_steps, num_tokens), initial=num_steps * 17 // 30)


LTX_VIDEO_FIRST = Family(
    style=KeyframeStyle.LTX_VIDEO,
    hold=hold_waiting,
    schedule=shifted_linear,
    first_schedule=partial(_opening, shifted_linear),
    second_schedule=partial(_refining, shifted_linear),
    guider=_ltxv_2b_guider,
    second_guider=_ltxv_guider(1),
    distilled=(LTXV_DISTILLED_STAGE_1, LTXV_DISTILLED_STAGE_2),
    oversampling=2 * 0.6666666,  # as published: two thirds of 768 pixels come out below 512, and are rounded down
    match_statistics=1.0,
    picture_crf=29,
    soft_pictures=True,
)
"""0.9.0 and 0.9.1."""
LTX_VIDEO = replace(
    LTX_VIDEO_FIRST,
    schedule=_by_parabola,
    first_schedule=partial(_opening, _by_parabola),
    second_schedule=partial(_refining, _by_parabola),
)
"""0.9.5 and later of 2B."""
LTX_VIDEO_0_9_6_DISTILLED = replace(
    LTX_VIDEO,
    distilled=(DISTILLED_STAGE_1, DISTILLED_STAGE_2),
    sampler=Sampler.STOCHASTIC,
    distilled_sampler=Sampler.STOCHASTIC,
)
LTX_VIDEO_13B = replace(
    LTX_VIDEO,
    guider=_ltxv_13b_guider,
    second_guider=LtxvGuider.constant(LtxvScales(stg=1, skip_blocks=(27,))),
    distilled_tone_compression=0.6,
)
LTX_2 = Family(
    style=KeyframeStyle.LTX_2,
    hold=hold_blended,
    schedule=shifted_linear,
    first_schedule=shifted_linear,
    second_schedule=lambda _num_steps, _num_tokens: DISTILLED_STAGE_2,
    guider=partial(_ltx2_guider, skip_block=29),
    second_guider=Ltx2Guider(),
    distilled=(DISTILLED_STAGE_1, DISTILLED_STAGE_2),
    schedule_tokens=LTX2_TOKENS,
    picture_crf=33,
)
LTX_2_3 = replace(LTX_2, guider=partial(_ltx2_guider, skip_block=28))
LTX_2_3_HQ = replace(
    LTX_2_3,
    schedule=_shifted_to_floor,
    first_schedule=_shifted_to_floor,
    second_schedule=lambda _num_steps, _num_tokens: floored(DISTILLED_STAGE_2, RES_2S_FLOOR),
    guider=_ltx2_hq_guider,
    schedule_tokens=None,
    sampler=Sampler.RES_2S,
    second_sampler=Sampler.RES_2S,
)
"""15 steps of second order instead of 30, by a schedule that here does count the first stage's tokens."""
LTX_2_5 = replace(LTX_2_3, distilled_sampler=Sampler.ANCESTRAL, picture_crf=18)
HOUSE = replace(
    LTX_VIDEO_FIRST,
    hold=hold_at_ceiling,
    guider=_ltxv_guider,
    distilled=(DISTILLED_STAGE_1, DISTILLED_STAGE_2),
    oversampling=1.0,
    picture_crf=None,
    soft_pictures=False,
)


def _mixed_start(state: LatentState) -> Tensor:
    mask_BN1 = state.denoise_mask_BN.unsqueeze(-1)
    return (1 - mask_BN1) * state.clean_BNC + mask_BN1 * state.noised_start()


def _untouched(x_BNC: Tensor) -> Tensor:
    return x_BNC
