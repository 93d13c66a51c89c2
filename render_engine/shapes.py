"""Shapes: how pixels, latents and tokens relate, and where every token lies in seconds and pixels.

Shape letters: B batch, C latent channels, F latent frames, H and W latent rows and columns, N = F * H * W tokens in
the order f, h, w. A token is one latent voxel (patch 1 x 1 x 1).
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor


class Compression(NamedTuple):
    """How many frames and pixels one latent voxel stands for."""

    temporal: int
    spatial: int


class LatentShape(NamedTuple):
    """The size of a latent video."""

    batch: int
    channels: int
    frames: int
    height: int
    width: int

    @property
    def num_tokens(self) -> int:
        """Tokens of one sample."""
        return self.frames * self.height * self.width

    @classmethod
    def from_pixels(
        cls, *, width: int, height: int, num_frames: int, channels: int, compression: Compression
    ) -> "LatentShape":
        """The latents of one clip of pixels.

        Raises:
            ValueError: the size is no multiple of the compression; the message names the nearest that is.
        """
        temporal, spatial = compression
        nearest = (_nearest(width, spatial), _nearest(height, spatial), _nearest(num_frames - 1, temporal, least=0) + 1)
        if nearest != (width, height, num_frames):
            raise ValueError(
                f"{width}x{height} with {num_frames} frames does not fit multiples of {spatial} pixels and "
                f"{temporal}k+1 frames: the nearest is {nearest[0]}x{nearest[1]} with {nearest[2]} frames"
            )
        return cls(1, channels, (num_frames - 1) // temporal + 1, height // spatial, width // spatial)


def patchify(latents_BCFHW: Tensor) -> Tensor:
    """Latents to tokens (B, N, C), in the order f, h, w."""
    return latents_BCFHW.flatten(2).transpose(1, 2)


def unpatchify(tokens_BNC: Tensor, shape: LatentShape) -> Tensor:
    """Tokens back to latents (B, C, F, H, W).

    Raises:
        ValueError: there are not `shape.num_tokens` tokens.
    """
    if tokens_BNC.shape[1] != shape.num_tokens:
        raise ValueError(
            f"{tokens_BNC.shape[1]} tokens do not make {shape.frames}x{shape.height}x{shape.width} latents"
        )
    return torch.unflatten(tokens_BNC.transpose(1, 2), 2, shape[2:])


@dataclass(frozen=True)
class TokenGrid:
    """Where tokens lie, in seconds and pixels.

    With `causal`, latent frame 0 stands for the first frame alone, so that latent frame f > 0 starts at frame
    `temporal * (f - 1) + 1` (LTX-Video from 0.9.5 on, LTX-2); without it, at `temporal * f`. A token lies where its
    patch starts, or (LTX-2) halfway to where it ends. Of a `slowed` clip, each frame lasts that many of the video's,
    and both end together.
    """

    fps: float
    compression: Compression
    causal: bool
    anchor: Literal["start", "middle"] = "start"
    device: torch.device | str = "cpu"
    slowed: int = 1

    def positions(
        self, shape: LatentShape, *, frame_index: int = 0, single_frame: bool = False, shifted: bool = True
    ) -> Tensor:
        """The place of each token: (1, 3, N) float32 of seconds, pixels down, pixels across.

        Args:
            shape: of the latents whose tokens they are.
            frame_index: where their first frame lies in the video.
            single_frame: they stand for one frame alone, as a picture's do.
            shifted: False leaves out the causal shift.
        """
        starts_B3N = self._corners(shape, 0, frame_index, causal=self.causal and shifted)
        if self.anchor == "start":
            return starts_B3N
        ends_B3N = self._corners(shape, 1, frame_index, causal=self.causal and shifted)
        if single_frame:
            ends_B3N[:, 0] = starts_B3N[:, 0] + 1 / self.fps
        return (starts_B3N + ends_B3N) / 2

    def _corners(self, shape: LatentShape, step: int, frame_index: int, *, causal: bool) -> Tensor:
        frame, down, across = (
            torch.arange(step, size + step, dtype=torch.float32, device=self.device)
            for size in (shape.frames, shape.height, shape.width)
        )
        frame = frame * self.compression.temporal
        if causal:
            frame = (frame + 1 - self.compression.temporal).clamp(min=0)
        seconds = (frame + frame_index) / self.fps
        if self.slowed != 1:
            seconds = (seconds * self.slowed - (self.slowed - 1) / self.fps).clamp(min=0)
        axes = (seconds, down * self.compression.spatial, across * self.compression.spatial)
        return torch.stack(torch.meshgrid(*axes, indexing="ij")).flatten(1).unsqueeze(0)


def _nearest(value: int, multiple: int, *, least: int = 1) -> int:
    return max(round(value / multiple), least) * multiple
