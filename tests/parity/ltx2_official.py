"""What the original's loop of LTX-2 does, said again on diffusers' network, where diffusers' pipelines do otherwise.

They turn a velocity into data by the schedule's sigma for every token, the original by the token's own, `mask * sigma`:
so they part where a token is given in part, and where a deviation is taken over held tokens. They dim attention by a
line, the original by a logarithm. They have no retake, no ancestral steps and no references of another frame rate.
Tokens are (1, N, C), masks (1, N, 1), bounds (1, 3, N, 2): where each token begins and ends, in frames (then seconds),
pixels down and pixels across.
"""

import math
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise

import torch

from render_engine.shapes import LatentShape, patchify, unpatchify
from tests.parity.ltx2_pipelines import PERTURBED_BLOCK, SHAPE, Setting
from tests.parity.test_flow_samplers import phi, renoised_by_hand

FPS = 24


@dataclass(frozen=True)
class Tokens:
    latent: torch.Tensor
    clean: torch.Tensor
    mask: torch.Tensor
    bounds: torch.Tensor
    shape: LatentShape
    seen: torch.Tensor | None = None

    @classmethod
    def of(cls, shape=SHAPE, initial=None) -> "Tokens":
        """A stage's own tokens, all free, from nothing or from latents."""
        latent = torch.zeros(1, shape.num_tokens, shape.channels) if initial is None else patchify(initial)
        bounds = in_seconds(bounds_of(shape))
        return cls(latent, latent.clone(), torch.ones(1, shape.num_tokens, 1), bounds, shape)

    def opening_on(self, latents, strength):
        clean, mask = self.clean.clone(), self.mask.clone()
        given = patchify(latents)
        clean[:, : given.shape[1]], mask[:, : given.shape[1]] = given, 1 - strength
        return replace(self, clean=clean, mask=mask)

    def with_keyframe(self, latents, frame_index, strength, *, num_frames=1):
        bounds = bounds_of(shape_of(latents), causal=frame_index == 0)
        bounds[:, 0] += frame_index
        if num_frames == 1:
            bounds[:, 0, :, 1] = bounds[:, 0, :, 0] + 1
        return self._with(latents, in_seconds(bounds), strength, None)

    def with_reference(self, latents, strength=1.0, *, downscale=1, slowed=1, seen=None):
        bounds = bounds_of(shape_of(latents))
        bounds[:, 1:] *= downscale
        if slowed != 1:
            bounds[:, 0] = (bounds[:, 0] * slowed - (slowed - 1)).clamp(min=0)
        return self._with(latents, in_seconds(bounds), strength, seen)

    def taken_again(self, start, end):
        begins, ends = self.bounds[:, 0].unbind(-1)
        return replace(self, mask=((ends > start) & (begins < end)).float().unsqueeze(-1))

    def noised(self, packed, scale=1.0):
        free = torch.lerp(self.latent, packed, scale)
        return replace(self, latent=torch.lerp(self.clean, free, self.mask))

    def settled(self, latent):
        return latent * self.mask + self.clean * (1 - self.mask)

    @property
    def video(self):
        return unpatchify(self.latent[:, : self.shape.num_tokens], self.shape)

    def _with(self, latents, bounds, strength, seen):
        given = patchify(latents)
        return replace(
            self,
            latent=torch.cat((self.latent, torch.zeros_like(given)), 1),
            clean=torch.cat((self.clean, given), 1),
            mask=torch.cat((self.mask, torch.full((1, given.shape[1], 1), 1.0 - strength)), 1),
            bounds=torch.cat((self.bounds, bounds), 2),
            seen=self._seen_with(given.shape[1], seen),
        )

    def _seen_with(self, added, seen):
        """Of what was added before, something new is seen by nothing but the video once anything is dimmed."""
        if seen is None and self.seen is None:
            return None
        own, video = self.latent.shape[1], self.shape.num_tokens
        blocks = torch.block_diag(torch.ones(own, own) if self.seen is None else self.seen[0], torch.ones(added, added))
        strength = torch.ones(added) if seen is None else torch.as_tensor(seen).expand(added)
        blocks[:video, own:], blocks[own:, :video] = strength, strength[:, None]
        return blocks[None]


def shape_of(latents):
    return LatentShape(*latents.shape)


def bounds_of(shape, *, causal=True):
    """In frames and pixels; the first latent frame holds one frame where it opens a video."""
    axes = [torch.arange(size).float() for size in shape[2:]]
    corners = torch.stack([torch.cartesian_prod(*(axis + end for axis in axes)) for end in (0, 1)], -1)
    bounds = corners.transpose(0, 1)[None] * torch.tensor([8, 32, 32])[:, None, None]
    if causal:
        bounds[:, 0] = (bounds[:, 0] - 7).clamp(min=0)
    return bounds


def in_seconds(bounds):
    return torch.cat((bounds[:, :1] / FPS, bounds[:, 1:]), 1)


