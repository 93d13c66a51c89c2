"""The great craft of air, space and sea: aeroplane, helicopter, rocket and steamship."""

import torch
from torch import Tensor

from render_engine.world.colour import RGB, darker, lighter
from render_engine.world.pen import Pen
from render_engine.world.shapes import (
    Num,
    Point,
    Shape,
    bend,
    box,
    capsule,
    circle,
    convex,
    ellipse,
    polygon,
    stroke,
)
from render_engine.world.subjects.pattern import SIGNAL, accent, glaze, row
from render_engine.world.subjects.pose import GLASS, INK, LAMP, PALE, Art, Pose

_STEEL: RGB = (0.62, 0.65, 0.71)


def _at(y: Num, *points: Point) -> list[Point]:
    """Points given from a middle height."""
    return [(px, py + y) for px, py in points]


def draw_aeroplane(pen: Pen, pose: Pose) -> None:
    """A propeller plane in flight, one wing towards us, one behind; its middle lies at y = -0.5."""
    coat = pose.colour
    y = -0.5 + 0.010 * torch.sin(pose.seconds * 2.3)
    dark, deep, pale = darker(coat, 0.24), darker(coat, 0.42), lighter(coat, 0.16)
    pen.fill(convex(_at(y, (-0.20, -0.36), (-0.06, -0.37), (0.24, -0.10), (0.02, -0.10)), 0.02), deep)
    pen.fill(convex(_at(y, (-0.74, -0.17), (-0.64, -0.18), (-0.42, -0.08), (-0.52, -0.06)), 0.014), deep)
    fin = _at(y, (-0.83, -0.42), (-0.70, -0.42), (-0.56, -0.16), (-0.38, -0.08), (-0.78, -0.02))
    pen.fill(polygon(fin, 0.02), dark)
    pen.fill(convex(_at(y, (-0.83, -0.42), (-0.70, -0.42), (-0.645, -0.32), (-0.812, -0.32)), 0.02), accent(coat))
    hull = _at(y, (-0.80, -0.02), (-0.80, -0.07), (-0.40, -0.13))
    hull += bend((0.10, -0.165 + y), (0.58, -0.17 + y), (0.60, 0.01 + y), 3)
    hull += bend((0.52, 0.12 + y), (0.40, 0.15 + y), (0.10, 0.145 + y), 2)
    pen.fill(polygon([*hull, (-0.40, 0.075 + y)], 0.016), coat)
    belly = _at(y, (-0.80, -0.01), (0.59, 0.055), (0.52, 0.125), (0.41, 0.148), (0.10, 0.155), (-0.40, 0.085))
    pen.fill(convex(belly), dark, plain=True)
    pen.fill(capsule((-0.58, y + 0.010), (0.59, y + 0.040), 0.020), accent(coat), plain=True)
    canopy = [(0.12, -0.14 + y), *bend((0.16, -0.26 + y), (0.34, -0.27 + y), (0.42, -0.125 + y), 3)]
    pen.fill(convex(canopy, 0.01), darker(GLASS, 0.62))
    for pane in (
        ((0.195, -0.215), (0.275, -0.218), (0.275, -0.140), (0.165, -0.145)),
        ((0.300, -0.210), (0.345, -0.190), (0.375, -0.130), (0.300, -0.140)),
    ):
        glaze(pen, pose, convex(_at(y, *pane)), GLASS)
    glaze(pen, pose, row(circle(0.0, 0.0, 0.034), -0.34, 0.115, 4, y - 0.050), GLASS)
    pen.fill(box(0.585, y - 0.005, 0.030, 0.130, 0.03), deep, plain=True)
    pen.fill(convex(_at(y, (-0.06, 0.07), (0.24, 0.06), (-0.16, 0.38), (-0.36, 0.37)), 0.024), pale)
    tip = _at(y, (-0.285, 0.295), (-0.055, 0.295), (-0.16, 0.38), (-0.36, 0.37))
    pen.fill(convex(tip, 0.023), accent(coat), plain=True)
    flap = capsule((-0.10, y + 0.13), (-0.27, y + 0.30), 0.010)
    pen.fill(flap, deep, 0.7, plain=True)
    pen.fill(convex(_at(y, (-0.50, -0.04), (-0.36, -0.02), (-0.68, 0.09), (-0.80, 0.08)), 0.014), pale)
    _propeller(pen, pose.seconds, (0.655, y))


def _propeller(pen: Pen, seconds: Tensor, hub: Point) -> None:
    """A disc seen from its edge, and two blades that lengthen and shorten as they turn."""
    turn = seconds * 19
    pen.fill(ellipse(hub[0], hub[1], 0.045, 0.30), PALE, 0.42, plain=True)
    for phase in (0.0, 1.5708):
        reach = 0.29 * torch.cos(turn + phase)
        shift = 0.03 * torch.sin(turn + phase)
        pen.fill(capsule((hub[0] - shift, hub[1] - reach), (hub[0] + shift, hub[1] + reach), 0.017), INK, plain=True)
    pen.fill(ellipse(hub[0] + 0.005, hub[1], 0.055, 0.050), (0.98, 0.80, 0.30))


