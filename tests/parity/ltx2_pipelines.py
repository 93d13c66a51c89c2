"""LTX-2's whole pipelines, tiny and random, in diffusers and in ours, on the same words and the same noise.

Sound is put out of diffusers' networks: the streams do not hear each other, and each of its pipelines draws noise for
it after the video's. The first latent frame of 2.5 is marked as in the original; diffusers' pipelines do not mark it.
"""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import pytest
import torch
from diffusers import AutoencoderKLLTX2Audio, FlowMatchEulerDiscreteScheduler, LTX2LatentUpsamplePipeline
from diffusers.models.transformers.transformer_ltx2 import LTX2PerturbedAttnProcessor
from diffusers.pipelines.ltx2 import (
    pipeline_ltx2,
    pipeline_ltx2_condition,
    pipeline_ltx2_ic_lora,
    pipeline_ltx2_image2video,
)
from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition
from torch import nn

from render_engine.api.render import RenderRequest
from render_engine.conditioning import FramesItem
from render_engine.frames import stretched
from render_engine.pipelines.families import LTX_2, LTX_2_3, LTX_2_5
from render_engine.pipelines.parts import Parts, Watch
from render_engine.pipelines.render_loop import render_frames, render_latents
from render_engine.shapes import LatentShape, unpatchify
from tests.parity.ltx2_transformer import CAPTION_CHANNELS, DIM, VERSIONS, build_own, build_reference
from tests.parity.ltx_video_pipelines import BROKEN, LIMIT, FixedWords, Replayed, largest
from tests.parity.test_upsampler import build as build_upsamplers
from tests.parity.vae_layouts import LAYOUTS, Reference, load_ours

__all__ = ["BROKEN", "LIMIT", "largest"]

CHANNELS = 4
REQUEST = RenderRequest(
    prompt="a red sailboat leaves the harbour at dusk",
    negative_prompt="blurry",
    width=128,
    height=64,
    num_frames=17,
    fps=24,
    seed=7,
    num_steps=4,
    guidance_scale=3.0,
)
DISTILLED = REQUEST.model_copy(update={"num_steps": 8, "guidance_scale": 1.0})
SHAPE = LatentShape(1, CHANNELS, 3, 2, 4)
HALF = SHAPE._replace(height=1, width=2)
PERTURBED_BLOCK = 1
AS_4096_TOKENS = {"use_dynamic_shifting": True, "base_shift": 2.05, "max_shift": 2.05, "shift_terminal": 0.1}
"""Diffusers shifts LTX-2's schedule by the clip's tokens, the original always as for 4,096."""
FAMILIES = {"2.0": LTX_2, "2.3": LTX_2_3, "2.5": LTX_2_5}
_DRAWING = (pipeline_ltx2, pipeline_ltx2_image2video, pipeline_ltx2_condition, pipeline_ltx2_ic_lora)


class Words(FixedWords):
    """Every token counts, for LTX-2 fills the rest of a caption with registers."""

    def __init__(self, width):
        self.width = width

    def encode(self, prompts):
        embeds, mask = super().encode(prompts)
        return embeds, torch.ones_like(mask)


class Connectors(nn.Module):
    """In the place of diffusers' connectors: captions go on to the transformer as they come, silence to the sound."""

    device, dtype = torch.device("cpu"), torch.float32

    def __init__(self, silence):
        super().__init__()
        self.silence = silence

    def forward(self, embeds, mask, **_settings: object):
        return embeds, embeds.new_zeros(*embeds.shape[:2], self.silence), mask


class Shown(NamedTuple):
    """Frames (1, 3, F, H, W) in [-1, 1] that the video shows from a latent frame on, as a condition of either side."""

    frames: torch.Tensor
    latent_index: int = 0
    strength: float = 1.0

    @property
    def frame_index(self):
        return max(8 * (self.latent_index - 1) + 1, 0)

    @property
    def item(self):
        return FramesItem(self.frames, self.frame_index, self.strength)

    def condition(self, shape=SHAPE):
        """For a stage of this size; as pixels' bytes would be, which are not compressed once more."""
        frames = stretched(self.frames, shape.width * 32, shape.height * 32)
        pixels = (frames[0].transpose(0, 1) + 1) * 127.5
        return LTX2VideoCondition(frames=pixels, index=self.latent_index, strength=self.strength, crf=0)


