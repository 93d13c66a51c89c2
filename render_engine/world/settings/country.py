"""Open country: mountains, meadow, river, desert, snowfield, forest."""

from render_engine.world.colour import RGB, darker, lighter
from render_engine.world.noise import peaks, waves
from render_engine.world.pen import Fade, Pen
from render_engine.world.settings.flora import bush, frame_side, grass_front, land, leaf, pine, tuft
from render_engine.world.settings.water import glints, sun_path, water_band
from render_engine.world.shapes import below, bend, box, capsule, circle, convex, ellipse, polygon, stroke
from render_engine.world.sky import draw_sky
from render_engine.world.stage import BANK, Ground, Stage
from render_engine.world.view import spots

PINE: RGB = (0.12, 0.38, 0.30)


def draw_mountains(stage: Stage) -> Ground:
    """Two snowy ranges, a line of pines, an alpine meadow."""
    draw_sky(stage)
    view, horizon = stage.view, stage.view.horizon
    far = peaks(stage.dice("far"), "far", horizon + 0.02, 0.46, 0.62)
    pen = stage.pen(0.16, 0.72)
    pen.fill(below(far, horizon - 0.5), Fade((0.52, 0.58, 0.72), (0.58, 0.68, 0.76), horizon - 0.42, horizon))
    snow = below(far, horizon - 0.5) - below(waves(stage.dice("snow"), "line", horizon - 0.26, 0.03, 0.16), -9.0)
    pen.fill(snow, (0.97, 0.98, 1.0), plain=True)
    near = peaks(stage.dice("near"), "near", horizon + 0.06, 0.30, 0.46)
    pen = stage.pen(0.32, 0.42)
    pen.fill(below(near, horizon - 0.3), Fade((0.36, 0.42, 0.56), (0.42, 0.54, 0.58), horizon - 0.24, horizon + 0.05))
    snow = below(near, horizon - 0.3) - below(waves(stage.dice("snow"), "low", horizon - 0.155, 0.02, 0.11), -9.0)
    pen.fill(snow, (0.95, 0.97, 1.0), plain=True)
    dice = stage.dice("pines")
    pen = stage.pen(0.55, 0.24)
    land(pen, waves(stage.dice("hill"), "hill", horizon + 0.035, 0.03, 1.3), horizon, (0.26, 0.50, 0.34))
    for i, x in spots(dice, "x", view.half_width + 0.6, 0.105):
        pine(pen, x, horizon + 0.065 + dice.between("y", -0.02, 0.02, i), dice.between("size", 0.10, 0.19, i), PINE)
    _meadow_ground(stage, (0.42, 0.66, 0.32), 0.115)
    grass_front(stage, (0.20, 0.40, 0.24))
    return Ground(0.88)


def _meadow_ground(stage: Stage, colour: RGB, drop: float) -> None:
    """The ground at the subject's depth, strewn with tufts and flowers."""
    view, horizon, dice = stage.view, stage.view.horizon, stage.dice("meadow")
    pen = stage.pen(1.0, 0.0)
    land(pen, waves(dice, "ground", horizon + drop, 0.014, 1.7), horizon + drop - 0.02, colour)
    petals: tuple[RGB, ...] = ((0.98, 0.96, 0.90), (0.98, 0.82, 0.30), (0.94, 0.50, 0.60), (0.70, 0.56, 0.90))
    for i, x in spots(dice, "x", view.half_width + 0.5, 0.11):
        share = dice.unit("share", i)
        y = horizon + drop + 0.04 + (view.y(1.0) - horizon - drop - 0.02) * share
        tuft(pen, x, y, 0.018 + 0.030 * share, darker(colour, 0.30))
        if dice.pick("flower", 2, i):
            size = 0.006 + 0.008 * share
            pen.fill(circle(x + 0.02, y - 0.03 - 0.02 * share, size), petals[dice.pick("petal", 4, i)], plain=True)


