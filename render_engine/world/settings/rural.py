"""Where people live in the country: the farm and the village square."""

import math

from render_engine.world.colour import RGB, darker, lighter
from render_engine.world.noise import waves
from render_engine.world.pen import Fade, Pen
from render_engine.world.settings.flora import bush, frame_side, land
from render_engine.world.settings.paving import cobbles, furrows
from render_engine.world.settings.wet import shine
from render_engine.world.shapes import bend, box, capsule, circle, convex, ellipse, polygon, stroke
from render_engine.world.sky import draw_sky
from render_engine.world.stage import Ground, Stage
from render_engine.world.view import spots

_RED: RGB = (0.74, 0.20, 0.17)
_CREAM: RGB = (0.97, 0.94, 0.87)
_STRAW: RGB = (0.93, 0.74, 0.32)
_GLOW: RGB = (1.0, 0.82, 0.44)


def draw_farm(stage: Stage) -> Ground:
    """Ploughed rows that run to the horizon, a red barn with its silo, a fence, straw."""
    draw_sky(stage)
    view, horizon, dice = stage.view, stage.view.horizon, stage.dice("farm")
    side = frame_side(stage, dice)
    pen = stage.pen(0.18, 0.62)
    land(pen, waves(dice, "far", horizon - 0.045, 0.035, 1.5), horizon - 0.09, (0.52, 0.68, 0.48))
    for i, x in spots(dice, "tree", view.half_width + 0.5, 0.21):
        bush(pen, x, horizon - 0.01, dice.between("size", 0.06, 0.12, i), (0.30, 0.52, 0.34))
    pen = stage.pen(0.4, 0.34)
    land(pen, lambda x: horizon + 0.0 * x, horizon, (0.88, 0.76, 0.40))
    pen.fill(furrows(side * 0.5, horizon - 0.03, horizon, 0.85, 0.30), (0.66, 0.68, 0.32), plain=True)
    pen = stage.pen(0.62, 0.12)
    base = horizon + 0.085
    pen.fill(box(0.0, base + 0.49, 9.0, 0.5), (0.52, 0.66, 0.32))
    x = side * min(view.half_width * 0.56, 0.52) + dice.between("barn", -0.06, 0.06)
    for k in range(1 + dice.pick("silos", 2)):
        _silo(pen, x + side * (0.235 + 0.125 * k), base, 0.36 - 0.07 * k)
    _barn(stage, pen, x, base)
    _fence(pen, view.half_width, base, x)
    _field(stage, base + 0.022, -side * dice.between("vanish", 0.0, 0.34))
    _bale(stage.pen(1.0, 0.0), -side * min(view.half_width * 0.70, 0.66), base + 0.115, 0.082)
    if not stage.plain:
        _wheat(stage, side)
    return Ground(0.89)


def _field(stage: Stage, top: float, x: float) -> None:
    """Brown earth in furrows with a row of young green on each ridge."""
    pen, bottom = stage.pen(1.0, 0.0), stage.view.y(1.0)
    vanish = stage.view.horizon - 0.01
    earth: RGB = (0.55, 0.37, 0.25)
    pen.fill(box(0.0, top + 0.5, 9.0, 0.5), Fade(lighter(earth, 0.14), darker(earth, 0.08), top, bottom))
    pen.fill(furrows(x, vanish, top + 0.004, 0.52, 0.46), darker(earth, 0.32), 0.75, plain=True)
    pen.fill(furrows(x, vanish, top + 0.004, 0.52, 0.22), (0.36, 0.62, 0.24), plain=True)
    pen.fill(furrows(x + 0.004, vanish, top + 0.01, 0.52, 0.09), (0.56, 0.78, 0.34), plain=True)


