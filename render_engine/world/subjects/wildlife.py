"""Those of the wild: fox, elephant, butterfly, duck and whale."""

import torch
from torch import Tensor

from render_engine.world.colour import RGB, darker, lighter, luma
from render_engine.world.pen import Pen
from render_engine.world.shapes import Num, Point, Shape, bend, box, capsule, circle, convex, ellipse, polygon, stroke
from render_engine.world.subjects.gait import Leg, marking, step
from render_engine.world.subjects.pose import INK, PALE, Art, Pose

_BILL: RGB = (1.0, 0.60, 0.12)
_SPRAY: RGB = (0.66, 0.86, 0.98)
_IVORY: RGB = (0.97, 0.93, 0.82)


def draw_fox(pen: Pen, pose: Pose) -> None:
    """A fox: a pointed snout, pale cheeks and bib, dark stockings, and a brush with a pale tip."""
    gait = pose.covered * 8.8
    bob = -0.014 * pose.walking * torch.sin(2 * gait) + 0.005 * torch.sin(pose.seconds * 2.2)
    coat, far, sock = pose.colour, darker(pose.colour, 0.30), (0.20, 0.16, 0.18)
    for leg in (Leg(-0.27, 0.33, 0.046, 0.5, -0.025), Leg(0.19, 0.33, 0.042, 0.05, 0.01)):
        _stockinged(pen, pose, leg, gait, far)
    _brush(pen, pose, bob)
    pen.fill(capsule((-0.26, -0.40 + bob), (0.18, -0.42 + bob), 0.135, 0.140), coat)
    pen.fill(capsule((-0.16, -0.315 + bob), (0.16, -0.325 + bob), 0.050), lighter(coat, 0.45), plain=True)
    for leg in (Leg(-0.31, 0.36, 0.062, 0.05, -0.035), Leg(0.25, 0.36, 0.050, 0.55, 0.01)):
        _stockinged(pen, pose, leg, gait, coat)
    y = -0.66 + bob + 0.018 * torch.sin(pose.seconds * 1.7)
    pen.fill(capsule((0.20, -0.45 + bob), (0.36, y + 0.04), 0.135, 0.115), coat)
    bib = polygon([(0.30, y + 0.10), (0.44, y + 0.12), (0.36, y + 0.30), (0.27, y + 0.36), (0.24, y + 0.24)], 0.02)
    pen.fill(bib, marking(coat), plain=True)
    ear = convex([(0.27, y - 0.08), (0.27, y - 0.33), (0.40, y - 0.10)], 0.012)
    pen.fill(ear, darker(coat, 0.35))
    head = [(0.26, y - 0.02), (0.32, y - 0.11), (0.47, y - 0.125), (0.60, y - 0.04), (0.84, y + 0.075)]
    head += [(0.83, y + 0.105), (0.58, y + 0.145), (0.40, y + 0.15)]
    pen.fill(polygon(head, 0.018), coat)
    cheek = [(0.84, y + 0.100), (0.60, y + 0.055), (0.46, y + 0.075), (0.31, y + 0.055), (0.28, y + 0.17)]
    cheek += [(0.40, y + 0.16), (0.58, y + 0.150)]
    pen.fill(polygon(cheek, 0.012), PALE if luma(coat) < 0.9 else (0.68, 0.70, 0.77), plain=True)
    ear = convex([(0.37, y - 0.10), (0.43, y - 0.36), (0.53, y - 0.09)], 0.012)
    pen.fill(ear, coat)
    pen.fill(convex([(0.41, y - 0.24), (0.43, y - 0.36), (0.475, y - 0.24)], 0.012), sock, plain=True)
    pen.fill(ellipse(0.85, y + 0.075, 0.032, 0.027), INK, plain=True)
    pen.fill(ellipse(0.515, y - 0.015, 0.032, 0.022), INK, plain=True)
    pen.fill(circle(0.524, y - 0.020, 0.008), PALE, plain=True)


def _stockinged(pen: Pen, pose: Pose, leg: Leg, gait: Tensor, tone: RGB) -> None:
    sock = (0.20, 0.16, 0.18) if luma(tone) > 0.2 else (0.62, 0.60, 0.62)
    knee, foot = step(pen, pose, leg, gait, (tone, sock))
    pen.fill(capsule(knee, foot, leg.thick * 0.72, leg.thick * 0.62), sock, plain=True)


