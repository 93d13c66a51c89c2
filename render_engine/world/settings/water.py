"""Water: a band that mirrors the sky, with glints that move."""

import torch
from torch import Tensor

from render_engine.world.colour import RGB, blend, luma
from render_engine.world.pen import Fade, Pen
from render_engine.world.shapes import box, capsule
from render_engine.world.sky import sun_spot
from render_engine.world.stage import Stage
from render_engine.world.view import spots

_DEEP: dict[str, RGB] = {
    "dawn": (0.46, 0.42, 0.80),
    "morning": (0.20, 0.66, 0.72),
    "day": (0.06, 0.40, 0.70),
    "golden": (0.52, 0.46, 0.34),
    "dusk": (0.46, 0.30, 0.66),
    "night": (0.10, 0.42, 0.62),
}


def water_band(stage: Stage, pen: Pen, top: float, bottom: float) -> None:
    """A band from `top` to `bottom`: the sky's colours, deepened, darker towards the eye."""
    high, middle, horizon = stage.light.sky
    deep = stage.light.shade(_DEEP[stage.scene.hour], 0.12)
    far = blend(blend(horizon, middle, 0.5), deep, 0.36)
    near = blend(blend(middle, high, 0.5), deep, 0.60)
    pen.raw(box(0.0, (top + bottom) / 2, 9.0, (bottom - top) / 2), Fade(far, near, top, bottom))
    pen.raw(box(0.0, top + 0.004, 9.0, 0.004), blend(far, horizon, 0.55), 0.8)


def glints(stage: Stage, top: float, bottom: float, parallax: float = 1.0) -> None:
    """Short bright dashes that breathe and wander; wider and sparser towards the eye."""
    if stage.plain:
        return
    dice = stage.dice("glints")
    _, _, horizon = stage.light.sky
    colour = blend(horizon, (1.0, 1.0, 1.0), 0.35 if luma(horizon) > 0.3 else 0.12)
    half = stage.view.half_width + 0.1

    def draw(pen: Pen, seconds: Tensor) -> None:
        for i, x in spots(dice, "x", half, 0.15):
            share = dice.unit("row", i)
            y = top + 0.014 + (bottom - top - 0.03) * share
            wide = 0.022 + 0.055 * share
            phase = seconds * dice.between("rate", 1.2, 2.2, i) + dice.between("phase", 0, 6.28, i)
            cx = x + 0.03 * torch.sin(phase * 0.7)
            dash = capsule((cx - wide, y), (cx + wide, y), 0.0032 + 0.0022 * share)
            pen.raw(dash, colour, 0.25 + 0.55 * (0.5 + 0.5 * torch.sin(phase)))

    stage.live((-half - 0.2, top, half + 0.2, bottom), parallax, draw)


def sun_path(stage: Stage, pen: Pen, top: float, bottom: float) -> None:
    """The column of light that a low sun or the moon lays on water."""
    if stage.light.weather.sun == 0 or stage.scene.hour == "day":
        return
    dice, (x, _) = stage.dice("sun"), sun_spot(stage)
    tone = stage.light.lamp(stage.light.hour.disc)
    for i in range(9):
        y = top + 0.012 + (bottom - top) * (i / 9) ** 1.2
        wide = (0.03 + 0.012 * i) * dice.between("path", 0.6, 1.1, i)
        pen.raw(capsule((x - wide, y), (x + wide, y), 0.0048), tone, 0.62 - 0.05 * i)