def _barn(stage: Stage, pen: Pen, x: float, y: float) -> None:
    """A gambrel-roofed barn from the front: white trim, a crossed door, a loft window that may glow."""
    half, eave, knee, top = 0.165, 0.185, 0.275, 0.335
    front = [(x - half, y), (x - half, y - eave), (x - half * 0.66, y - knee), (x, y - top)]
    front += [(x + half * 0.66, y - knee), (x + half, y - eave), (x + half, y)]
    pen.fill(polygon(front), Fade(lighter(_RED, 0.06), darker(_RED, 0.14), y - top, y))
    for i in range(-4, 5):
        pen.fill(box(x + i * 0.036, y - 0.09, 0.0018, 0.09), darker(_RED, 0.3), 0.6, plain=True)
    roof = [(x - half - 0.022, y - eave + 0.02), (x - half * 0.68, y - knee - 0.006), (x, y - top - 0.008)]
    roof += [(x + half * 0.68, y - knee - 0.006), (x + half + 0.022, y - eave + 0.02)]
    pen.fill(stroke(roof, 0.015), (0.34, 0.33, 0.38))
    pen.fill(stroke([(px, py + 0.020) for px, py in roof[1:-1]], 0.007), _CREAM, plain=True)
    for edge in (x - half + 0.008, x + half - 0.008):
        pen.fill(box(edge, y - eave / 2, 0.008, eave / 2), _CREAM, plain=True)
    pen.fill(box(x, y - 0.068, 0.082, 0.068), _CREAM)
    for shift in (-0.039, 0.039):
        pen.fill(box(x + shift, y - 0.065, 0.034, 0.058), _RED, plain=True)
        for lean in (-1, 1):
            cross = capsule((x + shift - 0.031 * lean, y - 0.120), (x + shift + 0.031 * lean, y - 0.010), 0.0052)
            pen.fill(cross, _CREAM, plain=True)
    pen.fill(box(x, y - 0.218, 0.040, 0.036), _CREAM)
    loft = box(x, y - 0.218, 0.030, 0.027)
    if stage.light.lit:
        pen.glow(loft, _GLOW, 0.6, 0.10)
        pen.raw(loft, stage.light.lamp((1.0, 0.86, 0.50)))
        pen.glow(circle(x, y - 0.158, 0.010), _GLOW, 0.8, 0.12)
        pen.raw(circle(x, y - 0.158, 0.009), stage.light.lamp((1.0, 0.92, 0.66)))
    else:
        pen.fill(loft, (0.22, 0.16, 0.18), plain=True)


def _silo(pen: Pen, x: float, y: float, tall: float) -> None:
    half = 0.052
    steel: RGB = (0.72, 0.76, 0.80)
    pen.fill(
        box(x, y - tall / 2, half, tall / 2) | (circle(x, y - tall, half) & box(x, y - tall - 0.05, 0.1, 0.05)), steel
    )
    pen.fill(box(x + half * 0.55, y - tall / 2, half * 0.45, tall / 2), darker(steel, 0.3), 0.7, plain=True)
    pen.fill(circle(x, y - tall, half) & box(x, y - tall - 0.05, 0.1, 0.05), (0.86, 0.42, 0.32))
    for k in range(int(tall / 0.072)):
        pen.fill(box(x, y - 0.05 - 0.072 * k, half, 0.0035), darker(steel, 0.36), 0.8, plain=True)


def _fence(pen: Pen, half_width: float, y: float, barn: float) -> None:
    """Two white rails on posts, open before the barn's door."""
    count = int((half_width + 0.7) / 0.12)
    for i in range(-count, count + 1):
        if abs(i * 0.12 - barn) > 0.12:
            pen.fill(box(i * 0.12, y + 0.002, 0.0075, 0.040, 0.003), _CREAM, plain=True)
    rails = box(0.0, y - 0.018, 9.0, 0.0055) | box(0.0, y + 0.008, 9.0, 0.0055)
    pen.fill(rails - box(barn, y, 0.115, 0.1), _CREAM, plain=True)


