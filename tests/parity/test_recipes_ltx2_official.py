"""LTX-2's renders land where the original's own loop lands, said again, where diffusers' pipelines would not."""

from functools import partial

import pytest
import torch
from diffusers import LTX2ConditionPipeline

from render_engine.conditioning import FramesItem, RegionItem
from render_engine.conditioning.masks import frames_between
from render_engine.flow.schedules import DISTILLED_STAGE_1
from render_engine.pipelines.one_stage import extend, one_stage, retake
from render_engine.pipelines.two_stages import keyframe_interpolation
from tests.parity.ltx2_official import Denoiser, Tokens, euler
from tests.parity.ltx2_pipelines import (
    AS_4096_TOKENS,
    BROKEN,
    DISTILLED,
    LIMIT,
    REQUEST,
    SHAPE,
    frames_of,
    in_turn,
    largest,
    noise_of,
    recording,
    setting,
    shown,
    without_second_stage,
)

ONE, TWO = SHAPE._replace(frames=1), SHAPE._replace(frames=2)
PICTURE, CLIP = frames_of(seed=9), frames_of(9, seed=9)
as_published = partial(Denoiser, cfg=3.0, stg=1.0, rescale=0.7)
GIVEN = {
    "first frame at 0.6": ([FramesItem(PICTURE, strength=0.6)], []),
    "first frame, rescaled": ([FramesItem(PICTURE)], []),
    "whole clip at 0.5": ([FramesItem(frames_of(17), strength=0.5)], []),
    "picture at frame 5 at 0.7": ([FramesItem(PICTURE, 5, 0.7)], [ONE]),
    "clip at frame 8 at 0.4": ([FramesItem(CLIP, 8, 0.4)], [TWO]),
    "pictures that only guide": (
        [FramesItem(PICTURE, 0, 0.8, guiding=True), FramesItem(PICTURE, 16, guiding=True)],
        [ONE, ONE],
    ),
    "clip that only guides from frame 0": ([FramesItem(CLIP, 0, 0.8, guiding=True)], [TWO]),
}


def given_to(state, both, items):
    """The original's items: in place what opens the video, beside it what comes later or only guides."""
    for item in items:
        latents, num_frames = both.encoded(item.frames_BCFHW), item.frames_BCFHW.shape[2]
        if item.frame_index == 0 and not item.guiding:
            state = state.opening_on(latents, item.strength)
        else:
            state = state.with_keyframe(latents, item.frame_index, item.strength, num_frames=num_frames)
    return state


def test_the_loop_said_again_lands_where_diffusers_lands_where_both_do_the_same(parity, monkeypatch):
    """What is given is held wholly and no deviation is taken: so the loop is the original's, by a second witness."""
    both, given = setting("2.3"), (shown(), shown(1, 2), shown(9, 1))
    pipeline = both.pipeline(LTX2ConditionPipeline, **AS_4096_TOKENS)
    with recording(monkeypatch) as drawn:
        expected = both.reference(pipeline, stg=1.0, conditions=[each.condition() for each in given])
    state = given_to(Tokens.of(), both, [each.item for each in given]).noised(drawn[0])
    again = euler(Denoiser(both, REQUEST, cfg=3.0, stg=1.0), state, pipeline.scheduler.sigmas.tolist())
    parity("LTX-2 2.3 / the original's loop said again", expected, again, LIMIT)


@pytest.mark.parametrize("version", ["2.0", "2.3", "2.5"])
@pytest.mark.parametrize("name", GIVEN)
def test_what_is_given_in_part_lands_where_the_original_lands(parity, version, name):
    both, (items, beside) = setting(version), GIVEN[name]
    state, recipe = given_to(Tokens.of(), both, items), one_stage(REQUEST, tuple(items), both.parts)
    noise = noise_of(state.latent)
    expected = euler(as_published(both, REQUEST), state.noised(noise), recipe.stages[0].sigmas)
    ours = both.ours(recipe, in_turn(noise, [SHAPE, *beside]))
    parity(f"LTX-2 {version} / pipeline, {name}", expected, ours, LIMIT)


def test_a_clip_that_ends_the_video_is_led_up_to_as_the_original_would(parity):
    both, items = setting("2.3"), (FramesItem(CLIP, 8),)
    state, recipe = given_to(Tokens.of(), both, items), extend(REQUEST, items, both.parts)
    noise = noise_of(state.latent)
    expected = euler(as_published(both, REQUEST), state.noised(noise), recipe.stages[0].sigmas)
    ours = both.ours(recipe, in_turn(noise, [SHAPE, TWO]))
    parity("LTX-2 2.3 / pipeline, extended backward", expected, ours, LIMIT)