def draw_helicopter(pen: Pen, pose: Pose) -> None:
    """A helicopter: glass nose, tail boom with its little rotor, skids, and the blurred disc of the great one."""
    coat = pose.colour
    y = -0.42 + 0.012 * torch.sin(pose.seconds * 2.7)
    dark = darker(coat, 0.26)
    steel: RGB = (0.24, 0.25, 0.31)
    fin = _at(y, (-0.64, -0.10), (-0.84, -0.36), (-0.94, -0.36), (-0.86, 0.02), (-0.78, 0.02))
    pen.fill(polygon(fin, 0.014), dark)
    boom = polygon(_at(y, (0.00, -0.20), (-0.86, -0.13), (-0.88, -0.06), (-0.05, 0.10)), 0.016)
    pen.fill(boom, coat)
    pen.fill(boom & polygon(_at(y, (-0.90, -0.075), (0.0, -0.02), (0.0, 0.14), (-0.90, 0.0))), dark, plain=True)
    for x in (0.00, 0.30):
        pen.fill(capsule((x, y + 0.18), (x - 0.02 if x == 0 else x + 0.03, y + 0.36), 0.016), steel)
    skid = [(-0.20, y + 0.37), (0.42, y + 0.37), *bend((0.44, y + 0.37), (0.54, y + 0.36), (0.57, y + 0.28), 3)]
    pen.fill(stroke(skid, 0.022), steel)
    mast = polygon(_at(y, (-0.08, -0.22), (0.02, -0.31), (0.22, -0.31), (0.30, -0.22)), 0.014)
    pen.fill(mast, dark)
    pen.fill(capsule((0.12, y - 0.30), (0.12, y - 0.42), 0.024), steel)
    cabin = ellipse(0.17, y, 0.40, 0.255) - box(0.17, y + 0.30, 0.6, 0.09)
    pen.fill(cabin, coat)
    pen.fill(cabin & box(0.17, y + 0.16, 0.6, 0.05), dark, plain=True)
    nose = ellipse(0.17, y - 0.010, 0.365, 0.215) & convex(
        _at(y, (0.29, -0.30), (0.70, -0.30), (0.70, 0.07), (0.24, 0.07))
    )
    glaze(pen, pose, nose, GLASS)
    pen.fill(capsule((0.43, y - 0.16), (0.48, y - 0.05), 0.016), PALE, 0.8, plain=True)
    glaze(pen, pose, box(0.13, y - 0.065, 0.095, 0.085, 0.03), GLASS)
    glaze(pen, pose, box(-0.075, y - 0.065, 0.065, 0.070, 0.03), GLASS)
    pen.fill(capsule((-0.20, y + 0.085), (0.53, y + 0.085), 0.016), accent(coat), plain=True)
    _rotors(pen, pose.seconds, y)


def _rotors(pen: Pen, seconds: Tensor, y: Tensor) -> None:
    """The great rotor as a thin disc with blades sweeping through it, and the small one at the tail."""
    turn = seconds * 17
    flicker = 0.40 + 0.10 * torch.sin(seconds * 29)
    pen.fill(ellipse(0.12, y - 0.425, 0.86, 0.040), (0.80, 0.84, 0.90), flicker, plain=True)
    for phase in (0.0, 1.5708):
        reach, dip = 0.84 * torch.cos(turn + phase), 0.022 * torch.sin(turn + phase)
        blade = capsule((0.12 - reach, y - 0.425 - dip), (0.12 + reach, y - 0.425 + dip), 0.016)
        pen.fill(blade, (0.16, 0.17, 0.22), plain=True)
    pen.fill(box(0.12, y - 0.43, 0.060, 0.030, 0.02), (0.16, 0.17, 0.22))
    pen.fill(circle(-0.885, y - 0.19, 0.155), (0.80, 0.84, 0.90), 0.45, plain=True)
    for phase in (0.0, 1.5708):
        dx, dy = 0.15 * torch.cos(turn * 1.3 + phase), 0.15 * torch.sin(turn * 1.3 + phase)
        pen.fill(capsule((-0.885 - dx, y - 0.19 - dy), (-0.885 + dx, y - 0.19 + dy), 0.013), INK, plain=True)
    pen.fill(circle(-0.885, y - 0.19, 0.028), (0.98, 0.80, 0.30), plain=True)


