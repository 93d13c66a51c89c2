"""Built places: the city street and the room."""

from render_engine.world.colour import RGB, darker, lighter
from render_engine.world.pen import Fade, Pen
from render_engine.world.sense import PRODUCTS
from render_engine.world.settings.flora import frame_side, leaf
from render_engine.world.settings.wet import shine
from render_engine.world.shapes import box, capsule, circle, convex, ellipse, polygon
from render_engine.world.sky import draw_sky
from render_engine.world.stage import Ground, Stage
from render_engine.world.view import spots
from render_engine.world.weather import add_weather

_FACADES: tuple[RGB, ...] = (
    (0.82, 0.50, 0.40),
    (0.90, 0.76, 0.58),
    (0.52, 0.62, 0.72),
    (0.74, 0.74, 0.76),
    (0.66, 0.52, 0.58),
)


def draw_city(stage: Stage) -> Ground:
    """A hazy skyline, a row of town houses with windows, pavement, street and lamps."""
    draw_sky(stage)
    view, horizon = stage.view, stage.view.horizon
    for row, (parallax, depth, low, high) in enumerate(((0.14, 0.74, 0.20, 0.46), (0.28, 0.48, 0.14, 0.36))):
        dice = stage.dice(f"skyline{row}")
        pen = stage.pen(parallax, depth)
        for i, x in spots(dice, "x", view.half_width + 0.5, 0.135):
            tall, half = dice.between("tall", low, high, i), dice.between("half", 0.045, 0.075, i)
            tone: RGB = (0.42, 0.50, 0.64) if row else (0.50, 0.58, 0.72)
            pen.fill(box(x, horizon - tall / 2 + 0.1, half, tall / 2 + 0.1), tone)
            if dice.pick("spire", 4, i) == 0:
                pen.fill(capsule((x, horizon - tall), (x, horizon - tall - 0.06), 0.004), tone, plain=True)
            if stage.light.lit:
                _far_windows(stage, pen, (x, horizon - tall, half), i)
    pen = stage.pen(0.6, 0.14)
    base = horizon + 0.115
    for i, _ in spots(stage.dice("row"), "x", view.half_width + 0.7, 0.30):
        _town_house(stage, pen, i, base)
    _street(stage, base)
    return Ground(0.90)


def _far_windows(stage: Stage, pen: Pen, tower: tuple[float, float, float], index: int) -> None:
    x, top, half = tower
    dice = stage.dice("far windows")
    tone = stage.light.lamp((1.0, 0.84, 0.50))
    for k in range(5):
        wx = x + half * dice.between("x", -0.7, 0.7, index * 8 + k)
        wy = top + dice.between("y", 0.03, 0.26, index * 8 + k)
        pen.raw(box(wx, wy, 0.0062, 0.0085), tone, 0.75)


def _town_house(stage: Stage, pen: Pen, index: int, base: float) -> None:
    dice = stage.dice("town")
    x, half = index * 0.30, 0.145
    high = dice.between("high", 0.24, 0.42, index)
    wall = _FACADES[dice.pick("wall", 5, index)]
    pen.fill(
        box(x, base - high / 2, half, high / 2 + 0.01), Fade(lighter(wall, 0.08), darker(wall, 0.12), base - high, base)
    )
    pen.fill(box(x, base - high, half + 0.008, 0.014), darker(wall, 0.3))
    floors = max(1, int((high - 0.11) / 0.095))
    for row in range(floors):
        for column in range(3):
            wx, wy = x + 0.088 * (column - 1), base - high + 0.062 + 0.095 * row
            lit = stage.light.lit and dice.pick("lit", 5, index * 64 + row * 4 + column) > 1
            _window(stage, pen, (wx, wy), lit=lit)
    pen.fill(box(x, base - 0.043, half - 0.02, 0.042), darker(wall, 0.40), plain=True)
    shop = box(x - 0.03, base - 0.040, 0.082, 0.032)
    if stage.light.lit:
        pen.glow(shop, (1.0, 0.82, 0.46), 0.45, 0.06)
        pen.raw(shop, stage.light.lamp((1.0, 0.86, 0.54)))
    else:
        pen.fill(shop, (0.62, 0.78, 0.84), plain=True)
    awning: RGB = ((0.86, 0.34, 0.30), (0.22, 0.56, 0.52), (0.94, 0.70, 0.30))[dice.pick("awning", 3, index)]
    pen.fill(
        polygon(
            [(x - 0.115, base - 0.085), (x + 0.06, base - 0.085), (x + 0.072, base - 0.062), (x - 0.127, base - 0.062)],
            0.002,
        ),
        awning,
    )
    pen.fill(box(x + 0.088, base - 0.036, 0.022, 0.038), darker(wall, 0.62), plain=True)