def _brush(pen: Pen, pose: Pose, bob: Tensor) -> None:
    """The bushy tail: thin at its root, thick, then drawn to a pale point."""
    sway = 0.05 * torch.sin(pose.seconds * 2.4)
    root, thick = (-0.36, -0.44 + bob), (-0.72, -0.42 + sway * 0.5 + bob)
    late, tip = (-0.92, -0.52 + sway + bob), (-1.12, -0.66 + sway * 1.6 + bob)
    pen.fill(capsule(root, thick, 0.060, 0.150) | capsule(thick, late, 0.150, 0.130), darker(pose.colour, 0.10))
    pen.fill(capsule(late, tip, 0.128, 0.012), marking(pose.colour))
    fringe = convex([(-0.80, -0.66 + sway), (-0.70, -0.30 + sway), (-0.98, -0.42 + sway)])
    pen.fill(fringe & capsule(thick, late, 0.13, 0.118), darker(pose.colour, 0.10), plain=True)


def draw_elephant(pen: Pen, pose: Pose) -> None:
    """An elephant with a swinging trunk, a great ear that fans, tusks, and legs like columns."""
    gait = pose.covered * 6.0
    bob = -0.012 * pose.walking * torch.sin(2 * gait) + 0.005 * torch.sin(pose.seconds * 1.6)
    coat, far = pose.colour, darker(pose.colour, 0.28)
    for leg in (Leg(-0.36, 0.40, 0.110, 0.5, 0.0, 0.92, 0.26), Leg(0.16, 0.40, 0.110, 0.05, 0.0, 0.92, 0.26)):
        step(pen, pose, leg, gait, (far, darker(coat, 0.42)))
    swish = 0.05 * torch.sin(pose.seconds * 3)
    tail = bend((-0.58, -0.72 + bob), (-0.70, -0.62 + bob), (-0.68 + swish, -0.36), 4)
    pen.fill(stroke(tail, 0.028, 0.014), far)
    pen.fill(circle(-0.68 + swish, -0.34, 0.034), darker(coat, 0.6), plain=True)
    pen.fill(ellipse(-0.14, -0.62 + bob, 0.48, 0.345), coat)
    pen.fill(ellipse(-0.14, -0.40 + bob, 0.34, 0.12), darker(coat, 0.16), plain=True)
    for leg in (Leg(-0.46, 0.46, 0.128, 0.0, 0.0, 0.86, 0.26), Leg(0.25, 0.44, 0.120, 0.55, 0.0, 0.90, 0.26)):
        _, foot = step(pen, pose, leg, gait, (coat, darker(coat, 0.12)))
        for i in (0, 1, 2):
            nail = ellipse(foot[0] + 0.005 + 0.055 * i, foot[1] + 0.085 - 0.012 * i, 0.022, 0.024)
            pen.fill(nail, _IVORY, plain=True)
    y = -0.82 + 0.014 * torch.sin(pose.seconds * 1.4) + bob
    pen.fill(stroke(bend((0.52, y + 0.12), (0.66, y + 0.26), (0.82, y + 0.16), 4), 0.034, 0.010), _IVORY)
    pen.fill(circle(0.40, y, 0.245), coat)
    _trunk(pen, pose, y)
    pen.fill(stroke(bend((0.49, y + 0.15), (0.60, y + 0.30), (0.78, y + 0.24), 4), 0.038, 0.012), _IVORY)
    fan = 0.5 + 0.5 * torch.sin(pose.seconds * 2.6)
    flap = polygon(_ear(0.36, y, 0.50 - 0.11 * fan), 0.03)
    pen.fill(flap, darker(coat, 0.16))
    pen.fill(polygon(_ear(0.31, y + 0.015, 0.36 - 0.09 * fan), -0.02), lighter(coat, 0.28), plain=True)
    pen.fill(circle(0.505, y - 0.055, 0.034), PALE, plain=True)
    pen.fill(circle(0.512, y - 0.053, 0.024), INK, plain=True)


