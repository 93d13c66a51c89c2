"""The sky: gradient, sun or moon, stars, lightning, and clouds that drift."""

import math

from render_engine.world.colour import RGB, blend
from render_engine.world.hours import NOON_X
from render_engine.world.noise import Dice
from render_engine.world.pen import Fade, Pen
from render_engine.world.shapes import Bounds, Shape, box, capsule, circle, ring
from render_engine.world.stage import Stage
from render_engine.world.view import spots
from render_engine.world.weather import add_lightning


def draw_sky(stage: Stage, *, window: Bounds | None = None) -> None:
    """Lay the sky as the first, covering layer, then the clouds.

    Args:
        stage: what to lay it on.
        window: where the sky is seen through a window, its x0, y0, x1, y1 in units: sun and moon go there.
    """
    view, light = stage.view, stage.light
    top, middle, horizon = light.sky
    pen = stage.pen(0.0, 1.0)
    bend = view.y(0.34)
    _pour(pen, Fade(top, middle, view.y(0.0), bend), -9.0, bend)
    _pour(pen, Fade(middle, horizon, bend, view.horizon + 0.02), bend - 0.01, 9.0)
    if light.weather.sun:
        if stage.scene.hour == "night":
            _stars(stage, pen)
        if not stage.plain:
            _disc(stage, pen, window)
    if stage.scene.weather == "storm":
        _roll(stage)
        add_lightning(stage, window)
    else:
        _clouds(stage)


def sun_spot(stage: Stage, window: Bounds | None = None) -> tuple[float, float]:
    """Where the sun or the moon stands, in units: on the hour's own side, or on the one that the subject leaves."""
    dice, view = stage.dice("sun"), stage.view
    x, y = stage.light.hour.place
    if x == NOON_X:
        x = {"left": 0.74, "right": 0.26}.get(stage.scene.side, 0.22 if dice.pick("side", 2) else 0.78)
        x += dice.between("x", -0.06, 0.06)
    else:
        x += dice.between("x", -0.03, 0.03)
    if window is None:
        return view.x(x), view.y(y)
    x0, y0, x1, y1 = window
    return x0 + (x1 - x0) * (0.28 + 0.44 * x), y0 + (y1 - y0) * (0.12 + 0.80 * y)


def _pour(pen: Pen, fade: Fade, y0: float, y1: float) -> None:
    """Paint a band of finished colours; the light is already in them."""
    pen.raw(box(0.0, (y0 + y1) / 2, 9.0, (y1 - y0) / 2), fade)


def _disc(stage: Stage, pen: Pen, window: Bounds | None) -> None:
    """The sun with its glow, or the moon."""
    hour, light = stage.light.hour, stage.light
    x, y = sun_spot(stage, window)
    clear, radius = light.weather.sun, hour.radius * (0.7 if window else 1.0)
    disc, tone = circle(x, y, radius), light.lamp(hour.disc)
    if light.style.name == "blueprint":
        _drawn_disc(pen, (x, y), radius, tone, 0.5 + 0.5 * clear)
    else:
        if light.style.name != "woodcut" or stage.scene.hour == "night":
            glow = hour.glow * (0.5 + 0.5 * clear)
            pen.glow(disc, hour.disc, 0.60 * clear, glow)
            pen.glow(disc, hour.disc, 0.60 * clear, glow * 0.35)
        pen.raw(disc, tone, 0.7 + 0.3 * clear)
    if light.style.name == "woodcut" and stage.scene.hour != "night" and clear == 1:
        _rays(pen, (x, y), radius, tone)
    if stage.scene.hour == "night":
        grey = light.lamp((0.80, 0.80, 0.78))
        pen.raw(circle(x + 0.016, y - 0.012, 0.012), grey, 0.8)
        pen.raw(circle(x - 0.020, y + 0.014, 0.016), grey, 0.8)


def _drawn_disc(pen: Pen, centre: tuple[float, float], radius: float, tone: RGB, strength: float) -> None:
    """A sun as a draughtsman gives it: circles and a cross of centre lines."""
    x, y = centre
    pen.raw(circle(x, y, radius), tone, 0.30 * strength)
    pen.raw(ring(x, y, radius, 0.004) | ring(x, y, radius * 1.6, 0.0022), tone, strength)
    reach = radius * 2.1
    pen.raw(box(x, y, reach, 0.002) | box(x, y, 0.002, reach), tone, 0.7 * strength)


def _rays(pen: Pen, centre: tuple[float, float], radius: float, tone: RGB) -> None:
    """Wedges carved around the sun."""
    for i in range(18):
        angle = i * math.tau / 18
        near, far = radius * 1.28, radius * (2.6 if i % 2 else 1.9)
        start = (centre[0] + near * math.cos(angle), centre[1] + near * math.sin(angle))
        end = (centre[0] + far * math.cos(angle), centre[1] + far * math.sin(angle))
        pen.raw(capsule(start, end, 0.009, 0.003), tone)


def _stars(stage: Stage, pen: Pen) -> None:
    dice, view = stage.dice("stars"), stage.view
    star: RGB = stage.light.lamp((0.95, 0.97, 1.0))
    faint = 0.5 if stage.scene.weather == "cloudy" else 1.0
    large = 1.5 if stage.light.style.name in {"woodcut", "blueprint", "watercolour"} else 1.1
    for i, x in spots(dice, "x", view.half_width + 0.1, 0.075):
        y = view.y(dice.between("y", 0.01, 0.52, i))
        size = large * dice.between("size", 0.0028, 0.0062, i)
        pen.raw(circle(x, y, size), star, faint * dice.between("bright", 0.4, 1.0, i))


