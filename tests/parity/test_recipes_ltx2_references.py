"""What LTX-2 looks at (IC-LoRA) lands where diffusers' pipeline lands, or the original's loop said again."""

from dataclasses import dataclass

import pytest
import torch
from diffusers import LTX2InContextPipeline
from diffusers.pipelines.ltx2.pipeline_ltx2_ic_lora import LTX2ReferenceCondition

from render_engine.conditioning import FramesItem, ReferenceItem
from render_engine.frames import stretched
from render_engine.pipelines.one_stage import one_stage
from tests.parity.ltx2_official import Denoiser, Tokens, euler
from tests.parity.ltx2_pipelines import (
    AS_4096_TOKENS,
    BROKEN,
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
)

LOOKED_AT = frames_of(17, seed=50)
LEFT_HALF = torch.zeros(1, 17, 64, 128)
LEFT_HALF[..., :64] = 1
GRADED = torch.rand(1, 17, 64, 128, generator=torch.Generator().manual_seed(3))


@dataclass(frozen=True)
class Looked:
    """How diffusers' pipeline is told of the reference, and how our item is."""

    asked: dict
    item: ReferenceItem
    shape: object = SHAPE


LOOKS = {
    "reference": Looked({}, ReferenceItem(LOOKED_AT)),
    "reference at half size": Looked(
        {"reference_downscale_factor": 2},
        ReferenceItem(LOOKED_AT, downscale=2),
        SHAPE._replace(height=1, width=2),
    ),
    "reference unseen": Looked({"conditioning_attention_strength": 0.0}, ReferenceItem(LOOKED_AT, attention=0.0)),
    "reference seen in its left half": Looked(
        {"conditioning_attention_mask": LEFT_HALF[:, None]}, ReferenceItem(LOOKED_AT, attention=LEFT_HALF)
    ),
}


@pytest.mark.parametrize("version", ["2.0", "2.3"])
@pytest.mark.parametrize("beside", [(), (shown(), shown(1, 2))], ids=["alone", "beside pictures"])
@pytest.mark.parametrize("name", LOOKS)
def test_what_is_looked_at_lands_where_the_reference_lands(parity, monkeypatch, version, name, beside):
    both, looked = setting(version), LOOKS[name]
    parts, pipeline = guided_by_words(both.parts), both.pipeline(LTX2InContextPipeline, **AS_4096_TOKENS)
    frames = stretched(LOOKED_AT, 32 * looked.shape.width, 32 * looked.shape.height)
    with recording(monkeypatch) as drawn:
        expected = both.reference(
            pipeline,
            reference_conditions=[LTX2ReferenceCondition((frames[0].transpose(0, 1) + 1) / 2)],
            conditions=[each.condition() for each in beside],
            **looked.asked,
        )
    items = (*(each.item for each in beside), looked.item)
    recipe = on_the_schedule_of(pipeline, one_stage(REQUEST, items, parts))
    ours = both.ours(recipe, in_turn(drawn[0], [*shapes_of(beside), looked.shape]), parts)
    parity(f"LTX-2 {version} / pipeline, {name}{', pictures' if beside else ''}", expected, ours, LIMIT)


def of_latents(mask):
    """A mask over pixels as one over a reference's tokens: the mean of what each stands for."""
    cells = mask.unflatten(2, (2, 32)).unflatten(4, (4, 32)).mean((3, 5))
    return torch.cat((cells[:, :1], cells[:, 1:].unflatten(1, (2, 8)).mean(2)), 1).flatten()


PARTLY_SEEN = {
    "reference seen by half": (ReferenceItem(LOOKED_AT, attention=0.5), {"seen": 0.5}),
    "reference seen by a graded mask": (ReferenceItem(LOOKED_AT, attention=GRADED), {"seen": of_latents(GRADED)}),
    "reference at strength 0.6": (ReferenceItem(LOOKED_AT, strength=0.6), {"strength": 0.6}),
    "reference at a third of the rate": (ReferenceItem(LOOKED_AT[:, :, :9], temporal_scale=3), {"slowed": 3}),
}


@pytest.mark.parametrize("version", ["2.0", "2.3", "2.5"])
@pytest.mark.parametrize("name", PARTLY_SEEN)
def test_what_is_looked_at_in_part_lands_where_the_original_lands(parity, version, name):
    """By the original's loop: diffusers dims attention by a line, and knows no other frame rate."""
    both, (item, way) = setting(version), PARTLY_SEEN[name]
    state = Tokens.of().with_reference(both.encoded(item.frames_BCFHW), **way)
    recipe, noise = one_stage(REQUEST, (item,), both.parts), noise_of(state.latent)
    denoise = Denoiser(both, REQUEST, cfg=3.0, stg=1.0, rescale=0.7)
    expected = euler(denoise, state.noised(noise), recipe.stages[0].sigmas)
    shapes = [SHAPE, SHAPE._replace(frames=(item.frames_BCFHW.shape[2] - 1) // 8 + 1)]
    ours = both.ours(recipe, in_turn(noise, shapes))
    parity(f"LTX-2 {version} / pipeline, {name}", expected, ours, LIMIT)


def test_references_and_keyframes_see_nothing_of_each_other_once_one_is_dimmed(parity):
    both, given = setting("2.3"), shown(1, 2, 0.7)
    other = ReferenceItem(frames_of(9, seed=51), attention=0.3)
    items = (given.item, ReferenceItem(LOOKED_AT, attention=GRADED), FramesItem(frames_of(seed=9), 5, 0.4), other)
    state = Tokens.of().with_keyframe(both.encoded(given.frames), 9, 0.7)
    state = state.with_reference(both.encoded(LOOKED_AT), seen=of_latents(GRADED))
    state = state.with_keyframe(both.encoded(frames_of(seed=9)), 5, 0.4)
    state = state.with_reference(both.encoded(other.frames_BCFHW), seen=0.3)
    recipe, noise = one_stage(REQUEST, items, both.parts), noise_of(state.latent)
    denoise = Denoiser(both, REQUEST, cfg=3.0, stg=1.0, rescale=0.7)
    expected = euler(denoise, state.noised(noise), recipe.stages[0].sigmas)
    one, two = SHAPE._replace(frames=1), SHAPE._replace(frames=2)
    ours = both.ours(recipe, in_turn(noise, [SHAPE, one, SHAPE, one, two]))
    parity("LTX-2 2.3 / pipeline, references and keyframes dimmed", expected, ours, LIMIT)


def test_how_much_of_a_reference_is_seen_counts():
    """The pairs above would hold of nothing if the tiny networks did not look at what they are given."""
    both = setting("2.3")
    noise = in_turn(noise_of(torch.zeros(1, 48, 4)), [SHAPE, SHAPE])
    renders = [
        both.ours(one_stage(REQUEST, (ReferenceItem(LOOKED_AT, attention=attention),), both.parts), noise)
        for attention in (0.0, 0.5, 1.0)
    ]
    assert largest(renders[0], renders[1]) > BROKEN
    assert largest(renders[1], renders[2]) > BROKEN