def _window(stage: Stage, pen: Pen, centre: tuple[float, float], *, lit: bool) -> None:
    pane = box(centre[0], centre[1], 0.022, 0.030)
    if lit:
        pen.raw(pane, stage.light.lamp((1.0, 0.84, 0.48)))
    else:
        pen.fill(pane, Fade((0.60, 0.76, 0.86), (0.36, 0.48, 0.58), centre[1] - 0.03, centre[1] + 0.03), plain=True)
    pen.fill(box(centre[0], centre[1] + 0.033, 0.027, 0.005), (0.93, 0.90, 0.86), plain=True)


def _street(stage: Stage, base: float) -> None:
    view = stage.view
    pen = stage.pen(1.0, 0.0)
    kerb = base + 0.055
    pen.fill(box(0.0, base + 0.03, 9.0, 0.034), (0.74, 0.72, 0.72))
    for _, x in spots(stage.dice("lamps"), "x", view.half_width + 0.6, 0.66):
        _lamp_post(stage, pen, x + 0.1, base + 0.035)
    pen.fill(box(0.0, kerb + 0.5, 9.0, 0.5), Fade((0.42, 0.43, 0.48), (0.33, 0.34, 0.40), kerb, view.y(1.0)))
    pen.fill(box(0.0, kerb, 9.0, 0.007), (0.86, 0.84, 0.82), plain=True)
    for i in range(-9, 10):
        mark = polygon(
            [
                (i * 0.26 - 0.07, kerb + 0.098),
                (i * 0.26 + 0.05, kerb + 0.098),
                (i * 0.26 + 0.04, kerb + 0.112),
                (i * 0.26 - 0.085, kerb + 0.112),
            ]
        )
        pen.fill(mark, (0.95, 0.92, 0.82), 0.85, plain=True)
    lamps = [(x + 0.1, (1.0, 0.86, 0.52)) for _, x in spots(stage.dice("lamps"), "x", view.half_width + 0.6, 0.66)]
    shine(stage, kerb, lamps)


def _lamp_post(stage: Stage, pen: Pen, x: float, y: float) -> None:
    iron: RGB = (0.20, 0.24, 0.28)
    pen.fill(capsule((x, y), (x, y - 0.30), 0.0065, 0.005), iron, plain=True)
    pen.fill(box(x, y - 0.008, 0.014, 0.014, 0.004), iron, plain=True)
    pen.fill(convex([(x - 0.028, y - 0.335), (x, y - 0.362), (x + 0.028, y - 0.335)]), iron, plain=True)
    globe = convex([(x - 0.022, y - 0.335), (x + 0.022, y - 0.335), (x + 0.013, y - 0.296), (x - 0.013, y - 0.296)])
    if stage.light.lit:
        pen.glow(globe, (1.0, 0.86, 0.52), 0.75, 0.13)
        pen.raw(globe, stage.light.lamp((1.0, 0.93, 0.70)))
    else:
        pen.fill(globe, (0.93, 0.93, 0.86), plain=True)


def draw_room(stage: Stage) -> Ground:
    """A living room: a window onto the weather, a picture, a lamp, a plant; a table for what is small."""
    view, dice = stage.view, stage.dice("room")
    side = frame_side(stage, dice)
    pane = side * view.half_width * 0.50
    draw_sky(stage, window=(pane - 0.235, view.y(0.145), pane + 0.235, view.y(0.40)))
    _outside(stage)
    add_weather(stage)
    floor = view.y(0.74)
    wall: RGB = ((0.90, 0.82, 0.70), (0.64, 0.74, 0.72), (0.80, 0.66, 0.64))[dice.pick("wall", 3)]
    pen = stage.pen(0.6, 0.05)
    window = (side * view.half_width * 0.50, view.y(0.36), 0.235, 0.215)
    pen.fill(box(0.0, 0.0, 9.0, 9.0), Fade(lighter(wall, 0.10), darker(wall, 0.10), view.y(0.0), floor), plain=True)
    pen.erase(box(window[0], window[1], window[2], window[3], 0.01))
    _window_frame(pen, window)
    if view.half_width > 0.45:
        _picture(pen, -side * view.half_width * 0.52, view.y(0.30), dice.pick("picture", 3))
    pen.fill(box(0.0, floor - 0.018, 9.0, 0.018), (0.95, 0.93, 0.90))
    pen = stage.pen(1.0, 0.0)
    pen.fill(
        box(0.0, floor + 0.5, 9.0, 0.5), Fade((0.74, 0.54, 0.38), (0.62, 0.44, 0.31), floor, view.y(1.0)), plain=True
    )
    for k, y in enumerate((0.035, 0.085, 0.150)):
        pen.fill(box(0.0, floor + y, 9.0, 0.0025 + 0.0007 * k), (0.48, 0.32, 0.23), 0.6, plain=True)
    pen.fill(
        ellipse(0.0, floor + 0.125, 0.55, 0.065),
        ((0.36, 0.52, 0.60), (0.72, 0.42, 0.38))[dice.pick("rug", 2)],
        plain=True,
    )
    pen.fill(ellipse(0.0, floor + 0.125, 0.47, 0.050), (0.90, 0.84, 0.74), 0.6, plain=True)
    if view.half_width > 0.45:
        _floor_lamp(stage, pen, -side * (view.half_width - 0.15), floor + 0.05)
    _plant(pen, side * (view.half_width - 0.13), floor + 0.06)
    if stage.scene.subject in PRODUCTS:
        _table(pen, view.y(0.845))
        return Ground(0.86, indoors=True)
    return Ground(0.90, indoors=True)


