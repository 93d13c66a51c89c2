"""On another device than the CPU every pipeline renders, mixes no tensors of two devices, and gives the same frames."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from render_engine.conditioning import AnimaticItem, FramesItem, ReferenceItem
from render_engine.models.vae import DecodeConditioning, VideoVAE
from render_engine.pipelines.decode import DecodePlan, decode_stream, pixel_stream
from render_engine.pipelines.families import HOUSE, LTX_2_3_HQ, LTX_2_5, LTX_VIDEO, LTX_VIDEO_0_9_6_DISTILLED
from render_engine.pipelines.parts import Watch
from render_engine.pipelines.render_loop import render_stream
from render_engine.renderer import open_release
from tests.engine.elsewhere import ELSEWHERE, Elsewhere
from tests.engine.recipe_parts import PIPELINES, REQUEST, frames, parts_of, recipe_of
from tests.parity.vae_layouts import LAYOUTS

FAMILIES = {
    "house": HOUSE,
    "LTX-Video": LTX_VIDEO,
    "0.9.6 distilled": LTX_VIDEO_0_9_6_DISTILLED,
    "LTX-2.3 HQ": LTX_2_3_HQ,
    "LTX-2.5": LTX_2_5,
}
"""Between them every way to hold tokens, to guide, and to step."""


def elsewhere(parts):
    """The same parts there; the text encoder stays, as published ones do."""
    networks = {name: deepcopy(getattr(parts, name)).to(ELSEWHERE) for name in ("transformer", "vae", "upsampler")}
    return replace(parts, **networks)


def shown(recipe, parts):
    return np.stack(list(pixel_stream(render_stream(recipe, parts, Watch())))).astype(int)


def furthest(recipe, parts):
    """How far the frames made there are from those made here: other kernels round otherwise."""
    here = shown(recipe, parts)
    with Elsewhere():
        return np.abs(shown(recipe, elsewhere(parts)) - here).max()


def given():
    """What a pipeline is not given by itself."""
    mask = torch.rand(1, REQUEST.num_frames, REQUEST.height, REQUEST.width, generator=torch.Generator().manual_seed(1))
    return (
        FramesItem(frames(), strength=0.7),
        FramesItem(frames(9), 16),
        ReferenceItem(frames(9), attention=mask[:, :9]),
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_words_drawings_pictures_clips_and_references_render_there(family):
    parts = replace(parts_of(), family=FAMILIES[family])
    guided = {"guidance_scale": 3.0, "num_steps": 2}
    drawing = AnimaticItem(frames(REQUEST.num_frames), 0.5)
    assert furthest(recipe_of("one_stage", parts, drawing, *given(), **guided), parts) <= 1


@pytest.mark.parametrize("pipeline", PIPELINES[1:])
def test_every_pipeline_renders_there(pipeline):
    parts = parts_of("LTX-2")
    assert furthest(recipe_of(pipeline, parts), parts) <= 1


@torch.no_grad()
def test_a_decoder_that_injects_noise_decodes_there_in_pieces_and_tiles():
    """Its noise is drawn here, so that a seed means the same."""
    torch.manual_seed(0)
    vae = VideoVAE(next(layout.config for layout in LAYOUTS if layout.config.injects_noise)).eval()
    latents_BCFHW = torch.randn(1, vae.config.latent_channels, 3, 2, 3)

    def decoded(vae, latents_BCFHW):
        conditioning = DecodeConditioning(generator=torch.Generator().manual_seed(2))
        pieces = decode_stream(vae, latents_BCFHW, conditioning, DecodePlan(1, 2))
        return torch.cat([piece.cpu() for piece in pieces], dim=2)

    here = decoded(vae, latents_BCFHW)
    with Elsewhere():
        there = decoded(deepcopy(vae).to(ELSEWHERE), latents_BCFHW.to(ELSEWHERE))
    assert (there - here).abs().max() < 1e-4


def test_the_released_weights_load_there_with_their_text_encoder():
    release = open_release(None)
    with Elsewhere():
        parts = release.load(ELSEWHERE, torch.float32)
        context_BLD, mask_BL = parts.text_encoder.encode(["a red sailboat", "a dog on a beach at dusk"])
    assert {each.device.type for each in (context_BLD, mask_BL, parts.transformer.proj_out.weight)} == {ELSEWHERE.type}


@pytest.mark.parametrize(
    "mix",
    [
        lambda there: there + torch.ones(2),
        lambda there: torch.cat((there, torch.ones(2))),
        lambda there: torch.where(torch.tensor([True, False]), there, there),
        lambda _: torch.randn(2, generator=torch.Generator(), device=ELSEWHERE),
        lambda there: torch.ones(2)[there.long()],
        lambda there: there.numpy(),
    ],
)
def test_what_a_card_refuses_is_refused_there(mix):
    """Else these tests would say nothing."""
    with Elsewhere(), pytest.raises((AssertionError, TypeError, RuntimeError)):
        mix(torch.ones(2).to(ELSEWHERE))