def _ear(x: float, y: Tensor, width: Num) -> list[Point]:
    """The outline of an ear that hangs from (x, y), `width` across."""
    upper = bend((0.0, -0.20), (-0.75, -0.38), (-1.0, -0.04), 4)
    lower = bend((-1.0, -0.04), (-0.92, 0.28), (-0.46, 0.36), 3)
    return [(x + width * u, y + 0.9 * v) for u, v in (*upper, *lower[1:], (-0.16, 0.26), (0.0, 0.10))]


def _trunk(pen: Pen, pose: Pose, y: Tensor) -> None:
    swing = torch.sin(pose.seconds * 2.0)
    middle = (0.72 + 0.04 * swing, y + 0.34)
    end = (0.70 + 0.13 * swing, -0.16 - 0.03 * swing)
    upper = bend((0.53, y - 0.02), (0.74, y + 0.06), middle, 4)
    lower = bend(middle, (0.70 + 0.08 * swing, -0.28), end, 3)
    tip = bend(end, (end[0] + 0.02, -0.06), (end[0] + 0.13, -0.10 - 0.05 * swing), 3)
    pen.fill(stroke(upper, 0.135, 0.085) | stroke(lower, 0.085, 0.062) | stroke(tip, 0.062, 0.042), pose.colour)
    for i in (2, 3):
        px, py = upper[i]
        ridge = capsule((px - 0.05, py + 0.01), (px + 0.075, py - 0.035), 0.009)
        pen.fill(ridge, darker(pose.colour, 0.28), plain=True)


def draw_butterfly(pen: Pen, pose: Pose) -> None:
    """A butterfly seen from above, two pairs of patterned wings that open and close; its centre lies at y = -0.5."""
    beat = torch.sin(pose.seconds * 9.4)
    spread = 0.69 + 0.31 * beat
    y = -0.5 - 0.022 * beat
    coat = pose.colour
    edge = darker(coat, 0.74) if luma(coat) > 0.2 else (0.46, 0.47, 0.55)
    spot = marking(coat) if luma(coat) < 0.75 else (0.98, 0.52, 0.20)
    for outline, inset in ((0.030, edge), (-0.012, coat)):
        pen.fill(_wings(_HIND, spread, y, outline), darker(coat, 0.14) if inset is coat else inset, plain=inset is coat)
    pen.fill(_pair(ellipse(0.25 * spread, 0.21, 0.085 * spread, 0.075), y), spot, plain=True)
    for outline, inset in ((0.030, edge), (-0.012, coat)):
        pen.fill(_wings(_FORE, spread, y, outline), inset, plain=inset is coat)
    pen.fill(_pair(ellipse(0.27 * spread, -0.20, 0.115 * spread, 0.075), y), lighter(coat, 0.38), plain=True)
    dots = circle(0.47 * spread, -0.335, 0.028) | circle(0.485 * spread, -0.235, 0.026)
    pen.fill(_pair(dots | circle(0.455 * spread, -0.145, 0.022), y), spot, plain=True)
    body = (0.20, 0.15, 0.17)
    pen.fill(_pair(stroke(bend((0.012, -0.27), (0.05, -0.42), (0.16, -0.47), 4), 0.010), y), body, plain=True)
    pen.fill(_pair(circle(0.165, -0.47, 0.020), y), body, plain=True)
    pen.fill(_pair(capsule((0.0, -0.20), (0.0, 0.26), 0.052, 0.028), y), body)
    pen.fill(_pair(circle(0.0, -0.25, 0.062), y), body, plain=True)


_FORE: tuple[tuple[float, float], ...] = (
    (0.02, -0.13),
    (0.15, -0.30),
    (0.31, -0.41),
    (0.46, -0.44),
    (0.54, -0.39),
    (0.55, -0.28),
    (0.51, -0.14),
    (0.42, -0.03),
    (0.28, 0.03),
    (0.03, 0.04),
)
_HIND: tuple[tuple[float, float], ...] = (
    (0.03, -0.02),
    (0.30, -0.03),
    (0.41, 0.03),
    (0.46, 0.14),
    (0.43, 0.27),
    (0.35, 0.36),
    (0.25, 0.39),
    (0.17, 0.33),
    (0.03, 0.10),
)


def _wings(outline: tuple[tuple[float, float], ...], spread: Tensor, y: Tensor, corner: float) -> Shape:
    return _pair(convex([(u * spread, v) for u, v in outline], corner), y)


