"""The sky: gradient, sun or moon, stars, and clouds that drift."""

from render_engine.world.colour import RGB, blend
from render_engine.world.pen import Fade, Pen
from render_engine.world.shapes import Shape, box, capsule, circle
from render_engine.world.stage import Stage
from render_engine.world.view import spots


def draw_sky(stage: Stage) -> None:
    """Lay the sky as the first, covering layer, then the clouds."""
    view, light = stage.view, stage.light
    top, middle, horizon = light.sky
    pen = stage.pen(0.0, 1.0)
    bend = view.y(0.34)
    _pour(pen, Fade(top, middle, view.y(0.0), bend), -9.0, bend)
    _pour(pen, Fade(middle, horizon, bend, view.horizon + 0.02), bend - 0.01, 9.0)
    hidden = stage.scene.weather in {"rain", "snow", "fog"}
    if stage.scene.hour == "night" and not hidden:
        _stars(stage, pen)
    if not hidden:
        _disc(stage, pen)
    _clouds(stage)


def _pour(pen: Pen, fade: Fade, y0: float, y1: float) -> None:
    """Paint a band of finished colours; the light is already in them."""
    pen.raw(box(0.0, (y0 + y1) / 2, 9.0, (y1 - y0) / 2), fade)


def _disc(stage: Stage, pen: Pen) -> None:
    """The sun or the moon, on the side that the subject leaves free."""
    dice, view, hour = stage.dice("sun"), stage.view, stage.light.hour
    free = {"left": 0.74, "right": 0.26}.get(stage.scene.side, 0.22 if dice.pick("side", 2) else 0.78)
    x = view.x(free + dice.between("x", -0.06, 0.06))
    y = view.y(hour.disc_y)
    night = stage.scene.hour == "night"
    radius = 0.055 if night else 0.072
    glow = 0.30 if night else 0.55
    strength = 0.55 if stage.scene.weather == "clear" else 0.30
    pen.glow(circle(x, y, radius), hour.disc, strength, glow)
    pen.glow(circle(x, y, radius), hour.disc, strength, glow * 0.35)
    pen.raw(circle(x, y, radius), stage.light.lamp(hour.disc), 1.0 if stage.scene.weather == "clear" else 0.85)
    if night:
        pen.raw(circle(x + 0.016, y - 0.012, 0.012), stage.light.lamp((0.84, 0.84, 0.80)), 0.8)
        pen.raw(circle(x - 0.020, y + 0.014, 0.016), stage.light.lamp((0.84, 0.84, 0.80)), 0.8)


def _stars(stage: Stage, pen: Pen) -> None:
    dice, view = stage.dice("stars"), stage.view
    star: RGB = stage.light.lamp((0.95, 0.97, 1.0))
    faint = 0.5 if stage.scene.weather == "cloudy" else 1.0
    for i, x in spots(dice, "x", view.half_width + 0.1, 0.075):
        y = view.y(dice.between("y", 0.01, 0.52, i))
        size = dice.between("size", 0.0028, 0.0062, i)
        pen.raw(circle(x, y, size), star, faint * dice.between("bright", 0.4, 1.0, i))


def _clouds(stage: Stage) -> None:
    """A few heaps in fair weather, a roof of them otherwise."""
    weather = stage.scene.weather
    if weather == "fog":
        return
    dice, view = stage.dice("clouds"), stage.view
    many = weather != "clear"
    for row, (height, scale, speed) in enumerate(((0.12, 1.0, 0.018), (0.27, 0.7, 0.011))):
        if row and not many and dice.pick("second", 2):
            continue
        pen = stage.drifting_pen(0.05 + 0.05 * (1 - row), 0.92, 0.0 if stage.plain else -speed)
        step = (0.48 if many else 0.95) * scale**0.5
        for i, x in spots(dice, f"x{row}", view.half_width + 0.8, step):
            y = view.y(height) + dice.between(f"y{row}", -0.05, 0.06, i)
            _cloud(stage, pen, x, y, scale * dice.between(f"size{row}", 0.75, 1.25, i) * (1.25 if many else 1.0))


def _cloud(stage: Stage, pen: Pen, x: float, y: float, size: float) -> None:
    """A flat-bottomed heap: a bar with three domes, lit from above."""
    puffs: Shape = capsule((x - 0.17 * size, y), (x + 0.17 * size, y), 0.036 * size)
    for dx, dy, r in ((-0.075, -0.035, 0.062), (0.02, -0.062, 0.082), (0.105, -0.028, 0.055)):
        puffs = puffs | circle(x + dx * size, y + dy * size, r * size)
    top, _, horizon = stage.light.sky
    bright = {"clear": 0.80, "cloudy": 0.52, "rain": 0.16, "snow": 0.45}.get(stage.scene.weather, 0.4)
    if stage.scene.hour == "night":
        bright *= 0.18
    white = stage.light.lamp(
        {"dawn": (1.0, 0.90, 0.86), "dusk": (1.0, 0.72, 0.60)}.get(stage.scene.hour, (1.0, 1.0, 1.0))
    )
    if stage.scene.style == "neon":
        bright *= 0.15
    crown, foot = (
        blend(blend(top, horizon, 0.35), white, bright),
        blend(blend(top, horizon, 0.55), white, bright * 0.55),
    )
    if stage.scene.style == "paper":
        pen.raw(puffs.moved(0.008, 0.014), stage.light.shadow, 0.22, soft=0.02)
    pen.raw(puffs, Fade(crown, foot, y - 0.13 * size, y + 0.03 * size), 0.92)