def frames_of(num_frames=1, *, seed=0, width=128, height=64):
    generator = torch.Generator().manual_seed(100 * num_frames + seed)
    return torch.rand(1, 3, num_frames, height, width, generator=generator) * 2 - 1


def shown(num_frames=1, latent_index=0, strength=1.0):
    return Shown(frames_of(num_frames, seed=latent_index), latent_index, strength)


@contextmanager
def recording(monkeypatch):
    """The noise of the video that diffusers' pipelines draw, one a pipeline, and the sound's after it."""
    generator, drawn = torch.Generator().manual_seed(11), []

    def draw(shape, **_settings: object):
        drawn.append(torch.randn(tuple(shape), generator=generator))
        return drawn[-1].clone()

    with monkeypatch.context() as patched:
        for module in _DRAWING:
            patched.setattr(module, "randn_tensor", draw)
        yield drawn


def in_turn(packed, shapes):
    """Noise that the reference draws at once, token by token, as ours asks for it: the video's, then each item's."""
    tokens = packed.split([shape.num_tokens for shape in shapes], 1) if packed.ndim == 3 else (packed,)
    return [each if each.ndim == 5 else unpatchify(each, shape) for each, shape in zip(tokens, shapes, strict=True)]


def on_the_schedule_of(pipeline, recipe):
    """The first stage on the reference's own sigmas: ours to float32, whose last bit the time embedding magnifies."""
    theirs, (stage, *later) = tuple(pipeline.scheduler.sigmas.tolist()), recipe.stages
    assert stage.sigmas == pytest.approx(theirs, abs=3e-7)
    return replace(recipe, stages=(replace(stage, sigmas=theirs), *later))


def perturb_attention(transformer):
    """Give diffusers' 2.0 the perturbed attention that the original guides every version by."""
    for block in transformer.transformer_blocks:
        block.perturbed_attn = True
        for attention in (block.attn1, block.audio_attn1):
            attention.set_processor(LTX2PerturbedAttnProcessor())
    return transformer


def put_sound_out(transformer):
    """Keep what sound would add away from the video, and mark the first latent frame, whichever pipeline asks."""

    def heard_alone(_module, given, settings):
        tokens = settings["hidden_states"] if "hidden_states" in settings else given[0]
        marked = tokens.new_zeros(*tokens.shape[:2], 1)
        marked[:, : settings["height"] * settings["width"]] = 1
        return given, settings | {"isolate_modalities": True, "video_keyframes_mask": marked}

    transformer.register_forward_pre_hook(heard_alone, with_kwargs=True)
    return transformer


