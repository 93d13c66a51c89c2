"""The stage collects what a shot is made of, far to near: still layers, drifting ones, and what is drawn each frame."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import torch
import torch.nn.functional as nnf
from torch import Tensor

from render_engine.api.scene import SceneSpec
from render_engine.world.camera import Move
from render_engine.world.light import Light
from render_engine.world.noise import Dice
from render_engine.world.pen import Patch, Pen, blank
from render_engine.world.view import View

BANK = 1.001
"""The parallax of a shore at the subject's own depth: behind who stands on it, before what floats beyond it."""


class Painted(Protocol):
    """Something that lays itself over one frame."""

    def paint(self, frame: Tensor, index: int) -> None:
        """Change `frame` (3, H, W) in place; `index` counts frames from 0."""
        ...


@dataclass(frozen=True)
class Ground:
    """Where subjects stand in a setting, as fractions of the frame's height; `water` is None where there is none."""

    feet: float
    water: float | None = None
    indoors: bool = False


@dataclass
class Layer:
    """Still planes (4, 1, H', W') on a canvas wider than the frame, moved by the camera according to parallax."""

    planes: Tensor
    margin: tuple[int, int]
    parallax: float
    move: Move
    unit_px: float
    drift: Tensor | None = None

    def paint(self, frame: Tensor, index: int) -> None:
        """Lay the frame's window of the canvas over it, where the canvas holds anything."""
        height = frame.shape[-2]
        _, rise, zoom = self._aims[index]
        first, last = self._rows
        middle = self.planes.shape[-2] / 2 + rise
        top = max(0, math.floor((first - middle) * zoom + height / 2) - 1)
        bottom = min(height, math.ceil((last - middle) * zoom + height / 2) + 1)
        if top < bottom:
            over(frame[:, top:bottom], self.sample(frame.shape[-1], height, index, rows=(top, bottom)))

    def sample(self, width: int, height: int, index: int, *, rows: tuple[int, int] | None = None) -> Tensor:
        """The canvas (4, H, W) as the camera sees it in one frame, or only some rows of it."""
        shift, rise, zoom = self._aims[index]
        top, bottom = (0, height) if rows is None else rows
        planes = self.planes[:, 0]
        if zoom != 1.0:
            return _zoomed(planes, (width, height), (shift, rise, zoom), (top, bottom))
        return shifted(planes, (width, bottom - top), (self.margin[0] + shift, self.margin[1] + rise + top))

    def carried(self, places: Tensor, index: int) -> Tensor:
        """Where what is seen at pixels (2, H, W) of one frame is in the next, as (column, row)."""
        middle = torch.tensor([places.shape[-1] / 2, places.shape[-2] / 2]).view(2, 1, 1)
        (*aim, zoom), (*aim_next, zoom_next) = self._aims[index], self._aims[index + 1]
        canvas = (places - middle) / zoom + torch.tensor(aim).view(2, 1, 1)
        return (canvas - torch.tensor(aim_next).view(2, 1, 1)) * zoom_next + middle

    @cached_property
    def _rows(self) -> tuple[int, int]:
        """The first and last row that hold anything."""
        held = self.planes[3, 0].amax(1).nonzero()
        return (int(held[0]), int(held[-1]) + 1) if len(held) else (0, 0)

    @cached_property
    def _aims(self) -> list[tuple[float, float, float]]:
        """Shift and rise in pixels, and the zoom, of each frame."""
        x, y, zoom = self.move.at(self.parallax)
        drift = 0 if self.drift is None else self.drift
        columns = torch.stack((x * self.unit_px + drift, y * self.unit_px, zoom), 1).tolist()
        return [(shift, rise, scale) for shift, rise, scale in columns]


@dataclass
class Overlay:
    """A patch drawn for every frame.

    `coverage` (F, h, w) tells its body from the outline around it; `affine` (F, 2, 3) maps what it shows, where that
    moves as one, to the frame's pixels; `parallax` is its depth as a layer's is.
    """

    patch: Patch
    coverage: Tensor | None = None
    affine: Tensor | None = None
    parallax: float = 1.0

    def paint(self, frame: Tensor, index: int) -> None:
        """Lay the frame's patch where it belongs, clipped to the frame."""
        column, row = (int(v) for v in self.patch.corner[index])
        width, height = self.patch.size
        left, top = max(column, 0), max(row, 0)
        right, bottom = min(column + width, frame.shape[-1]), min(row + height, frame.shape[-2])
        if left >= right or top >= bottom:
            return
        planes = self.patch.planes[:, index, top - row : bottom - row, left - column : right - column]
        over(frame[:, top:bottom, left:right], planes)


