"""Those on wheels: car, bicycle and train; the wheels turn with the ground covered."""

import torch
from torch import Tensor

from render_engine.world.colour import RGB, darker, lighter
from render_engine.world.pen import Pen
from render_engine.world.shapes import Point, bend, box, capsule, circle, convex, ellipse, polygon, ring, stroke
from render_engine.world.subjects.pose import GLASS, INK, LAMP, PALE, SKIN, Art, Pose


def spokes(pen: Pen, centre: Point, radius: float, turn: Tensor, colour: RGB, count: int) -> None:
    """Bars of length twice `radius` through a wheel's centre, turned by `turn` radians (F, 1, 1)."""
    for i in range(count):
        angle = turn + 3.1416 * i / count
        dx, dy = radius * torch.cos(angle), radius * torch.sin(angle)
        bar = capsule((centre[0] - dx, centre[1] - dy), (centre[0] + dx, centre[1] + dy), radius * 0.09)
        pen.fill(bar, colour, plain=True)


def draw_car(pen: Pen, pose: Pose) -> None:
    """A rounded family car; its lamps shine when it is dark."""
    coat, turn = pose.colour, pose.covered / 0.16
    jolt = 0.006 * torch.sin(pose.seconds * 11) * (0.35 + 0.65 * pose.walking)
    cabin = [(-0.50, -0.42 + jolt), *bend((-0.50, -0.42 + jolt), (-0.40, -0.76 + jolt), (-0.12, -0.77 + jolt), 4)]
    cabin += bend((0.10, -0.77 + jolt), (0.26, -0.74 + jolt), (0.46, -0.42 + jolt), 4)
    pen.fill(polygon(cabin, 0.012), coat)
    glass = darker(GLASS, 0.12) if not pose.lit else (0.98, 0.86, 0.52)
    rear = [
        (-0.40, -0.45 + jolt),
        (-0.33, -0.64 + jolt),
        (-0.20, -0.70 + jolt),
        (-0.06, -0.70 + jolt),
        (-0.06, -0.45 + jolt),
    ]
    front = [
        (0.00, -0.45 + jolt),
        (0.00, -0.70 + jolt),
        (0.10, -0.70 + jolt),
        (0.20, -0.64 + jolt),
        (0.35, -0.45 + jolt),
    ]
    pen.fill(polygon(rear), glass, plain=True)
    pen.fill(polygon(front), glass, plain=True)
    body = [(-0.78, -0.20 + jolt), (-0.78, -0.38 + jolt), (-0.66, -0.46 + jolt), (0.44, -0.46 + jolt)]
    body += [(0.70, -0.40 + jolt), (0.80, -0.30 + jolt), (0.80, -0.16 + jolt), (-0.76, -0.16 + jolt)]
    pen.fill(polygon(body, 0.02), coat)
    pen.fill(box(0.0, -0.175 + jolt, 0.78, 0.035, 0.02), darker(coat, 0.4), plain=True)
    pen.fill(capsule((-0.74, -0.375 + jolt), (0.66, -0.375 + jolt), 0.010), lighter(coat, 0.4), plain=True)
    pen.fill(capsule((0.02, -0.34 + jolt), (0.10, -0.34 + jolt), 0.012), darker(coat, 0.45), plain=True)
    pen.fill(ellipse(0.77, -0.315 + jolt, 0.040, 0.050), LAMP, plain=True)
    pen.fill(box(-0.785, -0.33 + jolt, 0.025, 0.055, 0.02), (0.95, 0.16, 0.14), plain=True)
    for x in (-0.46, 0.48):
        pen.fill(circle(x, -0.16, 0.195), darker(coat, 0.5), plain=True)
        pen.fill(circle(x, -0.155, 0.158), INK)
        pen.fill(circle(x, -0.155, 0.088), (0.78, 0.80, 0.84), plain=True)
        spokes(pen, (x, -0.155), 0.075, turn, (0.32, 0.34, 0.40), 2)
    if pose.lit:
        headlight(pen, (0.80, -0.31), 0.0)
        pen.glow(circle(0.79, -0.31, 0.02), LAMP, 0.8, 0.16)


