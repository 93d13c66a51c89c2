"""LTX-2's renders of one stage land where diffusers' pipelines land, with words, pictures, clips and adapters."""

from dataclasses import replace

import pytest
import torch
from diffusers import LTX2ConditionPipeline, LTX2ImageToVideoPipeline, LTX2Pipeline
from PIL import Image

from render_engine.models.lora import LoraFactors
from render_engine.pipelines.one_stage import extend, one_stage
from render_engine.pipelines.stages import Adapters
from render_engine.pipelines.two_stages import distilled
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
    on_the_schedule_of,
    recording,
    setting,
    shapes_of,
    shown,
    unended,
)
from tests.parity.test_lora import factors_of

VERSIONS = ("2.0", "2.3", "2.5")
CONDITIONS = {
    "first frame": (shown(),),
    "clip at frame 0": (shown(9),),
    "picture at latent frame 2": (shown(1, 2),),
    "pictures at latent frames 1 and 2": (shown(1, 1), shown(1, 2)),
    "clip at latent frame 1": (shown(9, 1),),
    "several": (shown(), shown(1, 2), shown(9, 1)),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_words_become_the_reference_s_latents_and_frames(parity, monkeypatch, version):
    both = setting(version)
    parts, pipeline = guided_by_words(both.parts), both.pipeline(LTX2Pipeline, **AS_4096_TOKENS)
    with recording(monkeypatch) as drawn:
        expected = both.reference(pipeline)
    recipe = on_the_schedule_of(pipeline, one_stage(REQUEST, (), parts))
    parity(f"LTX-2 {version} / pipeline, text", expected, both.ours(recipe, drawn[:1], parts), LIMIT)
    frames = both.our_frames(recipe, drawn[:1])
    parity(f"LTX-2 {version} / pipeline, text, frames", both.decoded(expected), frames, LIMIT)


@pytest.mark.parametrize("version", VERSIONS)
def test_words_perturbed_attention_and_rescaling_land_where_the_reference_lands(parity, monkeypatch, version):
    """The family's own guidance: words by 3, perturbation by 1, rescaled by 0.7."""
    both = setting(version)
    pipeline = both.pipeline(LTX2Pipeline, **AS_4096_TOKENS)
    with recording(monkeypatch) as drawn:
        expected = both.reference(pipeline, stg=1.0, rescale=0.7)
    recipe = on_the_schedule_of(pipeline, one_stage(REQUEST, (), both.parts))
    parity(f"LTX-2 {version} / pipeline, guided", expected, both.ours(recipe, drawn[:1]), LIMIT)


def test_a_picture_to_begin_with_lands_where_the_reference_s_own_pipeline_lands(parity, monkeypatch):
    """Of bytes, for that pipeline takes no other pictures."""
    both = setting("2.0")
    parts, pipeline = guided_by_words(both.parts), both.pipeline(LTX2ImageToVideoPipeline, **AS_4096_TOKENS)
    pixels = ((frames_of()[0, :, 0] + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0)
    opening = shown()._replace(frames=pixels.permute(2, 0, 1)[None, :, None] / 127.5 - 1)
    with recording(monkeypatch) as drawn:
        expected = both.reference(pipeline, image=Image.fromarray(pixels.numpy()), image_crf=0)
    recipe = on_the_schedule_of(pipeline, one_stage(REQUEST, (opening.item,), parts))
    ours = both.ours(recipe, in_turn(drawn[0], [SHAPE]), parts)
    parity("LTX-2 2.0 / pipeline, first frame, by its own pipeline", expected, ours, LIMIT)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", CONDITIONS)
def test_what_is_shown_lands_where_the_reference_lands(parity, monkeypatch, version, name):
    """Held wholly, so that how diffusers turns velocities of given tokens into data does not count."""
    both, given = setting(version), CONDITIONS[name]
    parts, pipeline = guided_by_words(both.parts), both.pipeline(LTX2ConditionPipeline, **AS_4096_TOKENS)
    with recording(monkeypatch) as drawn:
        expected = both.reference(pipeline, conditions=[each.condition() for each in given])
    recipe = on_the_schedule_of(pipeline, one_stage(REQUEST, tuple(each.item for each in given), parts))
    ours = both.ours(recipe, in_turn(drawn[0], shapes_of(given)), parts)
    parity(f"LTX-2 {version} / pipeline, {name}", expected, ours, LIMIT)


def test_an_extended_clip_lands_where_the_reference_lands(parity, monkeypatch):
    both, given = setting("2.3"), shown(9)
    parts, pipeline = guided_by_words(both.parts), both.pipeline(LTX2ConditionPipeline, **AS_4096_TOKENS)
    with recording(monkeypatch) as drawn:
        expected = both.reference(pipeline, conditions=[given.condition()])
    recipe = on_the_schedule_of(pipeline, extend(REQUEST, (given.item,), parts))
    ours = both.ours(recipe, in_turn(drawn[0], shapes_of([given])), parts)
    parity("LTX-2 2.3 / pipeline, extended forward", expected, ours, LIMIT)


@pytest.mark.parametrize("version", ["2.0", "2.3"])
def test_distilled_steps_land_where_the_reference_lands(parity, monkeypatch, version):
    both = setting(version)
    parts = replace(both.parts, upsampler=None)
    recipe, pipeline = distilled(DISTILLED, (shown().item,), parts), both.pipeline(LTX2ConditionPipeline)
    with recording(monkeypatch) as drawn:
        sigmas = unended(recipe.stages[0].sigmas)
        expected = both.reference(pipeline, DISTILLED, conditions=[shown().condition()], sigmas=sigmas)
    ours = both.ours(on_the_schedule_of(pipeline, recipe), in_turn(drawn[0], [SHAPE]), parts)
    parity(f"LTX-2 {version} / pipeline, distilled, first frame", expected, ours, LIMIT)


@torch.no_grad()
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_an_adapter_lands_where_fused_weights_land(parity, monkeypatch, strength):
    both = setting("2.3")
    pipeline = both.pipeline(LTX2Pipeline, **AS_4096_TOKENS)
    lora = {name: LoraFactors(*factors) for name, factors in factors_of(both.transformer).items()}
    plain = {name: value.clone() for name, value in both.transformer.state_dict().items()}
    for name, (down, up, _) in lora.items():
        both.transformer.get_submodule(name).weight += strength * up @ down
    with recording(monkeypatch) as drawn:
        expected = both.reference(pipeline, stg=1.0, rescale=0.7)
    both.transformer.load_state_dict(plain)
    recipe = on_the_schedule_of(pipeline, one_stage(REQUEST, (), both.parts, Adapters(((lora, strength),))))
    parity(f"LTX-2 2.3 / pipeline, LoRA at {strength}", expected, both.ours(recipe, drawn[:1]), LIMIT)
    base = on_the_schedule_of(pipeline, one_stage(REQUEST, (), both.parts))
    assert largest(both.ours(base, drawn[:1]), expected) > BROKEN