def _bale(pen: Pen, x: float, y: float, size: float) -> None:
    """A round bale of straw before a heap of it."""
    pen.fill(ellipse(x, y + 0.004, size * 2.2, 0.016), (0.22, 0.15, 0.14), 0.35, plain=True)
    heap = [
        (x - size * 1.9, y),
        *bend((x - size * 1.6, y - size * 0.9), (x - size * 0.8, y - size * 2.7), (x, y - size * 1.5), 5),
        (x + size * 0.4, y),
    ]
    pen.fill(polygon(heap, 0.008), Fade(lighter(_STRAW, 0.10), darker(_STRAW, 0.22), y - size * 1.9, y))
    for start, tip in (
        ((-1.45, -0.55), (-0.95, -1.35)),
        ((-1.10, -0.40), (-0.55, -1.45)),
        ((-0.70, -0.30), (-0.20, -1.20)),
    ):
        straw = bend(
            (x + size * start[0], y + size * start[1]),
            (x + size * (start[0] + 0.12), y + size * (start[1] + tip[1]) / 2),
            (x + size * tip[0], y + size * tip[1]),
            3,
        )
        pen.fill(stroke(straw, 0.0036), darker(_STRAW, 0.28), 0.8, plain=True)
    cx, cy = x + size * 0.75, y - size
    pen.fill(circle(cx, cy, size), _STRAW)
    for share in (0.80, 0.56, 0.32):
        ring = circle(cx, cy, size * share) - circle(cx, cy, size * share - 0.006)
        pen.fill(ring, darker(_STRAW, 0.32), plain=True)
    pen.fill(circle(cx, cy, size * 0.10), darker(_STRAW, 0.4), plain=True)


def _wheat(stage: Stage, side: float) -> None:
    """Ripe ears in the lower corner, nearer than the subject."""
    dice, pen = stage.dice("wheat"), stage.pen(1.5, 0.0)
    bottom, share = stage.view.y(1.0), min(1.0, stage.view.half_width / 0.7)
    for i, dx in spots(dice, "x", 0.17 * share, 0.042):
        x = side * (stage.view.half_width - 0.05) + dx
        tall = dice.between("tall", 0.16, 0.27, i) * share * (1 - 1.8 * abs(dx))
        tip = (x - side * 0.035, bottom - tall)
        pen.fill(
            stroke(bend((x, bottom + 0.06), (x, bottom - tall * 0.5), tip, 3), 0.004), (0.62, 0.52, 0.22), plain=True
        )
        ear = capsule((tip[0], tip[1] + 0.03), (tip[0] - side * 0.014, tip[1] - 0.028), 0.013, 0.006)
        pen.fill(ear, _STRAW if i % 2 else darker(_STRAW, 0.16), plain=True)
        for k in range(3):
            beard = (tip[0] - side * (0.030 - 0.010 * k), tip[1] - 0.070 + 0.006 * k)
            pen.fill(capsule((tip[0], tip[1]), beard, 0.0022), lighter(_STRAW, 0.2), plain=True)


def draw_village(stage: Stage) -> Ground:
    """A cobbled square before timbered cottages and a church, with a well on it."""
    draw_sky(stage)
    view, horizon, dice = stage.view, stage.view.horizon, stage.dice("village")
    side = frame_side(stage, dice)
    pen = stage.pen(0.16, 0.64)
    land(pen, waves(dice, "hill", horizon - 0.13, 0.06, 1.4), horizon - 0.20, (0.44, 0.62, 0.46))
    pen = stage.pen(0.32, 0.36)
    _church(stage, pen, side * min(view.half_width * 0.40, 0.36) + dice.between("church", -0.04, 0.04), horizon + 0.06)
    for i, x in spots(dice, "tree", view.half_width + 0.5, 0.26):
        bush(pen, x, horizon + 0.06, dice.between("tree size", 0.20, 0.30, i), (0.28, 0.52, 0.30))
    pen = stage.pen(0.6, 0.12)
    base = horizon + 0.105
    for i in range(-5, 6):
        x = i * 0.37 + dice.between("x", -0.02, 0.02, i)
        if abs(x - side * min(view.half_width * 0.44, 0.40)) > 0.12 or view.half_width < 0.5:
            _cottage(stage, pen, (x, base), i)
    lamps = _square(stage, base + 0.005, side)
    shine(stage, base + 0.012, lamps)
    _well(stage.pen(1.0, 0.0), side * min(view.half_width * 0.68, 0.62), base + 0.105)
    if not stage.plain:
        _lantern(stage, -side if stage.scene.side == "centre" else side)
    return Ground(0.90)


