"""The pen lays styled shapes on a patch: premultiplied colour planes with a map from local units to its pixels."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from render_engine.world.light import RGB, Light
from render_engine.world.shapes import Bounds, Num, Shape

Pixels = tuple[int, int]


@dataclass(frozen=True)
class Fade:
    """A vertical gradient between two colours, from y0 to y1 in local units."""

    top: RGB
    bottom: RGB
    y0: float
    y1: float


Paint = RGB | Fade


@dataclass
class Patch:
    """Planes (4, F, H, W), premultiplied red, green, blue, coverage, placed at whole pixels (F, 2) as (column, row)."""

    planes: Tensor
    corner: Tensor

    @property
    def size(self) -> Pixels:
        """(width, height) in pixels."""
        return self.planes.shape[-1], self.planes.shape[-2]


class Pen:
    """Draws in local units on planes; depth 0 is at the eye and 1 at the sky, for the haze.

    Args:
        planes: (4, F, H, W), changed in place.
        affine: (F, 2, 3), local (x, y, 1) to pixel (column, row).
        light: what colours become in this hour, weather, style, palette.
        depth: how much haze lies before what is drawn.
        hero: whether this is the subject, whose colour the light must keep readable.
    """

    def __init__(self, planes: Tensor, affine: Tensor, light: Light, *, depth: float = 0.0, hero: bool = False) -> None:
        self.planes = planes
        self.light = light
        self.depth = depth
        self.hero = hero
        self._clarity = light.clarity(depth)
        self._finished = False
        self._solids: dict[RGB, Tensor] = {}
        self._affine = affine
        self._straight = _straight(affine)
        linear = affine[:, :, :2]
        self.scale = torch.linalg.det(linear).abs().sqrt().view(-1, 1, 1)
        self._uniform = float(self.scale.max())
        inverse = torch.linalg.inv(linear)
        shift = -(inverse @ affine[:, :, 2:])
        column = torch.arange(planes.shape[-1], dtype=torch.float32, device=planes.device) + 0.5
        row = torch.arange(planes.shape[-2], dtype=torch.float32, device=planes.device) + 0.5
        self._x = _axis(inverse[:, 0], shift[:, 0], column, row)
        self._y = _axis(inverse[:, 1], shift[:, 1], column, row)

    def fill(self, shape: Shape, paint: Paint, opacity: Num = 1.0, *, soft: float = 0.0, plain: bool = False) -> None:
        """Paint a shape in the light's style.

        Args:
            shape: what to cover.
            paint: albedo in [0, 1], before light and style.
            opacity: how strongly; a tensor (F, 1, 1) varies over frames.
            soft: width in local units over which the edge fades.
            plain: leave out the style's outline and shadow: for shades, glows and small details.
        """
        style = self.light.style
        if soft or plain or style.edge == 0:
            self._cover(shape, paint, opacity, soft)
        elif style.name == "paper":
            self._paper(shape, paint, opacity)
        elif style.name == "neon":
            self._neon(shape, paint, opacity)
        elif style.name == "watercolour":
            self._wash(shape, paint, opacity)
        else:
            self._outlined(shape, paint, opacity)

    def raw(self, shape: Shape, paint: Paint, opacity: Num = 1.0, *, soft: float = 0.0) -> None:
        """Paint in finished colours, which neither light nor style touches again: sky, veils, shadows."""
        self._finished = True
        self._cover(shape, paint, opacity, soft)
        self._finished = False

    def rule(self, shape: Shape, colour: RGB, opacity: Num = 1.0) -> None:
        """Draw a shape's outline in a finished colour, as wide as the style's lines."""
        window = self._window(shape.bounds, 0.0)
        if window is None:
            return
        rows, columns = window
        distance = shape.distance(_cut(self._x, rows, columns), _cut(self._y, rows, columns))
        self.planes[:, :, rows, columns].lerp_(self._solid(colour), self._line(distance) * opacity)

    def glow(self, shape: Shape, colour: RGB, opacity: Num, reach: float) -> None:
        """Add light around and in a shape, fading over `reach` local units; not shaded by the hour."""
        window = self._window(shape.bounds, reach)
        if window is None:
            return
        rows, columns = window
        distance = shape.distance(_cut(self._x, rows, columns), _cut(self._y, rows, columns))
        amount = (1 - distance.clamp_min(0) / reach).clamp(0, 1).square() * opacity
        target = self.planes[:, :, rows, columns]
        tone = self.light.lamp(colour)
        target.lerp_(self._solid(tone), amount)

    def erase(self, shape: Shape) -> None:
        """Cut a hole."""
        window = self._window(shape.bounds, 0.0)
        if window is None:
            return
        rows, columns = window
        distance = shape.distance(_cut(self._x, rows, columns), _cut(self._y, rows, columns))
        self.planes[:, :, rows, columns].mul_((0.5 + distance * self.scale).clamp_(0, 1))

    def _cover(self, shape: Shape, paint: Paint, opacity: Num, soft: float) -> None:
        window = self._window(shape.bounds, soft)
        if window is None:
            return
        rows, columns = window
        y = _cut(self._y, rows, columns)
        distance = shape.distance(_cut(self._x, rows, columns), y)
        rate = self.scale if soft == 0 else 1 / (soft + 1 / self.scale)
        amount = (0.5 - distance * rate).clamp_(0, 1)
        if soft:
            amount = amount * amount * (3 - 2 * amount)
        if not (isinstance(opacity, float) and opacity == 1.0):
            amount = amount * opacity
        self.planes[:, :, rows, columns].lerp_(self._colour(paint, y), amount)

    def _paper(self, shape: Shape, paint: Paint, opacity: Num) -> None:
        drop = 0.016 * self._unit()
        window = self._window(shape.bounds, 2 * drop)
        if window is None:
            return
        rows, columns = window
        x, y = _cut(self._x, rows, columns), _cut(self._y, rows, columns)
        target = self.planes[:, :, rows, columns]
        below = shape.distance(x - drop * 0.5, y - drop)
        shadow = (0.6 - below / (2.2 * drop)).clamp_(0, 1) * 0.34
        target.lerp_(self._solid(self.light.shadow), shadow * opacity)
        distance = shape.distance(x, y)
        amount = (0.5 - distance * self.scale).clamp(0, 1) * opacity
        target.lerp_(self._colour(paint, y), amount)
        width = max(0.0045 * self._unit(), 0.7 / self._uniform)
        edge = (0.5 - ((distance + width).abs() - width) * self.scale).clamp(0, 1) * amount
        target.lerp_(self._solid((1.0, 0.98, 0.94)), edge * self.light.style.edge)

    def _neon(self, shape: Shape, paint: Paint, opacity: Num) -> None:
        reach = 0.035 * self._unit()
        window = self._window(shape.bounds, reach)
        if window is None:
            return
        rows, columns = window
        y = _cut(self._y, rows, columns)
        distance = shape.distance(_cut(self._x, rows, columns), y)
        target = self.planes[:, :, rows, columns]
        amount = (0.5 - distance * self.scale).clamp(0, 1) * opacity
        target.lerp_(self._colour(paint, y), amount)
        colour = paint.top if isinstance(paint, Fade) else paint
        width = max(0.0045 * self._unit(), 0.75 / self._uniform)
        line = (0.5 - (distance.abs() - width) * self.scale).clamp(0, 1)
        halo = (1 - distance.abs() / reach).clamp(0, 1).square() * 0.4
        strength = self.light.style.edge * (1.0 if self.hero else (0.55 - 0.3 * self.depth) * self._clarity)
        target.lerp_(
            self._solid(self.light.line(colour, hero=self.hero)), torch.maximum(line, halo) * strength * opacity
        )

    def _wash(self, shape: Shape, paint: Paint, opacity: Num) -> None:
        """A wash of watercolour: it bleeds a little, more so far off, and pigment gathers along its border."""
        bleed = (0.002 + 0.012 * self.depth) * self._unit()
        window = self._window(shape.bounds, bleed)
        if window is None:
            return
        rows, columns = window
        y = _cut(self._y, rows, columns)
        distance = shape.distance(_cut(self._x, rows, columns), y)
        amount = (0.5 - distance / (bleed + 1 / self.scale)).clamp_(0, 1) * opacity
        target = self.planes[:, :, rows, columns]
        target.lerp_(self._colour(paint, y), amount * 0.96)
        width = max(0.014 * self._unit(), 1.6 / self._uniform)
        border = (1 + distance / width).clamp_(0, 1).square_().mul_(amount)
        tone = self._tone(paint.bottom if isinstance(paint, Fade) else paint)
        pigment = (tone[0] ** 1.6 * 0.72, tone[1] ** 1.6 * 0.72, tone[2] ** 1.6 * 0.72)
        target.lerp_(self._solid(pigment), border * self.light.style.edge * (1 - 0.5 * self.depth))

    def _outlined(self, shape: Shape, paint: Paint, opacity: Num) -> None:
        """A fill under a line of ink or chalk, which thins with the distance."""
        window = self._window(shape.bounds, 0.0)
        if window is None:
            return
        rows, columns = window
        y = _cut(self._y, rows, columns)
        distance = shape.distance(_cut(self._x, rows, columns), y)
        target = self.planes[:, :, rows, columns]
        amount = (0.5 - distance * self.scale).clamp(0, 1) * opacity
        target.lerp_(self._colour(paint, y), amount)
        colour = self.light.line(paint.top if isinstance(paint, Fade) else paint, hero=self.hero)
        strength = self.light.style.edge * (1 - self.light.style.fading * self.depth) * self._clarity
        target.lerp_(self._solid(colour), self._line(distance) * amount * strength)

    def _line(self, distance: Tensor) -> Tensor:
        """How far the style's line covers what lies at a distance from an outline; the line is within."""
        width = max(self.light.style.line * self._unit(), 0.75 / self._uniform)
        covered: Tensor = (0.5 - ((distance + width).abs() - width) * self.scale).clamp_(0, 1)
        return covered

    def _unit(self) -> float:
        """One scene unit in local units: style marks keep their size on screen whatever is drawn."""
        return self.light.unit_px / self._uniform

    def _colour(self, paint: Paint, y: Tensor) -> Tensor:
        if not isinstance(paint, Fade):
            return self._solid(self._tone(paint))
        top, bottom = self._solid(self._tone(paint.top)), self._solid(self._tone(paint.bottom))
        return torch.lerp(top, bottom, ((y - paint.y0) / (paint.y1 - paint.y0)).clamp(0, 1))

    def _tone(self, colour: RGB) -> RGB:
        if self._finished:
            return colour
        return self.light.hero(colour) if self.hero else self.light.shade(colour, self.depth)

    def _solid(self, colour: RGB) -> Tensor:
        found = self._solids.get(colour)
        if found is None:
            found = torch.tensor((*colour, 1.0), device=self.planes.device).view(4, 1, 1, 1)
            self._solids[colour] = found
        return found

    def _window(self, bounds: Bounds, margin: float) -> tuple[slice, slice] | None:
        """The rows and columns that a box can touch in any frame."""
        x0, y0, x1, y1 = (
            max(bounds[0] - margin, -50.0),
            max(bounds[1] - margin, -50.0),
            min(bounds[2] + margin, 50.0),
            min(bounds[3] + margin, 50.0),
        )
        if self._straight is None:
            corners = torch.tensor([[x0, x1, x0, x1], [y0, y0, y1, y1], [1.0] * 4], device=self.planes.device)
            pixels = self._affine @ corners
            low, high = pixels.amin((0, 2)).tolist(), pixels.amax((0, 2)).tolist()
        else:
            (ax, bx0, bx1), (ay, by0, by1) = self._straight
            low = [min(ax * x0, ax * x1) + bx0, ay * y0 + by0]
            high = [max(ax * x0, ax * x1) + bx1, ay * y1 + by1]
        height, width = self.planes.shape[-2:]
        left, right = max(math.floor(low[0]) - 1, 0), min(math.ceil(high[0]) + 1, width)
        top, bottom = max(math.floor(low[1]) - 1, 0), min(math.ceil(high[1]) + 1, height)
        if left >= right or top >= bottom:
            return None
        return slice(top, bottom), slice(left, right)