def draw_rocket(pen: Pen, pose: Pose) -> None:
    """A rocket on its fins: pointed nose, porthole, bands, and a small flame that flickers under the nozzle."""
    coat = pose.colour
    band = accent(coat)
    fins = darker(coat, 0.30) if sum(coat) < 2.6 else SIGNAL
    for i in range(4):
        age = (pose.seconds * 0.55 + i / 4) % 1.0
        side = -1.0 if i % 2 else 1.0
        puff = circle(side * (0.06 + 0.36 * age), -0.03 - 0.05 * age, 0.045 + 0.07 * age)
        pen.fill(puff, (0.93, 0.93, 0.95), (1 - age) * 0.75, soft=0.05)
    _flame(pen, pose.seconds)
    pen.fill(convex([(-0.09, -0.28), (0.09, -0.28), (0.13, -0.15), (-0.13, -0.15)], 0.01), _STEEL)
    for side in (-1.0, 1.0):
        edge = bend((side * 0.18, -0.62), (side * 0.40, -0.42), (side * 0.39, 0.0), 3)
        pen.fill(polygon([*edge, (side * 0.30, -0.10), (side * 0.15, -0.24)], 0.014), fins)
    body = _hull()
    pen.fill(body, coat)
    pen.fill(body & box(-0.30, -0.70, 0.20, 0.7), lighter(coat, 0.28), 0.8, plain=True)
    pen.fill(body & box(0.30, -0.70, 0.20, 0.7), darker(coat, 0.24), 0.9, plain=True)
    pen.fill(body & box(0.0, -1.25, 0.3, 0.22), fins, plain=True)
    pen.fill(body & box(0.0, -1.03, 0.3, 0.020), band, plain=True)
    pen.fill(body & box(0.0, -0.335, 0.3, 0.035), band, plain=True)
    pen.fill(circle(0.0, -0.78, 0.110), band)
    glaze(pen, pose, circle(0.0, -0.78, 0.078), (0.36, 0.66, 0.86))
    pen.fill(ellipse(-0.025, -0.81, 0.030, 0.020), PALE, 0.85, plain=True)
    pen.fill(row(circle(0.0, 0.0, 0.014), -0.12, 0.08, 4, -0.46), darker(coat, 0.4), plain=True)
    pen.fill(polygon([(-0.035, -0.52), (0.0, -0.58), (0.035, -0.52), (0.035, -0.06), (-0.035, -0.06)], 0.008), fins)
    if pose.lit:
        pen.glow(circle(0.0, -0.78, 0.06), LAMP, 0.5, 0.14)


def _hull() -> Shape:
    """The rocket's body, 0.43 wide from the nozzle's rim to its point: where two great discs overlap."""
    return circle(-0.786, -0.74, 1.001) & circle(0.786, -0.74, 1.001) & box(0.0, -0.83, 0.3, 0.56)


def _flame(pen: Pen, seconds: Tensor) -> None:
    """Three tongues, one in the other, that never stand still."""
    lick = torch.sin(seconds * 21) * 0.5 + torch.sin(seconds * 33 + 1) * 0.5
    pen.glow(ellipse(0.0, -0.08, 0.05, 0.05), (1.0, 0.62, 0.20), 0.75, 0.16)
    flames: tuple[tuple[float, float, RGB], ...] = (
        (0.105, 0.055, (0.98, 0.42, 0.10)),
        (0.070, 0.015, (1.0, 0.74, 0.18)),
        (0.036, -0.035, (1.0, 0.97, 0.80)),
    )
    for half, tip, tone in flames:
        end = tip + 0.020 * lick
        pen.fill(
            polygon([(-half, -0.155), (half, -0.155), (half * 0.75, -0.09), (0.01 * lick, end), (-half * 0.75, -0.09)]),
            tone,
            plain=True,
        )


