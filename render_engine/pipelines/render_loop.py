"""The render loop: carries out any recipe, stage by stage, on the parts it is given.

Shape letters: B batch, N tokens, C latent channels, T timesteps (1, or one a token), L caption tokens, D caption
channels; frames are (B, 3, F, H, W).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from render_engine.cancelling import heeded, stop_if
from render_engine.conditioning import LatentState, LatentTools
from render_engine.flow.guidance import Pass, guided
from render_engine.flow.noise import NoiseFn, gaussian
from render_engine.flow.samplers import walk
from render_engine.flow.schedules import starting_at
from render_engine.frames import stretched
from render_engine.models.lora import with_loras
from render_engine.models.vae import DecodeConditioning
from render_engine.pipelines.decode import WHOLE, DecodePlan, decode_stream
from render_engine.pipelines.families import hold_nothing
from render_engine.pipelines.parts import Parts, Watch
from render_engine.pipelines.passes import Passes, Words
from render_engine.pipelines.recipe import Recipe, Stage
from render_engine.pipelines.samplers import make_stepper
from render_engine.shapes import LatentShape, TokenGrid, patchify, unpatchify
from render_engine.upsampling import compress_tones, match_statistics, upsample


@torch.no_grad()
def render_frames(recipe: Recipe, parts: Parts, watch: Watch, noise: NoiseFn | None = None) -> Tensor:
    """Render a recipe: frames (B, 3, F, H, W) float32, about in [-1, 1] and not clipped.

    The same recipe, weights and thread count give the same bytes.

    Args:
        recipe: what to do.
        parts: what to do it with.
        watch: hears of every step, and may cancel.
        noise: draws every noise of the render in turn; by default, seeded by the recipe.

    Raises:
        CancelledByCallerError: `watch.cancelled` said so, within one step.
        ValueError: a conditioning does not fit the recipe, or the recipe the parts.
    """
    return torch.cat(list(render_stream(recipe, parts, watch, noise)), dim=2)


@torch.no_grad()
def render_stream(
    recipe: Recipe, parts: Parts, watch: Watch, noise: NoiseFn | None = None, *, plan: DecodePlan = WHOLE
) -> Iterator[Tensor]:
    """Render a recipe as `render_frames` does, and give its frames in pieces (B, 3, f, H, W) as they are decoded.

    All steps are done when this returns. `plan` is how much is decoded at once; another can turn a byte here and there.
    """
    run = _Run.begin(recipe, parts, watch, noise)
    latents_BCFHW = run.latents()
    return heeded(run.decode(latents_BCFHW, plan), watch.cancelled)


@torch.no_grad()
def render_latents(recipe: Recipe, parts: Parts, watch: Watch, noise: NoiseFn | None = None) -> Tensor:
    """Render a recipe up to the normalised latents (B, C, F, H, W) float32 that `render_frames` would decode."""
    return _Run.begin(recipe, parts, watch, noise).latents()


@dataclass(frozen=True)
class _Run:
    """One render under way."""

    recipe: Recipe
    parts: Parts
    watch: Watch
    words: Words
    noise: NoiseFn

    @classmethod
    def begin(cls, recipe: Recipe, parts: Parts, watch: Watch, noise: NoiseFn | None) -> "_Run":
        """Read the words, and seed the noise on the CPU, so that a seed means the same on every device."""
        plans = [stage.guider.plan(sigma) for stage in recipe.stages for sigma in stage.sigmas[:-1]]
        is_guided = any(Pass.UNCOND in plan.passes for plan in plans)
        prompts = [recipe.prompt, recipe.negative_prompt] if is_guided else [recipe.prompt]
        context_BLD, mask_BL = parts.text_encoder.encode(prompts)
        device, dtype = parts.transformer_device, parts.transformer_dtype
        words = Words(context_BLD.to(device, dtype), mask_BL.to(device))
        return cls(recipe, parts, watch, words, noise or gaussian(torch.Generator().manual_seed(recipe.seed)))

    def latents(self) -> Tensor:
        """Walk all stages."""
        first, *later = self.recipe.stages
        latents_BCFHW, num_done = self._walk(first, self._noise_alone(first.shape), 0)
        for stage in later:
            latents_BCFHW = self._enlarged(latents_BCFHW, stage.shape)
            state = self._noise_alone(stage.shape).started_from(patchify(latents_BCFHW), stage.sigmas[0])
            latents_BCFHW, num_done = self._walk(stage, state, num_done)
        if not torch.isfinite(latents_BCFHW).all():
            raise ValueError("the model gave values that are not finite: its weights are damaged, or overflow")
        return latents_BCFHW

    def decode(self, latents_BCFHW: Tensor, plan: DecodePlan) -> Iterator[Tensor]:
        """Decode with the noise that a timestep-conditioned decoder was trained to expect."""
        vae, conditioning = self.parts.vae, None
        if vae.config.timestep_conditioning:
            generator = torch.Generator().manual_seed(self.recipe.seed)
            conditioning = DecodeConditioning(noise_BCFHW=None, generator=generator)
            latents_BCFHW = torch.lerp(latents_BCFHW, self.noise(latents_BCFHW), conditioning.noise_scale)
        latents_BCFHW = compress_tones(latents_BCFHW, self.recipe.tone_compression)
        pieces = decode_stream(vae, _as_weights_of(vae, latents_BCFHW), conditioning, plan)
        size = self.recipe.output_size
        return (stretched(piece_BCFHW.float(), *size) if size else piece_BCFHW.float() for piece_BCFHW in pieces)

    def _walk(self, stage: Stage, state: LatentState, num_done: int) -> tuple[Tensor, int]:
        """The latents that a stage ends with, and the steps done so far."""
        tools = LatentTools(
            stage.shape, self._grid(), self._encode, self.noise, self.parts.family.style, self.recipe.output_size
        )
        for item in stage.conditioning:
            state = item.apply_to(state, tools)
        sigmas = starting_at(stage.sigmas, state.sigma_start)
        passes = Passes(self.parts.transformer, self.words, state, stage.shape.height * stage.shape.width)
        make = partial(make_stepper, stage.sampler, self.recipe.seed, self.noise)
        hold = hold_nothing if state.is_free else self.parts.family.hold
        held = hold(state, guided(passes, stage.guider), make, self.noise)
        with with_loras(self.parts.transformer, stage.loras):
            tokens_BNC = walk(
                held.velocity_fn,
                held.start_BNC,
                sigmas,
                held.stepper,
                levels=held.levels,
                on_step=partial(self._step_done, num_done, len(stage.sigmas) - len(sigmas)),
            )
        return unpatchify(state.ended(tokens_BNC), stage.shape), num_done + len(sigmas) - 1

    def _enlarged(self, latents_BCFHW: Tensor, shape: LatentShape) -> Tensor:
        """Bring latents to the next stage's shape by the upsampler, and hold them to the statistics they had."""
        if tuple(latents_BCFHW.shape) == tuple(shape):
            return latents_BCFHW
        if self.parts.upsampler is None:
            raise ValueError(
                "a second stage needs a latent upsampler, and these weights have none: render in one stage"
            )
        upsampler, statistics = self.parts.upsampler, self.parts.vae.per_channel_statistics
        enlarged_BCFHW = upsample(_as_weights_of(upsampler, latents_BCFHW), upsampler, statistics).float()
        if tuple(enlarged_BCFHW.shape) != tuple(shape):
            raise ValueError(f"the upsampler makes {tuple(enlarged_BCFHW.shape[2:])} latents, not {tuple(shape[2:])}")
        factor = self.recipe.match_statistics
        return match_statistics(enlarged_BCFHW, latents_BCFHW, factor) if factor else enlarged_BCFHW

    def _noise_alone(self, shape: LatentShape) -> LatentState:
        device = self.parts.transformer_device
        noise_BCFHW = self.noise(torch.empty(tuple(shape), device=device))
        return LatentState.from_noise(patchify(noise_BCFHW), self._grid().positions(shape))

    def _grid(self) -> TokenGrid:
        config = self.parts.transformer.config
        return TokenGrid(
            self.recipe.fps,
            self.parts.compression,
            causal=config.causal_temporal_positioning,
            anchor=config.position_anchor,
            device=self.parts.transformer_device,
        )

    def _encode(self, frames_BCFHW: Tensor) -> Tensor:
        latents_BCFHW = self.parts.vae.encode(_as_weights_of(self.parts.vae, frames_BCFHW))
        return latents_BCFHW.to(self.parts.transformer_device, torch.float32)

    def _step_done(self, num_done: int, num_spared: int, step: int, num_steps: int) -> None:
        del num_steps
        self.watch.on_step(num_done + step, self.recipe.num_steps - num_spared)
        stop_if(self.watch.cancelled)


def _as_weights_of(part: nn.Module, tensor: Tensor) -> Tensor:
    return tensor.to(next(part.parameters()))