def draw_meadow(stage: Stage) -> Ground:
    """Rolling green hills, round trees, a fence, flowers."""
    draw_sky(stage)
    view, horizon, dice = stage.view, stage.view.horizon, stage.dice("trees")
    pen = stage.pen(0.2, 0.62)
    land(pen, waves(stage.dice("far"), "far", horizon - 0.075, 0.055, 1.5), horizon - 0.13, (0.44, 0.68, 0.52))
    pen = stage.pen(0.4, 0.36)
    land(pen, waves(stage.dice("mid"), "mid", horizon - 0.005, 0.04, 1.1), horizon - 0.05, (0.50, 0.74, 0.40))
    for i, x in spots(dice, "x", view.half_width + 0.6, 0.33):
        if dice.pick("here", 4, i):
            bush(pen, x, horizon + 0.03, dice.between("size", 0.13, 0.24, i), (0.22, 0.54, 0.30))
    pen = stage.pen(0.65, 0.16)
    land(pen, waves(stage.dice("near"), "near", horizon + 0.055, 0.022, 1.6), horizon + 0.03, (0.48, 0.72, 0.34))
    for _, x in spots(stage.dice("fence"), "post", view.half_width + 0.6, 0.16):
        pen.fill(box(x, horizon + 0.055, 0.008, 0.05, 0.004), (0.86, 0.78, 0.66), plain=True)
    for lift in (0.030, 0.062):
        pen.fill(box(0.0, horizon + lift, 9.0, 0.0055), (0.86, 0.78, 0.66), plain=True)
    _meadow_ground(stage, (0.44, 0.70, 0.30), 0.10)
    grass_front(stage, (0.18, 0.44, 0.22))
    return Ground(0.88)


def draw_river(stage: Stage) -> Ground:
    """A broad river between wooded banks, reeds on the near one."""
    draw_sky(stage)
    view, horizon, dice = stage.view, stage.view.horizon, stage.dice("bank")
    pen = stage.pen(0.2, 0.64)
    land(pen, waves(stage.dice("far"), "far", horizon - 0.09, 0.07, 1.3), horizon - 0.16, (0.40, 0.62, 0.56))
    pen = stage.pen(0.45, 0.34)
    land(pen, waves(stage.dice("mid"), "mid", horizon - 0.01, 0.02, 1.2), horizon - 0.03, (0.36, 0.62, 0.36))
    for i, x in spots(dice, "x", view.half_width + 0.6, 0.20):
        if dice.pick("kind", 3, i):
            bush(pen, x, horizon + 0.02, dice.between("size", 0.14, 0.26, i), (0.24, 0.54, 0.32))
        else:
            pine(pen, x, horizon + 0.02, dice.between("size", 0.16, 0.28, i), PINE)
    top, bottom = horizon + 0.015, view.y(0.86)
    pen = stage.pen(1.0, 0.06)
    water_band(stage, pen, top, view.y(1.0) + 0.4)
    sun_path(stage, pen, top, bottom)
    glints(stage, top, bottom)
    pen = stage.pen(BANK, 0.0)
    land(pen, waves(dice, "near", bottom, 0.014, 1.1), bottom - 0.02, (0.42, 0.66, 0.30))
    for i, x in spots(stage.dice("reeds"), "x", view.half_width + 0.5, 0.19):
        if dice.pick("reed", 2, i):
            tuft(pen, x, bottom + 0.03, dice.between("reed size", 0.06, 0.10, i), (0.32, 0.50, 0.24))
            pen.fill(
                capsule((x + 0.02, bottom - 0.085), (x + 0.022, bottom - 0.055), 0.007), (0.45, 0.28, 0.16), plain=True
            )
    grass_front(stage, (0.18, 0.42, 0.22), corner=False)
    return Ground(0.925, water=0.79)