@dataclass
class Setting:
    """One version's networks on both sides, and the pipelines of diffusers over them."""

    version: str
    transformer: nn.Module
    vae: nn.Module
    audio_vae: nn.Module
    parts: Parts
    upsampling: LTX2LatentUpsamplePipeline

    @property
    def silence(self):
        """How wide the sound's captions are."""
        return CAPTION_CHANNELS if self.version == "2.0" else 8

    def pipeline(self, of, **scheduling: object):
        built = of(
            scheduler=FlowMatchEulerDiscreteScheduler(**scheduling),
            vae=self.vae,
            audio_vae=self.audio_vae,
            text_encoder=None,
            tokenizer=None,
            connectors=Connectors(self.silence),
            transformer=self.transformer,
            vocoder=None,
        )
        built.set_progress_bar_config(disable=True)
        return built

    @torch.no_grad()
    def reference(self, pipeline, request=REQUEST, *, stg=0.0, rescale=0.0, **settings: object):
        """The normalised latents that a pipeline of diffusers ends with."""
        embeds, mask = self.parts.text_encoder.encode([request.prompt, request.negative_prompt])
        defaults = {
            "width": request.width,
            "height": request.height,
            "num_frames": request.num_frames,
            "frame_rate": request.fps,
            "num_inference_steps": request.num_steps,
            "spatio_temporal_guidance_blocks": [PERTURBED_BLOCK],
            "output_type": "latent",
        }
        for sound in ("", "audio_"):
            defaults[f"{sound}guidance_scale"] = request.guidance_scale
            defaults |= {f"{sound}stg_scale": stg, f"{sound}guidance_rescale": rescale, f"{sound}modality_scale": 1.0}
        result = pipeline(
            prompt_embeds=embeds[:1],
            prompt_attention_mask=mask[:1],
            negative_prompt_embeds=embeds[1:],
            negative_prompt_attention_mask=mask[1:],
            **defaults | settings,
        )
        return self.normalised(result.frames)

    def normalised(self, latents):
        return (latents - self.vae.latents_mean[:, None, None, None]) / self.vae.latents_std[:, None, None, None]

    def denormalised(self, latents):
        return latents * self.vae.latents_std[:, None, None, None] + self.vae.latents_mean[:, None, None, None]

    @torch.no_grad()
    def encoded(self, frames):
        """By diffusers' autoencoder, normalised."""
        return self.normalised(self.vae.encode(frames).latent_dist.mode())

    @torch.no_grad()
    def decoded(self, latents):
        return self.vae.decode(self.denormalised(latents)).sample

    @torch.no_grad()
    def enlarged(self, latents):
        """By diffusers' pipeline between two stages, normalised."""
        raw = self.denormalised(latents)
        size = {"height": 32 * raw.shape[3], "width": 32 * raw.shape[4]}
        return self.normalised(self.upsampling(latents=raw, output_type="latent", **size).frames)

    def ours(self, recipe, drawn, parts=None, *, render=render_latents):
        noise = Replayed(drawn)
        result = render(recipe, parts or self.parts, Watch(), noise)
        assert noise.num_given == len(drawn)
        return result

    def our_frames(self, recipe, drawn):
        return self.ours(recipe, drawn, render=render_frames)


@cache
def setting(version):
    """The networks of 2.0, 2.3 or 2.5; guidance is the family's, but perturbs a block that so small a model has."""
    layout = Reference(next(each for each in LAYOUTS if each.version.endswith("2.0" if version == "2.0" else "2.3")))
    config = VERSIONS[version].model_copy(update={"in_channels": CHANNELS, "out_channels": CHANNELS})
    transformer = build_reference(config)
    their_upsampler, our_upsampler = build_upsamplers(in_channels=CHANNELS)
    published = FAMILIES[version]
    family = replace(published, guider=lambda scale: at_block(published.guider(scale), PERTURBED_BLOCK))
    words = Words(CAPTION_CHANNELS if version == "2.0" else DIM)
    parts = Parts(build_own(transformer, config), load_ours(layout), words, our_upsampler, family)
    sound = AutoencoderKLLTX2Audio(base_channels=4, ch_mult=(1,), num_res_blocks=1, latent_channels=2, mel_bins=8)
    upsampling = LTX2LatentUpsamplePipeline(layout.model, their_upsampler)
    return Setting(
        version, put_sound_out(perturb_attention(transformer)), layout.model, sound.eval(), parts, upsampling
    )


def at_block(guider, block):
    return replace(guider, skip_blocks=(block,)) if guider.skip_blocks else guider


def unended(sigmas):
    """A schedule as diffusers takes it: without the 0 that it adds."""
    return list(sigmas[:-1])


def guided_by_words(parts):
    """Guidance by words alone."""
    guider = parts.family.guider
    family = replace(parts.family, guider=lambda scale: replace(guider(scale), stg=0.0, rescale=0.0))
    return replace(parts, family=family)


def shapes_of(given, shape=SHAPE):
    """What noise is drawn for: the video, and each clip that stands beside it."""
    beside = [each.frames.shape[2] for each in given if each.latent_index]
    return [shape, *(shape._replace(frames=(num_frames - 1) // 8 + 1) for num_frames in beside)]


def noise_of(tokens):
    """Noise for tokens (1, N, C), as the original draws it."""
    return torch.randn(tokens.shape, generator=torch.Generator().manual_seed(11))


def without_second_stage(parts):
    return replace(parts, upsampler=None)


def with_family(parts, **changes: object):
    return replace(parts, family=replace(parts.family, **changes))
