"""LTX-Video's whole pipelines, tiny and random, in diffusers and in ours, on the same words and the same noise."""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, LTXLatentUpsamplePipeline, LTXPipeline
from diffusers.pipelines.ltx import pipeline_ltx, pipeline_ltx_condition, pipeline_ltx_image2video
from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition
from diffusers.schedulers import scheduling_flow_match_euler_discrete as stepping

from render_engine.api.render import RenderRequest
from render_engine.conditioning import FramesItem
from render_engine.flow.guidance import LtxvGuider, LtxvScales
from render_engine.pipelines.families import LTX_VIDEO, LTX_VIDEO_FIRST
from render_engine.pipelines.parts import Parts, Watch
from render_engine.pipelines.render_loop import render_frames, render_latents
from tests.parity.test_transformer_ltx_video import VERSIONS, build_own, build_reference
from tests.parity.test_upsampler import build as build_upsamplers
from tests.parity.vae_layouts import LAYOUTS, Reference, load_ours

LIMIT = 1e-4
BROKEN = 100 * LIMIT
REQUEST = RenderRequest(
    prompt="a red sailboat leaves the harbour at dusk",
    negative_prompt="blurry",
    width=96,
    height=64,
    num_frames=33,
    fps=25,
    seed=7,
    num_steps=4,
    guidance_scale=3.0,
)
SHIFTED = {
    "use_dynamic_shifting": True,
    "base_shift": 0.95,
    "max_shift": 2.05,
    "base_image_seq_len": 1024,
    "max_image_seq_len": 4096,
    "shift_terminal": 0.1,
}
_DRAWING = (pipeline_ltx, pipeline_ltx_condition, pipeline_ltx_image2video, stepping)


class FixedWords:
    """Embeddings and masks by prompt, as both sides read them."""

    width = 16

    def encode(self, prompts):
        """Of seven the first tokens count, fewer in a shorter prompt."""
        rows = [torch.randn(7, self.width, generator=torch.Generator().manual_seed(len(prompt))) for prompt in prompts]
        return torch.stack(rows), torch.stack([torch.arange(7) < 3 + len(prompt) % 4 for prompt in prompts])


class Shown(NamedTuple):
    """Frames (1, 3, F, H, W) in [0, 1] that the video shows, as a condition of either side."""

    frames: torch.Tensor
    frame_index: int = 0
    strength: float = 1.0

    @property
    def item(self):
        return FramesItem(self.frames * 2 - 1, self.frame_index, self.strength)

    @property
    def condition(self):
        if self.frames.shape[2] == 1:
            return LTXVideoCondition(image=self.frames[:, :, 0], frame_index=self.frame_index, strength=self.strength)
        frames = self.frames.transpose(1, 2)
        return LTXVideoCondition(video=frames, frame_index=self.frame_index, strength=self.strength)


def shown(num_frames=1, frame_index=0, strength=1.0, *, width=96, height=64):
    generator = torch.Generator().manual_seed(num_frames + frame_index)
    return Shown(torch.rand(1, 3, num_frames, height, width, generator=generator), frame_index, strength)


@contextmanager
def recording(monkeypatch):
    """The noise that diffusers' pipelines draw, in turn; an encoder's own is not among it."""
    generator, drawn = torch.Generator().manual_seed(11), []

    def draw(shape, **_settings: object):
        drawn.append(torch.randn(tuple(shape), generator=generator))
        return drawn[-1].clone()

    with monkeypatch.context() as patched:
        for module in _DRAWING:
            patched.setattr(module, "randn_tensor", draw)
        yield drawn


@dataclass
class Replayed:
    """A noise function that gives what was recorded, in turn, and to the end."""

    drawn: list[torch.Tensor]
    num_given: int = 0

    def __call__(self, like):
        noise = self.drawn[self.num_given]
        self.num_given += 1
        assert noise.shape == like.shape
        return noise


