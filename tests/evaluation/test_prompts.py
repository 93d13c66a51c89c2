"""The prompts of the evaluation: always the same, fewer first of more, a quarter of them of pairings never seen."""

import pytest

from aiprod_agents.tiers import TIERS
from render_engine.evaluation.prompts import NEUTRAL, NUM_PROMPTS, SWAPPED, evaluation_prompts
from render_engine.evaluation.rendering import (
    DRAFT_GUIDANCE,
    DRAFT_STEPS,
    SHARES,
    RenderSettings,
    Way,
    count_of,
)
from render_engine.world.draw import board_of
from render_engine.world.sampler import is_held_out

PROMPTS = evaluation_prompts(NUM_PROMPTS)


def test_fewer_prompts_are_the_first_of_more():
    assert evaluation_prompts(40) == PROMPTS[:40]


def test_a_quarter_has_a_pairing_that_training_never_shows():
    assert [prompt.has_held_out_pair for prompt in PROMPTS[:8]] == [False, False, False, True] * 2
    assert sum(prompt.has_held_out_pair for prompt in PROMPTS) == NUM_PROMPTS / 4


def test_no_two_prompts_are_the_same_and_a_paraphrase_is_another_sentence():
    assert len({prompt.caption for prompt in PROMPTS}) == NUM_PROMPTS
    assert all(prompt.paraphrase != prompt.caption for prompt in PROMPTS)


def test_a_swap_changes_one_attribute_to_what_neither_the_scene_nor_its_board_shows():
    for prompt in PROMPTS:
        name, swapped = prompt.swapped_attribute, prompt.swapped_scene
        assert name in SWAPPED
        assert swapped.model_copy(update={name: getattr(prompt.scene, name)}) == prompt.scene
        assert getattr(swapped, name) not in (getattr(prompt.scene, name), NEUTRAL[name])
        assert prompt.has_held_out_pair or not is_held_out(swapped)
        assert (swapped.setting, swapped.weather) not in {("snowfield", "rain"), ("desert", "snow")}


def test_the_neutral_values_are_those_of_every_board():
    assert all(
        getattr(board_of(prompt.scene), name) == value for prompt in PROMPTS[:8] for name, value in NEUTRAL.items()
    )


def test_too_few_prompts_are_refused():
    with pytest.raises(ValueError, match="4 prompts or more, not 3"):
        evaluation_prompts(3)


def test_a_way_is_measured_on_its_share_and_on_three_at_least():
    assert count_of(Way.TEXT, 512) == 512
    assert count_of(Way.GUIDED_30, 512) == 128
    assert count_of(Way.PICTURES, 4) == 3
    assert set(SHARES) == set(Way)


def test_every_distilled_clip_has_a_guided_one_to_be_compared_with():
    assert SHARES[Way.GUIDED_30] <= SHARES[Way.DISTILLED] <= SHARES[Way.GUIDED]


def test_the_tiers_are_evaluated_as_the_studio_renders_them():
    standard, draft = TIERS["standard"], TIERS["draft"]
    assert RenderSettings() == RenderSettings(
        num_steps=standard.num_steps, guidance_scale=standard.guidance_scale, strength=standard.animatic_strength
    )
    assert (draft.num_steps, draft.guidance_scale) == (DRAFT_STEPS, DRAFT_GUIDANCE)
