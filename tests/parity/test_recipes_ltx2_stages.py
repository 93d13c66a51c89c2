"""LTX-2's renders of two stages, by every published pipeline that has two, land where the references land."""

from dataclasses import replace
from functools import partial

import pytest
import torch
from diffusers import LTX2ConditionPipeline, LTX2InContextPipeline, LTX2Pipeline
from diffusers.pipelines.ltx2.pipeline_ltx2_ic_lora import LTX2ReferenceCondition

from render_engine.conditioning import FramesItem, ReferenceItem
from render_engine.flow.guidance import Ltx2Guider
from render_engine.flow.schedules import DISTILLED_STAGE_1, DISTILLED_STAGE_2, shifted_linear
from render_engine.frames import stretched
from render_engine.models.lora import LoraFactors
from render_engine.pipelines.families import LTX_2, LTX_2_3, LTX_2_3_HQ, LTX_2_5
from render_engine.pipelines.recipe import Sampler
from render_engine.pipelines.stages import Adapters
from render_engine.pipelines.two_stages import distilled, ic_lora, keyframe_interpolation, two_stages
from tests.parity.ltx2_official import Denoiser, Tokens, ancestral, euler, second_order
from tests.parity.ltx2_pipelines import (
    AS_4096_TOKENS,
    DISTILLED,
    HALF,
    LIMIT,
    REQUEST,
    SHAPE,
    frames_of,
    guided_by_words,
    in_turn,
    noise_of,
    on_the_schedule_of,
    recording,
    setting,
    shapes_of,
    shown,
    unended,
)
from tests.parity.test_lora import factors_of