def draw_desert(stage: Stage) -> Ground:
    """Mesas far off, dunes, a few cacti."""
    draw_sky(stage)
    view, horizon, dice = stage.view, stage.view.horizon, stage.dice("mesas")
    pen = stage.pen(0.18, 0.55)
    for i, x in spots(dice, "x", view.half_width + 0.5, 0.55):
        high, wide = dice.between("high", 0.10, 0.25, i), dice.between("wide", 0.10, 0.20, i)
        mesa = [(x - wide * 1.35, horizon + 0.05), (x - wide, horizon - high * 0.45), (x - wide * 0.86, horizon - high)]
        mesa += [(x + wide * 0.80, horizon - high), (x + wide, horizon - high * 0.5), (x + wide * 1.4, horizon + 0.05)]
        pen.fill(polygon(mesa), Fade((0.80, 0.45, 0.32), (0.88, 0.60, 0.42), horizon - 0.2, horizon))
        pen.fill(
            polygon([mesa[0], mesa[1], mesa[2], (x - wide * 0.3, horizon - high), (x - wide * 0.4, horizon + 0.05)]),
            (0.60, 0.30, 0.28),
            0.35,
            plain=True,
        )
    for row, (parallax, depth, base) in enumerate(((0.35, 0.34, 0.02), (0.6, 0.16, 0.075))):
        pen = stage.pen(parallax, depth)
        land(
            pen,
            waves(stage.dice("dunes"), f"dune{row}", horizon + base, 0.035, 1.3 + 0.5 * row),
            horizon + base - 0.03,
            (0.93, 0.74, 0.48) if row else (0.90, 0.68, 0.44),
        )
        for i, x in spots(stage.dice(f"cacti{row}"), "x", view.half_width + 0.6, 0.75):
            _cactus(pen, x + 0.2 * row, horizon + base + 0.05, 0.17 + 0.07 * row + 0.03 * (i % 2))
    pen = stage.pen(1.0, 0.0)
    base = horizon + 0.13
    land(pen, waves(dice, "ground", base, 0.018, 1.9), base - 0.02, (0.95, 0.78, 0.52))
    for i, x in spots(stage.dice("ripples"), "x", view.half_width + 0.5, 0.17):
        y = base + 0.05 + 0.28 * dice.unit("ripple", i)
        curve = bend((x - 0.08, y), (x, y - 0.018), (x + 0.08, y), 4)
        pen.fill(stroke(curve, 0.0035), darker((0.95, 0.78, 0.52), 0.18), 0.7, plain=True)
    return Ground(0.88)


def _cactus(pen: Pen, x: float, y: float, size: float) -> None:
    green = (0.30, 0.52, 0.32)
    pen.fill(capsule((x, y), (x, y - size), 0.10 * size), green)
    for side, low in ((-1, 0.42), (1, 0.58)):
        arm = [
            (x, y - low * size),
            (x + side * 0.26 * size, y - low * size),
            (x + side * 0.26 * size, y - (low + 0.28) * size),
        ]
        pen.fill(stroke(arm, 0.075 * size), green)
    pen.fill(
        capsule((x - 0.03 * size, y), (x - 0.03 * size, y - 0.96 * size), 0.018 * size),
        lighter(green, 0.25),
        plain=True,
    )


def draw_snowfield(stage: Stage) -> Ground:
    """White hills, snowy pines, a cabin whose window glows."""
    draw_sky(stage)
    view, horizon, dice = stage.view, stage.view.horizon, stage.dice("pines")
    pen = stage.pen(0.18, 0.6)
    land(pen, peaks(stage.dice("far"), "far", horizon + 0.02, 0.24, 0.7), horizon - 0.2, (0.74, 0.82, 0.92))
    pen = stage.pen(0.45, 0.3)
    land(pen, waves(stage.dice("mid"), "mid", horizon + 0.0, 0.035, 1.4), horizon - 0.04, (0.86, 0.91, 0.97))
    for i, x in spots(dice, "x", view.half_width + 0.6, 0.16):
        if dice.pick("here", 3, i):
            size = dice.between("size", 0.14, 0.27, i)
            pine(pen, x, horizon + 0.045, size, (0.16, 0.40, 0.40))
            cap = convex(
                [
                    (x - 0.07 * size, horizon + 0.045 - 0.76 * size),
                    (x, horizon + 0.045 - size),
                    (x + 0.07 * size, horizon + 0.045 - 0.76 * size),
                ]
            )
            pen.fill(cap, (0.96, 0.98, 1.0), plain=True)
    _cabin(stage, frame_side(stage, dice) * view.half_width * 0.58, horizon + 0.075)
    pen = stage.pen(1.0, 0.0)
    base = horizon + 0.10
    land(pen, waves(dice, "ground", base, 0.02, 1.8), base - 0.02, (0.95, 0.97, 1.0))
    for i, x in spots(stage.dice("drifts"), "x", view.half_width + 0.5, 0.30):
        y = base + 0.05 + 0.26 * dice.unit("drift", i)
        pen.fill(ellipse(x, y, 0.13, 0.012), (0.72, 0.80, 0.92), 0.55, plain=True)
    return Ground(0.88)


