"""The heavy and the fast of the road: bus, truck and motorcycle; the wheels turn with the ground covered."""

import torch
from torch import Tensor

from render_engine.world.colour import RGB, darker, lighter
from render_engine.world.pen import Pen
from render_engine.world.shapes import Point, bend, box, capsule, circle, convex, ellipse, polygon, ring, stroke
from render_engine.world.subjects.pattern import accent, glaze, row
from render_engine.world.subjects.pose import GLASS, INK, LAMP, PALE, Art, Pose
from render_engine.world.subjects.vehicles import headlight, spokes

_STEEL: RGB = (0.78, 0.80, 0.84)
_TAIL: RGB = (0.95, 0.16, 0.14)
_RUBBER: RGB = (0.13, 0.13, 0.17)


def _wheel(pen: Pen, centre: Point, radius: float, turn: Tensor) -> None:
    pen.fill(circle(centre[0], centre[1], radius), INK)
    pen.fill(circle(centre[0], centre[1], radius * 0.58), _STEEL, plain=True)
    spokes(pen, centre, radius * 0.50, turn, (0.32, 0.34, 0.40), 2)


def draw_bus(pen: Pen, pose: Pose) -> None:
    """A double-decker: two rows of windows, a pale band between the decks, a door behind the driver."""
    coat, turn = pose.colour, pose.covered / 0.14
    jolt = 0.006 * torch.sin(pose.seconds * 8) * (0.35 + 0.65 * pose.walking)
    glass = darker(GLASS, 0.10)
    hull = [(-0.76, -0.12 + jolt), *bend((-0.76, -1.06 + jolt), (-0.76, -1.16 + jolt), (-0.66, -1.16 + jolt), 3)]
    hull += bend((0.60, -1.16 + jolt), (0.72, -1.16 + jolt), (0.735, -1.04 + jolt), 3)
    hull += [(0.765, -0.62 + jolt), (0.775, -0.40 + jolt), (0.775, -0.12 + jolt)]
    body = polygon(hull, 0.012)
    pen.fill(body, coat)
    pen.fill(box(0.0, -0.125 + jolt, 0.765, 0.030, 0.01), darker(coat, 0.45), plain=True)
    pen.fill(box(0.0, -0.645 + jolt, 0.9, 0.042) & body, accent(coat), plain=True)
    pen.fill(box(0.0, -1.150 + jolt, 0.9, 0.026) & body, lighter(coat, 0.35), plain=True)
    glaze(pen, pose, row(box(0.0, 0.0, 0.104, 0.125, 0.025), -0.585, 0.237, 5, -0.91 + jolt), glass)
    upper = polygon([(0.60, -1.035 + jolt), (0.725, -1.035 + jolt), (0.750, -0.785 + jolt), (0.60, -0.785 + jolt)])
    glaze(pen, pose, upper, glass)
    glaze(pen, pose, row(box(0.0, 0.0, 0.104, 0.110, 0.025), -0.585, 0.237, 4, -0.46 + jolt), glass)
    pen.fill(box(0.365, -0.365 + jolt, 0.105, 0.220, 0.02), darker(coat, 0.55), plain=True)
    for x in (0.318, 0.412):
        glaze(pen, pose, box(x, -0.375 + jolt, 0.036, 0.185, 0.012), glass)
    windscreen = polygon([(0.53, -0.565 + jolt), (0.768, -0.565 + jolt), (0.788, -0.345 + jolt), (0.53, -0.345 + jolt)])
    glaze(pen, pose, windscreen, glass)
    pen.fill(circle(0.66, -0.44 + jolt, 0.036), (0.30, 0.22, 0.24), plain=True)
    pen.fill(box(0.66, -0.375 + jolt, 0.050, 0.032, 0.02), (0.22, 0.26, 0.40), plain=True)
    pen.fill(box(-0.14, -0.647 + jolt, 0.20, 0.026, 0.01), INK, plain=True)
    pen.fill(row(box(0.0, 0.0, 0.022, 0.011), -0.26, 0.06, 5, -0.647 + jolt), LAMP, plain=True)
    pen.fill(ellipse(0.765, -0.235 + jolt, 0.030, 0.042), LAMP, plain=True)
    pen.fill(box(-0.765, -0.27 + jolt, 0.020, 0.060, 0.015), _TAIL, plain=True)
    for x in (-0.47, 0.565):
        pen.fill(circle(x, -0.145, 0.180), darker(coat, 0.5), plain=True)
        _wheel(pen, (x, -0.14), 0.145, turn)
    if pose.lit:
        headlight(pen, (0.78, -0.235), 0.0)
        pen.glow(circle(0.77, -0.235, 0.02), LAMP, 0.8, 0.16)


