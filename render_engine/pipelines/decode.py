"""Decoding a clip piece by piece and tile by tile, in memory that does not grow with its length."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from render_engine.cancelling import CancelledFn, heeded, never
from render_engine.frames import to_pixels
from render_engine.media.read import Frame
from render_engine.models.vae import DecodeConditioning, VideoVAE
from render_engine.models.vae_stream import Stream
from render_engine.shapes import LatentShape

PIECES = (16, 8, 4, 2, 1)
TILES = (None, 32, 16, 8)
MEASURED = LatentShape(1, 1, 128, 4, 4)
"""The latents (but for their channels) on which a decoder's memory is read off, without computing anything."""
HALO = 2
"""Latent rows and columns that a tile sees of its neighbours, at most."""
ENTERING, WORKING = 2, 3
"""A layer that runs holds, beyond its input and output, three times as much of what it sees, and two frames of padding.

Counted op by op on every layout: 3.1 to 5.5 for a piece of one latent frame, 2.4 to 3.8 a frame for four.
"""


@dataclass(frozen=True)
class DecodePlan:
    """How much is decoded at once: latent frames a piece, and latent rows and columns a tile; None is all of them.

    Tiles need no overlap: each layer sees as much of its neighbours as it reaches. Another plan gives the same frames
    up to float rounding, which may turn a byte in 200,000 by one.
    """

    num_frames: int | None = None
    tile: int | None = None

    def __post_init__(self) -> None:
        if (self.num_frames is not None and self.num_frames < 1) or (self.tile is not None and self.tile < 2):
            raise ValueError(f"{self}: a piece has 1 latent frame or more, a tile 2 rows and columns or more")


WHOLE = DecodePlan()
"""All at once, as `VideoVAE.decode` does it, bit for bit."""


def decode_stream(
    vae: VideoVAE, latents_BCFHW: Tensor, conditioning: DecodeConditioning | None = None, plan: DecodePlan = WHOLE
) -> Iterator[Tensor]:
    """Decode normalised latents to pieces (B, 3, f, H, W), in order; together they are the frames of `vae.decode`.

    What is wrong with the call is said at once. Several streams of one autoencoder may run side by side.

    Raises:
        ValueError: as `vae.decode` does.
    """
    pieces = vae.decode_pieces(latents_BCFHW, conditioning, num_frames=plan.num_frames, tile=plan.tile)
    return _without_gradients(pieces)


def pixel_stream(pieces: Iterable[Tensor], cancelled: CancelledFn = never) -> Iterator[Frame]:
    """The frames of one clip as bytes (H, W, 3), one by one; a cancel is heard between two pieces."""
    for piece_BCFHW in heeded(pieces, cancelled):
        yield from to_pixels(piece_BCFHW[0])


def choose_plan(vae: VideoVAE, shape: LatentShape, free_bytes: int) -> DecodePlan:
    """The plan with the largest tiles, then the longest pieces, whose decode is expected to stay within memory.

    Equal arguments give an equal plan. As another plan turns a byte here and there, give a fixed budget, not what
    happens to be free, where films must come out equal.

    Raises:
        ValueError: even the smallest does not fit; the message says what it needs.
    """
    need = DecodeNeed.of(vae)
    plans = [WHOLE, *(DecodePlan(num_frames, tile) for tile, num_frames in product(TILES, PIECES))]
    for plan in plans:
        if need.bytes_of(shape, plan) <= free_bytes:
            return plan
    least = min(need.bytes_of(shape, plan) for plan in plans)
    raise ValueError(
        f"decoding {shape.width}x{shape.height} latents takes about {in_words(least)}, "
        f"{in_words(free_bytes)} are free: render smaller"
    )


def in_words(num_bytes: float) -> str:
    """A number of bytes as messages say it."""
    return f"{num_bytes / 1e9:.1f} GB" if num_bytes >= 1e9 else f"{num_bytes / 1e6:.1f} MB"


class DecodeNeed(NamedTuple):
    """What a decoder keeps between two pieces, a latent row and column; and the most that one layer reads and writes.

    The latter is for a latent voxel; both are in bytes.
    """

    kept: float
    widest: float

    @classmethod
    @torch.no_grad()
    def of(cls, vae: VideoVAE) -> "DecodeNeed":
        """Let a clip that holds no numbers flow through the layers."""
        _, _, frames, rows, columns = MEASURED
        like = next(vae.parameters())
        with FakeTensorMode(allow_non_fake_inputs=True):
            x_BCFHW = like.new_empty(1, vae.config.latent_channels, frames, rows, columns)
            timestep_B = like.new_empty(1) if vae.config.timestep_conditioning else None
            stream, widest = Stream(ends=False, noise=lambda _layer: like.new_empty(())), 0
            for layer in vae.decoding_layers(timestep_B):
                output_BCFHW = layer.run(x_BCFHW, stream)
                widest = max(widest, x_BCFHW.nbytes + output_BCFHW.nbytes)
                x_BCFHW = output_BCFHW
            kept = sum(tensor.nbytes for tensor in stream.kept.values())
        return cls(kept / (rows * columns), widest / (frames * rows * columns))

    def bytes_of(self, shape: LatentShape, plan: DecodePlan) -> int:
        """The most that a decode of a clip takes, beyond weights, latents and the frames it has given away."""
        frames = min(plan.num_frames or shape.frames, shape.frames)
        (most_rows, all_rows), (most_columns, all_columns) = (
            _grown_tiles(size, plan.tile) for size in (shape.height, shape.width)
        )
        kept = 0.0 if frames == shape.frames else self.kept * all_rows * all_columns
        at_work = most_rows * most_columns * (WORKING * frames + ENTERING)
        return round(shape.batch * (kept + self.widest * (shape.height * shape.width * frames + at_work)))


def _grown_tiles(size: int, tile: int | None) -> tuple[int, int]:
    """Rows, or columns, of the largest tile with what it sees of its neighbours, and of all tiles together; at most."""
    num_tiles = math.ceil(size / (tile or size))
    largest = math.ceil(size / num_tiles) + HALO * min(num_tiles - 1, 2)
    return min(largest, size), size + 2 * HALO * (num_tiles - 1)


@torch.no_grad()
def _without_gradients(pieces: Iterator[Tensor]) -> Iterator[Tensor]:
    yield from pieces
