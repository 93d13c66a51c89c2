"""Conditioning: what a render starts from and must keep, as items that each change the latent state.

Shape letters: B batch, N tokens, C latent channels; frames are (B, 3, F, H, W) in [-1, 1].
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from render_engine.flow.paths import noised
from render_engine.shapes import LatentShape, patchify


@dataclass(frozen=True)
class LatentState:
    """Everything that decides where the sampler starts and what it may change.

    `denoise_mask_BN` is the highest sigma each token may have: 1 is free, 0 is held exactly at `clean_BNC`, between
    them a token waits at that noise level for the schedule. `sigma_start` is where the schedule starts for all.
    """

    noise_BNC: Tensor
    clean_BNC: Tensor
    denoise_mask_BN: Tensor
    positions_B3N: Tensor
    sigma_start: float = 1.0

    @classmethod
    def from_noise(cls, noise_BNC: Tensor, positions_B3N: Tensor) -> "LatentState":
        """The state of text alone: nothing is known, every token is free."""
        free_BN = noise_BNC.new_ones(noise_BNC.shape[:2])
        return cls(noise_BNC, torch.zeros_like(noise_BNC), free_BN, positions_B3N)

    @property
    def first_latents(self) -> Tensor:
        """Where the sampler starts, (B, N, C): each token on its own path, at its own first sigma."""
        sigma_BN1 = self.denoise_mask_BN.clamp(max=self.sigma_start).unsqueeze(-1)
        return noised(self.clean_BNC, self.noise_BNC, sigma_BN1)

    @property
    def ceiling(self) -> Tensor | None:
        """The mask as samplers take it: None when every token is free, which the transformer computes faster."""
        return None if bool((self.denoise_mask_BN == 1).all()) else self.denoise_mask_BN

    def started_from(self, tokens_BNC: Tensor, sigma: float) -> "LatentState":
        """Start from known tokens noised to `sigma`; tokens that an item holds already stay that item's."""
        free_BN1 = (self.denoise_mask_BN == 1).unsqueeze(-1)
        return replace(self, clean_BNC=torch.where(free_BN1, tokens_BNC, self.clean_BNC), sigma_start=sigma)


class LatentTools(NamedTuple):
    """What an item needs besides the state: the size of the latents, and the encoder of frames."""

    shape: LatentShape
    encode: Callable[[Tensor], Tensor]

    def tokens_of(self, frames_BCFHW: Tensor, num_latent_frames: int) -> Tensor:
        """Encode frames as tokens.

        Raises:
            ValueError: their latents have another size than the video's.
        """
        latents_BCFHW = self.encode(frames_BCFHW)
        expected = self.shape._replace(frames=num_latent_frames)
        if latents_BCFHW.shape[1:] != expected[1:]:
            raise ValueError(f"conditioning has latents {tuple(latents_BCFHW.shape[1:])}, the video {expected[1:]}")
        return patchify(latents_BCFHW)


class ConditioningItem(Protocol):
    """One condition of a render."""

    def apply_to(self, state: LatentState, tools: LatentTools) -> LatentState:
        """The state with this condition in it."""
        ...


@dataclass(frozen=True)
class FirstFrameItem:
    """The clip opens on this picture, (B, 3, 1, H, W); `strength` 1 keeps its latents exactly."""

    frames_BCFHW: Tensor
    strength: float = 1.0

    def __post_init__(self) -> None:
        _check_strength(self.strength)

    def apply_to(self, state: LatentState, tools: LatentTools) -> LatentState:
        """Replace the tokens of latent frame 0 in place, and let none of them be noisier than `1 - strength`."""
        tokens_BNC = tools.tokens_of(self.frames_BCFHW, 1)
        num_tokens = tokens_BNC.shape[1]
        clean_BNC, mask_BN = state.clean_BNC.clone(), state.denoise_mask_BN.clone()
        clean_BNC[:, :num_tokens] = tokens_BNC
        mask_BN[:, :num_tokens] = 1 - self.strength
        return replace(state, clean_BNC=clean_BNC, denoise_mask_BN=mask_BN)


@dataclass(frozen=True)
class AnimaticItem:
    """The render starts from this drawn clip, (B, 3, F, H, W), noised to `sigma = 1 - strength`.

    Strength 0 is text alone; strength 1 is the drawing's own latents, without a step.
    """

    frames_BCFHW: Tensor
    strength: float

    def __post_init__(self) -> None:
        _check_strength(self.strength)

    def apply_to(self, state: LatentState, tools: LatentTools) -> LatentState:
        """Put the drawing under every free token and start the schedule at its noise level."""
        return state.started_from(tools.tokens_of(self.frames_BCFHW, tools.shape.frames), 1 - self.strength)


def _check_strength(strength: float) -> None:
    if not 0 <= strength <= 1:
        raise ValueError(f"strength must be between 0 and 1, not {strength}")