def blank(frames: int, size: Pixels, device: torch.device) -> Tensor:
    """Empty planes (4, F, H, W)."""
    return torch.zeros(4, frames, size[1], size[0], device=device)


def spread(coverage: Tensor, radius: float) -> Tensor:
    """Grow coverage (F, H, W) by about `radius` pixels, softly."""
    reach = max(1, round(radius))
    padded = nnf.pad(coverage, (reach + 1,) * 4)
    wide = _grown(padded, 2, reach)
    tall = _grown(wide, 1, reach)
    rows = tall[:, :-2] + tall[:, 1:-1] + tall[:, 2:]
    return (rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]).div_(9)


def _grown(values: Tensor, dim: int, reach: int) -> Tensor:
    """The greatest of the neighbours within `reach` along one dimension, which shrinks by twice that."""
    length = values.shape[dim] - 2 * reach
    best = values.narrow(dim, 0, length).clone()
    for step in range(1, 2 * reach + 1):
        torch.maximum(best, values.narrow(dim, step, length), out=best)
    return best


def _straight(affine: Tensor) -> tuple[tuple[float, float, float], tuple[float, float, float]] | None:
    """For a map that only scales, equally in all frames: per axis the scale, the least and the greatest shift."""
    linear = affine[:, :, :2]
    if bool((linear != linear[:1]).any()) or bool(linear[0, 0, 1] != 0) or bool(linear[0, 1, 0] != 0):
        return None
    low, high = affine[:, :, 2].amin(0).tolist(), affine[:, :, 2].amax(0).tolist()
    return (float(linear[0, 0, 0]), low[0], high[0]), (float(linear[0, 1, 1]), low[1], high[1])


def _axis(row_of_inverse: Tensor, shift: Tensor, column: Tensor, row: Tensor) -> Tensor:
    """One local coordinate over the patch: (F, H, W), with a dimension left at 1 where it doesn't vary."""
    across = row_of_inverse[:, 0, None, None] * column
    down = row_of_inverse[:, 1, None, None] * row[:, None]
    if not bool(row_of_inverse[:, 1].any()):
        return across + shift[:, :, None]
    if not bool(row_of_inverse[:, 0].any()):
        return down + shift[:, :, None]
    return across + down + shift[:, :, None]


def _cut(values: Tensor, rows: slice, columns: slice) -> Tensor:
    if values.shape[-2] > 1:
        values = values[:, rows]
    return values[:, :, columns] if values.shape[-1] > 1 else values
