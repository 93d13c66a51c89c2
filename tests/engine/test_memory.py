"""Memory is told before the first step: what it grows with, and what is said when there is too little."""

import pytest

from render_engine.conditioning import FramesItem, ReferenceItem
from render_engine.pipelines.decode import WHOLE, DecodePlan, decode_bytes
from render_engine.pipelines.memory import check_memory, stage_bytes
from tests.engine.recipe_parts import frames, parts_of, recipe_of

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


def test_too_many_frames_are_told_how_many_would_fit():
    parts = parts_of()
    recipe = recipe_of("one_stage", parts)
    need = stage_bytes(recipe.stages[0], parts)
    decoding = decode_bytes(parts.vae, recipe.stages[0].shape, PIECEWISE)
    check_memory(recipe, parts, PIECEWISE, 2 * max(need, decoding))
    check_memory(recipe, parts, PIECEWISE, None)
    with pytest.raises(ValueError, match=r"takes about .* GB are free: at this size \d+ frames would fit"):
        check_memory(recipe, parts, PIECEWISE, max(need, decoding) // 2)


def test_too_large_a_picture_is_told_which_size_would_fit():
    parts = parts_of()
    recipe = recipe_of("one_stage", parts, width=640, height=384)
    with pytest.raises(ValueError, match=r"one frame of \d+x\d+ would fit"):
        check_memory(recipe, parts, WHOLE, 100_000)
