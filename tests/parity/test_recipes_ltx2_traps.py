"""Each known trap of LTX-2's pipelines, walked into, breaks a render that without it lands on the reference's."""

from dataclasses import replace

import pytest
from diffusers import LTX2ConditionPipeline, LTX2Pipeline

from render_engine.conditioning import FramesItem, KeyframeStyle, LatentState, ReferenceItem
from render_engine.flow.schedules import DISTILLED_STAGE_1
from render_engine.models.vae import LatentStatistics
from render_engine.pipelines import render_loop, samplers
from render_engine.pipelines.one_stage import one_stage
from render_engine.pipelines.passes import Passes
from render_engine.pipelines.two_stages import distilled
from render_engine.shapes import TokenGrid, patchify
from tests.parity.ltx2_official import Denoiser, Tokens, ancestral, euler
from tests.parity.ltx2_pipelines import (
    AS_4096_TOKENS,
    BROKEN,
    DISTILLED,
    LIMIT,
    REQUEST,
    SHAPE,
    frames_of,
    guided_by_words,
    in_turn,
    largest,
    noise_of,
    on_the_schedule_of,
    recording,
    setting,
    shapes_of,
    shown,
    with_family,
    without_second_stage,
)


class Landing:
    """A render of ours beside the reference's, which it reaches as long as nothing is changed."""

    def __init__(self, both, expected, recipe, noise, parts=None):
        self.both, self.expected, self.recipe, self.noise, self.parts = both, expected, recipe, noise, parts
        assert self.miss() <= LIMIT

    def miss(self, recipe=None, parts=None):
        return largest(self.both.ours(recipe or self.recipe, self.noise, parts or self.parts), self.expected)


@pytest.fixture
def pictures(monkeypatch):
    """Pictures at the beginning and beside the video, by diffusers' pipeline."""
    both, given = setting("2.3"), (shown(), shown(1, 2), shown(9, 1))
    parts, pipeline = guided_by_words(both.parts), both.pipeline(LTX2ConditionPipeline, **AS_4096_TOKENS)
    with recording(monkeypatch) as drawn:
        expected = both.reference(pipeline, conditions=[each.condition() for each in given])
    recipe = on_the_schedule_of(pipeline, one_stage(REQUEST, tuple(each.item for each in given), parts))
    return Landing(both, expected, recipe, in_turn(drawn[0], shapes_of(given)), parts)


def by_the_original(version, item, state, shapes):
    both, noise = setting(version), noise_of(state.latent)
    recipe = one_stage(REQUEST, (item,), both.parts)
    denoise = Denoiser(both, REQUEST, cfg=3.0, stg=1.0, rescale=0.7)
    expected = euler(denoise, state.noised(noise), recipe.stages[0].sigmas)
    return Landing(both, expected, recipe, in_turn(noise, shapes))


@pytest.fixture
def ancestral_keyframe():
    """Distilled 2.5's first stage with a picture beside the video."""
    both, picture = setting("2.5"), frames_of(seed=9)
    parts = without_second_stage(both.parts)
    state = Tokens.of().with_keyframe(both.encoded(picture), 16, 1.0)
    noise = noise_of(state.latent)
    expected = ancestral(Denoiser(both, DISTILLED), state.noised(noise), DISTILLED_STAGE_1, DISTILLED.seed)
    recipe = distilled(DISTILLED, (FramesItem(picture, 16),), parts)
    return Landing(both, expected, recipe, in_turn(noise, [SHAPE, SHAPE._replace(frames=1)]), parts)


@pytest.mark.parametrize("wrong", [{"anchor": "start"}, {"causal": False}])
def test_tokens_placed_by_another_convention_break_parity(pictures, monkeypatch, wrong):
    monkeypatch.setattr(render_loop, "TokenGrid", lambda *of, **how: TokenGrid(*of, **how | wrong))
    assert pictures.miss() > BROKEN


@pytest.mark.parametrize("wrong", [{"single_frame": False}, {"shifted": True}, {"frame_index": 0}])
def test_pictures_placed_by_another_convention_break_parity(pictures, monkeypatch, wrong):
    """As if they lasted as long as a latent frame, opened a video of their own, or stood at its beginning."""
    place = TokenGrid.positions
    monkeypatch.setattr(TokenGrid, "positions", lambda self, shape, **how: place(self, shape, **how | wrong))
    assert pictures.miss() > BROKEN


