"""Those of the water: the fish and the sailboat."""

import torch

from render_engine.world.colour import darker, lighter
from render_engine.world.pen import Pen
from render_engine.world.shapes import Point, bend, box, capsule, circle, ellipse, polygon, stroke
from render_engine.world.subjects.pose import INK, PALE, Art, Pose


def draw_fish(pen: Pen, pose: Pose) -> None:
    """A round fish with a beating tail, fins, an eye and two bands; it leaps or floats around y = -0.4."""
    beat = torch.sin(pose.seconds * 8.0)
    coat = pose.colour
    y = -0.42 + 0.012 * torch.sin(pose.seconds * 4)
    swing = 0.09 * beat
    tail = polygon([(-0.36, y), (-0.66, y - 0.24 + swing), (-0.58, y + swing * 0.8), (-0.66, y + 0.24 + swing)], 0.03)
    pen.fill(tail, darker(coat, 0.2))
    dorsal = polygon([(-0.18, y - 0.20), (-0.12, y - 0.38), (0.12, y - 0.34), (0.20, y - 0.18)], 0.03)
    pen.fill(dorsal, darker(coat, 0.2))
    ventral = polygon([(-0.10, y + 0.20), (-0.16, y + 0.33), (0.02, y + 0.24)], 0.025)
    pen.fill(ventral, darker(coat, 0.2))
    body = ellipse(0.04, y, 0.46, 0.25) | polygon(
        [(-0.28, y - 0.12), (-0.28, y + 0.12), (-0.44, y + 0.05), (-0.44, y - 0.05)], 0.02
    )
    pen.fill(body, coat)
    pen.fill(ellipse(0.06, y + 0.14, 0.34, 0.12) & ellipse(0.04, y, 0.44, 0.24), lighter(coat, 0.45), plain=True)
    band = PALE if sum(coat) < 2.6 else (0.95, 0.55, 0.20)
    for x in (-0.16, 0.10):
        stripe = (circle(x - 0.30, y, 0.36) - circle(x - 0.36, y, 0.36)) & ellipse(0.04, y, 0.45, 0.24)
        pen.fill(stripe, band, plain=True)
    fin = polygon([(0.06, y + 0.03), (-0.12, y + 0.02 + 0.10 * beat), (-0.05, y + 0.15 + 0.06 * beat)], 0.025)
    pen.fill(fin, darker(coat, 0.3), plain=True)
    pen.fill(circle(0.31, y - 0.06, 0.062), PALE, plain=True)
    pen.fill(circle(0.325, y - 0.06, 0.036), INK, plain=True)
    mouth = bend((0.49, y + 0.03), (0.44, y + 0.06), (0.40, y + 0.06), 3)
    pen.fill(stroke(mouth, 0.012), darker(coat, 0.6), plain=True)


def draw_sailboat(pen: Pen, pose: Pose) -> None:
    """A sailboat: hull and mainsail stripe in the subject's colour, two bellied sails, a pennant."""
    coat = pose.colour
    belly = 0.02 * torch.sin(pose.seconds * 1.8)
    pen.fill(capsule((-0.02, -0.16), (-0.02, -1.04), 0.018, 0.012), (0.45, 0.30, 0.20))
    leech = bend((0.03, -0.98), (0.34 + belly, -0.66), (0.46, -0.24))
    pen.fill(polygon([(0.015, -0.98), *leech, (0.015, -0.24)]), coat)
    shade = [(0.015, -0.98), (0.10, -0.86), (0.16, -0.24), (0.015, -0.24)]
    pen.fill(polygon(shade), darker(coat, 0.18), plain=True)
    jib: list[Point] = [
        (-0.055, -0.90),
        (-0.055, -0.26),
        *bend((-0.40, -0.26), (-0.26 - belly, -0.50), (-0.055, -0.90)),
    ]
    pen.fill(polygon(jib), PALE if sum(coat) < 2.7 else lighter(coat, 0.4))
    for y in (-0.72, -0.50):
        pen.fill(capsule((0.02, y), (0.14 - (y + 0.5) * 0.1, y + 0.005), 0.007), PALE, 0.6, plain=True)
    flag: list[Point] = [(-0.02, -1.03), (-0.16, -1.00 + belly), (-0.02, -0.96)]
    pen.fill(polygon(flag, 0.006), (0.96, 0.78, 0.24) if coat[0] > 0.7 else (0.90, 0.24, 0.20), plain=True)
    hull: list[Point] = [
        (-0.50, -0.19),
        (0.56, -0.21),
        *bend((0.56, -0.21), (0.46, 0.03), (0.30, 0.04), 4),
        (-0.32, 0.04),
    ]
    pen.fill(polygon(hull, 0.012), PALE if sum(coat) < 2.7 else (0.30, 0.34, 0.44))
    stripe = [(-0.49, -0.185), (0.555, -0.20), (0.53, -0.13), (-0.455, -0.115)]
    pen.fill(polygon(stripe, 0.008), coat if sum(coat) < 2.7 else (0.86, 0.30, 0.26), plain=True)
    pen.fill(box(-0.24, -0.225, 0.10, 0.035, 0.015), (0.62, 0.44, 0.28), plain=True)


ART: dict[str, Art] = {
    "fish": Art(draw_fish, (-0.78, -1.12, 0.64, 0.28), (-0.66, -0.78, 0.50, -0.08), "water", 0.42, 0.30),
    "sailboat": Art(draw_sailboat, (-0.58, -1.12, 0.64, 0.08), (-0.58, -1.12, 0.64, 0.08), "water", 0.66, 0.44),
}
