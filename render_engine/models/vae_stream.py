"""Decoding in pieces and tiles: what layers keep of a clip between two pieces of it, and the pieces' way through them.

A convolution that sees later frames holds its output back until they come, so its pieces lag; whatever is added to them
waits as long. A whole clip is one piece. A layer that is run tile by tile sees as much of the neighbours as it reaches,
so that its tiles fit without a seam. Shape letters: B batch, C channels, F frames, H and W rows and columns at the
tensor's own resolution.
"""

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Window(NamedTuple):
    """A part of a picture: its first row and column, and those behind its last."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def area(self) -> int:
        """Rows times columns."""
        return (self.bottom - self.top) * (self.right - self.left)

    def of(self, x: Tensor) -> Tensor:
        """What it shows of a picture, whose last dimensions are rows and columns."""
        return x[..., self.top : self.bottom, self.left : self.right]

    def scaled(self, scale: int) -> "Window":
        """The same part where a picture has `scale` rows and columns for one."""
        return Window(*(scale * edge for edge in self))

    def grown(self, reach: int, rows: int, columns: int) -> "Window":
        """With `reach` more on every side that is not the picture's own edge."""
        top, left = max(self.top - reach, 0), max(self.left - reach, 0)
        return Window(top, left, min(self.bottom + reach, rows), min(self.right + reach, columns))

    def within(self, other: "Window") -> "Window":
        """The same part, counted from where the other begins."""
        return Window(self.top - other.top, self.left - other.left, self.bottom - other.top, self.right - other.left)


def tile_windows(rows: int, columns: int, tile: int | None) -> list[Window]:
    """Windows of at most `tile` rows and columns, about equal, that cover a picture; None is one of all of it."""
    tops, lefts = _edges(rows, tile), _edges(columns, tile)
    return [
        Window(tops[row], lefts[column], tops[row + 1], lefts[column + 1])
        for row in range(len(tops) - 1)
        for column in range(len(lefts) - 1)
    ]


