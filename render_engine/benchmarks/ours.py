"""Our side of the benchmark: the passes of a step, and decoding, as the engine runs them.

Shape letters: B batch, N tokens, C latent channels, F latent frames, H and W latent rows and columns, L caption tokens,
D caption channels.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from render_engine.benchmarks.sizes import ClipSize, Preset
from render_engine.conditioning import LatentState
from render_engine.flow.guidance import Guider, Ltx2Guider, LtxvGuider, LtxvScales, PassesFn, guided
from render_engine.flow.samplers import Euler, walk
from render_engine.models.transformer import VideoTransformer
from render_engine.models.vae import DecodeConditioning, VideoVAE
from render_engine.pipelines.passes import Passes, Words
from render_engine.shapes import Compression, LatentShape, TokenGrid, patchify

NUM_WORDS, NUM_READ = 256, 128
"""Caption tokens, and how many of them count; the others are padding, as T5's tokenizer leaves it."""
FPS = 24.0
CFG_SCALE, STG_SCALE, RESCALE = 3.0, 1.0, 0.7
ONE_STEP = (1.0, 0.0)


@dataclass(frozen=True)
class Inputs:
    """What a step is given, and what is decoded."""

    shape: LatentShape
    latents_BCFHW: Tensor
    words: Words
    state: LatentState

    @classmethod
    def random(cls, preset: Preset, clip: ClipSize, device: torch.device, dtype: torch.dtype) -> Self:
        """The same numbers every time, drawn on the device; the walk is float32, whatever networks compute in."""
        shape, config = preset.latent_shape(clip), preset.transformer
        vae = preset.autoencoder.config
        generator = torch.Generator(device).manual_seed(1)
        latents_BCFHW = torch.randn(tuple(shape), generator=generator, device=device)
        size = (2, NUM_WORDS, config.context_channels)
        context_BLD = torch.randn(size, generator=generator, device=device).to(dtype)
        mask_BL = (torch.arange(NUM_WORDS, device=device) < NUM_READ).expand(2, -1)
        grid = TokenGrid(
            fps=FPS,
            compression=Compression(vae.temporal_compression, vae.spatial_compression),
            causal=config.causal_temporal_positioning,
            anchor=config.position_anchor,
            device=device,
        )
        state = LatentState.from_noise(patchify(latents_BCFHW), grid.positions(shape))
        return cls(shape, latents_BCFHW.to(dtype), Words(context_BLD, mask_BL), state)


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
    return walk(guided(run_passes, guider), inputs.state.noise_BNC, ONE_STEP, Euler())


def passes_of(model: VideoTransformer, inputs: Inputs) -> PassesFn:
    """The render loop's own: all passes of a plan as one batch."""
    return Passes(model, inputs.words, inputs.state, tokens_per_frame=inputs.shape.height * inputs.shape.width)


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
