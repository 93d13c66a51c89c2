"""The render loop on the real classes at preset tiny: conditioning, guidance, cancelling, and the same bytes twice."""

from dataclasses import replace

import pytest
import torch

from render_engine.api.render import RenderRequest
from render_engine.cancelling import CancelledByCallerError
from render_engine.conditioning import AnimaticItem, ConditioningItem, FramesItem
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.models.transformer import VideoTransformer
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_presets import TINY
from render_engine.pipelines.one_stage import one_stage
from render_engine.pipelines.parts import Parts, Watch
from render_engine.pipelines.recipe import Recipe
from render_engine.pipelines.render_loop import render_frames, render_latents
from render_engine.presets import get_transformer_config
from render_engine.shapes import patchify

REQUEST = RenderRequest(
    prompt="a red sailboat at dusk",
    negative_prompt="blurry",
    width=64,
    height=32,
    num_frames=17,
    fps=8,
    seed=7,
    num_steps=4,
)
SILENT = Watch()


@pytest.fixture(scope="module")
def parts():
    torch.manual_seed(0)
    transformer, vae = VideoTransformer(get_transformer_config("tiny")).eval(), VideoVAE(TINY).eval()
    with torch.no_grad():
        for name, parameter in transformer.named_parameters():
            parameter.normal_(std=0.15)
            if "_norm." in name:
                parameter.add_(1)
    return Parts(transformer, vae, MiniLMEncoder.load())


