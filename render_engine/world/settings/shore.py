"""Where land meets the sea: beach and harbour."""

from render_engine.world.colour import RGB, darker
from render_engine.world.noise import waves
from render_engine.world.pen import Pen
from render_engine.world.settings.flora import Profile, frame_side, land, leaf
from render_engine.world.settings.water import glints, sun_path, water_band
from render_engine.world.shapes import Shape, below, bend, box, capsule, circle, convex, ellipse, polygon, stroke
from render_engine.world.sky import draw_sky
from render_engine.world.stage import BANK, Ground, Stage
from render_engine.world.view import spots


def draw_beach(stage: Stage) -> Ground:
    """The open sea, a headland, sand with a parasol, a palm's fronds close by."""
    draw_sky(stage)
    view, horizon, dice = stage.view, stage.view.horizon, stage.dice("beach")
    side = frame_side(stage, dice)
    pen = stage.pen(0.2, 0.66)
    hill = [(side * (view.half_width + 0.4), horizon + 0.02), (side * view.half_width, horizon - 0.10)]
    hill += [(side * view.half_width * 0.62, horizon - 0.055), (side * view.half_width * 0.30, horizon + 0.02)]
    pen.fill(polygon(hill, 0.015), (0.38, 0.56, 0.50))
    shore = view.y(0.775)
    pen = stage.pen(1.0, 0.1)
    water_band(stage, pen, horizon, shore + 0.06)
    sun_path(stage, pen, horizon, shore)
    glints(stage, horizon, shore - 0.02)
    sand: RGB = (0.96, 0.85, 0.64)
    pen = stage.pen(BANK, 0.0)
    edge = waves(dice, "shore", shore, 0.016, 1.2)
    for lift, tone, strength in (
        (-0.026, (1.0, 1.0, 1.0), 0.45),
        (-0.012, (1.0, 1.0, 1.0), 0.95),
        (0.0, darker(sand, 0.14), 1.0),
    ):
        pen.fill(_under(edge, lift, shore), tone, strength, plain=True)
    land(pen, lambda x: edge(x) + 0.030, shore + 0.01, sand)
    for i, x in spots(dice, "shell", view.half_width + 0.5, 0.16):
        y = shore + 0.07 + 0.15 * dice.unit("y", i)
        pen.fill(ellipse(x, y, 0.016, 0.006), darker(sand, 0.22) if i % 2 else (1.0, 0.96, 0.90), plain=True)
    if view.half_width > 0.6:
        _parasol(pen, side * view.half_width * 0.66, shore + 0.075)
    if not stage.plain:
        _palm(stage, -side if stage.scene.side == "centre" else side)
    return Ground(0.90, water=0.735)


def _under(edge: Profile, lift: float, top: float) -> Shape:
    return below(lambda x: edge(x) + lift, top - 0.06)


def _parasol(pen: Pen, x: float, y: float) -> None:
    pen.fill(ellipse(x + 0.02, y + 0.004, 0.11, 0.012), (0.45, 0.36, 0.34), 0.4, plain=True)
    pen.fill(capsule((x, y), (x + 0.02, y - 0.20), 0.005), (0.96, 0.94, 0.90), plain=True)
    dome = circle(x + 0.018, y - 0.125, 0.115) & convex(
        [(-9.0, -9.0), (9.0, -9.0), (9.0, y - 0.142), (-9.0, y - 0.142)]
    )
    pen.fill(dome, (0.97, 0.94, 0.88))
    for half in (0.032, 0.095):
        stripe = (ellipse(x + 0.018, y - 0.142, half, 0.12) - ellipse(x + 0.018, y - 0.142, half - 0.028, 0.12)) & dome
        pen.fill(stripe, (0.94, 0.48, 0.40), plain=True)
    pen.fill(box(x - 0.10, y - 0.005, 0.055, 0.008, 0.004), (0.40, 0.70, 0.72), plain=True)


def _palm(stage: Stage, side: float) -> None:
    """Fronds from an upper corner."""
    pen = stage.pen(1.5, 0.0)
    x, top = side * (stage.view.half_width + 0.03), stage.view.y(0.0) - 0.02
    for i, (dx, dy) in enumerate(((0.38, 0.06), (0.33, 0.17), (0.22, 0.25), (0.09, 0.29))):
        leaf(pen, (x, top), (x - side * dx, top + dy), 0.13, (0.16, 0.42, 0.26) if i % 2 else (0.12, 0.34, 0.24))


_HOUSES: tuple[RGB, ...] = (
    (0.90, 0.52, 0.40),
    (0.95, 0.80, 0.52),
    (0.56, 0.72, 0.74),
    (0.93, 0.90, 0.84),
    (0.80, 0.58, 0.62),
    (0.64, 0.72, 0.56),
)


