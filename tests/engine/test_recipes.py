"""What must be true of every recipe, whatever its weights: places, counts, batches, adapters, memory, bytes."""

import gc
from dataclasses import replace

import pytest
import torch

from render_engine.cancelling import CancelledByCallerError
from render_engine.conditioning import AnimaticItem, ConditioningItem, FramesItem, ReferenceItem, RegionItem
from render_engine.conditioning.masks import frames_between
from render_engine.models.transformer import VideoTransformer
from render_engine.pipelines.one_stage import extend, one_stage, retake
from render_engine.pipelines.parts import Parts, Watch
from render_engine.pipelines.render_loop import render_frames, render_latents
from tests.engine.recipe_parts import (
    FAMILIES,
    PIPELINES,
    Noise,
    asked,
    frames,
    in_batches,
    networks,
    parts_of,
    randomise,
    recipe_of,
)

SILENT = Watch()
EVERY = pytest.mark.parametrize("family", FAMILIES)
THREE = pytest.mark.parametrize("family", ["house", "LTX-Video", "LTX-2"])
PUBLISHED = pytest.mark.parametrize("family", ["LTX-Video", "LTX-2"])


def latents(parts, *items: ConditioningItem, noise=None, **changed: object):
    return render_latents(one_stage(asked(**changed), items, parts), parts, SILENT, noise)


def away(ours, other):
    return (ours - other).abs().amax(dim=(0, 1, 3, 4))


def test_a_render_knows_where_its_tokens_are():
    """If it did not, noise whose tokens change places would give a render whose tokens have changed places alike."""
    parts = parts_of()
    noise = Noise((1,))(torch.empty(1, 8, 5, 2, 4))
    plain = latents(parts, noise=lambda _like: noise)
    for axis in (2, 3, 4):
        turned = latents(parts, noise=lambda _like, axis=axis: noise.flip(axis))
        assert (turned.flip(axis) - plain).abs().mean() > 0.01 * plain.std()


@EVERY
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_as_many_frames_come_out_as_were_asked_for_the_same_bytes_twice(pipeline, family):
    parts = parts_of(family)
    recipe = recipe_of(pipeline, parts, num_frames=17)
    steps = []
    rendered = render_frames(recipe, parts, Watch(on_step=lambda *step: steps.append(step)))
    assert rendered.shape == (1, 3, 17, 64, 128)
    assert rendered.isfinite().all()
    assert steps[-1] == (recipe.num_steps, recipe.num_steps)
    torch.rand(3)  # the global random state is nobody's business
    assert torch.equal(render_frames(recipe, parts, SILENT), rendered)


@pytest.mark.parametrize("num_frames", [1, 9])
def test_a_picture_and_the_shortest_clip_are_renders_too(num_frames):
    for pipeline in ("one_stage", "two_stages", "distilled"):
        rendered = render_frames(recipe_of(pipeline, parts_of(), num_frames=num_frames), parts_of(), SILENT)
        assert rendered.shape[2] == num_frames


def test_a_clip_given_in_place_lands_on_its_frames_and_no_others():
    """LTX-Video's clip from frame 8 on: two latent frames stand aside, the third and fourth are the video's."""
    parts, clip = parts_of(), frames(25)
    wanted = parts.vae.encode(clip)
    held = latents(parts, FramesItem(clip, 8))
    assert torch.equal(held[:, :, 3:], wanted[:, :, 2:])
    assert (away(held[:, :, :3], wanted[:, :, :3]) > 0.1).all()
    assert torch.equal(latents(parts, FramesItem(clip))[:, :, :4], wanted)


def looking_nearby():
    """A transformer whose attention is highest where two tokens share a place, and falls with the distance."""
    own = VideoTransformer(networks()[0].config).eval()
    torch.manual_seed(4)
    randomise(own)
    with torch.no_grad():
        for block in own.transformer_blocks:
            for layer, norm in ((block.attn1.to_q, block.attn1.q_norm), (block.attn1.to_k, block.attn1.k_norm)):
                layer.weight.zero_()
                layer.bias.fill_(1.0)
                norm.weight.fill_(3.0)
    return own


@PUBLISHED
@pytest.mark.parametrize("frame", [1, 2, 3, 4])
def test_a_keyframe_s_index_decides_which_frame_it_touches_most(family, frame):
    """Opposite pictures move the frame of their own time most; no noise makes one frame easier to move than another."""
    parts = replace(parts_of(family), transformer=looking_nearby())
    index = 8 * (frame - 1) + 1  # where that latent frame begins
    pictures = [FramesItem(sign * frames(), index) for sign in (1, -1)]
    shown = [latents(parts, picture, num_steps=1, noise=torch.zeros_like) for picture in pictures]
    differences = (shown[0] - shown[1]).abs().mean(dim=(0, 1, 3, 4))
    assert differences.argmax() == frame
    assert differences.min() > 0


@THREE
def test_a_first_frame_opens_the_video_and_a_guiding_one_only_pulls(family):
    parts, wanted = parts_of(family), networks()[1].encode(frames())
    opened = latents(parts, FramesItem(frames()))
    assert away(opened[:, :, :1], wanted).item() < 0.4  # LTX-Video leaves its faint stirring in it
    assert (away(opened[:, :, 1:], wanted) > 0.8).all()
    assert away(latents(parts, FramesItem(frames(), guiding=True))[:, :, :1], wanted).item() > 0.8


