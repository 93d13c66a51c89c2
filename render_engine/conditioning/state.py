"""The latent state: everything that decides where the sampler starts, what it may change, and who sees whom.

Shape letters: B batch, N tokens, M tokens that are added, C latent channels; frames are (B, 3, F, H, W) in [-1, 1].
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

import torch
from torch import Tensor

from render_engine.flow.noise import NoiseFn
from render_engine.flow.paths import noised
from render_engine.frames import fitted, stretched
from render_engine.shapes import Compression, LatentShape, TokenGrid, patchify


class KeyframeStyle(StrEnum):
    """How a family gives frames other than the first tokens of their own."""

    LTX_VIDEO = "ltx-video"
    """Before the video's; of a clip, the first two latent frames alone, while the rest takes its place."""
    LTX_2 = "ltx-2"
    """After the video's, the whole clip, placed without the causal shift."""


class AddedTokens(NamedTuple):
    """Tokens beside the video's own, with the noise and the place of each.

    `denoise` is the denoise mask of them all. `seen_BM` is how much the video's tokens and each of these see of each
    other, from 0 to 1; None is wholly.
    """

    clean_BMC: Tensor
    noise_BMC: Tensor
    positions_B3M: Tensor
    denoise: float
    seen_BM: Tensor | None = None


@dataclass(frozen=True)
class LatentState:
    """A render's tokens before its first step.

    A walk starts at `sigma_start` from `start_BNC` under noise. `denoise_mask_BN` is 1 where a token is free and 0
    where it is held at `clean_BNC`; between them it is given in part, as the family does it (`flow.tokens`).
    `attention_BNN` is how much each token (row) sees of each other (column), from 0 to 1; None when all see all.
    The video's own tokens are `num_video`, from `first_video` on. `kept_BN`, over those alone, is True where the walk
    ends on `clean_BNC` to the bit, whatever a family does to held tokens on the way; None where that is nowhere.
    `guide_BNG`, over all tokens, is a drawing beside them for the models that take one (`models.guide`).
    """

    noise_BNC: Tensor
    start_BNC: Tensor
    clean_BNC: Tensor
    denoise_mask_BN: Tensor
    positions_B3N: Tensor
    num_video: int
    first_video: int = 0
    sigma_start: float = 1.0
    attention_BNN: Tensor | None = None
    kept_BN: Tensor | None = None
    guide_BNG: Tensor | None = None

    @classmethod
    def from_noise(cls, noise_BNC: Tensor, positions_B3N: Tensor) -> "LatentState":
        """The state of text alone: nothing is known, every token is free."""
        zeros_BNC = torch.zeros_like(noise_BNC)
        free_BN = noise_BNC.new_ones(noise_BNC.shape[:2])
        return cls(noise_BNC, zeros_BNC, zeros_BNC, free_BN, positions_B3N, noise_BNC.shape[1])

    @property
    def is_free(self) -> bool:
        """Whether no token is given at all, which is computed faster."""
        return bool((self.denoise_mask_BN == 1).all())

    def noised_start(self) -> Tensor:
        """Where free tokens start, (B, N, C)."""
        return noised(self.start_BNC, self.noise_BNC, self.sigma_start)

    def video(self, tokens_BNC: Tensor) -> Tensor:
        """The video's own tokens, without those that items have added."""
        return tokens_BNC[:, self.first_video : self.first_video + self.num_video]

    def ended(self, tokens_BNC: Tensor) -> Tensor:
        """The video's own tokens after a walk."""
        if self.kept_BN is None:
            return self.video(tokens_BNC)
        return torch.where(self.kept_BN.unsqueeze(-1), self.video(self.clean_BNC), self.video(tokens_BNC))

    def started_from(self, tokens_BNC: Tensor, sigma: float) -> "LatentState":
        """Start the video from known tokens under noise of level `sigma`."""
        start_BNC = self.start_BNC.clone()
        self.video(start_BNC).copy_(tokens_BNC)
        return replace(self, start_BNC=start_BNC, sigma_start=sigma)

    def guided_by(self, tokens_BNC: Tensor, noise_BNC: Tensor, strength_B: Tensor) -> "LatentState":
        """Put drawings' tokens beside the video's own, under noise of level `1 - strength`; where that is 0, none."""
        strength_B11 = strength_B.to(tokens_BNC).view(-1, 1, 1)
        beside_BNG = torch.cat(
            (
                noised(tokens_BNC, noise_BNC, 1 - strength_B11) * (strength_B11 > 0),
                strength_B11.expand(-1, tokens_BNC.shape[1], 1),
            ),
            dim=-1,
        )
        guide_BNG = self.noise_BNC.new_zeros(*self.noise_BNC.shape[:2], tokens_BNC.shape[-1] + 1)
        self.video(guide_BNG).copy_(beside_BNG)
        return replace(self, guide_BNG=guide_BNG)

    def given(self, tokens_BMC: Tensor, first: int, mask_BM: Tensor | float) -> "LatentState":
        """Give tokens of the video in place, from its token `first` on, under their denoise mask."""
        clean_BNC, mask_BN = self.clean_BNC.clone(), self.denoise_mask_BN.clone()
        place = slice(first, first + tokens_BMC.shape[1])
        self.video(clean_BNC)[:, place] = tokens_BMC
        self.video(mask_BN)[:, place] = mask_BM
        return replace(self, clean_BNC=clean_BNC, denoise_mask_BN=mask_BN)

    def with_tokens(self, added: AddedTokens, style: KeyframeStyle) -> "LatentState":
        """Add tokens beside the video's, after those that were added on that side before.

        LTX-Video starts them from noise alone, to which their strength then mixes what is given: at whatever level the
        video itself is started from.
        """
        is_before, num_added = style is KeyframeStyle.LTX_VIDEO, added.clean_BMC.shape[1]
        at = self.first_video if is_before else self.noise_BNC.shape[1]

        def joined(own: Tensor, new: Tensor, dim: int = 1) -> Tensor:
            return torch.cat((own.narrow(dim, 0, at), new, own.narrow(dim, at, own.shape[dim] - at)), dim)

        return replace(
            self,
            noise_BNC=joined(self.noise_BNC, added.noise_BMC),
            start_BNC=joined(self.start_BNC, added.noise_BMC if is_before else torch.zeros_like(added.clean_BMC)),
            clean_BNC=joined(self.clean_BNC, added.clean_BMC),
            denoise_mask_BN=joined(
                self.denoise_mask_BN, added.clean_BMC.new_full(added.clean_BMC.shape[:2], added.denoise)
            ),
            positions_B3N=joined(self.positions_B3N, added.positions_B3M, 2),
            first_video=self.first_video + (num_added if is_before else 0),
            attention_BNN=self._attention_with(num_added, added.seen_BM, at),
            guide_BNG=None if self.guide_BNG is None else joined(self.guide_BNG, self._no_guide(num_added)),
        )

    def _no_guide(self, num_added: int) -> Tensor:
        batch, _, width = self.noise_BNC.shape
        return self.noise_BNC.new_zeros(batch, num_added, width + 1)

    def _attention_with(self, num_added: int, seen_BM: Tensor | None, at: int) -> Tensor | None:
        """Added tokens see each other and the video; where anything is seen in part, nothing else that was added."""
        if seen_BM is None and self.attention_BNN is None:
            return None
        batch, num_own = self.denoise_mask_BN.shape
        order = torch.arange(num_own + num_added, device=self.denoise_mask_BN.device)
        new_M, own_N = order[at : at + num_added], torch.cat((order[:at], order[at + num_added :]))
        video_N = own_N[self.first_video : self.first_video + self.num_video]
        attention_BNN = self.denoise_mask_BN.new_zeros(batch, len(order), len(order))
        attention_BNN[:, own_N[:, None], own_N] = 1 if self.attention_BNN is None else self.attention_BNN
        attention_BNN[:, new_M[:, None], new_M] = 1
        seen_BM = self.denoise_mask_BN.new_ones(batch, num_added) if seen_BM is None else seen_BM
        attention_BNN[:, video_N[:, None], new_M] = seen_BM.unsqueeze(1)
        attention_BNN[:, new_M[:, None], video_N] = seen_BM.unsqueeze(2)
        return attention_BNN


