"""Our side of the benchmark: the passes of a step, and decoding, as the engine runs them.

Shape letters: B batch, N tokens, C latent channels, F latent frames, H and W latent rows and columns, L caption tokens,
D caption channels.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from render_engine.benchmarks.sizes import ClipSize, Preset
from render_engine.flow.guidance import (
    Guider,
    Ltx2Guider,
    LtxvGuider,
    LtxvScales,
    Pass,
    PassesFn,
    Plan,
    Predictions,
    guided,
)
from render_engine.flow.samplers import Euler, walk
from render_engine.models.perturbation import Perturbation
from render_engine.models.transformer import PassOptions, VideoTransformer
from render_engine.models.vae import DecodeConditioning, VideoVAE
from render_engine.shapes import Compression, LatentShape, TokenGrid, patchify

NUM_WORDS, NUM_READ = 256, 128
"""Caption tokens, and how many of them count; the others are padding, as T5's tokenizer leaves it."""
FPS = 24.0
CFG_SCALE, STG_SCALE, RESCALE = 3.0, 1.0, 0.7
ONE_STEP = (1.0, 0.0)


@dataclass(frozen=True)
class Inputs:
    """What a step is given, and what is decoded; of words, the first row is the prompt's, the second the negative's."""

    shape: LatentShape
    latents_BCFHW: Tensor
    noise_BNC: Tensor
    context_2LD: Tensor
    context_mask_2L: Tensor
    positions_B3N: Tensor

    @classmethod
    def random(cls, preset: Preset, clip: ClipSize, device: torch.device, dtype: torch.dtype) -> Self:
        """The same numbers every time, drawn on the device; the walk is float32, whatever networks compute in."""
        shape, config = preset.latent_shape(clip), preset.transformer
        vae = preset.autoencoder.config
        generator = torch.Generator(device).manual_seed(1)
        latents_BCFHW = torch.randn(tuple(shape), generator=generator, device=device)
        size = (2, NUM_WORDS, config.context_channels)
        context_2LD = torch.randn(size, generator=generator, device=device).to(dtype)
        mask_2L = (torch.arange(NUM_WORDS, device=device) < NUM_READ).expand(2, -1)
        grid = TokenGrid(
            fps=FPS,
            compression=Compression(vae.temporal_compression, vae.spatial_compression),
            causal=config.causal_temporal_positioning,
            anchor=config.position_anchor,
            device=device,
        )
        noise_BNC = patchify(latents_BCFHW)
        return cls(shape, latents_BCFHW.to(dtype), noise_BNC, context_2LD, mask_2L, grid.positions(shape))

    def words_of(self, passes: tuple[Pass, ...]) -> tuple[Tensor, Tensor]:
        """The words of each pass, and which of them count."""
        rows = torch.tensor([int(each is Pass.UNCOND) for each in passes], device=self.context_2LD.device)
        return self.context_2LD[rows], self.context_mask_2L[rows]


def guider_of(preset: Preset, *, words: bool, perturbed: bool) -> Guider:
    """The family's guidance, with the scales that it is published with."""
    cfg, stg = (CFG_SCALE if words else 1.0), (STG_SCALE if perturbed else 0.0)
    blocks = (preset.skip_block,)
    if preset.is_ltx2:
        return Ltx2Guider(cfg=cfg, stg=stg, rescale=RESCALE if words else 0.0, skip_blocks=blocks)
    return LtxvGuider.constant(LtxvScales(cfg=cfg, stg=stg, rescale=RESCALE, skip_blocks=blocks))


@torch.no_grad()
def take_step(run_passes: PassesFn, guider: Guider, inputs: Inputs) -> Tensor:
    """One whole step of a walk, from noise to what the model makes of it at once: (B, N, C)."""
    return walk(guided(run_passes, guider), inputs.noise_BNC, ONE_STEP, Euler())


def passes_of(model: VideoTransformer, inputs: Inputs) -> PassesFn:
    """All passes of a plan as one batch, as the render loop runs them.

    Not by the loop's own class, which knows of pictures and clips: the benchmark must run where nothing reads those.
    """

    def run_passes(plan: Plan, x_BNC: Tensor, sigma_BT: Tensor) -> Predictions:
        context_BLD, mask_BL = inputs.words_of(plan.passes)
        num_passes = len(plan.passes)
        sigma_BT = sigma_BT.expand(num_passes, -1)
        perturbation = None
        if Pass.PERTURBED in plan.passes:
            perturbed_B = torch.tensor([each is Pass.PERTURBED for each in plan.passes], device=x_BNC.device)
            perturbation = Perturbation(perturbed_B, frozenset(plan.skip_blocks))
        options = PassOptions(sample_sigma_B1=sigma_BT, perturbation=perturbation)
        x_BNC = x_BNC.repeat(num_passes, 1, 1)
        velocity_BNC = model(x_BNC, sigma_BT, context_BLD, mask_BL, inputs.positions_B3N, options)
        return dict(zip(plan.passes, velocity_BNC.float().chunk(num_passes), strict=True))

    return run_passes


@torch.no_grad()
def decode(vae: VideoVAE, inputs: Inputs) -> Tensor:
    """Decode latents whose noise is what a timestep-conditioned decoder expects: (B, 3, F, H, W)."""
    conditioning = None
    if vae.config.timestep_conditioning:
        conditioning = DecodeConditioning(noise_BCFHW=decode_noise(inputs))
    return vae.decode(inputs.latents_BCFHW, conditioning)


def decode_noise(inputs: Inputs) -> Tensor:
    """Gaussian, and not the latents themselves."""
    return inputs.latents_BCFHW.flip(1)
