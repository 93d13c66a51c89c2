"""LTX-Video's renders of one stage land where diffusers' pipelines land, with everything that they can be given."""

from dataclasses import dataclass, replace
from functools import partial

import pytest
import torch
from diffusers import LTXConditionPipeline, LTXImageToVideoPipeline, LTXPipeline

from render_engine.flow.guidance import Pass, Plan, classifier_free, rescaled
from render_engine.flow.schedules import shifted_linear
from render_engine.models.lora import LoraFactors
from render_engine.pipelines.families import LTX_VIDEO_0_9_6_DISTILLED, hold_waiting
from render_engine.pipelines.one_stage import extend, one_stage
from render_engine.pipelines.stages import Adapters
from tests.parity.ltx_video_pipelines import LIMIT, REQUEST, SHIFTED, recording, setting, shown
from tests.parity.test_lora import factors_of

CONDITIONS = {
    "first frame": (shown(),),
    "first frame at 0.6": (shown(strength=0.6),),
    "picture at frame 13": (shown(frame_index=13),),
    "picture at frame 16 at 0.6": (shown(frame_index=16, strength=0.6),),
    "last frame": (shown(frame_index=32),),
    "clip at frame 0": (shown(9),),
    "clip at frame 0 at 0.7": (shown(17, strength=0.7),),
    "clip of two latent frames at frame 16": (shown(9, 16),),
    "clip at frame 8": (shown(25, 8),),
    "clip at frame 8 at 0.7": (shown(25, 8, 0.7),),
    "several": (shown(), shown(9, 16, 0.8), shown(frame_index=12), shown(17, 16), shown(frame_index=32, strength=0.5)),
}


@dataclass(frozen=True)
class Rescaled:
    """Words and a rescaled deviation, as diffusers guides; the original rescales only beside a perturbed pass."""

    scale: float
    share: float

    def plan(self, _sigma):
        return Plan((Pass.UNCOND, Pass.TEXT))

    def combine(self, predictions, _x, _sigma):
        text = predictions[Pass.TEXT]
        return rescaled(classifier_free(text, predictions[Pass.UNCOND], self.scale), text, self.share)


def with_family(parts, **changes: object):
    return replace(parts, family=replace(parts.family, **changes))


def on_the_schedule_of(pipeline, recipe):
    """A recipe on the reference's own sigmas: ours to its float32, whose last bit the time embedding magnifies."""
    theirs, (stage,) = tuple(pipeline.scheduler.sigmas.tolist()), recipe.stages
    assert stage.sigmas == pytest.approx(theirs, abs=3e-7)
    return replace(recipe, stages=(replace(stage, sigmas=theirs),))


@pytest.mark.parametrize("version", ["0.9.0", "0.9.1"])
def test_words_of_the_first_versions_become_the_reference_s_frames(parity, monkeypatch, version):
    """Not causal in time; by a schedule that the clip's size shifts; 0.9.1 decodes with noise mixed in and injected."""
    both = setting(version)
    pipeline = both.pipeline(LTXPipeline, **SHIFTED)
    with recording(monkeypatch) as drawn:
        expected = both.reference_frames(pipeline)
    recipe = on_the_schedule_of(pipeline, one_stage(REQUEST, (), both.parts))
    parity(f"LTX-Video {version} / pipeline, text, frames", expected, both.our_frames(recipe, drawn), LIMIT)
    with recording(monkeypatch) as drawn:
        latents = both.reference(pipeline)
    parity(f"LTX-Video {version} / pipeline, text", latents, both.ours(recipe, drawn), LIMIT)


@pytest.mark.parametrize("version", ["0.9.0", "0.9.1"])
def test_a_first_frame_of_the_first_versions_is_held_as_the_reference_holds_it(parity, monkeypatch, version):
    both, opening = setting(version), shown()
    parts = with_family(both.parts, hold=partial(hold_waiting, stir=0))
    pipeline = both.pipeline(LTXImageToVideoPipeline, **SHIFTED)
    with recording(monkeypatch) as drawn:
        expected = both.reference(pipeline, image=opening.frames[:, :, 0])
    recipe = on_the_schedule_of(pipeline, one_stage(REQUEST, (opening.item,), parts))
    ours = both.ours(recipe, drawn, parts)
    parity(f"LTX-Video {version} / pipeline, first frame", expected, ours, LIMIT)


def test_words_become_the_reference_s_latents_and_frames(parity, monkeypatch):
    both = setting("0.9.5")
    pipeline, recipe = both.pipeline(LTXConditionPipeline), one_stage(REQUEST, (), both.parts)
    with recording(monkeypatch) as drawn:
        expected = both.reference(pipeline)
    parity("LTX-Video 0.9.5 / pipeline, text", expected, both.ours(recipe, drawn), LIMIT)
    with recording(monkeypatch) as drawn:
        frames = both.reference_frames(pipeline)
    parity("LTX-Video 0.9.5 / pipeline, text, frames", frames, both.our_frames(recipe, drawn), LIMIT)


