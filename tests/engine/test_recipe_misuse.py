"""What cannot be rendered is refused in one line that says what could be."""

from dataclasses import replace

import pytest
import torch

from render_engine.conditioning import AnimaticItem, FramesItem, ReferenceItem, RegionItem
from render_engine.conditioning.masks import frames_between, latent_mask
from render_engine.flow.guidance import Ltx2Guider
from render_engine.pipelines.one_stage import extend, one_stage, retake
from render_engine.pipelines.parts import Watch
from render_engine.pipelines.recipe import Sampler
from render_engine.pipelines.render_loop import render_latents
from render_engine.pipelines.stages import Adapters
from render_engine.pipelines.two_stages import distilled, ic_lora, keyframe_interpolation, two_stages
from tests.engine.recipe_parts import adapter, asked, frames, parts_of, recipe_of

REFERENCE = ReferenceItem(frames(33))
LORA = Adapters(((adapter(), 1.0),))


@pytest.fixture(scope="module")
def parts():
    return parts_of()


@pytest.fixture(scope="module")
def ltx_video():
    return parts_of("LTX-Video")


def render(parts, *items: object, **changed: object):
    return render_latents(one_stage(asked(**changed), items, parts), parts, Watch())


def test_a_size_that_the_latents_have_not_is_refused_by_every_pipeline(parts):
    for pipeline in ("one_stage", "two_stages", "distilled"):
        with pytest.raises(ValueError, match=r"130x64 with 33 frames does not fit .*: the nearest is 128x64 with 33"):
            recipe_of(pipeline, parts, width=130)
        with pytest.raises(ValueError, match="the nearest is 128x64 with 33 frames"):
            recipe_of(pipeline, parts, num_frames=30)


def test_two_stages_without_an_upsampler_are_refused_and_what_can_go_in_one_does(parts):
    alone = replace(parts, upsampler=None)
    with pytest.raises(ValueError, match="these weights have none: render in one stage"):
        two_stages(asked(), (), alone)
    for pipeline in ("distilled", "keyframe_interpolation", "ic_lora"):
        assert len(recipe_of(pipeline, alone).stages) == 1
    with pytest.raises(ValueError, match="a second stage needs a latent upsampler"):
        render_latents(two_stages(asked(), (), parts), alone, Watch())


def test_a_size_that_the_upsampler_does_not_reach_is_refused_but_where_frames_are_scaled_after_it(parts, ltx_video):
    odd = asked(width=160)
    with pytest.raises(ValueError, match="by 2 do not make 160x64: the nearest that they make is 128x64"):
        two_stages(odd, (), parts)
    assert [stage.shape.width for stage in two_stages(odd, (), ltx_video).stages] == [3, 6]


@pytest.mark.parametrize("family", ["house", "LTX-Video"])
@pytest.mark.parametrize("pipeline", ["two_stages", "distilled"])
def test_a_first_stage_of_a_single_latent_is_refused_and_the_nearest_size_renders(family, pipeline):
    parts, still = parts_of(family), {"height": 64, "num_frames": 1}
    with pytest.raises(
        ValueError, match=r"one frame of 64x64 with a single latent.*: the nearest that they make is 128x64"
    ):
        recipe_of(pipeline, parts, width=64, **still)
    for size in (still | {"width": 128}, still | {"width": 64, "num_frames": 9}):
        latents_BCFHW = render_latents(recipe_of(pipeline, parts, **size), parts, Watch())
        assert latents_BCFHW.isfinite().all()


def test_a_stage_of_another_size_than_the_upsampler_makes_is_refused(parts):
    recipe = two_stages(asked(), (), parts)
    first, second = recipe.stages
    wider = replace(second, shape=second.shape._replace(width=6))
    with pytest.raises(ValueError, match=r"the upsampler makes \(5, 2, 4\) latents, not \(5, 2, 6\)"):
        render_latents(replace(recipe, stages=(first, wider)), parts, Watch())


@pytest.mark.parametrize(("num_steps", "guidance_scale"), [(4, 1.0), (8, 2.0)])
def test_distilled_weights_take_their_own_steps_without_guidance(parts, num_steps, guidance_scale):
    with pytest.raises(ValueError, match=f"take 8 steps at guidance 1, not {num_steps} steps at {guidance_scale:g}"):
        distilled(asked(num_steps=num_steps, guidance_scale=guidance_scale), (), parts)


