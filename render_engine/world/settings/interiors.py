"""The photographer's studio: tall windows, a paper backdrop, lights, and a plinth for what is small."""

from render_engine.world.cast import find_spot
from render_engine.world.colour import RGB, darker, lighter
from render_engine.world.pen import Fade, Pen
from render_engine.world.sense import PRODUCTS
from render_engine.world.settings.flora import frame_side
from render_engine.world.shapes import Point, Shape, bend, box, capsule, circle, convex, ellipse, polygon
from render_engine.world.sky import draw_sky
from render_engine.world.stage import Ground, Stage
from render_engine.world.view import spots
from render_engine.world.weather import add_weather

_PAPER: tuple[RGB, ...] = ((0.86, 0.77, 0.66), (0.62, 0.73, 0.78), (0.87, 0.67, 0.59), (0.68, 0.72, 0.62))
_IRON: RGB = (0.17, 0.18, 0.22)
_WARM: RGB = (1.0, 0.90, 0.68)


def draw_studio(stage: Stage) -> Ground:
    """A loft whose window grid shows the weather; before it a paper sweep between two softboxes."""
    draw_sky(stage)
    _roofs(stage)
    add_weather(stage)
    view, dice = stage.view, stage.dice("studio")
    floor = view.y(0.735)
    _window_wall(stage, floor)
    pen = stage.pen(1.0, 0.0)
    pen.fill(
        box(0.0, floor + 0.5, 9.0, 0.5), Fade((0.60, 0.58, 0.58), (0.46, 0.45, 0.47), floor, view.y(1.0)), plain=True
    )
    for i in range(-7, 8):
        seam = convex(
            [(i * 0.30 - 0.002, floor), (i * 0.30 + 0.002, floor), (i * 0.52 + 0.004, 0.9), (i * 0.52 - 0.004, 0.9)]
        )
        pen.fill(seam, (0.36, 0.35, 0.38), 0.55, plain=True)
    ground = Ground(0.86 if stage.scene.subject in PRODUCTS else 0.89, indoors=True)
    half = min(0.50, view.half_width * 0.70)
    _sweep(stage, pen, half, floor, _PAPER[dice.pick("paper", 4)])
    for side in (-1, 1):
        _softbox(stage, pen, side, min(half + 0.16, view.half_width - 0.08), floor)
    if stage.scene.subject in PRODUCTS:
        _plinth(stage, pen, ground)
    if not stage.plain:
        _camera(stage, frame_side(stage, dice))
    return ground


def _roofs(stage: Stage) -> None:
    """The roofs over the way, beneath the sky in the windows."""
    pen, dice = stage.pen(0.2, 0.5), stage.dice("roofs")
    base = stage.view.y(0.62)
    for i, x in spots(dice, "x", stage.view.half_width + 0.4, 0.17):
        tall = dice.between("tall", 0.06, 0.24, i)
        pen.fill(box(x, base - tall / 2 + 0.1, 0.088, tall / 2 + 0.1), (0.48, 0.54, 0.62), plain=True)
        if stage.light.lit:
            for k in (-1, 1):
                pane = box(x + 0.032 * k, base - tall + 0.03 + 0.01 * k, 0.009, 0.011)
                pen.raw(pane, stage.light.lamp((1.0, 0.84, 0.50)), 0.85)


def _window_wall(stage: Stage, floor: float) -> None:
    """A whitewashed wall with iron windows side by side, and the beams of the ceiling."""
    view = stage.view
    pen = stage.pen(0.55, 0.05)
    top, sill = view.y(0.085), floor - 0.115
    wall: RGB = (0.84, 0.82, 0.80)
    pen.fill(box(0.0, 0.0, 9.0, 9.0), Fade(darker(wall, 0.06), darker(wall, 0.16), view.y(0.0), floor), plain=True)
    for row in range(3):
        pen.fill(box(0.0, sill + 0.035 + 0.034 * row, 9.0, 0.0022), (0.60, 0.57, 0.56), 0.6, plain=True)
    for i in range(-2, 3):
        _iron_window(pen, i * 0.62, (top + sill) / 2, (sill - top) / 2)
    pen.fill(box(0.0, top - 0.052, 9.0, 0.022), (0.32, 0.30, 0.32))
    pen.fill(box(0.0, floor - 0.012, 9.0, 0.012), (0.42, 0.41, 0.43), plain=True)


def _iron_window(pen: Pen, x: float, y: float, tall: float) -> None:
    """Four panes by five in a dark frame."""
    half = 0.278
    pen.erase(box(x, y, half, tall))
    bars: Shape = box(x, y, half + 0.010, tall + 0.010) - box(x, y, half - 0.006, tall - 0.006)
    for column in (-1, 0, 1):
        bars = bars | box(x + column * half / 2, y, 0.0060 if column else 0.0085, tall)
    for row in range(1, 5):
        bars = bars | box(x, y - tall + row * tall * 0.4, half, 0.0060 if row != 3 else 0.0085)
    pen.fill(bars, _IRON, plain=True)
    gleam = convex([(x - 0.10, y - tall), (x + 0.02, y - tall), (x - 0.12, y + tall), (x - 0.24, y + tall)])
    pen.fill(gleam & box(x, y, half, tall), (1.0, 1.0, 1.0), 0.10, plain=True)
    pen.fill(box(x, y + tall + 0.018, half + 0.025, 0.010), (0.93, 0.92, 0.90))


