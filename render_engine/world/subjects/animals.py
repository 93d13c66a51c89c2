"""Those on four legs: dog, cat and horse, with a trot tied to the ground they cover."""

from dataclasses import dataclass

import torch
from torch import Tensor

from render_engine.world.colour import RGB, darker, lighter
from render_engine.world.pen import Pen
from render_engine.world.shapes import bend, capsule, circle, convex, ellipse, polygon, stroke
from render_engine.world.subjects.pose import INK, PALE, Art, Pose


@dataclass(frozen=True)
class _Leg:
    """Where a leg hangs, its length, thickness, how its knee bends, and when it steps (in turns)."""

    x: float
    top: float
    thick: float
    knee: float
    turn: float


def _step(pen: Pen, pose: Pose, leg: _Leg, gait: Tensor, tone: RGB) -> None:
    phase = gait + 6.2832 * leg.turn
    swing = pose.walking * 0.46 * torch.sin(phase)
    lift = pose.walking * 0.20 * leg.top * torch.cos(phase).clamp_min(0)
    foot = (leg.x + leg.top * torch.sin(swing), -0.028 - lift)
    middle = ((leg.x + foot[0]) / 2 + leg.knee, -leg.top * 0.52 - lift * 0.5)
    pen.fill(stroke([(leg.x, -leg.top), middle, foot], leg.thick, leg.thick * 0.58), tone)
    hoof = capsule((foot[0] - 0.01, foot[1] + 0.004), (foot[0] + 0.035, foot[1] + 0.004), leg.thick * 0.6)
    pen.fill(hoof, darker(tone, 0.35), plain=True)


def draw_dog(pen: Pen, pose: Pose) -> None:
    """A sturdy dog with flop ears, a collar and a wagging tail."""
    gait = pose.covered * 8.5
    bob = -0.018 * pose.walking * torch.sin(2 * gait) + 0.005 * torch.sin(pose.seconds * 3)
    far, coat = darker(pose.colour, 0.28), pose.colour
    for leg in (_Leg(-0.33, 0.36, 0.062, -0.04, 0.5), _Leg(0.25, 0.36, 0.055, 0.02, 0.0)):
        _step(pen, pose, leg, gait, far)
    wag = 0.10 * torch.sin(pose.seconds * 9)
    tail = bend((-0.40, -0.56 + bob), (-0.58, -0.62 + bob), (-0.60 + wag, -0.88 + bob))
    pen.fill(stroke(tail, 0.05, 0.026), coat)
    pen.fill(capsule((-0.30, -0.48 + bob), (0.22, -0.49 + bob), 0.165, 0.185), coat)
    pen.fill(capsule((-0.26, -0.40 + bob), (0.20, -0.39 + bob), 0.075, 0.08), lighter(coat, 0.28), plain=True)
    pen.fill(capsule((0.28, -0.56 + bob), (0.42, -0.80 + bob), 0.12, 0.10), coat)
    for leg in (_Leg(-0.27, 0.38, 0.072, -0.05, 0.0), _Leg(0.31, 0.38, 0.062, 0.02, 0.5)):
        _step(pen, pose, leg, gait, coat)
    head = 0.012 * torch.sin(pose.seconds * 2.3) + bob
    pen.fill(circle(0.45, -0.86 + head, 0.15), coat)
    pen.fill(capsule((0.50, -0.81 + head), (0.66, -0.79 + head), 0.085, 0.066), lighter(coat, 0.14))
    pen.fill(ellipse(0.715, -0.825 + head, 0.034, 0.028), INK, plain=True)
    pen.fill(circle(0.525, -0.895 + head, 0.022), INK, plain=True)
    flap = 0.02 * torch.sin(2 * gait) * pose.walking
    ear = polygon(
        [(0.36, -0.99 + head), (0.45, -0.96 + head), (0.40 + flap, -0.72 + head), (0.31 + flap, -0.75 + head)], 0.03
    )
    pen.fill(ear, darker(coat, 0.34))
    pen.fill(capsule((0.27, -0.70 + bob), (0.42, -0.64 + bob), 0.026), PALE, plain=True)


