"""The render loop: carries out any recipe, stage by stage, on the parts it is given.

Shape letters: B batch, N tokens, C latent channels, T timesteps (1, or one a token), L caption tokens, D caption
channels; frames are (B, 3, F, H, W).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from render_engine.cancelling import stop_if
from render_engine.conditioning import LatentState, LatentTools
from render_engine.flow.guidance import classifier_free
from render_engine.flow.samplers import VelocityFn, euler
from render_engine.flow.schedules import starting_at
from render_engine.models.vae import DecodeConditioning
from render_engine.pipelines.parts import Parts, VideoCodec, Watch
from render_engine.pipelines.recipe import Recipe, Stage
from render_engine.shapes import patchify, positions, unpatchify


@torch.no_grad()
def render_frames(recipe: Recipe, parts: Parts, watch: Watch) -> Tensor:
    """Render a recipe: frames (B, 3, F, H, W) float32, about in [-1, 1] and not clipped.

    The same recipe, weights and thread count give the same bytes.

    Raises:
        CancelledByCallerError: `watch.cancelled` said so, within one step.
        ValueError: a conditioning has another size than the recipe.
    """
    run = _Run.begin(recipe, parts, watch)
    latents_BCFHW = run.latents()
    stop_if(watch.cancelled)
    return run.decode(latents_BCFHW)


@torch.no_grad()
def render_latents(recipe: Recipe, parts: Parts, watch: Watch) -> Tensor:
    """Render a recipe up to the normalised latents (B, C, F, H, W) float32 that `render_frames` would decode."""
    return _Run.begin(recipe, parts, watch).latents()


@dataclass(frozen=True)
class _Run:
    """One render under way; the first row of the context is the prompt's, a second the negative prompt's."""

    recipe: Recipe
    parts: Parts
    watch: Watch
    context_BLD: Tensor
    context_mask_BL: Tensor
    generator: torch.Generator

    @classmethod
    def begin(cls, recipe: Recipe, parts: Parts, watch: Watch) -> "_Run":
        """Read the words, and seed the noise on the CPU, so that a seed means the same on every device."""
        guided = any(stage.guidance_scale > 1 for stage in recipe.stages)
        prompts = [recipe.prompt, recipe.negative_prompt] if guided else [recipe.prompt]
        context_BLD, mask_BL = parts.text_encoder.encode(prompts)
        device, dtype = parts.transformer_device, parts.transformer_dtype
        generator = torch.Generator().manual_seed(recipe.seed)
        return cls(recipe, parts, watch, context_BLD.to(device, dtype), mask_BL.to(device), generator)

    def latents(self) -> Tensor:
        """Walk all stages."""
        first, *later = self.recipe.stages
        tokens_BNC = self._walk(first, self._noise_alone())
        for stage in later:
            tokens_BNC = self._walk(stage, self._noise_alone().started_from(tokens_BNC, stage.sigmas[0]))
        return unpatchify(tokens_BNC, self.recipe.shape)

    def decode(self, latents_BCFHW: Tensor) -> Tensor:
        """Decode with the noise that a timestep-conditioned decoder was trained to expect."""
        vae = self.parts.vae
        latents_BCFHW = _as_weights_of(vae, latents_BCFHW)
        if not vae.config.timestep_conditioning:
            return vae.decode(latents_BCFHW).float()
        conditioning = DecodeConditioning(noise_BCFHW=self._noise().to(latents_BCFHW), generator=self.generator)
        return vae.decode(latents_BCFHW, conditioning).float()

    def _walk(self, stage: Stage, state: LatentState) -> Tensor:
        tools = LatentTools(self.recipe.shape, self._encode)
        for item in stage.conditioning:
            state = item.apply_to(state, tools)
        sigmas = starting_at(stage.sigmas, state.sigma_start)
        velocity_fn = self._velocity_fn(stage.guidance_scale, state.positions_B3N)
        return euler(velocity_fn, state.first_latents, sigmas, ceiling_BN=state.ceiling, on_step=self._step_done)

    def _velocity_fn(self, guidance_scale: float, positions_B3N: Tensor) -> VelocityFn:
        """Bind words, positions and guidance; with guidance both branches run as one batch."""
        batch, num_passes = self.recipe.shape.batch, 2 if guidance_scale > 1 else 1
        context_BLD = self.context_BLD[:num_passes].repeat_interleave(batch, 0)
        mask_BL = self.context_mask_BL[:num_passes].repeat_interleave(batch, 0)
        mask_or_none = None if bool(mask_BL.all()) else mask_BL

        def velocity(x_BNC: Tensor, sigma_BT: Tensor) -> Tensor:
            x_BNC = x_BNC.repeat(num_passes, 1, 1)
            sigma_BT = sigma_BT.expand(batch, -1).repeat(num_passes, 1)
            predicted_BNC: Tensor = self.parts.transformer(x_BNC, sigma_BT, context_BLD, mask_or_none, positions_B3N)
            if num_passes == 1:
                return predicted_BNC
            text_BNC, uncond_BNC = predicted_BNC.float().chunk(2)
            return classifier_free(text_BNC, uncond_BNC, guidance_scale)

        return velocity

    def _noise_alone(self) -> LatentState:
        device, config = self.parts.transformer_device, self.parts.transformer.config
        positions_B3N = positions(
            self.recipe.shape,
            fps=self.recipe.fps,
            compression=self.parts.compression,
            causal=config.causal_temporal_positioning,
            anchor=config.position_anchor,
            device=device,
        )
        return LatentState.from_noise(patchify(self._noise().to(device)), positions_B3N)

    def _noise(self) -> Tensor:
        return torch.randn(tuple(self.recipe.shape), generator=self.generator)

    def _encode(self, frames_BCFHW: Tensor) -> Tensor:
        latents_BCFHW = self.parts.vae.encode(_as_weights_of(self.parts.vae, frames_BCFHW))
        return latents_BCFHW.to(self.parts.transformer_device, torch.float32)

    def _step_done(self, step: int, num_steps: int) -> None:
        self.watch.on_step(step, num_steps)
        stop_if(self.watch.cancelled)


def _as_weights_of(vae: VideoCodec, tensor: Tensor) -> Tensor:
    return tensor.to(next(vae.parameters()))
