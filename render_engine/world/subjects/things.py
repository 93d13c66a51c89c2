"""Those that stand: lighthouse, tree, cup and bottle."""

import torch

from render_engine.world.colour import darker, lighter
from render_engine.world.pen import Pen
from render_engine.world.shapes import bend, box, capsule, circle, convex, ellipse, polygon, ring, stroke
from render_engine.world.subjects.pose import LAMP, PALE, Art, Pose


def draw_lighthouse(pen: Pen, pose: Pose) -> None:
    """A banded tower on a rock, its lamp turning after dark."""
    coat = pose.colour
    rock = [(-0.42, 0.04), (-0.30, -0.08), (-0.12, -0.13), (0.16, -0.12), (0.32, -0.06), (0.44, 0.04)]
    pen.fill(polygon(rock, 0.02), (0.40, 0.39, 0.42))
    pen.fill(polygon([(-0.36, 0.03), (-0.22, -0.06), (0.02, -0.02), (0.0, 0.04)], 0.01), (0.30, 0.29, 0.33), plain=True)
    tower = polygon([(-0.165, -0.10), (-0.095, -0.86), (0.095, -0.86), (0.165, -0.10)])
    band = PALE if sum(coat) < 2.6 else (0.86, 0.26, 0.22)
    pen.fill(tower, band)
    for top in (-0.86, -0.55, -0.24):
        pen.fill(tower & box(0.0, top + 0.078, 0.3, 0.078), coat, plain=True)
    pen.fill(
        tower & convex([(-0.3, -1.0), (-0.045, -1.0), (-0.06, 0.0), (-0.3, 0.0)]), (0.1, 0.1, 0.25), 0.20, plain=True
    )
    pen.fill(box(0.03, -0.42, 0.022, 0.04, 0.018), LAMP if pose.lit else (0.24, 0.28, 0.36), plain=True)
    pen.fill(box(0.0, -0.17, 0.038, 0.07, 0.03), (0.34, 0.22, 0.16), plain=True)
    pen.fill(box(0.0, -0.885, 0.145, 0.024, 0.01), darker(coat, 0.45))
    pen.fill(box(0.0, -0.965, 0.075, 0.065), LAMP if pose.lit else (0.76, 0.90, 0.95), plain=True)
    for x in (-0.07, 0.0, 0.07):
        pen.fill(capsule((x, -1.03), (x, -0.90), 0.009), darker(coat, 0.5), plain=True)
    pen.fill(convex([(-0.11, -1.02), (0.0, -1.16), (0.11, -1.02)], 0.01), coat)
    pen.fill(capsule((0.0, -1.16), (0.0, -1.22), 0.010), darker(coat, 0.5), plain=True)
    if not pose.lit:
        return
    swing = torch.cos(pose.seconds * 1.5)
    for side in (1.0, -1.0):
        end = side * swing * 5.0
        beam = capsule((0.0, -0.965), (end, -1.0), 0.03, 0.30)
        pen.fill(beam, LAMP, 0.10 + 0.34 * swing.abs(), soft=0.10)
    pen.glow(circle(0.0, -0.965, 0.05), LAMP, 0.55 + 0.45 * (1 - swing.abs()), 0.24)


def draw_tree(pen: Pen, pose: Pose) -> None:
    """A broad tree whose crown, in the subject's colour, stirs in the wind."""
    coat = pose.colour
    wind = torch.sin(pose.seconds * 1.9)
    bark = (0.42, 0.28, 0.19)
    trunk = [(-0.075, 0.0), (-0.05, -0.30), (-0.07, -0.56), (0.05, -0.56), (0.05, -0.30), (0.085, 0.0)]
    pen.fill(polygon(trunk, 0.012), bark)
    for x, y in ((-0.20, -0.66), (0.20, -0.70)):
        pen.fill(stroke([(0.0, -0.40), (x * 0.5, -0.54), (x, y)], 0.034, 0.020), bark)
    lobes = [
        (-0.25, -0.62, 0.19),
        (0.26, -0.63, 0.19),
        (-0.17, -0.85, 0.20),
        (0.18, -0.87, 0.20),
        (0.0, -0.70, 0.25),
        (0.01, -0.98, 0.18),
    ]
    crown = None
    shade = None
    for i, (x, y, r) in enumerate(lobes):
        move = 0.020 * wind * -y + 0.007 * torch.sin(pose.seconds * 3.1 + i * 1.7)
        leaf = circle(x + move, y, r)
        crown = leaf if crown is None else crown | leaf
        cut = leaf - circle(x + move + 0.05, y - 0.07, r)
        shade = cut if shade is None else shade | cut
    if crown is None or shade is None:
        return
    pen.fill(crown, coat)
    pen.fill(shade, darker(coat, 0.25), 0.75, plain=True)
    for i in range(9):
        x, y = pose.dice.between("x", -0.3, 0.3, i), pose.dice.between("y", -1.0, -0.55, i)
        move = 0.020 * wind * -y
        spot = ellipse(x + move, y, 0.045, 0.024)
        pen.fill(spot, lighter(coat, 0.3), 0.8, plain=True)


