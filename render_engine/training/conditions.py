"""What a training step is given besides words: an animatic, a first frame, key frames, a clip to go on from, a region.

The state is built by the operations that a render uses, so that a model trains on what it will be asked.
Shape letters: B batch, N tokens, C latent channels.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from render_engine.conditioning import KeyframeStyle, LatentState
from render_engine.conditioning.state import AddedTokens
from render_engine.flow.paths import noised
from render_engine.models.transformer_config import TransformerConfig
from render_engine.shapes import LatentShape, TokenGrid, patchify
from render_engine.training.latents import LatentBatch


@dataclass(frozen=True)
class ConditionShares:
    """Of how many steps, or for the animatic of how many clips, each condition is a part.

    `extend` holds a part of the clip, its beginning or its end; `region` all but some latent frames or columns. Of the
    clips with an animatic, `weak_guide` have it under noise, as at strengths below 1.
    """

    first_frame: float = 0.12
    last_frame: float = 0.08
    extend: float = 0.06
    region: float = 0.06
    guide: float = 0.8
    weak_guide: float = 0.3

    def for_model(self, config: TransformerConfig) -> "ConditionShares":
        """A model that takes no guide is trained without; it starts from an animatic as from any clip."""
        return self if config.guided else replace(self, guide=0.0)


NO_CONDITIONS = ConditionShares(0.0, 0.0, 0.0, 0.0, guide=0.0)
GUIDED_ALONE = ConditionShares(0.0, 0.0, 0.0, 0.0, guide=1.0, weak_guide=0.0)


def conditioned(
    batch: LatentBatch,
    grid: TokenGrid,
    noise: torch.Generator,
    generator: np.random.Generator,
    shares: ConditionShares,
) -> LatentState:
    """The state of a batch: its clips as what the walk would end on, and what is drawn of the conditions.

    Args:
        batch: the clips.
        grid: places their tokens.
        noise: draws all noise.
        generator: decides the conditions.
        shares: how often each is drawn.
    """
    shape, device = LatentShape(*batch.latents_BCFHW.shape), grid.device
    x0_BNC = patchify(batch.latents_BCFHW).to(device)
    state = LatentState.from_noise(_noise_like(x0_BNC, noise), grid.positions(shape)).started_from(x0_BNC, 1.0)
    state = _held(state, shape, generator, shares)
    strength_B = _strengths(shape.batch, generator, shares)
    if strength_B.any():
        state = state.guided_by(patchify(batch.boards_BCFHW).to(device), _noise_like(x0_BNC, noise), strength_B)
    if batch.still_BC1HW is not None and generator.random() < shares.last_frame:
        state = _with_last_frame(state, batch.still_BC1HW.to(device), shape, grid)
    return state


def at_level(state: LatentState, sigma_B: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Where a walk is at a noise level: tokens (B, N, C), each token's own level (B, N), the clean tokens (B, N, C)."""
    sigma_BN = torch.minimum(sigma_B.view(-1, 1), state.denoise_mask_BN)
    x0_BNC = torch.where((state.denoise_mask_BN > 0).unsqueeze(-1), state.start_BNC, state.clean_BNC)
    return noised(x0_BNC, state.noise_BNC, sigma_BN.unsqueeze(-1)), sigma_BN, x0_BNC


def _noise_like(tokens_BNC: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(tokens_BNC.shape, generator=generator).to(tokens_BNC.device)


def _strengths(batch: int, generator: np.random.Generator, shares: ConditionShares) -> Tensor:
    strengths = np.where(generator.random(batch) < shares.weak_guide, generator.uniform(0.2, 1.0, batch), 1.0)
    return torch.from_numpy(strengths * (generator.random(batch) < shares.guide)).float()


def _held(
    state: LatentState, shape: LatentShape, generator: np.random.Generator, shares: ConditionShares
) -> LatentState:
    """Hold a part of the clips themselves, as a first frame, a clip to go on from and a retake do."""
    is_free_FHW = torch.ones(shape.frames, shape.height, shape.width)
    draw, frames = generator.random(), shape.frames
    if frames == 1:
        return state
    if draw < shares.first_frame:
        is_free_FHW[:1] = 0
    elif draw < shares.first_frame + shares.extend:
        kept = int(generator.integers(1, frames))
        is_free_FHW[slice(0, kept) if generator.random() < 0.7 else slice(frames - kept, frames)] = 0
    elif draw < shares.first_frame + shares.extend + shares.region:
        first = int(generator.integers(0, frames - 1))
        left, wide = int(generator.integers(0, shape.width)), int(generator.integers(2, shape.width + 1))
        is_free_FHW[:] = 0
        is_free_FHW[first : first + int(generator.integers(1, frames)), :, left : left + wide] = 1
    else:
        return state
    mask_BN = is_free_FHW.flatten().expand(shape.batch, -1).to(state.noise_BNC)
    return state.given(state.start_BNC, 0, mask_BN)


def _with_last_frame(state: LatentState, still_BC1HW: Tensor, shape: LatentShape, grid: TokenGrid) -> LatentState:
    """Give the frame that the clips end on as a key frame."""
    last = (shape.frames - 1) * grid.compression.temporal
    tokens_BMC = patchify(still_BC1HW)
    places_B3M = grid.positions(shape._replace(frames=1), frame_index=last, single_frame=True)
    return state.with_tokens(AddedTokens(tokens_BMC, tokens_BMC, places_B3M, 0.0), KeyframeStyle.LTX_VIDEO)