def headlight(pen: Pen, lamp: Point, rise: float) -> None:
    """A cone of light that fades with distance."""
    for length in (0.24, 0.38, 0.52):
        end = lamp[0] + length
        cone = convex(
            [
                (lamp[0], lamp[1] - 0.03),
                (end, lamp[1] - (0.16 + rise) * length),
                (end, lamp[1] + 0.5 * length),
                (lamp[0], lamp[1] + 0.03),
            ]
        )
        pen.fill(cone, LAMP, 0.15, soft=0.09)


def draw_bicycle(pen: Pen, pose: Pose) -> None:
    """A cyclist on a bicycle whose frame and jersey have the subject's colour; the legs pedal."""
    coat = pose.colour
    turn = pose.covered / 0.25
    crank = turn * 0.9 + 0.7
    hub: Point = (-0.02, -0.26)
    back, front = (-0.40, -0.25), (0.42, -0.25)
    seat, head = (-0.14, -0.62), (0.28, -0.66)
    skin = SKIN[pose.dice.pick("skin", 4)]
    sway = 0.008 * torch.sin(crank * 2) * pose.walking
    hip, shoulder = (-0.13, -0.72), (0.11 + sway, -1.02)
    tyre = (0.13, 0.13, 0.17)
    pedals = [(hub[0] + 0.085 * torch.cos(crank + a), hub[1] + 0.085 * torch.sin(crank + a)) for a in (3.1416, 0.0)]
    pen.fill(stroke(_knee(hip, pedals[0]), 0.050, 0.036), (0.14, 0.16, 0.27), plain=True)
    for centre in (back, front):
        pen.fill(ring(centre[0], centre[1], 0.225, 0.026), tyre)
        pen.fill(ring(centre[0], centre[1], 0.195, 0.009), (0.82, 0.84, 0.88), plain=True)
        spokes(pen, centre, 0.19, turn, (0.70, 0.73, 0.78), 3)
    for a, b in ((back, hub), (back, seat), (seat, hub), (seat, head), (hub, head)):
        pen.fill(capsule(a, b, 0.026), coat)
    pen.fill(stroke([front, head, (0.26, -0.76), (0.36, -0.77)], 0.022), darker(coat, 0.25))
    pen.fill(capsule((-0.22, -0.66), (-0.06, -0.65), 0.026), tyre, plain=True)
    pen.fill(ring(hub[0], hub[1], 0.058, 0.014), (0.55, 0.57, 0.62), plain=True)
    pen.fill(stroke(_knee(hip, pedals[1]), 0.056, 0.040), (0.22, 0.25, 0.40))
    foot = pedals[1]
    pen.fill(capsule((foot[0] - 0.02, foot[1] + 0.02), (foot[0] + 0.07, foot[1] + 0.025), 0.026), PALE, plain=True)
    pen.fill(capsule(hip, shoulder, 0.082, 0.092), coat)
    pen.fill(stroke([shoulder, (0.24, -0.86), (0.34, -0.78)], 0.042, 0.032), darker(coat, 0.16))
    pen.fill(circle(0.35, -0.78, 0.034), skin, plain=True)
    pen.fill(circle(shoulder[0] + 0.07, -1.18, 0.088), skin)
    helmet = circle(shoulder[0] + 0.055, -1.205, 0.100) & convex(
        [(-0.5, -1.5), (0.7, -1.5), (0.7, -1.20), (-0.5, -1.17)]
    )
    pen.fill(helmet, lighter(coat, 0.35) if sum(coat) < 2.6 else (0.86, 0.30, 0.26))
    pen.fill(circle(shoulder[0] + 0.115, -1.17, 0.012), INK, plain=True)


def _knee(hip: Point, foot: Point) -> list[Point]:
    """Thigh and shin of length 0.27 with the knee forward: the circle-circle intersection."""
    dx, dy = torch.as_tensor(foot[0] - hip[0]), torch.as_tensor(foot[1] - hip[1])
    half = torch.hypot(dx, dy) / 2
    rise = (0.27**2 - half.square()).clamp_min(1e-4).sqrt()
    knee = (hip[0] + dx / 2 + rise * dy / (2 * half), hip[1] + dy / 2 - rise * dx / (2 * half))
    return [hip, knee, foot]