@pytest.mark.parametrize("share", [0.7, 1.0])
def test_a_rescaled_guidance_lands_where_the_reference_lands(parity, monkeypatch, share):
    both = setting("0.9.5")
    parts = with_family(both.parts, guider=partial(Rescaled, share=share))
    with recording(monkeypatch) as drawn:
        expected = both.reference(both.pipeline(LTXConditionPipeline), guidance_rescale=share)
    ours = both.ours(one_stage(REQUEST, (), parts), drawn, parts)
    parity(f"LTX-Video 0.9.5 / pipeline, guidance rescaled by {share}", expected, ours, LIMIT)


@pytest.mark.parametrize(
    ("name", "stir"), [*((name, 0.15) for name in CONDITIONS), ("first frame", 0.0), ("several", 0.0)]
)
def test_what_is_shown_lands_where_the_reference_lands(parity, monkeypatch, name, stir):
    both, given = setting("0.9.5"), CONDITIONS[name]
    parts = both.parts if stir else with_family(both.parts, hold=partial(hold_waiting, stir=0))
    with recording(monkeypatch) as drawn:
        conditions = [each.condition for each in given]
        expected = both.reference(
            both.pipeline(LTXConditionPipeline), conditions=conditions, image_cond_noise_scale=stir
        )
    ours = both.ours(one_stage(REQUEST, tuple(each.item for each in given), parts), drawn, parts)
    parity(f"LTX-Video 0.9.5 / pipeline, {name}{'' if stir else ', unstirred'}", expected, ours, LIMIT)


def test_a_held_clip_becomes_the_reference_s_frames(parity, monkeypatch):
    both, given = setting("0.9.5"), shown(25, 8)
    with recording(monkeypatch) as drawn:
        expected = both.reference_frames(both.pipeline(LTXConditionPipeline), conditions=[given.condition])
    ours = both.our_frames(one_stage(REQUEST, (given.item,), both.parts), drawn)
    parity("LTX-Video 0.9.5 / pipeline, clip at frame 8, frames", expected, ours, LIMIT)


@pytest.mark.parametrize(("way", "frame_index"), [("forward", 0), ("backward", 16)])
def test_an_extended_clip_lands_where_the_reference_lands(parity, monkeypatch, way, frame_index):
    both, given = setting("0.9.5"), shown(17, frame_index)
    with recording(monkeypatch) as drawn:
        expected = both.reference(both.pipeline(LTXConditionPipeline), conditions=[given.condition])
    ours = both.ours(extend(REQUEST, (given.item,), both.parts), drawn)
    parity(f"LTX-Video 0.9.5 / pipeline, extended {way}", expected, ours, LIMIT)


def test_fresh_noise_at_every_step_lands_where_the_reference_lands(parity, monkeypatch):
    """0.9.6-distilled's steps. Diffusers takes them rightly only in its first pipeline, by its first schedule."""
    both = setting("0.9.0")
    family = replace(LTX_VIDEO_0_9_6_DISTILLED, schedule=shifted_linear)
    parts = replace(both.parts, family=family)
    request = REQUEST.model_copy(update={"guidance_scale": 1.0})
    pipeline = both.pipeline(LTXPipeline, **SHIFTED, stochastic_sampling=True)
    with recording(monkeypatch) as drawn:
        expected = both.reference(pipeline, request)
    ours = both.ours(on_the_schedule_of(pipeline, one_stage(request, (), parts)), drawn, parts)
    parity("LTX-Video 0.9.6 distilled / pipeline, text", expected, ours, LIMIT)


@torch.no_grad()
def test_an_adapter_at_half_strength_lands_where_fused_weights_land(parity, monkeypatch):
    both, opening = setting("0.9.5"), shown()
    lora = {name: LoraFactors(*factors) for name, factors in factors_of(both.transformer).items()}
    recipe = one_stage(REQUEST, (opening.item,), both.parts, Adapters(((lora, 0.5),)))
    plain = {name: value.clone() for name, value in both.transformer.state_dict().items()}
    for name, (down, up, _) in lora.items():
        both.transformer.get_submodule(name).weight += 0.5 * up @ down
    with recording(monkeypatch) as drawn:
        expected = both.reference(both.pipeline(LTXConditionPipeline), conditions=[opening.condition])
    both.transformer.load_state_dict(plain)
    parity("LTX-Video 0.9.5 / pipeline, LoRA at 0.5", expected, both.ours(recipe, drawn), LIMIT)
    base = both.ours(one_stage(REQUEST, (opening.item,), both.parts), drawn)
    assert (base - expected).abs().max() > 100 * LIMIT