def test_pictures_in_the_video_s_place_break_parity(pictures, monkeypatch):
    """As LTX-2 gives what opens a video, and nothing else."""

    def in_place(self, latents, state, tools):
        tools.noise(latents)
        first = (self.frame_index + 7) // 8 * tools.shape.height * tools.shape.width
        return state.given(patchify(latents), first, 1 - self.strength)

    monkeypatch.setattr(FramesItem, "_with_keyframe", in_place)
    assert pictures.miss() > BROKEN


def test_keyframe_tokens_before_the_video_s_break_parity(ancestral_keyframe, monkeypatch):
    """Their place in the row decides which of the noise that is added on the way is theirs."""
    add = LatentState.with_tokens
    monkeypatch.setattr(
        LatentState, "with_tokens", lambda self, added, _style: add(self, added, KeyframeStyle.LTX_VIDEO)
    )
    assert ancestral_keyframe.miss() > BROKEN


def test_noise_on_the_way_from_the_render_s_own_seed_breaks_parity(ancestral_keyframe, monkeypatch):
    monkeypatch.setattr(samplers, "_APART", 0)
    assert ancestral_keyframe.miss() > BROKEN


@pytest.mark.parametrize("marked", ["nothing", "every first frame"])
def test_other_marks_than_the_first_latent_frame_s_break_parity(ancestral_keyframe, monkeypatch, marked):
    mark = Passes._single_frames

    def otherwise(self):
        marks = mark(self)
        marks[:, SHAPE.num_tokens :] = 1
        return None if marked == "nothing" else marks

    monkeypatch.setattr(Passes, "_single_frames", otherwise)
    assert ancestral_keyframe.miss() > BROKEN


def test_a_schedule_that_counts_the_clip_s_tokens_breaks_parity(monkeypatch):
    both = setting("2.3")
    parts = guided_by_words(both.parts)
    with recording(monkeypatch) as drawn:
        expected = both.reference(both.pipeline(LTX2Pipeline, **AS_4096_TOKENS))
    counting = with_family(parts, schedule_tokens=None)
    right, wrong = (both.ours(one_stage(REQUEST, (), each), drawn[:1], each) for each in (parts, counting))
    assert largest(right, expected) < BROKEN / 10  # not LIMIT: the last bit of sigma, which both round in their way
    assert largest(wrong, expected) > BROKEN


def test_words_that_hear_the_noisiest_token_s_level_break_parity(monkeypatch):
    """Where no token is wholly free, the schedule is above them all, and 2.3's captions hear the schedule."""
    both, clip = setting("2.3"), frames_of(17)
    landing = by_the_original(
        "2.3", FramesItem(clip, strength=0.5), Tokens.of().opening_on(both.encoded(clip), 0.5), [SHAPE]
    )
    monkeypatch.setattr(Passes, "_schedule_sigma", lambda _self, sigma, _num_passes: sigma.amax(1, keepdim=True))
    assert landing.miss() > BROKEN


@pytest.fixture
def reference():
    """A reference of half the size, of which half is seen."""
    both, looked, small = setting("2.3"), frames_of(17, seed=50), SHAPE._replace(height=1, width=2)
    item = ReferenceItem(looked, downscale=2, attention=0.5)
    halved = frames_of(17, seed=50).unflatten(3, (32, 2)).unflatten(5, (64, 2)).mean((4, 6))
    item = replace(item, frames_BCFHW=halved.repeat_interleave(2, 3).repeat_interleave(2, 4))
    state = Tokens.of().with_reference(both.encoded(halved), downscale=2, seen=0.5)
    return by_the_original("2.3", item, state, [SHAPE, small])


def test_attention_dimmed_by_a_line_breaks_parity(reference, monkeypatch):
    """As diffusers dims it."""

    def by_a_line(self, num_passes):
        return ((self.state.attention_BNN - 1) * 10_000).repeat(num_passes, 1, 1)

    monkeypatch.setattr(Passes, "_attention_bias", by_a_line)
    assert reference.miss() > BROKEN


def test_a_small_reference_in_a_corner_of_the_video_breaks_parity(reference, monkeypatch):
    monkeypatch.setattr(ReferenceItem, "_grid", lambda _self, grid: grid)
    assert reference.miss() > BROKEN


def test_latent_statistics_of_0_and_1_break_parity(pictures, monkeypatch):
    monkeypatch.setattr(LatentStatistics, "normalise", lambda _self, latents: latents)
    assert pictures.miss() > BROKEN