def draw_truck(pen: Pen, pose: Pose) -> None:
    """A lorry: a cab with a chrome stack, a gap, and a long ribbed container behind it, on ten wheels."""
    coat, turn = pose.colour, pose.covered / 0.125
    beat = 0.35 + 0.65 * pose.walking
    jolt = 0.006 * torch.sin(pose.seconds * 10) * beat
    sway = 0.004 * torch.sin(pose.seconds * 7 + 1) * beat
    dark: RGB = (0.21, 0.21, 0.26)
    for i in range(3):
        age = (pose.seconds * 0.6 + i / 3) % 1.0
        puff = circle(0.335 - age * (0.10 + 0.30 * pose.walking), -0.98 - 0.16 * age, 0.025 + 0.06 * age)
        pen.fill(puff, (0.62, 0.62, 0.66), (1 - age) * 0.6, soft=0.04)
    pen.fill(box(-0.06, -0.205, 0.86, 0.036, 0.01), dark)
    pen.fill(capsule((0.335, -0.26 + jolt), (0.335, -0.95 + jolt), 0.026), _STEEL)
    load = box(-0.36, -0.59 + sway, 0.62, 0.345, 0.018)
    pen.fill(load, coat)
    pen.fill(row(box(0.0, 0.0, 0.016, 0.275), -0.90, 0.09, 13, -0.59 + sway), darker(coat, 0.24), plain=True)
    for y in (-0.915, -0.262):
        pen.fill(box(-0.36, y + sway, 0.62, 0.022, 0.01), darker(coat, 0.42), plain=True)
    pen.fill(box(-0.36, -0.60 + sway, 0.30, 0.095, 0.02), accent(coat), plain=True)
    arrow = convex([(-0.30, -0.665 + sway), (-0.14, -0.60 + sway), (-0.30, -0.535 + sway)])
    pen.fill(arrow | box(-0.44, -0.60 + sway, 0.15, 0.026), coat if sum(coat) < 2.6 else PALE, plain=True)
    cab = [
        (0.40, -0.18 + jolt),
        (0.40, -0.80 + jolt),
        *bend((0.62, -0.80 + jolt), (0.72, -0.80 + jolt), (0.76, -0.70 + jolt), 3),
    ]
    cab += [(0.82, -0.46 + jolt), (0.985, -0.43 + jolt), (1.00, -0.36 + jolt), (1.00, -0.18 + jolt)]
    pen.fill(polygon(cab, 0.014), coat)
    pane = [(0.52, -0.475 + jolt), (0.52, -0.71 + jolt), (0.70, -0.71 + jolt), (0.775, -0.475 + jolt)]
    glaze(pen, pose, polygon(pane, 0.01), darker(GLASS, 0.10))
    pen.fill(box(0.465, -0.86 + jolt, 0.060, 0.050, 0.02), darker(coat, 0.2), plain=True)
    pen.fill(box(0.70, -0.30 + jolt, 0.31, 0.016), accent(coat), plain=True)
    pen.fill(capsule((0.55, -0.42 + jolt), (0.61, -0.42 + jolt), 0.012), darker(coat, 0.5), plain=True)
    pen.fill(row(box(0.0, 0.0, 0.007, 0.075), 0.955, 0.024, 3, -0.345 + jolt), _STEEL, plain=True)
    pen.fill(box(0.99, -0.165 + jolt, 0.075, 0.038, 0.02), _STEEL)
    pen.fill(ellipse(0.975, -0.245 + jolt, 0.036, 0.036), LAMP, plain=True)
    pen.fill(box(-0.975, -0.22, 0.018, 0.030, 0.01), _TAIL, plain=True)
    pen.fill(circle(0.76, -0.14, 0.170), darker(coat, 0.5), plain=True)
    for x in (-0.80, -0.53, 0.13, 0.40, 0.76):
        _wheel(pen, (x, -0.13), 0.132, turn)
    if pose.lit:
        headlight(pen, (1.0, -0.245), 0.0)
        pen.glow(circle(0.99, -0.245, 0.02), LAMP, 0.8, 0.16)