def _edges(length: int, tile: int | None) -> list[int]:
    num_tiles = math.ceil(length / (tile or length))
    return [number * length // num_tiles for number in range(num_tiles + 1)]


class InjectedNoise:
    """One gaussian picture a layer, drawn when the layer first asks: in the order of the layers, in pieces or not.

    Drawn for the whole picture, so that tiles agree; in float32 where the generator is, so that a seed draws alike
    everywhere.
    """

    def __init__(self, generator: torch.Generator) -> None:
        self._generator = generator
        self._drawn: dict[Hashable, Tensor] = {}

    def picture(self, window: Window, rows: int, columns: int, layer: Hashable) -> Tensor:
        """What a window shows of the layer's picture (H, W)."""
        if layer not in self._drawn:
            self._drawn[layer] = torch.randn(rows, columns, generator=self._generator, device=self._generator.device)
        return window.of(self._drawn[layer])


@dataclass(eq=False)
class Stream:
    """What layers keep between the pieces of one clip, or one tile of it; a new one takes the clip as one piece.

    `ends` says of the piece under way that it is the clip's last; `noise` gives the picture (H, W) that a layer adds.
    """

    ends: bool = True
    noise: Callable[[Hashable], Tensor] | None = None
    kept: dict[Hashable, Tensor] = field(default_factory=dict)
    begun: set[Hashable] = field(default_factory=set)

    def extended(self, layer: Hashable, x_BCFHW: Tensor, before: int, after: int) -> Tensor:
        """A piece behind the frames of which a convolution needs more; edge frames are repeated where the clip ends."""
        head = self.kept.pop(layer, None)
        parts = [x_BCFHW[:, :, :1].repeat(1, 1, before, 1, 1) if head is None else head, x_BCFHW]
        if self.ends:
            parts.append(x_BCFHW[:, :, -1:].repeat(1, 1, after, 1, 1))
        extended = torch.cat(parts, dim=2)
        if not self.ends and extended.shape[2]:
            self.kept[layer] = extended[:, :, -(before + after) :].clone()
        return extended

    def put(self, branch: Hashable, x_BCFHW: Tensor) -> None:
        """Have frames wait beside the layers."""
        kept = self.kept.pop(branch, None)
        self.kept[branch] = x_BCFHW if kept is None else torch.cat([kept, x_BCFHW], dim=2)

    def take(self, branch: Hashable, num_frames: int) -> Tensor:
        """The first of the frames that wait."""
        x_BCFHW = self.kept.pop(branch)
        if num_frames < x_BCFHW.shape[2]:
            self.kept[branch] = x_BCFHW[:, :, num_frames:].clone()
        return x_BCFHW[:, :, :num_frames]

    def without_first(self, layer: Hashable, x_BCFHW: Tensor, num_frames: int) -> Tensor:
        """Drop the clip's first frames, once."""
        if layer in self.begun or not x_BCFHW.shape[2]:
            return x_BCFHW
        self.begun.add(layer)
        return x_BCFHW[:, :, num_frames:]


class Layer(NamedTuple):
    """One step of a decoder, which makes `time_stride` frames of one.

    It reaches so many rows and columns beyond a voxel, and makes as many or a multiple; None is a step that cannot be
    run tile by tile.
    """

    run: Callable[[Tensor, Stream], Tensor]
    reach: int | None
    time_stride: int = 1


def convolve(conv: nn.Conv3d, x_BCFHW: Tensor) -> Tensor:
    """A convolution that makes no frames of fewer than it spans."""
    if x_BCFHW.shape[2] < conv.kernel_size[0]:
        return x_BCFHW.new_empty((len(x_BCFHW), conv.out_channels, 0, *x_BCFHW.shape[3:]))
    output: Tensor = conv(x_BCFHW)
    return output


def flow(
    layers: Sequence[Layer],
    latents_BCFHW: Tensor,
    noise: InjectedNoise | None = None,
    *,
    num_frames: int | None = None,
    tile: int | None = None,
) -> Iterator[Tensor]:
    """Send latents through layers, `num_frames` frames at a time, in tiles of at most `tile` rows and columns.

    Each piece goes as far as it can before the next one enters. At the end every layer gives the frames that it held
    back; those go on in pieces of their own, so that no layer ever sees much more than a piece.
    """
    num_frames = num_frames or latents_BCFHW.shape[2]
    rows, columns = latents_BCFHW.shape[3:]
    whole = _Tiles([Window(0, 0, rows, columns)], noise, rows)
    tiles = _Tiles(tile_windows(rows, columns, tile), noise, rows)
    pieces = torch.split(latents_BCFHW, num_frames, dim=2)
    for number, piece in enumerate(pieces, start=1):
        under_way = [(0, piece, number == len(pieces), num_frames)]
        while under_way:
            depth, x_BCFHW, ends, longest = under_way.pop()
            if depth == len(layers):
                yield x_BCFHW
                continue
            layer = layers[depth]
            longest *= layer.time_stride
            parts = torch.split((whole if layer.reach is None else tiles).run(layer, x_BCFHW, ends=ends), longest, 2)
            if len(parts) > 1:  # a view would hold all of them
                parts = tuple(part.clone() for part in parts)
            for after, part in enumerate(reversed(parts)):
                if part.shape[2]:
                    under_way.append((depth + 1, part, ends and after == 0, longest))


class _Tiles:
    """Windows that cover a picture, in latent rows and columns, each with what the layers keep of it."""

    def __init__(self, windows: list[Window], noise: InjectedNoise | None, latent_rows: int) -> None:
        self._tiles = [(window, Stream()) for window in windows]
        self._noise = noise
        self._latent_rows = latent_rows

    def run(self, layer: Layer, x_BCFHW: Tensor, *, ends: bool) -> Tensor:
        """Run a layer tile by tile."""
        rows, columns = x_BCFHW.shape[3:]
        scale = rows // self._latent_rows
        output = x_BCFHW[:0]
        for number, (window, stream) in enumerate(self._tiles):
            seen = window.scaled(scale).grown(layer.reach or 0, rows, columns)
            stream.ends = ends
            if self._noise is not None:
                stream.noise = partial(self._noise.picture, seen, rows, columns)
            part = layer.run(seen.of(x_BCFHW), stream)
            if len(self._tiles) == 1:
                return part
            growth = part.shape[4] // (seen.right - seen.left)
            if number == 0:
                output = part.new_empty((*part.shape[:3], growth * rows, growth * columns))
            place = window.scaled(scale * growth)
            place.of(output).copy_(place.within(seen.scaled(growth)).of(part))
        return output
