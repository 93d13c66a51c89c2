"""Each known trap of LTX-Video's pipelines, walked into, breaks a render: token order, noise layout, statistics."""

import pytest
from diffusers import LTXConditionPipeline

from render_engine.conditioning import KeyframeStyle, LatentState
from render_engine.models.vae import LatentStatistics
from render_engine.pipelines.one_stage import one_stage
from tests.parity.ltx_video_pipelines import BROKEN, LIMIT, REQUEST, largest, recording, setting, shown


def test_keyframe_tokens_after_the_video_s_break_parity(monkeypatch):
    """Their place in the row decides which of the noise that stirs them is theirs."""
    both, given = setting("0.9.5"), shown(frame_index=13)
    with recording(monkeypatch) as drawn:
        expected = both.reference(both.pipeline(LTXConditionPipeline), conditions=[given.condition])
    recipe, add = one_stage(REQUEST, (given.item,), both.parts), LatentState.with_tokens
    assert largest(both.ours(recipe, drawn), expected) <= LIMIT
    monkeypatch.setattr(LatentState, "with_tokens", lambda self, added, _style: add(self, added, KeyframeStyle.LTX_2))
    assert largest(both.ours(recipe, drawn), expected) > BROKEN


def test_keyframe_tokens_in_another_order_than_they_are_named_break_parity(monkeypatch):
    both, given = setting("0.9.5"), (shown(frame_index=13), shown(frame_index=32))
    with recording(monkeypatch) as drawn:
        conditions = [each.condition for each in given]
        expected = both.reference(both.pipeline(LTXConditionPipeline), conditions=conditions)
    drawn[1], drawn[2] = drawn[2], drawn[1]
    recipe = one_stage(REQUEST, tuple(each.item for each in reversed(given)), both.parts)
    assert largest(both.ours(recipe, drawn), expected) > BROKEN


@pytest.mark.parametrize("which", ["first", "stirring"])
def test_noise_in_another_layout_breaks_parity(monkeypatch, which):
    """The original draws a video's first noise token by token, diffusers channel by channel; all stir tokens."""
    both, opening = setting("0.9.5"), shown()
    with recording(monkeypatch) as drawn:
        expected = both.reference(both.pipeline(LTXConditionPipeline), conditions=[opening.condition])
    recipe = one_stage(REQUEST, (opening.item,), both.parts)
    assert largest(both.ours(recipe, drawn), expected) <= LIMIT
    video, *stirring = drawn
    if which == "first":
        video = video.flatten(2).transpose(1, 2).reshape(video.shape)
    else:
        stirring = [noise.transpose(1, 2).reshape(noise.shape) for noise in stirring]
    assert largest(both.ours(recipe, [video, *stirring]), expected) > BROKEN


def test_latent_statistics_of_0_and_1_break_parity(monkeypatch):
    """They are what an autoencoder has before it is loaded; both the picture given and the frames then go wrong."""
    both, opening = setting("0.9.5"), shown()
    with recording(monkeypatch) as drawn:
        frames = both.reference_frames(both.pipeline(LTXConditionPipeline), conditions=[opening.condition])
    with recording(monkeypatch) as drawn_again:
        latents = both.reference(both.pipeline(LTXConditionPipeline), conditions=[opening.condition])
    recipe = one_stage(REQUEST, (opening.item,), both.parts)
    assert largest(both.our_frames(recipe, drawn), frames) <= LIMIT
    for direction in ("normalise", "denormalise"):
        with monkeypatch.context() as patched:
            patched.setattr(LatentStatistics, direction, lambda _self, latents: latents)
            assert largest(both.our_frames(recipe, drawn), frames) > BROKEN
            if direction == "normalise":
                assert largest(both.ours(recipe, drawn_again), latents) > BROKEN
