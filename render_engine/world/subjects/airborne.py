"""Those in the air: the bird and the hot-air balloon."""

import torch

from render_engine.world.colour import darker, lighter
from render_engine.world.pen import Pen
from render_engine.world.shapes import bend, box, capsule, circle, convex, ellipse, polygon, stroke
from render_engine.world.subjects.pose import INK, LAMP, PALE, Art, Pose


def draw_bird(pen: Pen, pose: Pose) -> None:
    """A bird in flight, wings beating, beak and forked tail plain to see; its centre lies at y = -0.5."""
    beat = torch.sin(pose.seconds * (9.0 if pose.walking else 7.0))
    lift = 0.02 * torch.cos(pose.seconds * 7.0)
    coat, far = pose.colour, darker(pose.colour, 0.32)
    y = -0.5 + lift
    tip = y - 0.40 * beat - 0.04
    back = 0.26 * (1 - beat.abs())
    wing_far = polygon(
        [
            (-0.04, y - 0.06),
            (0.20, y - 0.05),
            (0.16 - back / 2, (y + tip) / 2),
            (0.02 - back, tip),
            (-0.05 - back / 2, (y + tip) / 2),
        ],
        0.02,
    )
    pen.fill(wing_far, far)
    fork = polygon(
        [(-0.30, y - 0.05), (-0.66, y - 0.15), (-0.56, y - 0.02), (-0.66, y + 0.09), (-0.28, y + 0.05)], 0.012
    )
    pen.fill(fork, darker(coat, 0.2))
    body = ellipse(0.0, y, 0.36, 0.155) | circle(0.32, y - 0.08, 0.125)
    pen.fill(body, coat)
    pen.fill(ellipse(0.08, y + 0.065, 0.24, 0.08), lighter(coat, 0.5), plain=True)
    beak = convex([(0.42, y - 0.13), (0.60, y - 0.055), (0.42, y - 0.03)])
    pen.fill(beak, (1.0, 0.64, 0.14))
    pen.fill(circle(0.36, y - 0.11, 0.034), PALE, plain=True)
    pen.fill(circle(0.368, y - 0.11, 0.021), INK, plain=True)
    tip = y + 0.05 - 0.46 * beat
    wing = polygon(
        [
            (-0.16, y - 0.03),
            (0.14, y - 0.04),
            (0.06 - back / 2, y * 0.45 + tip * 0.55),
            (-0.16 - back, tip),
            (-0.24 - back / 2, y * 0.5 + tip * 0.5),
        ],
        0.026,
    )
    pen.fill(wing, darker(coat, 0.14))


def draw_balloon(pen: Pen, pose: Pose) -> None:
    """A hot-air balloon: gores in two tones, a skirt, ropes, a basket, and a flame that burns now and then."""
    sway = 0.012 * torch.sin(pose.seconds * 1.3)
    coat = pose.colour
    for x in (-0.07, 0.07):
        pen.fill(capsule((x * 1.6 + sway, -0.36), (x, -0.13), 0.008), (0.30, 0.22, 0.18), plain=True)
    crown = circle(sway, -0.72, 0.34)
    taper = polygon([(-0.315 + sway, -0.60), (0.315 + sway, -0.60), (0.11 + sway, -0.30), (-0.11 + sway, -0.30)])
    envelope = crown | taper
    pen.fill(envelope, coat)
    pale = PALE if sum(coat) < 2.6 else (0.86, 0.30, 0.26)
    for half in (0.235,):
        stripe = (ellipse(sway, -0.70, half, 0.40) - ellipse(sway, -0.70, half - 0.10, 0.40)) & envelope
        pen.fill(stripe, pale, plain=True)
    pen.fill(ellipse(sway, -0.70, 0.055, 0.40) & envelope, pale, plain=True)
    side = envelope - circle(0.09 + sway, -0.74, 0.38)
    pen.fill(side, darker(coat, 0.45), 0.38, plain=True)
    pen.fill(ellipse(0.15 + sway, -0.90, 0.07, 0.05), PALE, 0.45, soft=0.05)
    pen.fill(box(sway, -0.31, 0.115, 0.022, 0.012), darker(coat, 0.35), plain=True)
    burn = (torch.sin(pose.seconds * 2.1) > 0.1).float() * (0.75 + 0.25 * torch.sin(pose.seconds * 23))
    pen.glow(ellipse(0.0, -0.23, 0.012, 0.03), LAMP, burn * 0.9, 0.07)
    basket = polygon([(-0.085, -0.14), (0.085, -0.14), (0.068, -0.01), (-0.068, -0.01)], 0.012)
    pen.fill(basket, (0.62, 0.40, 0.20))
    pen.fill(box(0.0, -0.145, 0.10, 0.016, 0.012), (0.42, 0.25, 0.13), plain=True)
    rope = bend((-0.09, -0.09), (0.0, -0.06), (0.09, -0.09), 3)
    pen.fill(stroke(rope, 0.010), (0.42, 0.25, 0.13), plain=True)


ART: dict[str, Art] = {
    "bird": Art(draw_bird, (-0.74, -1.04, 0.68, 0.04), (-0.66, -0.86, 0.60, -0.14), "air", 0.48, 0.22),
    "balloon": Art(draw_balloon, (-0.42, -1.12, 0.42, 0.06), (-0.36, -1.06, 0.36, 0.0), "air", 0.66, 0.14),
}
