"""Signed distance shapes: what the world is drawn with, exact at any resolution.

A distance is negative inside, in local units; x runs right, y runs down. A number may be a float or a tensor that
broadcasts over frames, shaped (F, 1, 1). Formulas: the standard two-dimensional distance functions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Num = float | Tensor
Point = tuple[Num, Num]
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Shape:
    """A distance function and the box (x0, y0, x1, y1) outside which it is positive."""

    bounds: Bounds
    distance: Callable[[Tensor, Tensor], Tensor]

    def __or__(self, other: "Shape") -> "Shape":
        """The union of two shapes."""
        return Shape(
            join_bounds(self.bounds, other.bounds),
            lambda x, y: torch.minimum(self.distance(x, y), other.distance(x, y)),
        )

    def __and__(self, other: "Shape") -> "Shape":
        """The intersection of two shapes."""
        a, b = self.bounds, other.bounds
        inner = (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
        return Shape(inner, lambda x, y: torch.maximum(self.distance(x, y), other.distance(x, y)))

    def moved(self, dx: float, dy: float) -> "Shape":
        """This shape shifted."""
        x0, y0, x1, y1 = self.bounds
        return Shape((x0 + dx, y0 + dy, x1 + dx, y1 + dy), lambda x, y: self.distance(x - dx, y - dy))

    def __sub__(self, other: "Shape") -> "Shape":
        """This shape with the other cut out."""
        return Shape(self.bounds, lambda x, y: torch.maximum(self.distance(x, y), -other.distance(x, y)))


def join_bounds(a: Bounds, b: Bounds) -> Bounds:
    """The smallest box around two boxes."""
    return (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))


def lowest(value: Num) -> float:
    """The least value over all frames."""
    return float(value.min()) if isinstance(value, Tensor) else value


def highest(value: Num) -> float:
    """The greatest value over all frames."""
    return float(value.max()) if isinstance(value, Tensor) else value


def _span(points: Sequence[Point], margin: float) -> Bounds:
    return (
        min(lowest(x) for x, _ in points) - margin,
        min(lowest(y) for _, y in points) - margin,
        max(highest(x) for x, _ in points) + margin,
        max(highest(y) for _, y in points) + margin,
    )


def circle(x: Num, y: Num, radius: Num) -> Shape:
    """A disc."""
    return Shape(_span([(x, y)], highest(radius)), lambda px, py: torch.hypot(px - x, py - y) - radius)


def ellipse(x: Num, y: Num, rx: Num, ry: Num) -> Shape:
    """An upright ellipse; the distance is a first-order one, exact on the outline."""

    def distance(px: Tensor, py: Tensor) -> Tensor:
        u, v = (px - x) / rx, (py - y) / ry
        norm = (u * u + v * v).sqrt()
        slope = ((u / rx).square() + (v / ry).square()).sqrt().clamp_min(1e-6)
        return norm * (norm - 1) / slope

    left, right = lowest(x - rx), highest(x + rx)
    return Shape((left, lowest(y - ry), right, highest(y + ry)), distance)


def box(x: Num, y: Num, half_width: Num, half_height: Num, corner: float = 0.0) -> Shape:
    """An upright rectangle around (x, y) with rounded corners."""

    def distance(px: Tensor, py: Tensor) -> Tensor:
        qx = (px - x).abs() - half_width + corner
        qy = (py - y).abs() - half_height + corner
        inside = torch.maximum(qx, qy).clamp_max(0)
        return torch.hypot(qx.clamp_min(0), qy.clamp_min(0)) + inside - corner

    return Shape(
        (lowest(x - half_width), lowest(y - half_height), highest(x + half_width), highest(y + half_height)), distance
    )


def capsule(start: Point, end: Point, radius: float, end_radius: float | None = None) -> Shape:
    """A thick line with round ends; `end_radius` tapers it."""
    taper = 0.0 if end_radius is None else end_radius - radius
    (ax, ay), (bx, by) = start, end
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy + 1e-9

    def distance(px: Tensor, py: Tensor) -> Tensor:
        ux, uy = px - ax, py - ay
        along = ((ux * dx + uy * dy) / length).clamp(0, 1)
        away = torch.hypot(ux - dx * along, uy - dy * along) - radius
        return away - taper * along if taper else away

    return Shape(_span([start, end], max(radius, radius + taper)), distance)


def stroke(points: Sequence[Point], radius: float, end_radius: float | None = None) -> Shape:
    """A thick polyline, tapering from the first point to the last."""
    last = radius if end_radius is None else end_radius
    steps = len(points) - 1
    widths = [radius + (last - radius) * i / steps for i in range(steps + 1)]
    parts = [capsule(points[i], points[i + 1], widths[i], widths[i + 1]) for i in range(steps)]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole | part
    return whole


def bend(start: Point, control: Point, end: Point, steps: int = 6) -> list[Point]:
    """Points on a quadratic curve, for `stroke` and `polygon`."""
    points: list[Point] = []
    for i in range(steps + 1):
        t = i / steps
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
        points.append((a * start[0] + b * control[0] + c * end[0], a * start[1] + b * control[1] + c * end[1]))
    return points


def polygon(points: Sequence[Point], corner: float = 0.0) -> Shape:
    """A closed polygon with corners rounded outwards by `corner`."""

    def distance(px: Tensor, py: Tensor) -> Tensor:
        nearest: Tensor | None = None
        inside: Tensor | None = None
        for (ax, ay), (bx, by) in _edges(points):
            dx, dy = bx - ax, by - ay
            ux, uy = px - ax, py - ay
            along = ((ux * dx + uy * dy) / (dx * dx + dy * dy + 1e-9)).clamp(0, 1)
            away = (ux - dx * along).square() + (uy - dy * along).square()
            nearest = away if nearest is None else torch.minimum(nearest, away)
            # an edge is crossed when it spans y and lies to the right of the point
            left = dx * uy - dy * ux > 0
            begun, before_end = uy >= 0, py < by
            crossed = torch.where(left, begun & before_end, ~(begun | before_end))
            inside = crossed if inside is None else inside ^ crossed
        if nearest is None or inside is None:
            raise ValueError("a polygon needs points")
        away = nearest.sqrt()
        return torch.where(inside, -away, away) - corner

    return Shape(_span(points, corner), distance)


def _edges(points: Sequence[Point]) -> list[tuple[Point, Point]]:
    return [(points[i], points[(i + 1) % len(points)]) for i in range(len(points))]


def convex(points: Sequence[Point], corner: float = 0.0) -> Shape:
    """A convex polygon, clockwise as seen on screen: the cheap bound, exact along its edges."""

    def distance(px: Tensor, py: Tensor) -> Tensor:
        deepest: Tensor | None = None
        for (ax, ay), (bx, by) in _edges(points):
            dx, dy = bx - ax, by - ay
            size = (dx * dx + dy * dy + 1e-12) ** 0.5
            away = ((px - ax) * dy - (py - ay) * dx) / size
            deepest = away if deepest is None else torch.maximum(deepest, away)
        if deepest is None:
            raise ValueError("a polygon needs points")
        return deepest - corner

    return Shape(_span(points, corner), distance)


def ring(x: Num, y: Num, radius: float, half_width: float) -> Shape:
    """A circle's outline of the given half width."""
    return Shape(
        _span([(x, y)], radius + half_width),
        lambda px, py: (torch.hypot(px - x, py - y) - radius).abs() - half_width,
    )


def below(profile: Callable[[Tensor], Tensor], top: float) -> Shape:
    """Everything under the curve y = profile(x), whose highest point is `top`: hills, ground."""

    def distance(px: Tensor, py: Tensor) -> Tensor:
        step = 0.004
        height = profile(px)
        slope = (profile(px + step) - height) / step
        return (height - py) / (1 + slope * slope).sqrt()

    return Shape((-9.0, top, 9.0, 9.0), distance)