def draw_motorcycle(pen: Pen, pose: Pose) -> None:
    """A racing motorcycle: fat tyres, a coloured fairing, a rider in leathers who lies over the tank."""
    coat, turn = pose.colour, pose.covered / 0.25
    jolt = 0.007 * torch.sin(pose.seconds * 13) * (0.3 + 0.7 * pose.walking)
    back, front = (-0.50, -0.25), (0.54, -0.25)
    suit: RGB = (0.17, 0.18, 0.25) if sum(coat) > 0.8 else (0.50, 0.52, 0.60)
    pen.fill(capsule((-0.06, -0.28), back, 0.045), (0.40, 0.41, 0.47))
    for centre in (back, front):
        pen.fill(circle(centre[0], centre[1], 0.25), _RUBBER)
        pen.fill(circle(centre[0], centre[1], 0.135), _STEEL, plain=True)
        spokes(pen, centre, 0.125, turn, (0.30, 0.31, 0.37), 3)
        pen.fill(circle(centre[0], centre[1], 0.040), darker(coat, 0.2), plain=True)
    pen.fill(capsule((0.38, -0.62 + jolt), front, 0.036, 0.030), (0.86, 0.70, 0.30))
    guard = (ring(front[0], front[1], 0.275, 0.030)) & convex(
        [(0.30, -0.60), (0.86, -0.60), (0.78, -0.36), (0.30, -0.30)]
    )
    pen.fill(guard, coat)
    frame = [(-0.30, -0.54 + jolt), (0.24, -0.62 + jolt), (0.22, -0.24 + jolt), (-0.14, -0.20 + jolt)]
    pen.fill(convex(frame, 0.03), (0.30, 0.31, 0.37))
    pen.fill(capsule((-0.02, -0.19 + jolt), (-0.52, -0.33 + jolt), 0.028, 0.058), _STEEL)
    tail = [
        (-0.20, -0.50 + jolt),
        (-0.72, -0.72 + jolt),
        (-0.76, -0.65 + jolt),
        (-0.46, -0.48 + jolt),
        (-0.16, -0.40 + jolt),
    ]
    pen.fill(polygon(tail, 0.02), coat)
    pen.fill(box(-0.745, -0.685 + jolt, 0.022, 0.034, 0.015), _TAIL, plain=True)
    tank = bend((-0.20, -0.48 + jolt), (0.02, -0.84 + jolt), (0.36, -0.64 + jolt), 5)
    pen.fill(polygon([*tank, (0.20, -0.44 + jolt)], 0.02), coat)
    fairing = [(0.24, -0.66 + jolt), (0.44, -0.80 + jolt), (0.60, -0.66 + jolt), (0.50, -0.56 + jolt)]
    fairing += [(0.30, -0.40 + jolt), (0.20, -0.17 + jolt), (-0.12, -0.14 + jolt), (-0.02, -0.26 + jolt)]
    fairing += [(0.08, -0.48 + jolt)]
    pen.fill(polygon(fairing, 0.016), coat)
    stripe = [(0.40, -0.66 + jolt), (0.24, -0.47 + jolt), (0.14, -0.20 + jolt)]
    pen.fill(stroke(stripe, 0.030, 0.016), accent(coat), plain=True)
    pen.fill(convex([(0.37, -0.77 + jolt), (0.43, -0.93 + jolt), (0.50, -0.75 + jolt)], 0.01), GLASS, 0.85, plain=True)
    pen.fill(ellipse(0.575, -0.665 + jolt, 0.036, 0.030), LAMP, plain=True)
    _rider(pen, coat, suit, jolt)
    if pose.lit:
        headlight(pen, (0.60, -0.665), 0.2)
        pen.glow(circle(0.585, -0.665, 0.02), LAMP, 0.8, 0.16)


def _rider(pen: Pen, coat: RGB, suit: RGB, jolt: Tensor) -> None:
    """Back bowed, knee against the tank, hands low, helmet with a dark visor."""
    hip, shoulder = (-0.26, -0.70 + jolt), (0.15, -0.95 + jolt)
    pen.fill(stroke([hip, (0.07, -0.58 + jolt), (-0.16, -0.32 + jolt)], 0.082, 0.052), suit)
    pen.fill(capsule((-0.17, -0.285 + jolt), (-0.05, -0.270 + jolt), 0.040), INK, plain=True)
    torso = bend(hip, (-0.16, -0.95 + jolt), shoulder, 4)
    pen.fill(stroke(torso, 0.105, 0.100), suit)
    pen.fill(
        stroke(bend((-0.20, -0.84 + jolt), (-0.10, -0.98 + jolt), (0.06, -1.02 + jolt), 3), 0.024), coat, plain=True
    )
    pen.fill(stroke([shoulder, (0.22, -0.80 + jolt), (0.40, -0.74 + jolt)], 0.062, 0.042), lighter(suit, 0.12))
    pen.fill(circle(0.41, -0.74 + jolt, 0.042), INK, plain=True)
    pen.fill(circle(0.31, -1.07 + jolt, 0.135), coat)
    visor = circle(0.31, -1.07 + jolt, 0.136) & convex(
        [(0.32, -1.13 + jolt), (0.63, -1.13 + jolt), (0.63, -1.02 + jolt), (0.34, -1.02 + jolt)], 0.01
    )
    pen.fill(visor, INK, plain=True)
    pen.fill(capsule((0.25, -1.15 + jolt), (0.33, -1.165 + jolt), 0.014), PALE, 0.7, plain=True)


ART: dict[str, Art] = {
    "bus": Art(draw_bus, (-0.84, -1.22, 1.50, 0.05), (-0.78, -1.18, 0.80, 0.0), "ground", 0.64, 0.74),
    "truck": Art(draw_truck, (-1.06, -1.28, 1.72, 0.05), (-1.0, -0.96, 1.07, 0.0), "ground", 0.52, 0.98),
    "motorcycle": Art(draw_motorcycle, (-0.84, -1.28, 1.32, 0.05), (-0.79, -1.21, 0.80, 0.0), "ground", 0.62, 0.62),
}