def _pair(half: Shape, y: Tensor, tilt: float = 0.30) -> Shape:
    """A shape about the origin and its mirror image, leaning forward, moved to (0, y)."""
    cos, sin = float(torch.cos(torch.tensor(tilt))), float(torch.sin(torch.tensor(tilt)))

    def distance(px: Tensor, py: Tensor) -> Tensor:
        down = py - y
        return half.distance((cos * px + sin * down).abs(), cos * down - sin * px)

    _, top, reach, bottom = half.bounds
    corners = [(side * reach, v) for side in (-1, 1) for v in (top, bottom)]
    across = max(abs(cos * u - sin * v) for u, v in corners)
    down = [sin * u + cos * v for u, v in corners]
    return Shape((-across, min(down) + float(y.min()), across, max(down) + float(y.max())), distance)


def _afloat(level: float) -> Shape:
    """What lies above the water, and `level` of what lies below."""
    return box(0.0, level - 1.5, 3.0, 1.5)


def draw_duck(pen: Pen, pose: Pose) -> None:
    """A duck on the water: a ring around its neck, a broad bill, a wake when it swims."""
    bob = 0.012 * torch.sin(pose.seconds * 2.6)
    coat = pose.colour
    paddle = pose.walking * 0.022 * torch.sin(pose.covered * 14)
    tail = polygon([(-0.58, -0.40 + bob), (-0.30, -0.30 + bob), (-0.30, -0.02), (-0.46, -0.14 + bob)], 0.02)
    pen.fill(tail, darker(coat, 0.14))
    body = (ellipse(-0.02, -0.11 + bob, 0.44, 0.225) | circle(0.22, -0.17 + bob, 0.185)) & _afloat(0.045)
    pen.fill(body, coat)
    pen.fill(ellipse(0.02, 0.06 + bob, 0.36, 0.10) & body, lighter(coat, 0.35), plain=True)
    wing = [(0.14, -0.20 + bob), (0.02, -0.31 + bob), (-0.26, -0.30 + bob), (-0.50, -0.26 + bob)]
    pen.fill(polygon([*wing, (-0.26, -0.10 + bob), (0.02, -0.08 + bob)], 0.03), darker(coat, 0.20))
    pen.fill(capsule((-0.30, -0.20 + bob), (-0.10, -0.16 + bob), 0.026), marking(coat), plain=True)
    x, y = 0.34 + paddle, -0.58 + bob + 0.012 * torch.sin(pose.seconds * 1.9)
    pen.fill(capsule((0.25, -0.22 + bob), (x - 0.02, y + 0.04), 0.115, 0.090), coat)
    pen.fill(capsule((0.225, -0.385 + bob), (0.375, -0.410 + bob), 0.032), marking(coat), plain=True)
    pen.fill(ellipse(x + 0.175, y + 0.035, 0.120, 0.046), _BILL)
    pen.fill(capsule((x + 0.10, y + 0.045), (x + 0.27, y + 0.042), 0.007), darker(_BILL, 0.4), plain=True)
    pen.fill(circle(x, y, 0.145), coat)
    pen.fill(circle(x + 0.055, y - 0.035, 0.036), PALE, plain=True)
    pen.fill(circle(x + 0.063, y - 0.035, 0.023), INK, plain=True)
    if pose.walking:
        ripple = 0.02 * torch.sin(pose.seconds * 6)
        for reach in (0.62, 0.84):
            wake = capsule((-0.40, 0.035), (-reach + ripple, 0.05), 0.014, 0.004)
            pen.fill(wake, PALE, 0.45, plain=True)


