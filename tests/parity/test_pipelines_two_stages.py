"""LTX-Video's two stages land where diffusers' three pipelines in a row land, statistics and tones included."""

from dataclasses import replace

import pytest
import torch
from diffusers import LTXConditionPipeline
from torch.nn import functional as F

from render_engine.flow.schedules import LTXV_DISTILLED_STAGE_1, LTXV_DISTILLED_STAGE_2
from render_engine.pipelines import render_loop
from render_engine.pipelines.families import LTX_VIDEO_13B
from render_engine.pipelines.two_stages import distilled, two_stages
from tests.parity.ltx_video_pipelines import BROKEN, LIMIT, REQUEST, largest, recording, setting, shown

TALL = REQUEST.model_copy(update={"width": 192, "height": 128, "num_frames": 17, "num_steps": 7, "guidance_scale": 1.0})
"""Its first stage is 96x64, its second is of its own size."""
ODD = TALL.model_copy(update={"width": 160})
"""Its first stage is 96x64 too, so that the second's frames are stretched back."""


def in_milli(sigmas):
    return [1000 * sigma for sigma in sigmas]


def chain(
    both, given=(), walks=(LTXV_DISTILLED_STAGE_1, LTXV_DISTILLED_STAGE_2), guidance=(1.0, 1.0), **settings: object
):
    """Diffusers' first pass, upsampler with AdaIN, and second pass; by `settings` of the last, latents or frames."""
    pipeline = both.pipeline(LTXConditionPipeline)
    few, many = TALL.model_copy(update={"width": 96, "height": 64}), TALL
    conditions = [[_at_size(each, stage).condition for each in given] or None for stage in (few, many)]
    first = both.reference(
        pipeline, few, conditions=conditions[0], timesteps=in_milli(walks[0][:-1]), guidance_scale=guidance[0]
    )
    enlarged = both.upsampling(latents=first, height=128, width=192, adain_factor=1.0, output_type="latent").frames
    render = both.reference_frames if settings else both.reference
    return render(
        pipeline,
        many,
        conditions=conditions[1],
        latents=enlarged,
        timesteps=in_milli((1.0, *walks[1][:-1])),
        denoise_strength=0.99999,  # leaves out the first of the steps, and noises the latents to the second
        guidance_scale=guidance[1],
        **settings,
    )


def _at_size(each, request):
    frames = each.frames.transpose(1, 2).flatten(0, 1)
    scaled = F.interpolate(frames, (request.height, request.width), mode="bilinear")
    return each._replace(frames=scaled.unflatten(0, (1, -1)).transpose(1, 2))


GIVEN = {
    "text": (),
    "first frame": (shown(width=192, height=128),),
    "pictures at frames 0 and 12, the last at 0.6": (
        shown(width=192, height=128),
        shown(frame_index=12, strength=0.6, width=192, height=128),
    ),
    "clip at frame 0 at 0.7": (shown(9, strength=0.7, width=192, height=128),),
}


@pytest.mark.parametrize("name", GIVEN)
def test_distilled_stages_land_where_the_reference_s_chain_lands(parity, monkeypatch, name):
    both, given = setting("0.9.5"), GIVEN[name]
    with recording(monkeypatch) as drawn:
        expected = chain(both, given)
    ours = both.ours(distilled(TALL, tuple(each.item for each in given), both.parts), drawn)
    parity(f"LTX-Video 0.9.8 distilled / two stages, {name}", expected, ours, LIMIT)


def test_guided_stages_land_where_the_reference_s_chain_lands(parity, monkeypatch):
    """Each stage's steps are a share of linear-quadratic steps; the second is guided by words no more."""
    both = setting("0.9.5")
    recipe = two_stages(TALL.model_copy(update={"num_steps": 10, "guidance_scale": 3.0}), (), both.parts)
    first, second = recipe.stages
    assert (len(first.sigmas), len(second.sigmas)) == (10, 6)
    with recording(monkeypatch) as drawn:
        expected = chain(both, walks=(first.sigmas, second.sigmas), guidance=(3.0, 1.0))
    parity("LTX-Video 0.9.8 / two stages, text", expected, both.ours(recipe, drawn), LIMIT)


def of_13b(both):
    return replace(both.parts, family=replace(LTX_VIDEO_13B, guider=both.parts.family.guider))


@torch.no_grad()
def frames_in_tones(both, drawn_latents, noise):
    """The original decodes so: noise, then tones, on normalised latents, which diffusers' own function compresses."""
    noised = 0.975 * drawn_latents + 0.025 * both.normalised(noise)
    mean, std = (each[:, None, None, None] for each in (both.vae.latents_mean, both.vae.latents_std))
    compressed = both.upsampling.tone_map_latents(noised, 0.6)
    return both.vae.decode(compressed * std + mean, torch.tensor([0.05])).sample


@pytest.fixture
def toned(monkeypatch):
    """The chain's frames with 13B's tones, and the noise of it all, the decoder's last."""
    both = setting("0.9.5")
    with recording(monkeypatch) as drawn:
        latents = chain(both)
    noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(5))
    return both, frames_in_tones(both, latents, noise), [*drawn, noise]


def test_frames_of_two_stages_with_their_tones_compressed_are_the_reference_s(parity, toned):
    both, expected, drawn = toned
    parts = of_13b(both)
    ours = both.our_frames(distilled(TALL, (), parts), drawn, parts)
    parity("LTX-Video 0.9.8 13B distilled / two stages, frames", expected, ours, LIMIT)


def test_frames_of_another_aspect_are_stretched_back(parity, toned):
    both, expected, drawn = toned
    parts = of_13b(both)
    stretched = F.interpolate(expected.transpose(1, 2)[0], (128, 160), mode="bilinear")[None].transpose(1, 2)
    ours = both.our_frames(distilled(ODD, (), parts), drawn, parts)
    parity("LTX-Video 0.9.8 13B distilled / two stages, stretched frames", stretched, ours, LIMIT)


def test_tones_compressed_on_the_autoencoder_s_scale_break_parity(toned, monkeypatch):
    both, expected, drawn = toned
    parts, statistics = of_13b(both), both.parts.vae.per_channel_statistics
    compress = render_loop.compress_tones
    monkeypatch.setattr(
        render_loop,
        "compress_tones",
        lambda latents, ratio: statistics.normalise(compress(statistics.denormalise(latents), ratio)),
    )
    assert largest(both.our_frames(distilled(TALL, (), parts), drawn, parts), expected) > BROKEN


@torch.no_grad()
def test_matched_statistics_are_the_same_on_either_scale_and_their_absence_breaks_parity(monkeypatch):
    """Why only the tones' space is a trap: matching means and deviations commutes with a scale for each channel."""
    both = setting("0.9.5")
    with recording(monkeypatch) as drawn:
        expected = chain(both)
    statistics, match = both.parts.vae.per_channel_statistics, render_loop.match_statistics
    recipe = distilled(TALL, (), both.parts)
    assert largest(both.ours(replace(recipe, match_statistics=0.0), drawn), expected) > BROKEN
    monkeypatch.setattr(
        render_loop,
        "match_statistics",
        lambda latents, reference, factor: statistics.normalise(
            match(statistics.denormalise(latents), statistics.denormalise(reference), factor)
        ),
    )
    assert largest(both.ours(recipe, drawn), expected) <= LIMIT
