"""Memory is told before the first step: what it grows with, and what is said when there is too little."""

import math
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from render_engine.conditioning import FramesItem, ReferenceItem
from render_engine.pipelines.decode import WHOLE, DecodeNeed, DecodePlan
from render_engine.pipelines.memory import check_memory, stage_bytes
from tests.engine.recipe_parts import frames, parts_of, recipe_of

FAMILIES = ("house", "LTX-Video")
PIECEWISE = DecodePlan(num_frames=1)


def need_of(*items: FramesItem | ReferenceItem, **changed: object):
    parts = parts_of()
    return stage_bytes(recipe_of("one_stage", parts, *items, **changed).stages[0], parts)


def test_a_step_grows_with_frames_size_and_guidance():
    plain = need_of()
    assert need_of(num_frames=65) == pytest.approx(plain * 9 / 5, rel=0.01)
    assert need_of(width=256) == pytest.approx(plain * 2, rel=0.01)
    assert need_of(guidance_scale=3.0) == pytest.approx(plain * 2, rel=0.01)


def test_what_stands_beside_the_video_counts():
    plain = need_of()
    frame = plain / 5
    assert need_of(FramesItem(frames(), 16)) - plain == pytest.approx(frame, rel=0.01)
    assert need_of(ReferenceItem(frames(33))) == pytest.approx(plain * 2, rel=0.01)
    assert need_of(ReferenceItem(frames(33), downscale=2)) == pytest.approx(plain * 1.25, rel=0.01)
    assert need_of(FramesItem(frames())) == plain


def test_how_much_of_a_reference_is_seen_counts_for_each_pair_of_tokens():
    whole, num_tokens = need_of(ReferenceItem(frames(33))), 2 * 40
    for attention in (0.5, torch.ones(1, 33, 64, 128)):
        assert need_of(ReferenceItem(frames(33), attention=attention)) - whole == 3 * 4 * num_tokens**2
    guided = need_of(ReferenceItem(frames(33)), guidance_scale=3.0)
    assert need_of(ReferenceItem(frames(33), attention=0.5), guidance_scale=3.0) - guided == 4 * 4 * num_tokens**2


def refusal(recipe, parts, plan, free_bytes):
    try:
        check_memory(recipe, parts, plan, free_bytes)
    except ValueError as error:
        return str(error)
    return ""


def advice_of(told):
    """What a refusal says to ask for instead; nothing where nothing would fit."""
    if found := re.search(r"at this size (\d+) frames? would fit$", told):
        return {"num_frames": int(found[1])}
    if found := re.search(r"1 frame of (\d+)x(\d+) would fit$", told):
        return {"width": int(found[1]), "height": int(found[2]), "num_frames": 1}
    assert told.endswith("nothing would fit: free memory")
    return {}


@given(
    pipeline=st.sampled_from(
        [(family, way) for family in FAMILIES for way in ("one_stage", "two_stages", "distilled")]
    ),
    size=st.sampled_from([(768, 512), (128, 128), (256, 256), (128, 640)]),
    num_frames=st.sampled_from([1, 9, 121]),
    plan=st.sampled_from([WHOLE, PIECEWISE, DecodePlan(2, 8)]),
    exponent=st.floats(5, 10),
    items=st.sampled_from([(), (ReferenceItem(frames(33), attention=0.5),), (ReferenceItem(frames(9), downscale=2),)]),
)
@settings(deadline=None, max_examples=20)
def test_what_is_told_to_fit_is_accepted_and_no_more_frames(*, pipeline, size, num_frames, plan, exponent, items):
    parts, free_bytes = parts_of(pipeline[0]), round(10**exponent)

    def told(**changed: object):
        request = {"width": size[0], "height": size[1], "num_frames": num_frames, "guidance_scale": 1.0}
        return refusal(recipe_of(pipeline[1], parts, *items, **request | changed), parts, plan, free_bytes)

    refused = told()
    assert " 0.0 " not in refused
    advice = advice_of(refused) if refused else {}
    assert not advice or told(**advice) == ""
    if advice.keys() == {"num_frames"}:
        assert told(num_frames=advice["num_frames"] + 8)


def test_where_nothing_fits_that_is_said():
    parts = parts_of()
    for pipeline in ("one_stage", "two_stages"):
        recipe = recipe_of(pipeline, parts, width=640, height=384)
        told = refusal(recipe, parts, WHOLE, 1000)
        assert told.endswith("nothing would fit: free memory")
    assert "MB beside the weights" in refusal(recipe_of("one_stage", parts), parts, WHOLE, 1000)


def test_two_stages_are_told_the_size_of_the_request():
    parts = parts_of("LTX-Video")
    recipe = recipe_of("two_stages", parts, width=640, height=384, num_frames=1)
    smaller = recipe_of("two_stages", parts, width=320, height=192, num_frames=1)
    need = max(
        DecodeNeed.of(parts.vae).bytes_of(smaller.stages[-1].shape, WHOLE),
        *(stage_bytes(stage, parts) for stage in smaller.stages),
    )
    assert advice_of(refusal(recipe, parts, WHOLE, math.ceil(need / 0.9) + 1)) == {
        "width": 320,
        "height": 192,
        "num_frames": 1,
    }


def test_where_memory_is_enough_or_unknown_nothing_is_refused():
    parts = parts_of()
    recipe = recipe_of("one_stage", parts)
    assert refusal(recipe, parts, PIECEWISE, 10**12) == refusal(recipe, parts, PIECEWISE, None) == ""
