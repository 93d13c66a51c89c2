"""The items of conditioning, as a recipe lists them; each changes the latent state in its own way.

Shape letters: B batch, N tokens, M tokens that are added, C latent channels; frames are (B, 3, F, H, W) in [-1, 1], one
clip for each sample or for all, and are scaled and cropped about their centre where the video has another size.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from render_engine.conditioning.masks import latent_mask
from render_engine.conditioning.state import AddedTokens, KeyframeStyle, LatentState, LatentTools
from render_engine.shapes import TokenGrid, patchify

_PREFIX = 2
"""Latent frames of a clip that LTX-Video gives tokens of their own, where the clip does not open the video."""


class ConditioningItem(Protocol):
    """One condition of a render."""

    def apply_to(self, state: LatentState, tools: LatentTools) -> LatentState:
        """The state with this condition in it."""
        ...


@dataclass(frozen=True)
class FramesItem:
    """The video shows this picture or clip from `frame_index` on; `strength` 1 holds its latents wholly.

    What opens the video takes its place in it, unless it is only `guiding`; what comes later gets tokens of its own,
    as the family does it.
    """

    frames_BCFHW: Tensor
    frame_index: int = 0
    strength: float = 1.0
    guiding: bool = False

    def __post_init__(self) -> None:
        _check_strength(self.strength)

    def apply_to(self, state: LatentState, tools: LatentTools) -> LatentState:
        """Put the frames in their place, or beside it.

        Raises:
            ValueError: they do not lie within the video, or not where the family can put them.
        """
        latents_BCFHW = tools.latents_of(self.frames_BCFHW)
        self._check_place(tools)
        if self.frame_index == 0 and not self.guiding:
            return state.given(patchify(latents_BCFHW), 0, 1 - self.strength)
        if tools.style is KeyframeStyle.LTX_VIDEO and latents_BCFHW.shape[2] > 1:
            return self._with_clip(latents_BCFHW, state, tools)
        return self._with_keyframe(latents_BCFHW, state, tools)

    def _with_clip(self, latents_BCFHW: Tensor, state: LatentState, tools: LatentTools) -> LatentState:
        """As LTX-Video: a clip's first latent frames span another time than the video's there, so they stand aside."""
        if self.frame_index % tools.compression.temporal:
            nearest = round(self.frame_index / tools.compression.temporal) * tools.compression.temporal
            raise ValueError(f"a clip cannot begin at frame {self.frame_index}: the nearest that it can is {nearest}")
        first = (self.frame_index // tools.compression.temporal + _PREFIX) * tools.shape.height * tools.shape.width
        state = state.given(patchify(latents_BCFHW[:, :, _PREFIX:]), first, 1 - self.strength)
        return self._with_keyframe(latents_BCFHW[:, :, :_PREFIX], state, tools)

    def _with_keyframe(self, latents_BCFHW: Tensor, state: LatentState, tools: LatentTools) -> LatentState:
        positions_B3M = tools.grid.positions(
            tools.shape._replace(frames=latents_BCFHW.shape[2]),
            frame_index=self.frame_index,
            single_frame=self.frames_BCFHW.shape[2] == 1,
            shifted=tools.style is KeyframeStyle.LTX_VIDEO or self.frame_index == 0,
        )
        tokens_BMC = patchify(latents_BCFHW)
        noise_BMC = patchify(tools.noise(latents_BCFHW))
        return state.with_tokens(AddedTokens(tokens_BMC, noise_BMC, positions_B3M, 1 - self.strength), tools.style)

    def _check_place(self, tools: LatentTools) -> None:
        num_frames, all_frames = self.frames_BCFHW.shape[2], (tools.shape.frames - 1) * tools.compression.temporal + 1
        if self.frame_index < 0 or self.frame_index + num_frames > all_frames:
            room = all_frames - num_frames
            raise ValueError(
                f"{num_frames} frames from frame {self.frame_index} on do not lie in a video of {all_frames} frames: "
                + (f"begin between 0 and {room}" if room >= 0 else f"give at most {all_frames}")
            )


@dataclass(frozen=True)
class AnimaticItem:
    """The render follows this clip, as long as the video, as far as `strength` says; 0 is text alone.

    It starts from the clip noised to `sigma = 1 - strength`, so that strength 1 is the clip's own latents, without a
    step; or, where it is a drawing `beside` the tokens of a model that takes one, the render starts from noise and the
    drawing stands beside it under that much noise.
    """

    frames_BCFHW: Tensor
    strength: float
    beside: bool = False

    def __post_init__(self) -> None:
        _check_strength(self.strength)

    def apply_to(self, state: LatentState, tools: LatentTools) -> LatentState:
        """Put the clip under every free token and start the schedule at its noise level, or put it beside them."""
        tokens_BNC = tools.whole_tokens_of(self.frames_BCFHW)
        if self.beside:
            strength_B = tokens_BNC.new_full(tokens_BNC.shape[:1], self.strength)
            return state.guided_by(tokens_BNC, tools.noise(tokens_BNC), strength_B)
        return state.started_from(tokens_BNC, 1 - self.strength)


@dataclass(frozen=True)
class ReferenceItem:
    """The render looks at this clip without showing it (IC-LoRA, Huang et al. 2024).

    A LoRA that was trained on references of a fraction of the size or the frame rate says by how much: `downscale`
    and `temporal_scale`. `attention` is how much the video sees of it, from 0 to 1: for all of it, or a mask
    (1, F, H, W) over its pixels.
    """

    frames_BCFHW: Tensor
    strength: float = 1.0
    downscale: int = 1
    temporal_scale: int = 1
    attention: float | Tensor = 1.0

    def __post_init__(self) -> None:
        _check_strength(self.strength)

    def apply_to(self, state: LatentState, tools: LatentTools) -> LatentState:
        """Add the clip's tokens at the places in the video that they are about.

        Raises:
            ValueError: the video's sides cannot be made so much smaller, or the clip's length is not 8k+1.
        """
        if tools.shape.height % self.downscale or tools.shape.width % self.downscale:
            multiple = tools.compression.spatial * self.downscale
            raise ValueError(
                f"a reference of 1/{self.downscale} of the size needs a video, or its first stage, whose sides are "
                f"multiples of {multiple} pixels"
            )
        latents_BCFHW = tools.latents_of(self.frames_BCFHW, downscale=self.downscale)
        shape = tools.shape._replace(**dict(zip(("frames", "height", "width"), latents_BCFHW.shape[2:], strict=True)))
        positions_B3M = self._grid(tools.grid).positions(shape)
        tokens_BMC, noise_BMC = patchify(latents_BCFHW), patchify(tools.noise(latents_BCFHW))
        added = AddedTokens(tokens_BMC, noise_BMC, positions_B3M, 1 - self.strength, self._seen(latents_BCFHW, tools))
        return state.with_tokens(added, tools.style)

    def _grid(self, grid: TokenGrid) -> TokenGrid:
        """Where in the video the clip's tokens are about."""
        spatial = grid.compression.spatial * self.downscale
        return replace(grid, compression=grid.compression._replace(spatial=spatial), slowed=self.temporal_scale)

    def _seen(self, latents_BCFHW: Tensor, tools: LatentTools) -> Tensor | None:
        batch, _, *size = latents_BCFHW.shape
        if isinstance(self.attention, Tensor):
            mask_BFHW = latent_mask(self.attention, size, tools.compression.temporal, "mean")
            return mask_BFHW.flatten(1).expand(batch, -1).to(latents_BCFHW)
        return (
            None
            if self.attention == 1
            else latents_BCFHW.new_full((batch, latents_BCFHW[0, 0].numel()), self.attention)
        )