@pytest.fixture(scope="module")
def drawing():
    return torch.rand(1, 3, 17, 32, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1


def latents(parts, *items: ConditioningItem, **changed: object):
    request = REQUEST.model_copy(update=changed)
    return render_latents(one_stage(request, items, parts), parts, SILENT)


def test_a_request_becomes_frames_of_its_size(parts):
    frames = render_frames(one_stage(REQUEST, (), parts), parts, SILENT)
    assert frames.shape == (1, 3, 17, 32, 64)
    assert frames.dtype == torch.float32
    assert frames.isfinite().all()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_film(parts):
    recipe = one_stage(REQUEST.model_copy(update={"guidance_scale": 2.0}), (), parts)
    first = render_frames(recipe, parts, SILENT)
    torch.rand(5)  # the global random state is nobody's business
    assert torch.equal(first, render_frames(recipe, parts, SILENT))
    assert not torch.equal(first, render_frames(replace(recipe, seed=8), parts, SILENT))


def test_a_held_first_frame_survives_untouched_and_changes_the_rest(parts, drawing):
    picture = drawing[:, :, :1]
    result = latents(parts, FramesItem(picture))
    assert torch.equal(result[:, :, :1], parts.vae.encode(picture))
    assert not torch.allclose(result[:, :, 1:], latents(parts)[:, :, 1:], atol=1e-3)


def test_a_first_frame_at_less_than_full_strength_is_kept_the_more_the_stronger(parts, drawing):
    picture = drawing[:, :, :1]
    wanted = parts.vae.encode(picture)
    away = [
        (latents(parts, FramesItem(picture, strength=s))[:, :, :1] - wanted).abs().mean() for s in (0.2, 0.6, 0.95, 1)
    ]
    assert away[0] > away[1] > away[2] > away[3] == 0


def test_an_animatic_at_strength_one_is_its_own_latents(parts, drawing):
    steps = []
    recipe = one_stage(REQUEST, (AnimaticItem(drawing, 1.0),), parts)
    result = render_latents(recipe, parts, Watch(on_step=lambda step, num_steps: steps.append((step, num_steps))))
    assert torch.equal(result, parts.vae.encode(drawing))
    assert steps == [(0, 0)]


def test_an_animatic_at_strength_zero_is_text_alone(parts, drawing):
    assert torch.equal(latents(parts, AnimaticItem(drawing, 0.0)), latents(parts))


def test_the_stronger_an_animatic_the_nearer_the_film(parts, drawing):
    wanted = parts.vae.encode(drawing)
    away = [(latents(parts, AnimaticItem(drawing, s)) - wanted).abs().mean() for s in (0.0, 0.4, 0.8, 0.95)]
    assert away == sorted(away, reverse=True)


@torch.no_grad()
def test_an_animatic_starts_the_schedule_exactly_at_its_own_noise_level(parts, drawing):
    seen = []
    handle = parts.transformer.register_forward_pre_hook(lambda _module, inputs: seen.append((inputs[0], inputs[1])))
    recipe = one_stage(REQUEST, (AnimaticItem(drawing, 0.4),), parts)
    render_latents(recipe, parts, SILENT)
    handle.remove()
    first_tokens, first_sigma = seen[0]
    noise = torch.randn(tuple(recipe.stages[0].shape), generator=torch.Generator().manual_seed(REQUEST.seed))
    torch.testing.assert_close(first_tokens, patchify(0.4 * parts.vae.encode(drawing) + 0.6 * noise))
    assert first_sigma.item() == pytest.approx(0.6)
    assert len(seen) == 1 + sum(0 < sigma < 0.6 for sigma in recipe.stages[0].sigmas)


def test_a_first_frame_and_an_animatic_agree_in_either_order(parts, drawing):
    picture, animatic = FramesItem(-drawing[:, :, :1]), AnimaticItem(drawing, 0.5)
    result = latents(parts, picture, animatic)
    assert torch.equal(result, latents(parts, animatic, picture))
    assert torch.equal(result[:, :, :1], parts.vae.encode(-drawing[:, :, :1]))


def test_guidance_of_one_does_not_read_the_negative_prompt_and_more_does(parts):
    assert torch.equal(latents(parts), latents(parts, negative_prompt="a dog"))
    guided = latents(parts, guidance_scale=3.0)
    assert not torch.allclose(guided, latents(parts), atol=1e-3)
    assert not torch.allclose(guided, latents(parts, guidance_scale=3.0, negative_prompt="a dog in snow"), atol=1e-4)


def test_guidance_goes_from_the_negative_prompt_beyond_the_prompt(parts):
    """One step is linear in the velocity, so guided latents are worked out from those of each prompt alone."""
    text, uncond = latents(parts, num_steps=1), latents(parts, num_steps=1, prompt="a dog in snow")
    guided = latents(parts, num_steps=1, guidance_scale=3.0, negative_prompt="a dog in snow")
    torch.testing.assert_close(guided, uncond + 3 * (text - uncond), atol=1e-4, rtol=0)


def test_words_matter(parts):
    assert not torch.allclose(latents(parts), latents(parts, prompt="a dog in a snowy forest at night"), atol=1e-3)


def test_every_step_is_reported(parts):
    steps = []
    watch = Watch(on_step=lambda step, num_steps: steps.append((step, num_steps)))
    render_latents(one_stage(REQUEST, (), parts), parts, watch)
    assert steps == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_cancelled_render_stops_within_a_step(parts):
    steps = []
    watch = Watch(on_step=lambda step, _num_steps: steps.append(step), cancelled=lambda: steps[-1] >= 2)
    with pytest.raises(CancelledByCallerError):
        render_frames(one_stage(REQUEST, (), parts), parts, watch)
    assert steps == [0, 1, 2]


def test_a_second_stage_goes_on_from_the_first_one_s_latents(parts):
    """Its noise is its own, and at a low sigma little of it: the result stays near the first stage's."""
    first = one_stage(REQUEST, (), parts)
    again = replace(first.stages[0], sigmas=(0.05, 0.0))
    both = replace(first, stages=(*first.stages, again))
    base, refined = render_latents(first, parts, SILENT), render_latents(both, parts, SILENT)
    assert 0 < (refined - base).abs().mean() < 0.2 * base.std()


def test_the_transformer_may_compute_in_bfloat16(parts):
    rough = Parts(VideoTransformer(parts.transformer.config).bfloat16(), parts.vae, parts.text_encoder)
    rough.transformer.load_state_dict(parts.transformer.state_dict())
    result = latents(rough)
    assert result.dtype == torch.float32
    assert (result - latents(parts)).abs().mean() < 0.1 * result.std()


def test_sizes_that_do_not_fit_are_refused(parts, drawing):
    with pytest.raises(ValueError, match="the nearest is 64x32 with 17 frames"):
        latents(parts, width=70)
    with pytest.raises(ValueError, match="the clip has 9 frames, the video 17"):
        latents(parts, AnimaticItem(drawing[:, :, :9], 0.5))
    with pytest.raises(ValueError, match="strength must be between 0 and 1"):
        AnimaticItem(drawing, 1.5)
    with torch.device("meta"):
        nano = VideoTransformer(get_transformer_config("nano"))
    with pytest.raises(ValueError, match="the transformer takes 192 channels, the autoencoder makes 8"):
        Parts(nano, parts.vae, parts.text_encoder)


def test_a_recipe_starts_from_noise(parts):
    late = replace(one_stage(REQUEST, (), parts).stages[0], sigmas=(0.5, 0.0))
    for stages in ((), (late,)):
        with pytest.raises(ValueError, match="sigmas start at 1"):
            Recipe("a dog", 8, 0, stages)
