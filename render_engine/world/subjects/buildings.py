"""Those built to stay: house, castle and windmill; smoke, flags and sails are what moves."""

import torch
from torch import Tensor

from render_engine.world.colour import RGB, darker, lighter
from render_engine.world.pen import Pen
from render_engine.world.shapes import Point, Shape, bend, box, capsule, circle, convex, highest, lowest, polygon
from render_engine.world.subjects.pattern import SIGNAL, glaze, row
from render_engine.world.subjects.pose import LAMP, PALE, Art, Pose

_PANE: RGB = (0.56, 0.76, 0.88)
_WOOD: RGB = (0.44, 0.28, 0.18)


def draw_house(pen: Pen, pose: Pose) -> None:
    """A gabled house: a steep gable with a round window, a lower wing with its roof, a door, a smoking chimney."""
    coat = pose.colour
    slate: RGB = (0.30, 0.27, 0.35) if sum(coat) > 0.8 else (0.66, 0.36, 0.28)
    trim = PALE if sum(coat) < 2.6 else (0.62, 0.42, 0.30)
    for i in range(4):
        age = (pose.seconds * 0.32 + i / 4) % 1.0
        puff = circle(0.40 + 0.16 * age, -1.06 - 0.28 * age, 0.04 + 0.085 * age)
        pen.fill(puff, (0.93, 0.93, 0.95), (1 - age) * 0.8, soft=0.05)
    pen.fill(box(0.40, -0.86, 0.060, 0.16), (0.62, 0.32, 0.26))
    pen.fill(box(0.40, -1.02, 0.080, 0.028, 0.008), (0.46, 0.24, 0.22), plain=True)
    pen.fill(box(0.34, -0.25, 0.40, 0.25), coat)
    pen.fill(box(0.34, -0.45, 0.40, 0.035), darker(coat, 0.35), 0.7, plain=True)
    roof = polygon([(-0.20, -0.90), (0.64, -0.90), (0.83, -0.45), (0.0, -0.45)], 0.012)
    pen.fill(roof, slate)
    for y in (-0.75, -0.60):
        pen.fill(roof & box(0.3, y, 0.7, 0.010), darker(slate, 0.4), plain=True)
    gable = convex([(-0.65, -0.50), (-0.285, -1.02), (0.08, -0.50), (0.08, 0.0), (-0.65, 0.0)])
    pen.fill(gable, lighter(coat, 0.10))
    pen.fill(gable & convex([(0.0, -1.1), (0.2, -1.1), (0.2, 0.0), (0.0, 0.0)]), darker(coat, 0.3), 0.5, plain=True)
    for side in (-1.0, 1.0):
        eave = capsule((-0.285, -1.06), (-0.285 + side * 0.43, -0.45), 0.046)
        pen.fill(eave, slate)
    pen.fill(box(0.0, -0.025, 0.76, 0.030, 0.006), (0.52, 0.50, 0.52), plain=True)
    _house_openings(pen, pose, trim)


def _house_openings(pen: Pen, pose: Pose, trim: RGB) -> None:
    """Door with its step, framed windows with crossbars and a flower box; the panes glow after dark."""
    pen.fill(circle(-0.285, -0.70, 0.100), trim)
    glaze(pen, pose, circle(-0.285, -0.70, 0.072), _PANE)
    pen.fill(box(-0.285, -0.70, 0.010, 0.075) | box(-0.285, -0.70, 0.075, 0.010), trim, plain=True)
    pen.fill(box(-0.42, -0.205, 0.125, 0.205, 0.02), trim)
    pen.fill(box(-0.42, -0.185, 0.095, 0.180, 0.02), _WOOD, plain=True)
    glaze(pen, pose, box(-0.42, -0.285, 0.055, 0.050, 0.01), _PANE)
    pen.fill(circle(-0.355, -0.17, 0.016), (0.96, 0.80, 0.36), plain=True)
    pen.fill(box(-0.42, -0.015, 0.16, 0.022, 0.008), (0.70, 0.68, 0.68), plain=True)
    for x in (-0.10, 0.27, 0.56):
        half = 0.095 if x < 0 else 0.090
        pen.fill(box(x, -0.265, half + 0.024, 0.124, 0.01), trim)
        glaze(pen, pose, box(x, -0.265, half, 0.100), _PANE)
        pen.fill(box(x, -0.265, 0.010, 0.10) | box(x, -0.265, half, 0.010), trim, plain=True)
        if pose.lit:
            pen.glow(box(x, -0.265, half * 0.6, 0.06), LAMP, 0.30, 0.14)
    pen.fill(box(-0.10, -0.125, 0.125, 0.028, 0.008), _WOOD, plain=True)
    pen.fill(row(circle(0.0, 0.0, 0.026), -0.19, 0.06, 4, -0.165), (0.96, 0.62, 0.72), plain=True)