_ROWS: dict[str, tuple[tuple[float, float, float, float], ...]] = {
    # height, size, distance between two, speed as a share of the wind's
    "clear": ((0.12, 1.0, 1.05, 1.0), (0.27, 0.7, 0.95, 0.6)),
    "cloudy": ((0.36, 0.9, 0.34, 0.5), (0.21, 1.35, 0.46, 0.7), (0.05, 1.7, 0.52, 1.0)),
    "rain": ((0.16, 1.3, 0.36, 0.6), (0.03, 1.7, 0.42, 1.0)),
    "snow": ((0.22, 0.9, 0.42, 0.6), (0.07, 1.3, 0.46, 1.0)),
    "fog": (),
}


def _clouds(stage: Stage) -> None:
    """A few heaps in fair weather, a roof of them otherwise."""
    weather = stage.scene.weather
    dice, view = stage.dice("clouds"), stage.view
    for row, (height, scale, step, share) in enumerate(_ROWS[weather]):
        if weather == "clear" and row and dice.pick("second", 2):
            continue
        speed = 0.0 if stage.plain else -share * stage.light.weather.wind
        pen = stage.drifting_pen(0.05 + 0.02 * row, 0.92, speed)
        for i, x in spots(dice, f"x{row}", view.half_width + 0.8, step):
            y = view.y(height) + dice.between(f"y{row}", -0.05, 0.05, i)
            _cloud(stage, pen, x, y, scale * dice.between(f"size{row}", 0.75, 1.25, i))


def _cloud(stage: Stage, pen: Pen, x: float, y: float, size: float) -> None:
    """A flat-bottomed heap: a bar with three domes, lit from above."""
    puffs: Shape = capsule((x - 0.17 * size, y), (x + 0.17 * size, y), 0.036 * size)
    for dx, dy, r in ((-0.075, -0.035, 0.062), (0.02, -0.062, 0.082), (0.105, -0.028, 0.055)):
        puffs = puffs | circle(x + dx * size, y + dy * size, r * size)
    crown, foot = _cloud_tones(stage)
    if stage.scene.style == "paper":
        pen.raw(puffs.moved(0.008, 0.014), stage.light.shadow, 0.22, soft=0.02)
    soft = 0.035 if stage.scene.style == "watercolour" else 0.05 if stage.scene.weather in {"rain", "snow"} else 0.0
    if stage.light.style.outlined:
        soft = 0.0
    pen.raw(puffs, Fade(crown, foot, y - 0.13 * size, y + 0.03 * size), 0.92, soft=soft)
    _outline(stage, pen, puffs)


def _outline(stage: Stage, pen: Pen, shape: Shape) -> None:
    if stage.light.style.outlined:
        tone = blend((0.56, 0.62, 0.74), stage.light.hour.cloud, 0.5)
        pen.rule(shape, stage.light.line(tone, hero=False), 0.45 if stage.scene.style == "neon" else 0.75)


def _cloud_tones(stage: Stage) -> tuple[RGB, RGB]:
    """A cloud's crown and its foot, finished."""
    top, _, horizon = stage.light.sky
    bright = stage.light.weather.crown * (0.6 if stage.scene.hour == "night" else 1.0)
    if stage.scene.style == "neon":
        bright *= 0.15
    white = stage.light.finish(stage.light.hour.cloud, keep=0.0)
    foot = 0.30 if stage.scene.weather == "cloudy" else 0.55
    return blend(blend(top, horizon, 0.35), white, bright), blend(blend(top, horizon, 0.55), white, bright * foot)


def _roll(stage: Stage) -> None:
    """A storm's roof: black heaps that bulge downwards, three rows of them, driven by the wind."""
    dice, view, light = stage.dice("clouds"), stage.view, stage.light
    top, _, horizon = light.sky
    for row, (height, size, step) in enumerate(((0.30, 0.75, 0.22), (0.17, 1.1, 0.27), (0.02, 1.5, 0.33))):
        speed = 0.0 if stage.plain else -(0.6 + 0.2 * row) * light.weather.wind
        pen = stage.drifting_pen(0.05 + 0.02 * row, 0.92, speed)
        dark = blend(top, (0.0, 0.0, 0.0), 0.15 + 0.20 * row)
        pale = blend(dark, horizon, 0.30 - 0.05 * row)
        for i, x in spots(dice, f"x{row}", view.half_width + 0.9, step):
            y = view.y(height) + dice.between(f"y{row}", -0.05, 0.05, i)
            shape = _bulges(dice, (x, y), size * dice.between(f"size{row}", 0.8, 1.2, i), row * 100 + i)
            pen.raw(shape, Fade(pale, dark, y - 0.05 * size, y + 0.12 * size), soft=0.012)
            _outline(stage, pen, shape)


def _bulges(dice: Dice, centre: tuple[float, float], size: float, index: int) -> Shape:
    """A ragged heap with swellings beneath."""
    x, y = centre
    shape: Shape = circle(x, y, 0.11 * size)
    for k, dx in enumerate((-0.15, -0.07, 0.06, 0.15)):
        dy = dice.between("bulge", -0.02, 0.06, index * 4 + k)
        shape = shape | circle(x + dx * size, y + dy * size, (0.075 + 0.01 * (k % 2)) * size)
    return shape