def _sweep(stage: Stage, pen: Pen, half: float, floor: float, paper: RGB) -> None:
    """Paper that hangs from a roll and bends into the floor without an edge."""
    view = stage.view
    top, bottom = view.y(0.115), view.y(0.965)
    wide = half * 1.28
    for side in (-1, 1):
        x = side * (half + 0.035)
        pen.fill(capsule((x, floor + 0.05), (x, top - 0.02), 0.006), _IRON, plain=True)
        for dx in (-0.045, 0.045):
            pen.fill(capsule((x, floor - 0.03), (x + dx, floor + 0.055), 0.005), _IRON, plain=True)
    outline: list[Point] = [(-half, top), (half, top)]
    curve = bend((half, floor - 0.06), (half + 0.01, floor + 0.07), (wide, bottom), 5)
    outline += [*curve, *((-x, y) for x, y in reversed(curve))]
    sheet = polygon(outline)
    pen.fill(sheet, Fade(darker(paper, 0.10), lighter(paper, 0.16), top, floor - 0.10))
    band = box(0.0, floor + 0.02, wide, 0.075)
    pen.fill(sheet & band, darker(paper, 0.22), 0.55, soft=0.07)
    pen.fill(box(0.0, top - 0.012, half + 0.055, 0.021, 0.020), darker(paper, 0.28))
    pen.fill(box(0.0, top - 0.019, half + 0.05, 0.005, 0.005), lighter(paper, 0.35), 0.8, plain=True)
    if stage.light.lit:
        pen.raw(ellipse(0.0, floor - 0.22, half * 0.80, 0.30) & sheet, stage.light.lamp(_WARM), 0.62, soft=0.30)
        pen.raw(ellipse(0.0, floor + 0.20, half * 0.95, 0.07) & sheet, stage.light.lamp(_WARM), 0.55, soft=0.09)


def _softbox(stage: Stage, pen: Pen, side: int, reach: float, floor: float) -> None:
    """A light in a cloth box on a tripod, turned towards the middle."""
    x, y = side * reach, stage.view.y(0.30)
    foot = floor + 0.075
    pen.fill(capsule((x + side * 0.02, y), (x + side * 0.02, foot - 0.06), 0.0075), _IRON, plain=True)
    for dx in (-0.075, 0.0, 0.075):
        pen.fill(capsule((x + side * 0.02, foot - 0.10), (x + side * 0.02 + dx, foot), 0.006), _IRON, plain=True)
    near, far = x - side * 0.075, x + side * 0.045
    hood = [(near, y - 0.155), (far, y - 0.075), (far + side * 0.035, y - 0.04)]
    hood += [(far + side * 0.035, y + 0.04), (far, y + 0.085), (near, y + 0.175)]
    pen.fill(polygon(hood, 0.006), _IRON)
    face = polygon(
        [
            (near - side * 0.030, y - 0.150),
            (near + side * 0.028, y - 0.162),
            (near + side * 0.028, y + 0.182),
            (near - side * 0.030, y + 0.170),
        ],
        0.006,
    )
    if stage.light.lit:
        pen.glow(face, _WARM, 0.75, 0.30)
        pen.raw(face, stage.light.lamp((1.0, 0.97, 0.88)))
    else:
        pen.fill(face, (0.97, 0.97, 0.97))
    pen.fill(circle(x + side * 0.02, y + 0.02, 0.014), (0.44, 0.45, 0.50), plain=True)


def _plinth(stage: Stage, pen: Pen, ground: Ground) -> None:
    """A low round drum beneath the subject."""
    spot = find_spot(stage.scene, ground, stage.view)
    half = min(0.36, stage.view.half_width * 0.62)
    top, deep = spot.y + 0.012, 0.085
    pen.raw(ellipse(spot.x, top + deep + 0.012, half * 1.12, 0.055), stage.light.shadow, 0.30, soft=0.05)
    drum = box(spot.x, top + deep / 2, half, deep / 2) | ellipse(spot.x, top + deep, half, 0.052)
    pen.fill(drum, Fade((0.84, 0.81, 0.78), (0.66, 0.63, 0.63), top, top + deep + 0.04))
    pen.fill(ellipse(spot.x, top, half, 0.052), (0.97, 0.955, 0.93))
    pen.fill(ellipse(spot.x, top + 0.002, half * 0.93, 0.043), (0.91, 0.89, 0.87), 0.7, plain=True)
    if stage.light.lit:
        pen.raw(ellipse(spot.x, top, half * 0.98, 0.048), stage.light.lamp(_WARM), 0.55, soft=0.03)


def _camera(stage: Stage, side: float) -> None:
    """The photographer's camera from behind, dark in the corner."""
    view = stage.view
    pen = stage.pen(1.5, 0.0)
    x, y = side * (view.half_width - 0.10), view.y(1.0) - 0.085
    ink: RGB = (0.11, 0.11, 0.14)
    pen.fill(box(x, y + 0.20, 0.022, 0.16), ink, plain=True)
    pen.fill(box(x - side * 0.075, y - 0.005, 0.055, 0.042, 0.012), lighter(ink, 0.10))
    pen.fill(
        box(x, y, 0.085, 0.062, 0.014)
        | convex([(x - 0.03, y - 0.09), (x + 0.03, y - 0.09), (x + 0.045, y - 0.05), (x - 0.045, y - 0.05)], 0.006),
        ink,
    )
    pen.fill(box(x - 0.012, y + 0.006, 0.050, 0.036, 0.004), (0.34, 0.46, 0.52), plain=True)
    pen.fill(circle(x + 0.062, y - 0.03, 0.007), (0.90, 0.24, 0.20), plain=True)