@THREE
def test_a_reference_is_looked_at_and_not_shown(family):
    parts, clip = parts_of(family), frames(33)
    wanted = parts.vae.encode(clip)
    followed, alone = latents(parts, ReferenceItem(clip)), latents(parts)
    assert followed.shape == alone.shape
    assert (away(followed, alone) > 1e-3).all()
    assert (away(followed, latents(parts, ReferenceItem(-clip))) > 1e-3).all()
    assert (away(followed, wanted) > 0.1).all()


@THREE
def test_a_reference_that_is_not_seen_changes_nothing(family):
    parts = parts_of(family)
    unseen = latents(parts, ReferenceItem(frames(33), attention=0.0))
    others = latents(parts, ReferenceItem(-frames(33), attention=0.0))
    torch.testing.assert_close(unseen, others, atol=1e-5, rtol=0)


@THREE
def test_a_retake_keeps_every_bit_outside_of_its_region_and_none_inside(family):
    parts, clip = parts_of(family), frames(33)
    part = RegionItem(clip, frames_between(33, 8, 1.2, 2.0))
    source, taken = parts.vae.encode(clip), render_latents(retake(asked(), (part,), parts), parts, SILENT)
    kept = torch.tensor([True, True, False, True, True])  # frames 9 to 15
    assert torch.equal(taken[:, :, kept], source[:, :, kept])
    assert (taken[:, :, ~kept] - source[:, :, ~kept]).abs().mean() > 0.1
    half = torch.zeros(1, 33, 64, 128)
    half[..., 70:] = 1
    taken = render_latents(retake(asked(), (RegionItem(clip, half),), parts), parts, SILENT)
    assert torch.equal(taken[..., :2], source[..., :2])
    assert (taken[..., 2:] - source[..., 2:]).abs().mean() > 0.1


@THREE
def test_a_retake_hears_what_it_keeps_and_a_weaker_one_lets_it_change(family):
    parts, clip = parts_of(family), frames(33)
    region = frames_between(33, 8, 1.2, 2.0)
    taken = [latents(parts, RegionItem(sign * clip, region))[:, :, 2] for sign in (1, -1)]
    assert (taken[0] - taken[1]).abs().max() > 1e-3
    assert away(latents(parts, RegionItem(clip, region, strength=0.5)), parts.vae.encode(clip))[0] > 1e-3


def test_extending_holds_the_clip_at_the_end_that_it_is_given():
    parts, clip = parts_of(), frames(17)
    wanted = parts.vae.encode(clip)
    forward = render_latents(extend(asked(), (FramesItem(clip),), parts), parts, SILENT)
    assert torch.equal(forward[:, :, :3], wanted)
    backward = render_latents(extend(asked(), (FramesItem(clip, 16),), parts), parts, SILENT)
    assert torch.equal(backward[:, :, 4:], wanted[:, :, 2:])


@THREE
@pytest.mark.parametrize("pipeline", ["two_stages", "ic_lora"])
def test_an_adapter_at_strength_0_is_the_base_to_the_bit_and_not_at_more(pipeline, family):
    parts = parts_of(family)
    off = recipe_of(pipeline, parts, strength=0.0, num_frames=9)
    base = replace(off, stages=tuple(replace(stage, loras=()) for stage in off.stages))
    rendered = render_frames(base, parts, SILENT)
    assert torch.equal(render_frames(off, parts, SILENT), rendered)
    assert not torch.equal(render_frames(recipe_of(pipeline, parts, num_frames=9), parts, SILENT), rendered)
    assert torch.equal(render_frames(base, parts, SILENT), rendered)


@THREE
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_batch_of_two_is_two_batches_of_one(pipeline, family):
    parts = parts_of(family)
    scale = {} if pipeline == "distilled" else {"guidance_scale": 3.0}
    recipe = recipe_of(pipeline, parts, FramesItem(frames(seed=5), 8, 0.8), num_frames=17, **scale)
    both = render_latents(in_batches(recipe, 2), parts, SILENT, Noise((1, 2)))
    alone = [render_latents(recipe, parts, SILENT, Noise((seed,))) for seed in (1, 2)]
    assert (alone[0] - alone[1]).abs().max() > 0.1
    torch.testing.assert_close(both, torch.cat(alone), atol=2e-4, rtol=1e-4)


def test_a_batch_starts_from_one_drawing():
    parts = parts_of()
    recipe = one_stage(asked(), (AnimaticItem(frames(33), 0.5),), parts)
    both = render_latents(in_batches(recipe, 2), parts, SILENT, Noise((1, 2)))
    alone = [render_latents(recipe, parts, SILENT, Noise((seed,))) for seed in (1, 2)]
    torch.testing.assert_close(both, torch.cat(alone), atol=1e-4, rtol=1e-4)


def num_live_tensors():
    gc.collect()
    return sum(issubclass(type(each), torch.Tensor) for each in gc.get_objects())


@THREE
@pytest.mark.parametrize("last_step", [2, 5])
def test_a_cancelled_render_frees_its_memory_in_either_stage(family, last_step):
    parts = parts_of(family)
    recipe = recipe_of("two_stages", parts, FramesItem(frames()), num_steps=4, guidance_scale=2.0)
    assert len(recipe.stages[0].sigmas) - 1 == 4
    done = []
    watch = Watch(on_step=lambda step, _num: done.append(step), cancelled=lambda: done[-1] >= last_step)
    before, hooks = num_live_tensors(), _num_hooks(parts)
    with pytest.raises(CancelledByCallerError):
        render_frames(recipe, parts, watch)
    assert done[-1] == last_step
    assert num_live_tensors() <= before
    assert _num_hooks(parts) == hooks == 0


def _num_hooks(parts: Parts):
    return sum(len(module._forward_hooks) for module in parts.transformer.modules())