SMALL = {"width": REQUEST.width // 2, "height": REQUEST.height // 2}
UNGUIDED = REQUEST.model_copy(update={"guidance_scale": 1.0})
SECOND = unended(DISTILLED_STAGE_2)
as_published = partial(Denoiser, cfg=3.0, stg=1.0, rescale=0.7)


def smaller(frames):
    return stretched(frames, **SMALL)


def refined(both, latents, **given: object):
    """Diffusers' second stage: enlarged, noised to the first of three sigmas, without guidance."""
    pipeline = both.pipeline(LTX2ConditionPipeline)
    raw = both.denormalised(both.enlarged(latents))
    return both.reference(pipeline, UNGUIDED, latents=raw, sigmas=SECOND, noise_scale=SECOND[0], **given)


@pytest.mark.parametrize("version", ["2.0", "2.3", "2.5"])
def test_two_stages_of_words_land_where_the_references_land(parity, monkeypatch, version):
    """Guided as published, the latent upsampler between, and no statistics matched."""
    both = setting(version)
    pipeline = both.pipeline(LTX2Pipeline, **AS_4096_TOKENS)
    with recording(monkeypatch) as drawn:
        first = both.reference(pipeline, stg=1.0, rescale=0.7, **SMALL)
        expected = refined(both, first)
    recipe = on_the_schedule_of(pipeline, two_stages(REQUEST, (), both.parts))
    ours = both.ours(recipe, [drawn[0], *in_turn(drawn[2], [SHAPE])])
    parity(f"LTX-2 {version} / pipeline, two stages", expected, ours, LIMIT)


@pytest.mark.parametrize("version", ["2.0", "2.3"])
def test_what_is_shown_is_shown_in_both_stages(parity, monkeypatch, version):
    both, given = setting(version), (shown(), shown(1, 2))
    parts, pipeline = guided_by_words(both.parts), both.pipeline(LTX2ConditionPipeline, **AS_4096_TOKENS)
    with recording(monkeypatch) as drawn:
        first = both.reference(pipeline, conditions=[each.condition(HALF) for each in given], **SMALL)
        expected = refined(both, first, conditions=[each.condition() for each in given])
    recipe = on_the_schedule_of(pipeline, two_stages(REQUEST, tuple(each.item for each in given), parts))
    noise = [*in_turn(drawn[0], shapes_of(given, HALF)), *in_turn(drawn[2], shapes_of(given))]
    parity(f"LTX-2 {version} / pipeline, two stages, pictures", expected, both.ours(recipe, noise, parts), LIMIT)


@pytest.mark.parametrize("version", ["2.0", "2.3"])
def test_both_stages_of_distilled_weights_land_where_the_references_land(parity, monkeypatch, version):
    both, given = setting(version), (shown(),)
    recipe, pipeline = distilled(DISTILLED, (given[0].item,), both.parts), both.pipeline(LTX2ConditionPipeline)
    with recording(monkeypatch) as drawn:
        sigmas = unended(DISTILLED_STAGE_1)
        first = both.reference(pipeline, UNGUIDED, conditions=[given[0].condition(HALF)], sigmas=sigmas, **SMALL)
        expected = refined(both, first, conditions=[given[0].condition()])
    noise = [*in_turn(drawn[0], [HALF]), *in_turn(drawn[2], [SHAPE])]
    parity(f"LTX-2 {version} / pipeline, distilled, two stages", expected, both.ours(recipe, noise), LIMIT)


def test_distilled_2_5_steps_ancestrally_first_and_plainly_then(parity):
    """By the original's loops: diffusers has no pipeline of it. A picture beside the video is given in part."""
    both, picture = setting("2.5"), frames_of(seed=9)
    item, denoise = FramesItem(picture, 16, 0.7), Denoiser(both, DISTILLED)
    state = Tokens.of(HALF).with_keyframe(both.encoded(smaller(picture)), 16, 0.7)
    noise = noise_of(state.latent)
    first = ancestral(denoise, state.noised(noise), DISTILLED_STAGE_1, DISTILLED.seed)
    state = Tokens.of(initial=both.enlarged(first)).with_keyframe(both.encoded(picture), 16, 0.7)
    later = noise_of(state.latent)
    expected = euler(denoise, state.noised(later, DISTILLED_STAGE_2[0]), DISTILLED_STAGE_2)
    recipe = distilled(DISTILLED, (item,), both.parts)
    shapes = [[shape, shape._replace(frames=1)] for shape in (HALF, SHAPE)]
    ours = both.ours(recipe, [*in_turn(noise, shapes[0]), *in_turn(later, shapes[1])])
    parity("LTX-2 2.5 / pipeline, distilled, two stages", expected, ours, LIMIT)


def test_pictures_to_move_between_guide_both_stages(parity):
    both, ends = setting("2.3"), {0: frames_of(seed=9), 16: frames_of(seed=8)}
    items = tuple(FramesItem(frames, frame_index) for frame_index, frames in ends.items())
    recipe, states = keyframe_interpolation(REQUEST, items, both.parts), [Tokens.of(HALF)]
    for frame_index, frames in ends.items():
        states[0] = states[0].with_keyframe(both.encoded(smaller(frames)), frame_index, 1.0)
    noise = [noise_of(states[0].latent)]
    first = euler(as_published(both, REQUEST), states[0].noised(noise[0]), recipe.stages[0].sigmas)
    states.append(Tokens.of(initial=both.enlarged(first)))
    for frame_index, frames in ends.items():
        states[1] = states[1].with_keyframe(both.encoded(frames), frame_index, 1.0)
    noise.append(noise_of(states[1].latent))
    expected = euler(Denoiser(both, REQUEST), states[1].noised(noise[1], DISTILLED_STAGE_2[0]), DISTILLED_STAGE_2)
    shapes = [[shape, *[shape._replace(frames=1)] * 2] for shape in (HALF, SHAPE)]
    ours = both.ours(recipe, [*in_turn(noise[0], shapes[0]), *in_turn(noise[1], shapes[1])])
    parity("LTX-2 2.3 / pipeline, keyframe interpolation, two stages", expected, ours, LIMIT)


@torch.no_grad()
@pytest.mark.parametrize("version", ["2.3", "2.5"])
def test_a_followed_reference_and_its_adapter_count_in_the_first_stage_alone(parity, monkeypatch, version):
    """Distilled, by plain steps, 2.5's too; the picture that the video opens on is held in both stages."""
    both, looked, given = setting(version), frames_of(17, seed=50), shown()
    lora = {name: LoraFactors(*factors) for name, factors in factors_of(both.transformer).items()}
    plain = {name: value.clone() for name, value in both.transformer.state_dict().items()}
    for name, (down, up, _) in lora.items():
        both.transformer.get_submodule(name).weight += up @ down
    with recording(monkeypatch) as drawn:
        first = both.reference(
            both.pipeline(LTX2InContextPipeline),
            UNGUIDED,
            reference_conditions=[LTX2ReferenceCondition((smaller(looked)[0].transpose(0, 1) + 1) / 2)],
            conditions=[given.condition(HALF)],
            sigmas=unended(DISTILLED_STAGE_1),
            noise_scale=1.0,
            **SMALL,
        )
        both.transformer.load_state_dict(plain)
        expected = refined(both, first, conditions=[given.condition()])
    recipe = ic_lora(DISTILLED, (given.item, ReferenceItem(looked)), both.parts, Adapters(((lora, 1.0),)))
    ours = both.ours(recipe, [*in_turn(drawn[0], [HALF, HALF]), *in_turn(drawn[2], [SHAPE])])
    parity(f"LTX-2 {version} / pipeline, IC-LoRA, two stages", expected, ours, LIMIT)


def test_second_order_steps_in_both_stages_land_where_the_original_lands(parity):
    """HQ: its schedule counts the tokens of the first stage, its noise has seeds of its own, its deviation is half."""
    both, picture = setting("2.3"), frames_of(seed=9)
    parts = replace(both.parts, family=LTX_2_3_HQ)
    recipe = two_stages(REQUEST, (FramesItem(picture, strength=0.8),), parts)
    state = Tokens.of(HALF).opening_on(both.encoded(smaller(picture)), 0.8)
    noise = [noise_of(state.latent)]
    denoise = Denoiser(both, REQUEST, cfg=3.0, rescale=0.45)
    first = second_order(denoise, state.noised(noise[0]), shifted_linear(REQUEST.num_steps, HALF.num_tokens))
    state = Tokens.of(initial=both.enlarged(first)).opening_on(both.encoded(picture), 0.8)
    noise.append(noise_of(state.latent))
    state = state.noised(noise[1], DISTILLED_STAGE_2[0])
    expected = second_order(Denoiser(both, REQUEST), state, DISTILLED_STAGE_2)
    ours = both.ours(recipe, [*in_turn(noise[0], [HALF]), *in_turn(noise[1], [SHAPE])], parts)
    parity("LTX-2 2.3 / pipeline, two stages of second order", expected, ours, LIMIT)


def test_versions_are_guided_and_sampled_as_published():
    """ltx-pipelines 1.2: `utils/constants.py`, and each pipeline's own sampler."""
    published = {LTX_2: (29, Sampler.EULER), LTX_2_3: (28, Sampler.EULER), LTX_2_5: (28, Sampler.ANCESTRAL)}
    for family, (block, distilled_sampler) in published.items():
        assert family.guider(3.0) == Ltx2Guider(cfg=3.0, stg=1.0, rescale=0.7, skip_blocks=(block,))
        assert family.second_guider == Ltx2Guider()
        assert family.distilled_sampler is distilled_sampler
        assert family.schedule(40, family.schedule_tokens) == shifted_linear(40, 4096)
        assert family.second_schedule(40, 4096) == DISTILLED_STAGE_2
    assert LTX_2_3_HQ.guider(3.0) == Ltx2Guider(cfg=3.0, rescale=0.45)