@dataclass(frozen=True)
class LatentTools:
    """What an item needs besides the state: the size of the latents, and how frames become tokens in their places."""

    shape: LatentShape
    grid: TokenGrid
    encode: Callable[[Tensor], Tensor]
    """Frames to normalised latents."""
    noise: NoiseFn
    style: KeyframeStyle = KeyframeStyle.LTX_VIDEO
    output_size: tuple[int, int] | None = None
    """Width and height of the frames that the video's are scaled to in the end."""

    @property
    def compression(self) -> Compression:
        """What one latent voxel stands for."""
        return self.grid.compression

    def latents_of(self, frames_BCFHW: Tensor, *, downscale: int = 1) -> Tensor:
        """Encode frames at the video's size over `downscale`, once for all samples of a batch or once for each.

        They are cropped about their centre to the sides of the output. A stage whose sides are others stretches them,
        as its frames are stretched back in the end.

        Raises:
            ValueError: their number is not 8k+1, or whatever else the compression is.
        """
        num_frames, time = frames_BCFHW.shape[2], self.compression.temporal
        if (num_frames - 1) % time:
            raise ValueError(f"a clip of {num_frames} frames conditions nothing: give it {time}k+1 frames")
        whole = (self.shape.width * self.compression.spatial, self.shape.height * self.compression.spatial)
        frames_BCFHW = fitted(frames_BCFHW, *(self.output_size or whole))
        latents_BCFHW = self.encode(stretched(frames_BCFHW, *(size // downscale for size in whole)))
        return latents_BCFHW.expand(self.shape.batch, -1, -1, -1, -1)

    def whole_tokens_of(self, frames_BCFHW: Tensor) -> Tensor:
        """Encode a clip that is as long as the video.

        Raises:
            ValueError: it is not.
        """
        latents_BCFHW = self.latents_of(frames_BCFHW)
        if latents_BCFHW.shape[2] != self.shape.frames:
            wanted = (self.shape.frames - 1) * self.compression.temporal + 1
            raise ValueError(f"the clip has {frames_BCFHW.shape[2]} frames, the video {wanted}")
        return patchify(latents_BCFHW)