def draw_whale(pen: Pen, pose: Pose) -> None:
    """A whale at the surface: a broad back, a spout, and a tail that rises from the water and sinks again."""
    bob = 0.014 * torch.sin(pose.seconds * 1.3)
    rise = 0.5 + 0.5 * torch.sin(pose.seconds * 2.1 + 1.0)
    coat = pose.colour
    surface = _afloat(0.05)
    _spout(pen, pose, 0.26, -0.47 + bob)
    end = (-0.88 - 0.02 * rise, -0.16 - 0.30 * rise)
    tail = stroke(bend((-0.30, -0.10 + bob), (-0.78, 0.02), end, 6), 0.22, 0.055)
    pen.fill((tail | _fluke(end, rise)) & surface, darker(coat, 0.12))
    fin = polygon([(-0.22, -0.34 + bob), (-0.26, -0.47 + bob), (-0.02, -0.40 + bob)], 0.02)
    pen.fill(fin, darker(coat, 0.2))
    body = (ellipse(0.14, 0.02 + bob, 0.66, 0.47) | ellipse(0.46, -0.08 + bob, 0.40, 0.34)) & surface
    pen.fill(body, coat)
    pen.fill(ellipse(0.56, 0.13 + bob, 0.36, 0.20) & body, lighter(coat, 0.55), plain=True)
    pen.fill(ellipse(0.06, -0.31 + bob, 0.30, 0.07), lighter(coat, 0.18), 0.8, plain=True)
    smile = bend((0.855, -0.09 + bob), (0.66, -0.02 + bob), (0.50, -0.09 + bob), 5)
    pen.fill(stroke(smile, 0.012), darker(coat, 0.5), plain=True)
    pen.fill(circle(0.47, -0.165 + bob, 0.040), PALE, plain=True)
    pen.fill(circle(0.478, -0.163 + bob, 0.027), INK, plain=True)
    paddle = 0.03 * torch.sin(pose.seconds * 2.4)
    flipper = polygon([(0.22, -0.10 + bob), (0.36, -0.06 + bob), (0.16, 0.05 + paddle), (0.06, 0.03 + paddle)], 0.02)
    pen.fill(flipper & surface, darker(coat, 0.24))
    for x, half in ((0.74, 0.16), (-0.40, 0.20), (0.16, 0.26)):
        foam = ellipse(x + 0.03 * torch.sin(pose.seconds * 1.7 + x * 5), 0.040, half, 0.016)
        pen.fill(foam, PALE, 0.75, plain=True)


def _fluke(end: Point, rise: Tensor) -> Shape:
    """The two lobes at the tail's end; they fold as it sinks."""
    tall = 0.55 + 0.45 * rise
    left = ((-0.05, 0.06), (-0.20, -0.05), (-0.31, -0.22), (-0.12, -0.19), (0.0, -0.10))
    right = ((0.11, -0.20), (0.29, -0.24), (0.19, -0.06), (0.05, 0.06))
    return polygon([(end[0] + u, end[1] + v * tall) for u, v in (*left, *right)], 0.018)


def _spout(pen: Pen, pose: Pose, x: float, y: Tensor) -> None:
    """A column of spray that grows, parts to both sides and falls."""
    force = (0.5 + 0.62 * torch.sin(pose.seconds * 2.5 + 0.8)).clamp(0.25, 1)
    top = y - 0.42 * force
    pen.fill(capsule((x, y + 0.02), (x, top), 0.026, 0.040), _SPRAY, 0.95, plain=True)
    for side in (-1, 1):
        curl = bend((x, top), (x + 0.15 * side, top - 0.11 * force), (x + 0.25 * side * force, top + 0.12 * force), 5)
        pen.fill(stroke(curl, 0.042, 0.026), _SPRAY, 0.95, plain=True)
        age = (pose.seconds * 0.9 + 0.25 * (side + 1)) % 1.0
        drop = circle(x + (0.14 + 0.20 * age) * side, top + 0.06 + 0.30 * age, 0.024)
        pen.fill(drop, PALE, 1 - age, plain=True)
    pen.fill(capsule((x, y), (x, top + 0.04), 0.010), PALE, 0.9, plain=True)


ART: dict[str, Art] = {
    "fox": Art(draw_fox, (-1.20, -1.06, 0.94, 0.04), (-1.14, -1.04, 0.90, 0.03), "ground", 0.46, 0.44),
    "elephant": Art(draw_elephant, (-0.80, -1.18, 0.98, 0.04), (-0.72, -1.15, 0.90, 0.03), "ground", 0.66, 0.52),
    "butterfly": Art(draw_butterfly, (-0.80, -1.22, 0.80, 0.22), (-0.62, -1.02, 0.62, 0.0), "air", 0.54, 0.22),
    "duck": Art(draw_duck, (-0.88, -0.78, 0.68, 0.06), (-0.62, -0.76, 0.66, 0.04), "water", 0.38, 0.40),
    "whale": Art(draw_whale, (-1.26, -1.14, 0.92, 0.06), (-1.22, -0.98, 0.90, 0.05), "water", 0.52, 0.6),
}