def draw_train(pen: Pen, pose: Pose) -> None:
    """A steam locomotive that pulls two wagons on its rails, puffing smoke."""
    coat, turn = pose.colour, pose.covered / 0.10
    jolt = 0.005 * torch.sin(pose.seconds * 9) * (0.3 + 0.7 * pose.walking)
    for x in (-1.06, -0.40):
        _wagon(pen, pose, x, jolt)
    for i in range(5):
        age = (pose.seconds * 0.45 + i / 5) % 1.0
        puff = circle(0.62 - age * (0.30 + 0.40 * pose.walking), -0.86 - 0.30 * age, 0.045 + 0.10 * age)
        pen.fill(puff, (0.93, 0.93, 0.95), (1 - age) * 0.8, soft=0.05)
    dark = darker(coat, 0.45)
    pen.fill(box(0.40, -0.18 + jolt, 0.40, 0.05, 0.02), dark)
    pen.fill(box(0.52, -0.38 + jolt, 0.28, 0.155, 0.13), coat)
    pen.fill(box(0.19, -0.44 + jolt, 0.14, 0.27, 0.02), coat)
    pen.fill(box(0.19, -0.72 + jolt, 0.19, 0.032, 0.02), dark)
    pen.fill(box(0.19, -0.53 + jolt, 0.08, 0.085, 0.02), LAMP if pose.lit else GLASS, plain=True)
    for x in (0.42, 0.58):
        pen.fill(box(x, -0.38 + jolt, 0.016, 0.15), darker(coat, 0.28), plain=True)
    chimney = polygon([(0.585, -0.52 + jolt), (0.655, -0.52 + jolt), (0.69, -0.78 + jolt), (0.55, -0.78 + jolt)], 0.01)
    pen.fill(chimney, (0.17, 0.17, 0.21))
    pen.fill(circle(0.45, -0.545 + jolt, 0.05), (0.90, 0.72, 0.30), plain=True)
    pen.fill(circle(0.80, -0.38 + jolt, 0.045), LAMP, plain=True)
    pen.fill(polygon([(0.76, -0.18 + jolt), (0.94, -0.03), (0.74, -0.03)], 0.01), dark)
    for x, r in ((0.19, 0.115), (0.44, 0.115), (0.67, 0.085)):
        _wheel(pen, (x, -r), r, turn)
    rod = 0.05 * torch.sin(turn), 0.05 * torch.cos(turn)
    pen.fill(capsule((0.19 + rod[0], -0.115 + rod[1]), (0.44 + rod[0], -0.115 + rod[1]), 0.016), PALE, plain=True)
    if pose.lit:
        headlight(pen, (0.82, -0.38), 0.1)


def _wagon(pen: Pen, pose: Pose, x: float, jolt: Tensor) -> None:
    pen.fill(box(x + 0.02, -0.15, 0.34, 0.018), (0.25, 0.25, 0.29), plain=True)
    pen.fill(box(x, -0.37 + jolt, 0.29, 0.215, 0.03), pose.colour)
    pen.fill(box(x, -0.595 + jolt, 0.31, 0.032, 0.03), darker(pose.colour, 0.45))
    pen.fill(box(x, -0.24 + jolt, 0.29, 0.022), PALE, plain=True)
    for i in (-1, 0, 1):
        pen.fill(box(x + 0.18 * i, -0.43 + jolt, 0.065, 0.075, 0.015), LAMP if pose.lit else GLASS, plain=True)
    for i in (-1, 1):
        _wheel(pen, (x + 0.17 * i, -0.085), 0.085, pose.covered / 0.085)


def _wheel(pen: Pen, centre: Point, radius: float, turn: Tensor) -> None:
    pen.fill(circle(centre[0], centre[1], radius), (0.15, 0.15, 0.19))
    pen.fill(ring(centre[0], centre[1], radius * 0.72, radius * 0.10), (0.80, 0.30, 0.24), plain=True)
    spokes(pen, centre, radius * 0.66, turn, (0.72, 0.72, 0.76), 2)


ART: dict[str, Art] = {
    "car": Art(draw_car, (-0.86, -0.86, 1.50, 0.05), (-0.80, -0.80, 0.82, 0.0), "ground", 0.44, 0.74),
    "bicycle": Art(draw_bicycle, (-0.72, -1.36, 0.72, 0.04), (-0.72, -1.36, 0.72, 0.04), "ground", 0.60, 0.52),
    "train": Art(draw_train, (-1.42, -1.20, 1.46, 0.05), (-1.38, -0.82, 0.94, 0.0), "ground", 0.56, 1.1),
}