def _church(stage: Stage, pen: Pen, x: float, y: float) -> None:
    """A nave and a tower with a slender spire and a cross."""
    stone: RGB = (0.86, 0.81, 0.72)
    slate: RGB = (0.34, 0.38, 0.50)
    pen.fill(box(x + 0.13, y - 0.09, 0.13, 0.10), stone)
    pen.fill(
        convex([(x, y - 0.185), (x + 0.045, y - 0.275), (x + 0.225, y - 0.275), (x + 0.275, y - 0.185)], 0.003), slate
    )
    pen.fill(box(x, y - 0.16, 0.056, 0.18), Fade(lighter(stone, 0.12), darker(stone, 0.08), y - 0.34, y))
    pen.fill(box(x, y - 0.34, 0.064, 0.008), darker(stone, 0.25), plain=True)
    pen.fill(convex([(x - 0.064, y - 0.345), (x, y - 0.585), (x + 0.064, y - 0.345)], 0.002), slate)
    pen.fill(convex([(x, y - 0.345), (x, y - 0.585), (x + 0.064, y - 0.345)]), darker(slate, 0.3), 0.7, plain=True)
    pen.fill(box(x, y - 0.612, 0.0032, 0.030) | box(x, y - 0.622, 0.014, 0.0032), (0.92, 0.76, 0.36), plain=True)
    pen.fill(circle(x, y - 0.285, 0.027), _CREAM, plain=True)
    pen.fill(
        capsule((x, y - 0.285), (x, y - 0.304), 0.003) | capsule((x, y - 0.285), (x + 0.013, y - 0.28), 0.003),
        (0.2, 0.2, 0.26),
        plain=True,
    )
    for wx, wy in ((x, y - 0.20), (x + 0.11, y - 0.10), (x + 0.18, y - 0.10)):
        pane = box(wx, wy, 0.014, 0.032, 0.013)
        if stage.light.lit:
            pen.raw(pane, stage.light.lamp(_GLOW))
        else:
            pen.fill(pane, (0.36, 0.42, 0.52), plain=True)


_ROOFS: tuple[RGB, ...] = ((0.66, 0.30, 0.22), (0.52, 0.30, 0.24), (0.74, 0.40, 0.26))


def _cottage(stage: Stage, pen: Pen, foot: tuple[float, float], index: int) -> None:
    """White walls between dark timbers under a steep roof, gable or eaves to the square."""
    dice, (x, y) = stage.dice("cottages"), foot
    half, wall = dice.between("half", 0.135, 0.165, index), dice.between("wall", 0.135, 0.175, index)
    roof = _ROOFS[dice.pick("roof", 3, index)]
    plaster: RGB = ((0.97, 0.93, 0.84), (0.96, 0.86, 0.68), (0.93, 0.90, 0.86))[dice.pick("plaster", 3, index)]
    timber: RGB = (0.36, 0.23, 0.16)
    steep = dice.between("steep", 0.17, 0.22, index)
    gable = dice.pick("gable", 2, index)
    pen.fill(box(x + half * 0.52, y - wall - steep * 0.72, 0.022, steep * 0.36), (0.60, 0.40, 0.34))
    pen.fill(
        box(x, y - wall / 2, half, wall / 2 + 0.008), Fade(lighter(plaster, 0.1), darker(plaster, 0.06), y - wall, y)
    )
    if gable:
        pen.fill(convex([(x - half, y - wall), (x, y - wall - steep), (x + half, y - wall)]), plaster)
        slope = [
            (x - half - 0.028, y - wall + 0.030),
            (x, y - wall - steep - 0.006),
            (x + half + 0.028, y - wall + 0.030),
        ]
        beams = box(x, y - wall - steep * 0.36, 0.005, steep * 0.36) | box(
            x, y - wall - steep * 0.34, half * 0.62, 0.005
        )
        pen.fill(beams, timber, plain=True)
        pen.fill(stroke(slope, 0.021), roof)
    else:
        eaves = [(x - half - 0.030, y - wall + 0.012), (x - half * 0.76, y - wall - steep * 0.86)]
        eaves += [(x + half * 0.76, y - wall - steep * 0.86), (x + half + 0.030, y - wall + 0.012)]
        pen.fill(polygon(eaves, 0.004), Fade(lighter(roof, 0.10), darker(roof, 0.10), y - wall - steep, y - wall))
        for k in (0.28, 0.56):
            pen.fill(
                box(x, y - wall + 0.012 - steep * k, half * (1.12 - 0.30 * k), 0.003), darker(roof, 0.3), plain=True
            )
    frame = box(x, y - wall, half, 0.006) | box(x, y - wall * 0.46, half, 0.005)
    for share in (-1.0, -0.34, 0.34, 1.0):
        frame = frame | box(x + share * (half - 0.006), y - wall / 2, 0.006, wall / 2)
    for lean in (-1, 1):
        a, b = (x + lean * half * 0.38, y - wall * 0.50), (x + lean * half * 0.94, y - 0.006)
        frame = frame | capsule(a, b, 0.005)
    pen.fill(frame, timber, plain=True)
    _cottage_openings(stage, pen, (x, y, half, wall), index)