@dataclass
class Setting:
    """One version's networks on both sides, and the pipelines of diffusers over them."""

    version: str
    transformer: torch.nn.Module
    vae: torch.nn.Module
    parts: Parts
    upsampling: LTXLatentUpsamplePipeline
    frames: list[torch.Tensor] = field(default_factory=list)

    def pipeline(self, of, **scheduling: object):
        built = of(FlowMatchEulerDiscreteScheduler(**scheduling), self.vae, None, None, self.transformer)
        built.set_progress_bar_config(disable=True)
        return built

    @torch.no_grad()
    def reference(self, pipeline, request=REQUEST, **settings: object):
        """The latents that a pipeline of diffusers ends with."""
        embeds, mask = self.parts.text_encoder.encode([request.prompt, request.negative_prompt])
        torch.manual_seed(request.seed)  # 0.9.1's decoder draws from torch's own generator
        defaults = {
            "width": request.width,
            "height": request.height,
            "num_frames": request.num_frames,
            "frame_rate": request.fps,
            "guidance_scale": request.guidance_scale,
            "num_inference_steps": request.num_steps,
            "output_type": "latent",
        }
        result = pipeline(
            prompt_embeds=embeds[:1],
            prompt_attention_mask=mask[:1],
            negative_prompt_embeds=embeds[1:],
            negative_prompt_attention_mask=mask[1:],
            **defaults | settings,
        ).frames
        if result.ndim == 3:
            sizes = ((request.num_frames - 1) // 8 + 1, request.height // 32, request.width // 32)
            return LTXPipeline._unpack_latents(result, *sizes)
        return result

    def reference_frames(self, pipeline, request=REQUEST, **settings: object):
        """The frames that it decodes, before they are clipped."""
        self.frames.clear()
        decoding = (
            {"decode_timestep": 0.05, "decode_noise_scale": 0.025} if self.vae.config.timestep_conditioning else {}
        )
        self.reference(pipeline, request, output_type="pt", **decoding | settings)
        return self.frames[-1]

    def normalised(self, noise):
        """Noise of the autoencoder's own scale, where diffusers mixes it in, as noise of normalised latents."""
        return (noise - self.vae.latents_mean[:, None, None, None]) / self.vae.latents_std[:, None, None, None]

    def ours(self, recipe, drawn, parts=None):
        noise = Replayed(drawn)
        latents = render_latents(recipe, parts or self.parts, Watch(), noise)
        assert noise.num_given == len(drawn)
        return latents

    def our_frames(self, recipe, drawn, parts=None):
        noise = Replayed([*drawn[:-1], self.normalised(drawn[-1])] if self.vae.config.timestep_conditioning else drawn)
        frames = render_frames(recipe, parts or self.parts, Watch(), noise)
        assert noise.num_given == len(drawn)
        return frames


def largest(ours, expected):
    """The largest absolute difference."""
    return (ours - expected).abs().max().item()


def guided_by_words(scale):
    """LTX-Video's guidance without its perturbed pass, which diffusers has not."""
    return LtxvGuider.constant(LtxvScales(cfg=scale))


@cache
def setting(version):
    """The networks of 0.9.0, 0.9.1 or 0.9.5, the last with an upsampler; the encoder's posterior has no spread."""
    layout = Reference(next(each for each in LAYOUTS if each.version == f"LTX-Video {version}"))
    with torch.no_grad():
        layout.model.encoder.conv_out.conv.weight[-1] = 0
        layout.model.encoder.conv_out.conv.bias[-1] = -60
    transformer = build_reference(VERSIONS[f"{version} 2B"])
    own = build_own(transformer, VERSIONS[f"{version} 2B"])
    their_upsampler, our_upsampler = build_upsamplers()
    family = replace(LTX_VIDEO if version == "0.9.5" else LTX_VIDEO_FIRST, guider=guided_by_words)
    parts = Parts(own, load_ours(layout), FixedWords(), our_upsampler, family)
    upsampling = LTXLatentUpsamplePipeline(layout.model, their_upsampler)
    built = Setting(version, transformer, layout.model, parts, upsampling)
    layout.model.decoder.register_forward_hook(lambda _module, _given, frames: built.frames.append(frames))
    return built