def draw_cat(pen: Pen, pose: Pose) -> None:
    """A slender cat: pointed ears, whiskers, a long tail that curls."""
    gait = pose.covered * 9.5
    bob = -0.012 * pose.walking * torch.sin(2 * gait) + 0.005 * torch.sin(pose.seconds * 2)
    far, coat = darker(pose.colour, 0.28), pose.colour
    for leg in (_Leg(-0.30, 0.32, 0.045, -0.03, 0.55), _Leg(0.22, 0.32, 0.042, 0.01, 0.05)):
        _step(pen, pose, leg, gait, far)
    curl = 0.09 * torch.sin(pose.seconds * 2.6)
    tail = bend((-0.36, -0.42 + bob), (-0.72, -0.40 + bob), (-0.60 + curl * 0.6, -0.74 + bob))
    tip = bend(tail[-1], (-0.54 + curl, -0.90 + bob), (-0.66 + curl * 1.6, -0.96 + bob), 4)
    pen.fill(stroke(tail + tip[1:], 0.042, 0.030), coat)
    back = bend((-0.28, -0.38 + bob), (-0.02, -0.43 + bob), (0.22, -0.42 + bob), 3)
    pen.fill(stroke(back, 0.135, 0.12), coat)
    for x in (-0.22, -0.08, 0.06):
        pen.fill(capsule((x, -0.53 + bob), (x + 0.015, -0.43 + bob), 0.018, 0.012), darker(coat, 0.3), plain=True)
    pen.fill(capsule((-0.20, -0.32 + bob), (0.18, -0.34 + bob), 0.05), lighter(coat, 0.3), plain=True)
    for leg in (_Leg(-0.24, 0.33, 0.055, -0.04, 0.05), _Leg(0.28, 0.35, 0.045, 0.01, 0.55)):
        _step(pen, pose, leg, gait, coat)
    head = 0.010 * torch.sin(pose.seconds * 1.8) + bob
    pen.fill(capsule((0.24, -0.46 + bob), (0.36, -0.58 + head), 0.105, 0.10), coat)
    for base in (0.30, 0.46):
        ear = convex([(base - 0.065, -0.68 + head), (base + 0.01, -0.87 + head), (base + 0.065, -0.68 + head)])
        pen.fill(ear, coat)
        inner = convex([(base - 0.03, -0.70 + head), (base + 0.008, -0.81 + head), (base + 0.035, -0.70 + head)])
        pen.fill(inner, (0.97, 0.62, 0.62), plain=True)
    pen.fill(ellipse(0.385, -0.62 + head, 0.155, 0.128), coat)
    pen.fill(ellipse(0.44, -0.575 + head, 0.075, 0.05), lighter(coat, 0.5), plain=True)
    for x in (0.355, 0.475):
        pen.fill(ellipse(x, -0.645 + head, 0.026, 0.036), (0.72, 0.90, 0.36), plain=True)
        pen.fill(ellipse(x + 0.004, -0.645 + head, 0.011, 0.032), INK, plain=True)
    pen.fill(ellipse(0.45, -0.598 + head, 0.020, 0.013), (0.95, 0.45, 0.50), plain=True)
    for lift in (-0.03, 0.025):
        whisker = capsule((0.50, -0.58 + head), (0.63, -0.59 + head + lift), 0.006)
        pen.fill(whisker, PALE, plain=True)


def draw_horse(pen: Pen, pose: Pose) -> None:
    """A tall horse with an arched neck, a flowing mane and tail."""
    gait = pose.covered * 6.2
    bob = -0.022 * pose.walking * torch.sin(2 * gait) + 0.004 * torch.sin(pose.seconds * 2)
    far, coat = darker(pose.colour, 0.28), pose.colour
    mane = darker(coat, 0.62)
    for leg in (_Leg(-0.33, 0.50, 0.055, -0.035, 0.5), _Leg(0.24, 0.50, 0.050, 0.02, 0.05)):
        _step(pen, pose, leg, gait, far)
    flow = 0.05 * torch.sin(pose.seconds * 4)
    tail = bend((-0.42, -0.66 + bob), (-0.62, -0.66 + bob), (-0.60 + flow, -0.26 + bob))
    pen.fill(stroke(tail, 0.04, 0.055), mane)
    pen.fill(capsule((-0.29, -0.60 + bob), (0.22, -0.58 + bob), 0.155, 0.165), coat)
    pen.fill(capsule((-0.22, -0.50 + bob), (0.16, -0.47 + bob), 0.06), darker(coat, 0.16), plain=True)
    nod = 0.015 * torch.sin(gait) * pose.walking + 0.008 * torch.sin(pose.seconds * 1.6) + bob
    crest = bend((0.10, -0.74 + bob), (0.26, -0.98 + nod), (0.46, -1.09 + nod))
    pen.fill(stroke([(x - 0.02 + flow * 0.3, y - 0.03) for x, y in crest], 0.075, 0.045), mane)
    neck = polygon(
        [(0.10, -0.70 + bob), (0.30, -0.45 + bob), (0.36, -0.60 + bob), (0.53, -0.93 + nod), (0.42, -1.04 + nod)], 0.045
    )
    pen.fill(neck, coat)
    for leg in (_Leg(-0.27, 0.52, 0.066, -0.04, 0.0), _Leg(0.29, 0.52, 0.056, 0.02, 0.55)):
        _step(pen, pose, leg, gait, coat)
    ear = convex([(0.41, -1.07 + nod), (0.44, -1.20 + nod), (0.49, -1.07 + nod)])
    pen.fill(ear, coat)
    pen.fill(capsule((0.47, -1.01 + nod), (0.67, -0.80 + nod), 0.092, 0.060), coat)
    pen.fill(capsule((0.655, -0.82 + nod), (0.685, -0.785 + nod), 0.056, 0.05), darker(coat, 0.3), plain=True)
    pen.fill(circle(0.52, -1.005 + nod, 0.020), INK, plain=True)
    lock = bend((0.44, -1.10 + nod), (0.50, -1.07 + nod), (0.50 + flow * 0.2, -0.98 + nod), 3)
    pen.fill(stroke(lock, 0.028, 0.018), mane, plain=True)


ART: dict[str, Art] = {
    "dog": Art(draw_dog, (-0.78, -1.08, 0.80, 0.05), (-0.78, -1.08, 0.80, 0.05), "ground", 0.46, 0.42),
    "cat": Art(draw_cat, (-0.84, -1.06, 0.70, 0.05), (-0.84, -1.06, 0.70, 0.05), "ground", 0.46, 0.38),
    "horse": Art(draw_horse, (-0.72, -1.26, 0.80, 0.05), (-0.72, -1.26, 0.80, 0.05), "ground", 0.62, 0.40),
}