def _cottage_openings(stage: Stage, pen: Pen, place: tuple[float, float, float, float], index: int) -> None:
    """A door, and windows with shutters and flowers."""
    (x, y, half, wall), dice = place, stage.dice("openings")
    door: RGB = ((0.24, 0.46, 0.50), (0.62, 0.26, 0.22), (0.30, 0.42, 0.30))[dice.pick("door", 3, index)]
    pen.fill(box(x, y - 0.042, 0.026, 0.050, 0.022), door, plain=True)
    pen.fill(circle(x + 0.014, y - 0.040, 0.004), _STRAW, plain=True)
    for side in (-1, 1):
        wx, wy = x + side * half * 0.66, y - wall * 0.72
        pane = box(wx, wy, 0.020, 0.022)
        pen.fill(box(wx, wy, 0.037, 0.023), door, plain=True)
        if stage.light.lit and dice.pick("lit", 4, index * 2 + side):
            pen.glow(pane, _GLOW, 0.4, 0.05)
            pen.raw(pane, stage.light.lamp((1.0, 0.84, 0.48)))
        else:
            pen.fill(pane, (0.50, 0.64, 0.74), plain=True)
        pen.fill(box(wx, wy, 0.002, 0.022) | box(wx, wy, 0.020, 0.002), _CREAM, plain=True)
        pen.fill(
            box(wx, wy + 0.029, 0.028, 0.007, 0.005),
            (0.86, 0.34, 0.40) if dice.pick("box", 2, index) else (0.90, 0.62, 0.30),
            plain=True,
        )


def _square(stage: Stage, top: float, side: float) -> list[tuple[float, RGB]]:
    """The cobbles, and lamps on posts; returns where the lamps stand and their colour."""
    pen, bottom = stage.pen(1.0, 0.0), stage.view.y(1.0)
    joint: RGB = (0.50, 0.46, 0.44)
    pen.fill(box(0.0, top + 0.5, 9.0, 0.5), Fade(lighter(joint, 0.16), joint, top, bottom))
    far = stage.view.horizon
    pen.fill(cobbles(far, top + 0.008, 3), (0.74, 0.69, 0.63), plain=True)
    pen.fill(cobbles(far, top + 0.008, 0), (0.66, 0.61, 0.57), plain=True)
    pen.fill(cobbles(far, top + 0.008, 1), (0.81, 0.75, 0.67), plain=True)
    lamps = (side * 0.28, -side * 0.56)
    for x in lamps:
        _street_lamp(stage, pen, x, top + 0.030)
    return [(x, _GLOW) for x in lamps]


def _street_lamp(stage: Stage, pen: Pen, x: float, y: float) -> None:
    iron: RGB = (0.16, 0.18, 0.20)
    pen.fill(capsule((x, y), (x, y - 0.20), 0.0062, 0.0045), iron, plain=True)
    pen.fill(box(x, y - 0.006, 0.014, 0.010, 0.004), iron, plain=True)
    glass = circle(x, y - 0.222, 0.019)
    if stage.light.lit:
        pen.glow(glass, _GLOW, 0.75, 0.11)
        pen.raw(glass, stage.light.lamp((1.0, 0.92, 0.66)))
    else:
        pen.fill(glass, (0.93, 0.93, 0.86), plain=True)
    pen.fill(convex([(x - 0.026, y - 0.238), (x, y - 0.262), (x + 0.026, y - 0.238)], 0.002), iron, plain=True)


