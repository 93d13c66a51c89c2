"""Every version of LTX-Video renders as its published configuration says, where a request does not."""

from dataclasses import replace

import pytest

from render_engine.flow.guidance import LtxvScales, Pass, Plan
from render_engine.flow.schedules import linear_quadratic, shifted_linear
from render_engine.pipelines.families import (
    HOUSE,
    LTX_VIDEO,
    LTX_VIDEO_0_9_6_DISTILLED,
    LTX_VIDEO_13B,
    LTX_VIDEO_FIRST,
)
from render_engine.pipelines.recipe import Sampler
from render_engine.pipelines.stages import pair_of_shapes
from render_engine.pipelines.two_stages import distilled, two_stages
from tests.engine.recipe_parts import asked, parts_of

PUBLISHED_13B = {
    1.0: LtxvScales(),
    0.996: LtxvScales(skip_blocks=(11, 25, 35, 39)),
    0.9933: LtxvScales(6, 4, 0.5, (22, 35, 39)),
    0.985: LtxvScales(8, 4, 0.5, (28,)),
    0.9767: LtxvScales(6, 4, 1, (28,)),
    0.9008: LtxvScales(1, 2, 1, (28,)),
    0.618: LtxvScales(1, 1, 1, (28,)),
}


def on_30_steps(guider):
    return [guider.at(sigma) for sigma in linear_quadratic(30)[:27]]


def test_versions_before_0_9_5_shift_their_schedule_and_later_ones_bend_it():
    assert LTX_VIDEO_FIRST.schedule(40, 2000) == shifted_linear(40, 2000)
    for family in (LTX_VIDEO, LTX_VIDEO_13B):
        assert family.schedule(40, 2000) == linear_quadratic(40)
    assert LTX_VIDEO_0_9_6_DISTILLED.schedule(8, 2000) == pytest.approx(LTX_VIDEO_0_9_6_DISTILLED.distilled[0])


def test_the_house_shifts_its_schedule():
    assert HOUSE.schedule(8, 500) == shifted_linear(8, 500)


def test_2b_is_guided_by_words_and_block_19():
    assert LTX_VIDEO.guider(3).at(0.5) == LtxvScales(3, 1, 0.7, (19,))
    assert LTX_VIDEO.guider(3).plan(0.5) == Plan((Pass.UNCOND, Pass.TEXT, Pass.PERTURBED), (19,))
    assert LTX_VIDEO.guider(1).plan(0.5) == Plan((Pass.TEXT,))


def test_13b_is_guided_level_by_level():
    guider = LTX_VIDEO_13B.guider(8)
    assert dict(guider.scales) == PUBLISHED_13B
    assert guider.cfg_star


def test_the_levels_of_13b_s_guidance_are_its_schedule_s():
    """Each level is a noise level of the linear-quadratic schedule of 30 steps, rounded: so 13B walks that schedule."""
    rounded = {round(sigma, 4) for sigma in linear_quadratic(30)}
    assert {0.9933, 0.985, 0.9767, 0.9008, 0.618, 1.0} <= rounded
    walked = on_30_steps(LTX_VIDEO_13B.guider(8))
    counts = [sum(scales == each for scales in walked) for each in PUBLISHED_13B.values()]
    assert counts == [1, 2, 2, 5, 4, 5, 8]


def test_13b_takes_27_steps_of_30_and_then_the_last_13():
    parts = replace(parts_of(), family=LTX_VIDEO_13B)
    first, second = two_stages(asked(num_steps=30, guidance_scale=8), (), parts).stages
    assert first.sigmas == (*linear_quadratic(30)[:27], 0.0)
    assert second.sigmas == linear_quadratic(30)[17:]
    assert second.guider.plan(0.5) == Plan((Pass.TEXT, Pass.PERTURBED), (27,))
    assert second.guider.at(0.5).rescale == 1


def test_shifted_stages_count_their_own_tokens():
    parts = replace(parts_of(), family=LTX_VIDEO_FIRST)
    first, second = two_stages(asked(num_steps=30), (), parts).stages
    assert first.sigmas == (*shifted_linear(30, first.shape.num_tokens)[:27], 0.0)
    assert second.sigmas == shifted_linear(30, second.shape.num_tokens)[17:]


@pytest.mark.parametrize(
    ("width", "height", "first", "second"),
    [(1216, 704, (25, 14), (50, 28)), (768, 512, (15, 10), (30, 20)), (704, 480, (14, 9), (28, 18))],
)
def test_a_first_stage_is_two_thirds_of_the_size_rounded_down_as_published(width, height, first, second):
    shapes = pair_of_shapes(asked(width=width, height=height), parts_of("LTX-Video"))
    assert [(shape.width, shape.height) for shape in shapes] == [first, second]


@pytest.mark.parametrize(("family", "tones"), [(LTX_VIDEO, 0.0), (LTX_VIDEO_13B, 0.6)])
def test_distilled_0_9_8_takes_seven_steps_and_three(family, tones):
    recipe = distilled(asked(num_steps=7), (), replace(parts_of(), family=family))
    first, second = recipe.stages
    assert first.sigmas == (1.0, 0.9937, 0.9875, 0.9812, 0.975, 0.9094, 0.725, 0.0)
    assert second.sigmas == (0.9094, 0.725, 0.4219, 0.0)
    assert {stage.guider.plan(0.7) for stage in recipe.stages} == {Plan((Pass.TEXT,))}
    assert (recipe.tone_compression, recipe.match_statistics) == (tones, 1.0)


def test_distilled_0_9_6_takes_eight_steps_with_fresh_noise():
    parts = replace(parts_of("0.9.6 distilled"), upsampler=None)
    (stage,) = distilled(asked(num_steps=8), (), parts).stages
    assert (stage.sampler, len(stage.sigmas)) == (Sampler.STOCHASTIC, 9)