def draw_ship(pen: Pen, pose: Pose) -> None:
    """A steamship: long hull with portholes, white decks, three funnels that smoke, a mast at either end."""
    coat = pose.colour
    decks: RGB = PALE if sum(coat) < 2.7 else (0.80, 0.84, 0.90)
    for i, x in enumerate((-0.38, -0.08, 0.22)):
        _smoke(pen, pose, (x, -0.83), i)
    for x, top in ((-0.72, -0.74), (0.66, -0.82)):
        pen.fill(capsule((x, -0.30), (x - 0.01, top), 0.014, 0.008), (0.45, 0.32, 0.22), plain=True)
    for side, x in ((-1, -0.72), (1, 0.66)):
        pen.fill(capsule((x, -0.68), (x - side * 0.20, -0.46), 0.005), (0.36, 0.36, 0.42), plain=True)
    for x in (-0.38, -0.08, 0.22):
        pen.fill(polygon([(x - 0.045, -0.50), (x - 0.065, -0.80), (x + 0.050, -0.80), (x + 0.075, -0.50)], 0.008), coat)
        pen.fill(
            polygon([(x - 0.066, -0.765), (x - 0.071, -0.835), (x + 0.050, -0.835), (x + 0.056, -0.765)], 0.008),
            INK,
            plain=True,
        )
        pen.fill(
            polygon([(x - 0.058, -0.655), (x - 0.061, -0.705), (x + 0.059, -0.705), (x + 0.064, -0.655)], 0.004),
            decks,
            plain=True,
        )
    pen.fill(box(-0.06, -0.505, 0.50, 0.060, 0.012), decks)
    pen.fill(box(0.40, -0.555, 0.095, 0.080, 0.016), decks)
    pen.fill(box(-0.05, -0.400, 0.66, 0.060, 0.012), decks)
    panes: RGB = (0.36, 0.52, 0.66)
    glaze(pen, pose, row(box(0.0, 0.0, 0.022, 0.022, 0.008), -0.50, 0.085, 10, -0.505), panes)
    glaze(pen, pose, row(box(0.0, 0.0, 0.026, 0.024, 0.008), -0.64, 0.098, 13, -0.400), panes)
    glaze(pen, pose, box(0.425, -0.575, 0.060, 0.026, 0.008), panes)
    hull = polygon(
        [
            (-0.98, -0.36),
            (-0.72, -0.325),
            (0.55, -0.325),
            (1.04, -0.43),
            *bend((1.00, -0.38), (0.88, -0.10), (0.82, 0.06), 3),
            (-0.78, 0.06),
            *bend((-0.84, 0.04), (-0.90, -0.20), (-0.98, -0.30), 3),
        ],
        0.012,
    )
    pen.fill(hull, coat)
    rail = stroke([(-0.96, -0.340), (-0.72, -0.310), (0.55, -0.310), (1.015, -0.414)], 0.021)
    pen.fill(rail, decks if sum(coat) < 2.7 else SIGNAL, plain=True)
    keel = convex([(-0.905, -0.025), (0.852, -0.025), (0.82, 0.06), (-0.78, 0.06), (-0.85, 0.035)], 0.010)
    pen.fill(keel, darker(coat, 0.45), plain=True)
    pen.fill(row(circle(0.0, 0.0, 0.024), -0.66, 0.112, 13, -0.185), PALE if sum(coat) < 2.7 else _STEEL, plain=True)
    glaze(pen, pose, row(circle(0.0, 0.0, 0.015), -0.66, 0.112, 13, -0.185), (0.20, 0.28, 0.38))
    flag = torch.sin(pose.seconds * 5)
    pen.fill(capsule((-0.95, -0.34), (-0.985, -0.53), 0.008), (0.45, 0.32, 0.22), plain=True)
    cloth: list[Point] = [(-0.985, -0.53), (-1.06, -0.525 + 0.012 * flag), (-1.13, -0.535 - 0.015 * flag)]
    cloth += [(-1.12, -0.455 - 0.015 * flag), (-1.05, -0.445 + 0.012 * flag), (-0.97, -0.45)]
    pen.fill(polygon(cloth, 0.004), accent(coat), plain=True)
    _foam(pen, pose)


def _smoke(pen: Pen, pose: Pose, top: Point, index: int) -> None:
    """Puffs from one funnel, drawn astern as the ship makes way."""
    for i in range(3):
        age = (pose.seconds * 0.38 + i / 3 + index * 0.17) % 1.0
        puff = circle(top[0] - age * (0.22 + 0.26 * pose.walking), top[1] - 0.04 - 0.24 * age, 0.035 + 0.085 * age)
        pen.fill(puff, (0.46, 0.47, 0.53), (1 - age) * 0.75, soft=0.05)


def _foam(pen: Pen, pose: Pose) -> None:
    """The white water that the bow parts."""
    lap = torch.sin(pose.seconds * 4.0)
    wash = 0.05 + 0.17 * pose.walking
    pen.fill(ellipse(0.80 - wash * 0.4, 0.055, wash + 0.02 * lap, 0.022 + 0.02 * pose.walking), PALE, 0.85, plain=True)
    pen.fill(ellipse(0.0, 0.066, 0.84, 0.012 + 0.003 * lap), PALE, 0.6, plain=True)


ART: dict[str, Art] = {
    "aeroplane": Art(draw_aeroplane, (-0.88, -1.0, 0.76, -0.06), (-0.85, -0.95, 0.72, -0.08), "air", 0.51, 0.4),
    "helicopter": Art(draw_helicopter, (-1.07, -0.92, 1.02, 0.02), (-1.04, -0.88, 0.96, 0.0), "air", 0.47, 0.4),
    "rocket": Art(draw_rocket, (-0.56, -1.40, 0.56, 0.12), (-0.42, -1.38, 0.42, 0.0), "ground", 0.76, 0.30),
    "ship": Art(draw_ship, (-1.16, -1.30, 1.10, 0.12), (-1.0, -0.86, 1.06, 0.07), "water", 0.53, 0.9),
}