def _well(pen: Pen, x: float, y: float) -> None:
    """A round stone well under a little roof, its bucket on the rope."""
    stone: RGB = (0.70, 0.67, 0.65)
    wood: RGB = (0.44, 0.29, 0.19)
    pen.fill(ellipse(x, y + 0.004, 0.13, 0.022), (0.16, 0.14, 0.20), 0.35, plain=True)
    for dx in (-0.080, 0.080):
        pen.fill(box(x + dx, y - 0.15, 0.0085, 0.12), wood)
    pen.fill(capsule((x - 0.09, y - 0.195), (x + 0.10, y - 0.195), 0.009), darker(wood, 0.2), plain=True)
    pen.fill(capsule((x, y - 0.19), (x, y - 0.13), 0.003), (0.90, 0.84, 0.70), plain=True)
    pen.fill(
        polygon(
            [(x - 0.022, y - 0.135), (x + 0.022, y - 0.135), (x + 0.017, y - 0.095), (x - 0.017, y - 0.095)], 0.002
        ),
        (0.62, 0.45, 0.30),
        plain=True,
    )
    pen.fill(ellipse(x, y - 0.092, 0.104, 0.020), lighter(stone, 0.25))
    pen.fill(ellipse(x, y - 0.090, 0.082, 0.012), (0.16, 0.18, 0.26), plain=True)
    wall = (box(x, y - 0.045, 0.104, 0.045) | ellipse(x, y, 0.104, 0.018)) - ellipse(x, y - 0.092, 0.104, 0.016)
    pen.fill(wall, Fade(lighter(stone, 0.08), darker(stone, 0.22), y - 0.09, y + 0.02))
    for row in range(2):
        for k in range(-2, 3):
            pen.fill(
                box(x + 0.040 * k + 0.020 * (row % 2) - 0.01, y - 0.055 + 0.034 * row, 0.015, 0.011, 0.005),
                lighter(stone, 0.24) if (k + row) % 2 else darker(stone, 0.16),
                plain=True,
            )
    pen.fill(convex([(x - 0.135, y - 0.245), (x, y - 0.345), (x + 0.135, y - 0.245)], 0.006), (0.62, 0.30, 0.22))
    pen.fill(box(x, y - 0.245, 0.125, 0.004), (0.40, 0.20, 0.16), plain=True)


def _lantern(stage: Stage, side: float) -> None:
    """An iron lantern that hangs into an upper corner, among leaves."""
    pen = stage.pen(1.5, 0.0)
    edge, top = side * stage.view.half_width, stage.view.y(0.0)
    iron: RGB = (0.14, 0.14, 0.18)
    x, y = edge - side * 0.17, top + 0.155
    pen.fill(stroke([(edge + side * 0.2, top + 0.05), (x, top + 0.05), (x, y - 0.06)], 0.008), iron, plain=True)
    curl = bend((edge, top + 0.14), (edge - side * 0.10, top + 0.13), (x + side * 0.03, top + 0.055), 4)
    pen.fill(stroke(curl, 0.006), iron, plain=True)
    glass = convex([(x - 0.042, y - 0.045), (x + 0.042, y - 0.045), (x + 0.028, y + 0.055), (x - 0.028, y + 0.055)])
    if stage.light.lit:
        pen.glow(circle(x, y, 0.03), _GLOW, 0.8, 0.22)
        pen.raw(glass, stage.light.lamp((1.0, 0.92, 0.66)))
    else:
        pen.fill(glass, (0.90, 0.90, 0.82), plain=True)
    pen.fill(convex([(x - 0.055, y - 0.042), (x, y - 0.085), (x + 0.055, y - 0.042)], 0.003), iron)
    pen.fill(box(x, y + 0.058, 0.032, 0.008) | box(x, y, 0.003, 0.05), iron, plain=True)
    for i in range(6):
        angle = 0.5 + 0.45 * i
        leaf = ellipse(
            edge + side * 0.02 - side * 0.12 * abs(math.cos(angle)),
            top + 0.02 + 0.20 * (i / 6) * abs(math.sin(angle)),
            0.036,
            0.024,
        )
        pen.fill(leaf, (0.16, 0.36, 0.20) if i % 2 else (0.20, 0.44, 0.24))