def draw_harbour(stage: Stage) -> Ground:
    """Gabled houses on the far quay, moored masts, open water, a pier at the front."""
    draw_sky(stage)
    view, horizon, dice = stage.view, stage.view.horizon, stage.dice("harbour")
    pen = stage.pen(0.2, 0.66)
    land(pen, waves(stage.dice("hill"), "hill", horizon - 0.12, 0.05, 1.6), horizon - 0.18, (0.46, 0.60, 0.58))
    pen = stage.pen(0.4, 0.26)
    for i, _ in spots(dice, "x", view.half_width + 0.6, 0.145):
        _house(stage, pen, i, i * 0.145, horizon)
    pen.fill(box(0.0, horizon + 0.012, 9.0, 0.022), (0.46, 0.44, 0.46))
    quay = view.y(0.865)
    pen = stage.pen(1.0, 0.06)
    water_band(stage, pen, horizon + 0.03, view.y(1.0) + 0.4)
    sun_path(stage, pen, horizon + 0.03, quay)
    glints(stage, horizon + 0.03, quay)
    pen = stage.pen(1.0, 0.0)
    for i, x in spots(dice, "mast", view.half_width + 0.6, 0.62):
        if dice.pick("moored", 3, i):
            _moored(pen, x + 0.15, horizon + 0.085, 0.8 + 0.3 * dice.unit("boat", i))
    _pier(stage, quay)
    return Ground(0.925, water=0.805)


def _house(stage: Stage, pen: Pen, index: int, x: float, base: float) -> None:
    dice = stage.dice("houses")
    high, half = dice.between("high", 0.13, 0.22, index), 0.0735
    wall = _HOUSES[dice.pick("wall", 6, index)]
    pen.fill(box(x, base - high / 2, half, high / 2 + 0.01), wall)
    roof = (0.66, 0.32, 0.28) if dice.pick("roof", 3, index) else (0.36, 0.38, 0.46)
    if dice.pick("gable", 3, index):
        pen.fill(convex([(x - half, base - high), (x, base - high - 0.075), (x + half, base - high)], 0.002), roof)
    else:
        pen.fill(box(x, base - high - 0.008, half + 0.006, 0.016), roof)
    for row in range(int(high / 0.062)):
        for side in (-1, 1):
            window = box(x + side * 0.032, base - high + 0.035 + 0.060 * row, 0.013, 0.018)
            lit = stage.light.lit and dice.pick("lit", 5, index * 16 + row * 2 + side) > 1
            if lit:
                pen.raw(window, stage.light.lamp((1.0, 0.82, 0.44)))
            else:
                pen.fill(window, (0.32, 0.40, 0.50), plain=True)


def _moored(pen: Pen, x: float, y: float, size: float) -> None:
    pen.fill(capsule((x, y - 0.02), (x, y - 0.25 * size), 0.0042), (0.70, 0.62, 0.54), plain=True)
    furled = stroke(bend((x, y - 0.05), (x + 0.05 * size, y - 0.052), (x + 0.095 * size, y - 0.045), 3), 0.010 * size)
    pen.fill(furled, (0.93, 0.90, 0.84), plain=True)
    hull = [
        (x - 0.10 * size, y - 0.028),
        (x + 0.12 * size, y - 0.030),
        (x + 0.08 * size, y + 0.008),
        (x - 0.075 * size, y + 0.008),
    ]
    pen.fill(polygon(hull, 0.003), (0.92, 0.92, 0.90))
    pen.fill(box(x, y + 0.004, 0.08 * size, 0.005), (0.28, 0.40, 0.54), plain=True)


def _pier(stage: Stage, top: float) -> None:
    view, wood = stage.view, (0.66, 0.50, 0.37)
    pen = stage.pen(BANK, 0.0)
    pen.fill(box(0.0, top + 0.5, 9.0, 0.5), wood)
    for k, y in enumerate((0.0, 0.020, 0.048, 0.086, 0.135)):
        pen.fill(box(0.0, top + y, 9.0, 0.0035 + 0.0008 * k), darker(wood, 0.34), 0.8, plain=True)
    for i, middle in spots(stage.dice("bollards"), "x", view.half_width + 0.6, 0.7):
        x = middle + 0.35
        pen.fill(box(x, top - 0.012, 0.022, 0.030, 0.008), darker(wood, 0.45))
        pen.fill(
            box(x, top - 0.040, 0.029, 0.009, 0.008), (0.86, 0.84, 0.80) if i % 2 else (0.80, 0.30, 0.26), plain=True
        )