def test_pictures_to_move_between_only_guide_as_the_original_s_do(parity):
    both = setting("2.0")
    parts = without_second_stage(both.parts)
    first, last = FramesItem(PICTURE), FramesItem(frames_of(seed=8), 16)
    state = Tokens.of()
    for item in (first, last):
        state = state.with_keyframe(both.encoded(item.frames_BCFHW), item.frame_index, 1.0)
    recipe, noise = keyframe_interpolation(REQUEST, (first, last), parts), noise_of(state.latent)
    expected = euler(as_published(both, REQUEST), state.noised(noise), recipe.stages[0].sigmas)
    ours = both.ours(recipe, in_turn(noise, [SHAPE, ONE, ONE]), parts)
    parity("LTX-2 2.0 / pipeline, keyframe interpolation", expected, ours, LIMIT)


SECONDS = [(0.0, 0.03), (1 / 24, 9 / 24), (0.2, 0.45), (9 / 24, 1.0), (0.0, 1.0)]


@pytest.mark.parametrize(("start", "end"), SECONDS)
def test_a_region_in_time_is_the_original_s(start, end):
    """A latent frame is taken again where any moment of it lies within."""
    mask = frames_between(17, 24, start, end)
    free = [mask[:, :1].amax(), mask[:, 1:9].amax(), mask[:, 9:].amax()]
    theirs = Tokens.of().taken_again(start, end).mask.unflatten(1, SHAPE[2:])[0, :, 0, 0, 0]
    assert free == theirs.tolist()


@pytest.mark.parametrize("version", ["2.0", "2.5"])
@pytest.mark.parametrize(("start", "end"), SECONDS[1:3])
def test_a_retake_lands_where_the_original_lands(parity, version, start, end):
    both, clip = setting(version), frames_of(17, seed=4)
    item = RegionItem(clip, frames_between(17, 24, start, end))
    state, recipe = Tokens.of(initial=both.encoded(clip)).taken_again(start, end), retake(REQUEST, (item,), both.parts)
    noise = noise_of(state.latent)
    expected = euler(as_published(both, REQUEST), state.noised(noise), recipe.stages[0].sigmas)
    parity(f"LTX-2 {version} / pipeline, retake", expected, both.ours(recipe, in_turn(noise, [SHAPE])), LIMIT)


def test_a_retake_by_distilled_weights_takes_their_steps_plainly(parity):
    """2.5's too, whose distilled steps are ancestral elsewhere."""
    both, clip = setting("2.5"), frames_of(17, seed=4)
    recipe = retake(DISTILLED, (RegionItem(clip, frames_between(17, 24, 0.2, 0.45)),), both.parts)
    state = Tokens.of(initial=both.encoded(clip)).taken_again(0.2, 0.45)
    noise = noise_of(state.latent)
    expected = euler(Denoiser(both, DISTILLED), state.noised(noise), DISTILLED_STAGE_1)
    ours = both.ours(recipe, in_turn(noise, [SHAPE]))
    parity("LTX-2 2.5 / pipeline, retake, distilled", expected, ours, LIMIT)
    assert largest(ours, both.encoded(clip)) > BROKEN


def test_a_picture_in_a_region_taken_again_is_held_whichever_of_the_two_is_named_first():
    both, clip, picture = setting("2.3"), frames_of(17, seed=4), FramesItem(PICTURE)
    region = RegionItem(clip, frames_between(17, 24, 0.0, 0.3))
    noise = in_turn(noise_of(torch.empty(1, SHAPE.num_tokens, SHAPE.channels)), [SHAPE])
    first, last = (
        both.ours(retake(REQUEST, items, both.parts), noise) for items in ((picture, region), (region, picture))
    )
    assert torch.equal(first, last)
    assert largest(first[:, :, :1], both.encoded(PICTURE)) < LIMIT


def test_diffusers_own_way_with_partial_strengths_is_another(monkeypatch):
    """Why the pairs above are not held to its pipelines: its data of a token given in part are another's."""
    both, given = setting("2.0"), shown(strength=0.6)
    with recording(monkeypatch) as drawn:
        pipeline = both.pipeline(LTX2ConditionPipeline, **AS_4096_TOKENS)
        theirs = both.reference(pipeline, conditions=[given.condition()])
    state = given_to(Tokens.of(), both, [given.item]).noised(drawn[0])
    original = euler(Denoiser(both, REQUEST, cfg=3.0), state, pipeline.scheduler.sigmas.tolist())
    assert largest(theirs, original) > BROKEN
    assert torch.isfinite(theirs).all()