def _outside(stage: Stage) -> None:
    """What the window shows beneath the sky."""
    pen = stage.pen(0.2, 0.5)
    y = stage.view.y(0.52)
    for i in range(-6, 7):
        pen.fill(circle(i * 0.21, y + 0.03 * (i % 3), 0.15), (0.34, 0.58, 0.40), plain=True)


def _window_frame(pen: Pen, window: tuple[float, float, float, float]) -> None:
    x, y, half, tall = window
    white: RGB = (0.97, 0.96, 0.93)
    pen.fill(box(x, y, half + 0.022, tall + 0.022, 0.008) - box(x, y, half - 0.002, tall - 0.002), white)
    pen.fill(box(x, y, 0.008, tall) | box(x, y - tall * 0.1, half, 0.008), white, plain=True)
    pen.fill(box(x, y + tall + 0.026, half + 0.045, 0.014, 0.006), white)
    for side in (-1, 1):
        a, b = x + side * (half + 0.07), x + side * (half - 0.045)
        cloth = [
            (a, y - tall - 0.035),
            (b, y - tall - 0.035),
            (b + side * 0.055, y + tall * 0.4),
            (b + side * 0.075, y + tall + 0.09),
            (a, y + tall + 0.09),
        ]
        pen.fill(polygon(cloth), (0.93, 0.86, 0.78))
    pen.fill(
        capsule((x - half - 0.10, y - tall - 0.04), (x + half + 0.10, y - tall - 0.04), 0.009),
        (0.45, 0.34, 0.27),
        plain=True,
    )


def _picture(pen: Pen, x: float, y: float, kind: int) -> None:
    pen.fill(box(x, y, 0.095, 0.115, 0.006), (0.42, 0.30, 0.22))
    pen.fill(box(x, y, 0.080, 0.100), (0.95, 0.92, 0.85), plain=True)
    hue: RGB = ((0.92, 0.62, 0.42), (0.46, 0.66, 0.72), (0.60, 0.68, 0.46))[kind]
    pen.fill(circle(x + 0.02, y - 0.025, 0.032), hue, plain=True)
    hills = convex(
        [(x - 0.08, y + 0.10), (x - 0.08, y + 0.05), (x - 0.01, y + 0.01), (x + 0.08, y + 0.06), (x + 0.08, y + 0.10)]
    )
    pen.fill(hills, darker(hue, 0.35), plain=True)


def _floor_lamp(stage: Stage, pen: Pen, x: float, y: float) -> None:
    top = y - 0.50
    if stage.light.lit:
        pen.glow(circle(x, top, 0.05), (1.0, 0.84, 0.52), 0.62, 0.42)
    pen.fill(capsule((x, y), (x, top), 0.007), (0.30, 0.25, 0.24), plain=True)
    pen.fill(ellipse(x, y, 0.055, 0.012), (0.30, 0.25, 0.24), plain=True)
    shade = polygon(
        [(x - 0.05, top - 0.06), (x + 0.05, top - 0.06), (x + 0.085, top + 0.05), (x - 0.085, top + 0.05)], 0.004
    )
    if stage.light.lit:
        pen.raw(shade, stage.light.lamp((1.0, 0.88, 0.60)))
    else:
        pen.fill(shade, (0.95, 0.88, 0.74))


def _plant(pen: Pen, x: float, y: float) -> None:
    for i, (dx, dy) in enumerate(
        ((-0.13, -0.25), (0.12, -0.26), (-0.05, -0.34), (0.06, -0.33), (-0.15, -0.14), (0.15, -0.15))
    ):
        leaf(pen, (x, y - 0.09), (x + dx, y + dy), 0.20, (0.24, 0.54, 0.36) if i % 2 else (0.18, 0.44, 0.32))
    pen.fill(
        polygon([(x - 0.055, y - 0.11), (x + 0.055, y - 0.11), (x + 0.042, y), (x - 0.042, y)], 0.006),
        (0.86, 0.55, 0.40),
    )


def _table(pen: Pen, y: float) -> None:
    wood: RGB = (0.50, 0.33, 0.23)
    pen.fill(box(0.0, y + 0.5, 9.0, 0.5), Fade(lighter(wood, 0.16), wood, y, y + 0.16))
    pen.fill(box(0.0, y, 9.0, 0.008), lighter(wood, 0.34), plain=True)