def draw_castle(pen: Pen, pose: Pose) -> None:
    """A castle: two round towers, a taller keep between them, walls with battlements, a gate, flags that wave."""
    coat = pose.colour
    stone, shade = coat, darker(coat, 0.24)
    flag = (0.96, 0.78, 0.24) if coat[0] > 0.7 and sum(coat) < 2.6 and coat[1] < 0.7 else SIGNAL
    for x, top, i in ((0.0, -1.10, 0), (-0.62, -0.90, 1), (0.62, -0.90, 2)):
        _flag(pen, pose, (x, top), flag, i)
    _tower(pen, pose, 0.0, 0.25, -1.06, shade)
    glaze(pen, pose, row(box(0.0, 0.0, 0.030, 0.075, 0.028), -0.11, 0.22, 2, -0.80), darker(coat, 0.74))
    wall = box(0.0, -0.24, 0.60, 0.24) | row(box(0.0, 0.0, 0.045, 0.05), -0.42, 0.14, 7, -0.50)
    pen.fill(wall, stone)
    pen.fill(box(0.0, -0.425, 0.60, 0.016), darker(coat, 0.32), plain=True)
    for side in (-1.0, 1.0):
        _tower(pen, pose, side * 0.62, 0.185, -0.84, stone)
        glaze(pen, pose, box(side * 0.62, -0.56, 0.026, 0.080, 0.024), darker(coat, 0.74))
        glaze(pen, pose, box(side * 0.62, -0.26, 0.022, 0.060, 0.020), darker(coat, 0.74))
    for i in range(7):
        x, y = pose.dice.between("x", -0.38, 0.38, i), -0.07 - 0.046 * i
        pen.fill(box(x, y, 0.042, 0.015, 0.006), shade, 0.8, plain=True)
    _gate(pen, pose, shade)


def _tower(pen: Pen, pose: Pose, x: float, half: float, top: float, tone: RGB) -> None:
    """A round tower: a shaft in shade on one side, a wider crown with battlements above."""
    shaft = box(x, top / 2, half, -top / 2)
    pen.fill(shaft, tone)
    pen.fill(box(x + half * 0.68, top / 2, half * 0.32, -top / 2), darker(tone, 0.28), 0.8, plain=True)
    pen.fill(box(x - half * 0.80, top / 2, half * 0.20, -top / 2), lighter(tone, 0.25), 0.7, plain=True)
    wide = half + 0.045
    pitch = 2 * wide / 3.5
    crown = box(x, top + 0.05, wide, 0.06) | row(box(0.0, 0.0, pitch / 4, 0.06), x - 1.5 * pitch, pitch, 4, top - 0.055)
    pen.fill(crown, tone)
    pen.fill(box(x, top + 0.098, wide, 0.016), darker(pose.colour, 0.45), plain=True)


def _gate(pen: Pen, pose: Pose, shade: RGB) -> None:
    """A pointed arch with a portcullis, light within after dark."""
    arch = box(0.0, -0.12, 0.165, 0.13) | circle(0.0, -0.22, 0.165)
    pen.fill(arch, shade)
    inner = box(0.0, -0.11, 0.120, 0.12) | circle(0.0, -0.22, 0.120)
    pen.fill(inner, (0.86, 0.58, 0.26) if pose.lit else (0.17, 0.13, 0.15), plain=True)
    bars = row(box(0.0, 0.0, 0.009, 0.10), -0.09, 0.06, 4, -0.27) | box(0.0, -0.235, 0.13, 0.009)
    pen.fill(inner & bars, (0.50, 0.40, 0.32), plain=True)
    pen.fill(convex([(-0.13, -0.02), (0.13, -0.02), (0.19, 0.03), (-0.19, 0.03)]), (0.56, 0.40, 0.26), plain=True)


def _flag(pen: Pen, pose: Pose, foot: Point, cloth: RGB, index: int) -> None:
    """A pole with a flag that runs in waves."""
    x, top = foot[0], foot[1] - 0.24
    pen.fill(capsule((x, foot[1]), (x, top), 0.011), (0.34, 0.27, 0.25), plain=True)
    ups = [0.016 * k * torch.sin(pose.seconds * 6 - k * 1.5 + index) for k in range(4)]
    upper: list[Point] = [(x + 0.062 * k, top + 0.012 * k + ups[k]) for k in range(4)]
    lower: list[Point] = [(x + 0.062 * k, top + 0.115 - 0.012 * k + ups[k]) for k in (3, 2, 1, 0)]
    pen.fill(polygon([*upper, *lower], 0.004), cloth, plain=True)