def test_each_pipeline_names_what_it_was_not_given(parts):
    picture, clip = FramesItem(frames()), FramesItem(frames(9), 8)
    for items in ((), (picture,), (clip,), (FramesItem(frames(33)),), (FramesItem(frames(), 32),)):
        with pytest.raises(ValueError, match="nothing to extend: give a clip of fewer than 33 frames"):
            extend(asked(), items, parts)
    with pytest.raises(ValueError, match="nothing to take again: give the clip"):
        retake(asked(), (picture,), parts)
    with pytest.raises(ValueError, match="nothing to interpolate between: give two pictures or more"):
        keyframe_interpolation(asked(), (picture,), parts)
    for items, adapters in (((), LORA), ((REFERENCE,), Adapters())):
        with pytest.raises(ValueError, match="takes a clip to follow and the LoRA that was trained to"):
            ic_lora(asked(), items, parts, adapters)


def test_frames_outside_of_the_video_are_refused(ltx_video):
    for index, num_frames, last in ((33, 1, 32), (-1, 1, 32), (32, 9, 24)):
        with pytest.raises(ValueError, match=f"do not lie in a video of 33 frames: begin between 0 and {last}"):
            render(ltx_video, FramesItem(frames(num_frames), index))


def test_a_clip_longer_than_the_video_is_refused(ltx_video):
    with pytest.raises(
        ValueError, match="41 frames from frame 0 on do not lie in a video of 33 frames: give at most 33"
    ):
        render(ltx_video, FramesItem(frames(41)))


@pytest.mark.parametrize(("index", "nearest"), [(9, 8), (13, 16), (3, 0), (23, 24)])
def test_a_clip_of_ltx_video_begins_where_a_latent_frame_does(ltx_video, index, nearest):
    with pytest.raises(ValueError, match=f"a clip cannot begin at frame {index}: the nearest that it can is {nearest}"):
        render(ltx_video, FramesItem(frames(9), index))
    assert render(parts_of("LTX-2"), FramesItem(frames(9), index)).isfinite().all()


def test_clips_of_other_lengths_than_the_latents_have_are_refused(parts):
    for item in (FramesItem(frames(10)), ReferenceItem(frames(12)), AnimaticItem(frames(32), 0.5)):
        with pytest.raises(ValueError, match=r"a clip of \d+ frames conditions nothing: give it 8k\+1 frames"):
            render(parts, item)
    region = RegionItem(frames(17), frames_between(17, 8, 0.5, 1))
    for item in (AnimaticItem(frames(17), 0.5), region):
        with pytest.raises(ValueError, match="the clip has 17 frames, the video 33"):
            render(parts, item)


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_strengths_lie_between_0_and_1(strength):
    region = frames_between(33, 8, 0.5, 1)
    for build in (FramesItem, AnimaticItem, ReferenceItem, lambda clip, strength: RegionItem(clip, region, strength)):
        with pytest.raises(ValueError, match="strength must be between 0 and 1, not"):
            build(frames(), strength=strength)


def test_masks_have_their_clip_s_frames(parts):
    with pytest.raises(ValueError, match="the mask has 17 frames, what it is for has 33"):
        render(parts, RegionItem(frames(33), frames_between(17, 8, 0.5, 1)))
    with pytest.raises(ValueError, match="the mask has 9 frames, what it is for has 33"):
        render(parts, ReferenceItem(frames(33), attention=torch.ones(1, 9, 64, 128)))
    assert latent_mask(torch.ones(1, 33, 1, 1), (5, 2, 4), 8, "max").shape == (1, 5, 2, 4)


@pytest.mark.parametrize(("start", "end"), [(2.0, 1.0), (1.0, 1.0), (5.0, 6.0), (-2.0, -1.0)])
def test_a_stretch_of_time_without_a_frame_is_refused(start, end):
    with pytest.raises(ValueError, match=r"lies nothing of a clip of 4.125 s: give a start before the end"):
        frames_between(33, 8, start, end)


def test_guidance_away_from_silence_needs_sound(parts):
    recipe = one_stage(asked(), (), parts)
    loud = replace(recipe, stages=(replace(recipe.stages[0], guider=Ltx2Guider(modality=3.0)),))
    with pytest.raises(ValueError, match="no sound to be guided away from: leave modality guidance at 1"):
        render_latents(loud, parts, Watch())


def test_a_second_order_sampler_cannot_hold_tokens_by_waiting(ltx_video):
    recipe = one_stage(asked(), (FramesItem(frames()),), ltx_video)
    twice = replace(recipe, stages=(replace(recipe.stages[0], sampler=Sampler.RES_2S),))
    with pytest.raises(
        ValueError, match="res_2s needs one noise level for all tokens: hold tokens by blending instead"
    ):
        render_latents(twice, ltx_video, Watch())