def _cabin(stage: Stage, x: float, y: float) -> None:
    pen = stage.pen(0.6, 0.12)
    pen.fill(box(x, y - 0.065, 0.10, 0.068), (0.55, 0.34, 0.22))
    for k in range(3):
        pen.fill(box(x, y - 0.10 + 0.035 * k, 0.10, 0.003), (0.38, 0.22, 0.15), plain=True)
    pen.fill(box(x + 0.055, y - 0.215, 0.018, 0.04), (0.45, 0.33, 0.30), plain=True)
    pen.fill(convex([(x - 0.14, y - 0.125), (x, y - 0.235), (x + 0.14, y - 0.125)], 0.006), (0.97, 0.98, 1.0))
    pen.fill(box(x + 0.045, y - 0.045, 0.022, 0.05), (0.34, 0.20, 0.14), plain=True)
    window = box(x - 0.035, y - 0.07, 0.026, 0.026)
    if stage.light.lit:
        pen.glow(window, (1.0, 0.80, 0.40), 0.6, 0.10)
        pen.raw(window, stage.light.lamp((1.0, 0.84, 0.46)))
    else:
        pen.fill(window, (0.60, 0.74, 0.84), plain=True)


def draw_forest(stage: Stage) -> Ground:
    """Ranks of pines and trunks that fade into the distance, a mossy floor, leaves close by."""
    draw_sky(stage)
    view, horizon = stage.view, stage.view.horizon
    for row, (parallax, depth, base, tall, step) in enumerate(
        ((0.18, 0.78, 0.00, 0.42, 0.085), (0.36, 0.50, 0.035, 0.52, 0.13), (0.58, 0.24, 0.075, 0.66, 0.23))
    ):
        dice = stage.dice(f"rank{row}")
        pen = stage.pen(parallax, depth)
        land(pen, waves(dice, "floor", horizon + base, 0.012, 0.9), horizon + base - 0.01, (0.26, 0.50, 0.34))
        for i, x in spots(dice, "x", view.half_width + 0.6, step):
            if row == 2 and dice.pick("gap", 3, i) == 0:
                continue
            size = tall * dice.between("size", 0.72, 1.12, i)
            pine(pen, x, horizon + base + 0.02, size, (0.13, 0.42, 0.28) if (i + row) % 2 else (0.18, 0.46, 0.32))
    dice = stage.dice("floor")
    pen = stage.pen(1.0, 0.0)
    base = horizon + 0.12
    land(pen, waves(dice, "ground", base, 0.016, 1.5), base - 0.02, (0.36, 0.54, 0.28))
    for i, x in spots(dice, "x", view.half_width + 0.5, 0.14):
        y = base + 0.03 + 0.26 * dice.unit("y", i)
        if dice.pick("kind", 4, i) == 0:
            pen.fill(box(x, y - 0.008, 0.006, 0.014), (0.95, 0.92, 0.84), plain=True)
            pen.fill(ellipse(x, y - 0.022, 0.017, 0.012), (0.86, 0.28, 0.22), plain=True)
        else:
            tuft(pen, x, y, 0.038, (0.22, 0.42, 0.22))
    if not stage.plain:
        _canopy(stage)
    return Ground(0.88)


def _canopy(stage: Stage) -> None:
    """A near trunk at the frame's edge and leaves that hang into it."""
    dice = stage.dice("canopy")
    side = frame_side(stage, dice)
    pen = stage.pen(1.5, 0.0)
    x = side * (stage.view.half_width - 0.015)
    top, bottom = stage.view.y(0.0), stage.view.y(1.0)
    pen.fill(
        polygon([(x - 0.055, top - 0.3), (x + 0.055, top - 0.3), (x + 0.10, bottom + 0.3), (x - 0.10, bottom + 0.3)]),
        (0.24, 0.19, 0.17),
    )
    for i in range(7):
        root = (x - side * 0.07 * i + 0.03, top - 0.05)
        tip = (
            root[0] - side * dice.between("dx", 0.0, 0.08, i),
            top + dice.between("dy", 0.09, 0.20, i) * (1 - 0.07 * i),
        )
        leaf(pen, root, tip, 0.24, (0.14, 0.34, 0.22) if i % 2 else (0.18, 0.42, 0.26))