@dataclass
class Stage:
    """One shot in the making.

    Attributes:
        seconds: (F,) the time of each frame.
        plain: leave out what only decorates.
        mask_only: keep only the subject and what is nearer: all that its mask needs.
        items: what to paint, far to near; the first covers the frame.
    """

    scene: SceneSpec
    view: View
    light: Light
    move: Move
    seconds: Tensor
    plain: bool = False
    mask_only: bool = False
    items: list[Painted] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        unit = self.view.unit_px
        return round(2 * self.view.half_width * unit), round(2 * self.view.half_height * unit)

    def dice(self, name: str) -> Dice:
        """The scene's variation for one part of the picture."""
        key = 0
        for character in name:
            key = key * 31 + ord(character)
        return Dice(self.scene.seed, key)

    def pen(self, parallax: float, depth: float) -> Pen:
        """A pen on a still layer: the last one when it has this parallax, else a new one in front."""
        last = self.items[-1] if self.items else None
        if not isinstance(last, Layer) or last.parallax != parallax or last.drift is not None:
            last = self._layer(parallax)
            self.items.append(last)
        return self._pen_on(last, depth)

    def drifting_pen(self, parallax: float, depth: float, speed: float) -> Pen:
        """A pen on a layer of its own that drifts sideways by `speed` units a second: clouds, mist."""
        drift = self.seconds * speed * self.view.unit_px
        layer = self._layer(parallax, extra=float(drift.abs().max()))
        layer.drift = drift
        self.items.append(layer)
        return self._pen_on(layer, depth)

    def live(
        self, box: tuple[float, float, float, float], parallax: float, draw: Callable[[Pen, Tensor], None]
    ) -> None:
        """Draw something each frame inside a box of scene units; `draw` gets the pen and the seconds (F, 1, 1)."""
        if self.plain or self.mask_only:
            return
        x, y, zoom = self.move.at(parallax)
        unit, (width, height) = self.view.unit_px, self.size
        frames = len(self.seconds)
        affine = torch.zeros(frames, 2, 3, device=self.seconds.device)
        affine[:, 0, 0] = affine[:, 1, 1] = zoom * unit
        affine[:, 0, 2] = width / 2 - x * zoom * unit
        affine[:, 1, 2] = height / 2 - y * zoom * unit
        left = max(0, math.floor(float((affine[:, 0, 0] * box[0] + affine[:, 0, 2]).min())))
        top = max(0, math.floor(float((affine[:, 1, 1] * box[1] + affine[:, 1, 2]).min())))
        right = min(width, math.ceil(float((affine[:, 0, 0] * box[2] + affine[:, 0, 2]).max())))
        bottom = min(height, math.ceil(float((affine[:, 1, 1] * box[3] + affine[:, 1, 2]).max())))
        if left >= right or top >= bottom:
            return
        affine[:, 0, 2] -= left
        affine[:, 1, 2] -= top
        planes = blank(frames, (right - left, bottom - top), self.seconds.device)
        draw(Pen(planes, affine, self.light), self.seconds.view(-1, 1, 1))
        corner = torch.tensor([[left, top]]).expand(frames, 2)
        self.items.append(Overlay(Patch(planes, corner)))

    def _layer(self, parallax: float, extra: float = 0.0) -> Layer:
        x, y, _ = self.move.at(parallax)
        unit = self.view.unit_px
        margin = (
            math.ceil(float(x.abs().max()) * unit + extra) + 2,
            math.ceil(float(y.abs().max()) * unit) + 2,
        )
        width, height = self.size
        hidden = self.mask_only and parallax <= 1.0
        canvas = (1, 1) if hidden else (width + 2 * margin[0], height + 2 * margin[1])
        planes = blank(1, canvas, self.seconds.device)
        return Layer(planes, margin, parallax, self.move, unit)

    def _pen_on(self, layer: Layer, depth: float) -> Pen:
        height, width = layer.planes.shape[-2:]
        unit = self.view.unit_px
        affine = torch.tensor([[[unit, 0.0, width / 2], [0.0, unit, height / 2]]], device=self.seconds.device)
        return Pen(layer.planes, affine, self.light, depth=depth)


def over(frame: Tensor, planes: Tensor) -> None:
    """Lay premultiplied planes (4, H, W) over a frame (3, H, W), in place."""
    frame.mul_(1 - planes[3]).add_(planes[:3])


def shifted(planes: Tensor, size: tuple[int, int], corner: tuple[float, float]) -> Tensor:
    """The window of (C, H, W) whose upper left corner lies at a fractional pixel, by linear interpolation."""
    width, height = size
    column, row = math.floor(corner[0]), math.floor(corner[1])
    right, down = corner[0] - column, corner[1] - row
    window = planes[:, row : row + height + 1, column : column + width + 1]
    window = torch.lerp(window[:, :, :-1], window[:, :, 1:], right) if right > 1e-3 else window[:, :, :width]
    if down > 1e-3:
        return torch.lerp(window[:, :-1], window[:, 1:], down)
    return window[:, :height]


def _zoomed(planes: Tensor, size: tuple[int, int], aim: tuple[float, float, float], window: tuple[int, int]) -> Tensor:
    """Rows `window` of the canvas magnified about the camera's aim."""
    width, height = size
    rows, columns = planes.shape[-2:]
    tall = window[1] - window[0]
    x = (torch.arange(width, device=planes.device) + 0.5 - width / 2) / aim[2] + aim[0]
    y = (torch.arange(*window, device=planes.device) + 0.5 - height / 2) / aim[2] + aim[1]
    grid = torch.empty(tall, width, 2, device=planes.device)
    grid[..., 0] = x * 2 / columns
    grid[..., 1] = (y * 2 / rows)[:, None]
    return nnf.grid_sample(planes[None], grid[None], align_corners=False, padding_mode="border")[0]