def draw_cup(pen: Pen, pose: Pose) -> None:
    """A cup on its saucer, steam curling up."""
    coat = pose.colour
    pen.fill(ellipse(0.0, -0.05, 0.46, 0.065), lighter(coat, 0.45))
    pen.fill(ellipse(0.0, -0.065, 0.30, 0.035), darker(coat, 0.2), 0.6, plain=True)
    pen.fill(ring(0.33, -0.36, 0.125, 0.036), darker(coat, 0.15))
    body = [(-0.335, -0.60), (0.335, -0.60), *bend((0.335, -0.60), (0.33, -0.16), (0.15, -0.08), 5)]
    body += bend((-0.15, -0.08), (-0.33, -0.16), (-0.335, -0.60), 5)
    pen.fill(polygon(body, 0.01), coat)
    left = [
        (-0.30, -0.56),
        (-0.19, -0.56),
        *bend((-0.19, -0.45), (-0.18, -0.20), (-0.10, -0.10), 3),
        (-0.16, -0.11),
        (-0.27, -0.27),
    ]
    pen.fill(polygon(left), darker(coat, 0.22), 0.8, plain=True)
    pen.fill(capsule((0.235, -0.50), (0.205, -0.28), 0.022), PALE, 0.5, plain=True)
    pen.fill(ellipse(0.0, -0.60, 0.345, 0.072), lighter(coat, 0.35))
    pen.fill(ellipse(0.0, -0.592, 0.30, 0.052), (0.33, 0.19, 0.11), plain=True)
    for i, x in enumerate((-0.12, 0.03, 0.16)):
        drift = pose.seconds * 2.2 + i * 2.1
        curl = [(x + 0.035 * torch.sin(drift - k * 0.9) * (0.4 + 0.2 * k), -0.66 - 0.075 * k) for k in range(6)]
        fade = 0.40 + 0.22 * torch.sin(pose.seconds * 1.6 + i * 2)
        pen.fill(stroke(curl, 0.022, 0.012), PALE, fade, soft=0.035)


def draw_bottle(pen: Pen, pose: Pose) -> None:
    """A bottle of coloured glass with a label and a cork; light slides over it."""
    coat = pose.colour
    left = [(-0.075, -0.80), (-0.075, -0.64), *bend((-0.075, -0.64), (-0.20, -0.56), (-0.20, -0.42), 4), (-0.20, -0.02)]
    right = [(-x, y) for x, y in reversed(left)]
    glass = polygon([*left, *right], 0.02)
    pen.fill(glass, coat)
    pen.fill(box(0.14, -0.26, 0.055, 0.22, 0.03), darker(coat, 0.35), 0.7, plain=True)
    pen.fill(box(0.0, -0.885, 0.058, 0.065, 0.012), (0.78, 0.58, 0.36))
    pen.fill(box(0.0, -0.80, 0.098, 0.028, 0.012), lighter(coat, 0.2))
    pen.fill(box(0.0, -0.27, 0.219, 0.135, 0.012), PALE, plain=True)
    accent = darker(coat, 0.1) if sum(coat) < 2.6 else (0.86, 0.30, 0.26)
    pen.fill(box(0.0, -0.385, 0.219, 0.015), accent, plain=True)
    pen.fill(circle(0.0, -0.275, 0.065), accent, plain=True)
    slide = 0.02 * torch.sin(pose.seconds * 1.4)
    pen.fill(capsule((-0.135 + slide, -0.47), (-0.05 + slide * 0.5, -0.72), 0.020, 0.014), PALE, 0.65, plain=True)
    pen.fill(capsule((-0.155 + slide, -0.10), (-0.155 + slide, -0.07), 0.018), PALE, 0.5, plain=True)


ART: dict[str, Art] = {
    "lighthouse": Art(draw_lighthouse, (-4.4, -1.40, 4.4, 0.07), (-0.42, -1.22, 0.42, 0.0), "ground", 0.80, 0.40),
    "tree": Art(draw_tree, (-0.54, -1.22, 0.54, 0.04), (-0.54, -1.22, 0.54, 0.04), "ground", 0.76, 0.34),
    "cup": Art(draw_cup, (-0.52, -1.10, 0.52, 0.04), (-0.46, -0.70, 0.46, 0.0), "ground", 0.58, 0.42),
    "bottle": Art(draw_bottle, (-0.30, -1.00, 0.30, 0.04), (-0.30, -1.00, 0.30, 0.04), "ground", 0.62, 0.22),
}