def draw_windmill(pen: Pen, pose: Pose) -> None:
    """A tower mill: tapering walls, a cap, a gallery, and four lattice sails that turn."""
    coat = pose.colour
    turn = pose.seconds * 0.9 + pose.dice.between("turn", 0.0, 1.5)
    sail: RGB = PALE if sum(coat) < 2.6 else (0.78, 0.36, 0.28)
    tower = convex([(-0.185, -0.86), (0.185, -0.86), (0.32, 0.0), (-0.32, 0.0)])
    pen.fill(tower, coat)
    pen.fill(tower & convex([(0.07, -0.9), (0.4, -0.9), (0.4, 0.0), (0.14, 0.0)]), darker(coat, 0.26), 0.85, plain=True)
    pen.fill(
        tower & convex([(-0.4, -0.9), (-0.13, -0.9), (-0.225, 0.0), (-0.4, 0.0)]), lighter(coat, 0.25), 0.7, plain=True
    )
    pen.fill(tower & box(0.0, -0.03, 0.4, 0.04), (0.50, 0.48, 0.50), plain=True)
    pen.fill(box(-0.01, -0.60, 0.052, 0.066, 0.01), PALE if sum(coat) < 2.6 else _WOOD)
    glaze(pen, pose, box(-0.01, -0.60, 0.034, 0.048), (0.26, 0.32, 0.42))
    pen.fill(box(0.0, -0.125, 0.085, 0.125, 0.05), _WOOD)
    pen.fill(box(0.0, -0.110, 0.058, 0.105, 0.04), (0.28, 0.18, 0.13), plain=True)
    gallery = box(0.0, -0.375, 0.35, 0.018, 0.006)
    pen.fill(gallery, _WOOD)
    rail = box(0.0, -0.455, 0.35, 0.009) | row(box(0.0, 0.0, 0.008, 0.040), -0.33, 0.11, 7, -0.415)
    pen.fill(rail, _WOOD, plain=True)
    cap = polygon(
        [
            (-0.225, -0.845),
            *bend((-0.225, -0.86), (-0.16, -1.10), (0.0, -1.11), 4),
            *bend((0.0, -1.11), (0.16, -1.10), (0.225, -0.86), 4),
            (0.225, -0.845),
        ],
        0.008,
    )
    pen.fill(cap, (0.36, 0.28, 0.30) if sum(coat) > 0.8 else (0.66, 0.38, 0.28))
    _sails(pen, (0.0, -0.93), turn, sail)
    if pose.lit:
        pen.glow(box(-0.01, -0.60, 0.02, 0.03), LAMP, 0.5, 0.12)


def _fourfold(arm: Shape, hub: Point, turn: Tensor, reach: float) -> Shape:
    """Four copies of an arm, drawn from the origin along +x within `reach`, about a hub turned by `turn` radians."""
    cos, sin = torch.cos(turn), torch.sin(turn)

    def distance(px: Tensor, py: Tensor) -> Tensor:
        dx, dy = px - hub[0], py - hub[1]
        u, v = cos * dx + sin * dy, cos * dy - sin * dx
        lies_along = u.abs() >= v.abs()
        along, across = torch.where(lies_along, u, v), torch.where(lies_along, v, -u)
        sign = along.sign()
        return arm.distance(along * sign, across * sign)

    bounds = (lowest(hub[0]) - reach, lowest(hub[1]) - reach, highest(hub[0]) + reach, highest(hub[1]) + reach)
    return Shape(bounds, distance)


def _sails(pen: Pen, hub: Point, turn: Tensor, tone: RGB) -> None:
    """Four arms about the hub: cloth on one side of each spar, laths across it."""
    reach = 0.68
    cloth = box(0.395, 0.075, 0.265, 0.068)
    pen.fill(_fourfold(cloth, hub, turn, reach), tone)
    laths = row(box(0.0, 0.0, 0.007, 0.068), 0.15, 0.082, 7, 0.075) | box(0.395, 0.075, 0.265, 0.006)
    pen.fill(_fourfold(laths, hub, turn, reach), darker(tone, 0.42), plain=True)
    spar: Shape = box(0.33, 0.0, 0.33, 0.016, 0.01)
    pen.fill(_fourfold(spar, hub, turn, reach), (0.36, 0.24, 0.17), plain=True)
    pen.fill(circle(hub[0], hub[1], 0.055), (0.36, 0.24, 0.17))
    pen.fill(circle(hub[0], hub[1], 0.024), (0.90, 0.74, 0.40), plain=True)


ART: dict[str, Art] = {
    "house": Art(draw_house, (-0.80, -1.46, 0.90, 0.04), (-0.78, -1.10, 0.86, 0.0), "ground", 0.66, 0.72),
    "castle": Art(draw_castle, (-0.90, -1.42, 0.92, 0.06), (-0.86, -1.36, 0.86, 0.0), "ground", 0.78, 0.82),
    "windmill": Art(draw_windmill, (-0.72, -1.64, 0.72, 0.04), (-0.62, -1.58, 0.62, 0.0), "ground", 0.83, 0.34),
}