@dataclass(frozen=True)
class RegionItem:
    """Everything of this clip stays but for a region, which is rendered anew; at strength 1, to the bit.

    `anew_BFHW` is 1 at the pixels that are rendered anew, over the clip's frames; rows and columns may be 1 for whole
    frames. A latent voxel with any such pixel is free.
    """

    frames_BCFHW: Tensor
    anew_BFHW: Tensor
    strength: float = 1.0

    def __post_init__(self) -> None:
        _check_strength(self.strength)

    def apply_to(self, state: LatentState, tools: LatentTools) -> LatentState:
        """Give every token of the clip that lies outside of the region; what is given within it stays given."""
        tokens_BNC = tools.whole_tokens_of(self.frames_BCFHW)
        anew_BFHW = latent_mask(self.anew_BFHW, tools.shape[2:], tools.compression.temporal, "max")
        is_free_BN = (anew_BFHW.flatten(1) > 0).to(tokens_BNC.device)
        own_BN = state.video(state.denoise_mask_BN)
        is_given_BN1 = (is_free_BN & (own_BN < 1)).unsqueeze(-1)
        tokens_BNC = torch.where(is_given_BN1, state.video(state.clean_BNC), tokens_BNC)
        mask_BN = torch.where(is_free_BN, own_BN, 1 - self.strength)
        state = state.given(tokens_BNC, 0, mask_BN)
        return replace(state, kept_BN=~is_free_BN) if self.strength == 1 else state


def _check_strength(strength: float) -> None:
    if not 0 <= strength <= 1:
        raise ValueError(f"strength must be between 0 and 1, not {strength}")