@dataclass(frozen=True)
class Denoiser:
    """The data that the guided network predicts, on diffusers' weights, each pass by itself."""

    both: Setting
    request: object
    cfg: float = 1.0
    stg: float = 0.0
    rescale: float = 0.0

    @torch.no_grad()
    def __call__(self, state, sigma):
        text = self._predicted(state, sigma, self.request.prompt)
        guided = text
        if self.cfg != 1:
            guided = guided + (self.cfg - 1) * (text - self._predicted(state, sigma, self.request.negative_prompt))
        if self.stg:
            perturbed = self._predicted(state, sigma, self.request.prompt, blocks=[PERTURBED_BLOCK])
            guided = guided + self.stg * (text - perturbed)
        factor = self.rescale * text.std() / guided.std() + 1 - self.rescale if self.rescale else 1.0
        return state.settled(guided * factor)

    def _predicted(self, state, sigma, prompt, blocks=None):
        own = state.mask * sigma
        words, _ = self.both.parts.text_encoder.encode([prompt])
        with seeing(self.both.transformer, state.seen):
            velocity = self.both.transformer(
                hidden_states=state.latent,
                audio_hidden_states=torch.zeros(1, 2, 4),
                encoder_hidden_states=words,
                audio_encoder_hidden_states=torch.zeros(1, words.shape[1], self.both.silence),
                timestep=own.squeeze(-1) * 1000,
                audio_timestep=torch.full((1,), sigma * 1000),
                sigma=torch.full((1,), sigma * 1000),
                num_frames=state.shape.frames,
                height=state.shape.height,
                width=state.shape.width,
                fps=FPS,
                audio_num_frames=2,
                video_coords=state.bounds,
                spatio_temporal_guidance_blocks=blocks,
                video_self_attention_mask=None if state.seen is None else torch.ones_like(state.seen),
                return_dict=False,
            )[0]
        return state.latent - own * velocity


@contextmanager
def seeing(transformer, seen):
    """Dim the video's self-attention by the logarithm of how much is seen."""
    if seen is None:
        yield
        return
    bias = torch.where(seen > 0, seen.clamp(min=torch.finfo(seen.dtype).tiny).log(), torch.finfo(seen.dtype).min)

    def dimmed(_module, given, settings):
        return given, settings | {"attention_mask": bias.reshape(settings["attention_mask"].shape)}

    hooks = [
        block.attn1.register_forward_pre_hook(dimmed, with_kwargs=True) for block in transformer.transformer_blocks
    ]
    yield
    for hook in hooks:
        hook.remove()


def euler(denoise, state, sigmas):
    for sigma, sigma_next in pairwise(sigmas):
        velocity = (state.latent - denoise(state, sigma)) / sigma
        state = replace(state, latent=state.latent + (sigma_next - sigma) * velocity)
    return state.video


def ancestral(denoise, state, sigmas, seed):
    """Distilled 2.5's first stage, at eta 1: its noise has a seed of its own, 10,000 after the render's."""
    generator = torch.Generator().manual_seed(seed + 10_000)
    for sigma, sigma_next in pairwise(sigmas):
        denoised = denoise(state, sigma)
        if sigma_next == 0:
            return replace(state, latent=denoised).video
        below = sigma_next**2 / sigma
        lower = below / sigma * state.latent + (1 - below / sigma) * denoised
        kept = (1 - sigma_next) / (1 - below)
        noise = torch.randn(state.latent.shape, generator=generator)
        fresh = kept * lower + (sigma_next**2 - (below * kept) ** 2) ** 0.5 * noise
        state = replace(state, latent=state.settled(fresh))
    raise AssertionError("a schedule ends at 0")


def second_order(denoise, state, sigmas):
    """HQ's steps, in float64: two looks each, with noise whose two seeds are the same for every render."""
    generators = [torch.Generator().manual_seed(seed) for seed in (-1, 9999)]

    def drawn(generator):
        noise = torch.randn(state.latent.shape, generator=generator, dtype=torch.float64)
        return (noise - noise.mean()) / noise.std()

    def looked(latent, sigma):
        return denoise(replace(state, latent=latent.float()), sigma).double()

    x, sigmas = state.latent.double(), (*sigmas[:-1], 0.0011)
    for sigma, sigma_next in pairwise(sigmas):
        h, middle = math.log(sigma / sigma_next), math.sqrt(sigma * sigma_next)
        x0, half = looked(x, sigma), 0.5 * h * phi(1, -h / 2)
        between = state.settled(renoised_by_hand(x, x + half * (x0 - x), sigma, middle, drawn(generators[1])))
        for _ in range(100 if h < 0.5 and sigma > 0.03 else 0):
            x = between - half * (x0 - x)
        later, second = looked(between, middle), 2 * phi(2, -h)
        reached = x + h * ((phi(1, -h) - second) * (x0 - x) + second * (later - x))
        x = state.settled(renoised_by_hand(x, reached, sigma, sigma_next, drawn(generators[0])))
    return replace(state, latent=looked(x, sigmas[-1]).float()).video
