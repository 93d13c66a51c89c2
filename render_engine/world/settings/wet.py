"""Hard ground in rain and storm: it mirrors the sky in a band and the lamps in streaks."""

from collections.abc import Sequence

from render_engine.world.colour import RGB, blend
from render_engine.world.pen import Fade
from render_engine.world.shapes import box, ellipse
from render_engine.world.stage import Stage
from render_engine.world.view import spots


def shine(stage: Stage, top: float, lamps: Sequence[tuple[float, RGB]] = ()) -> None:
    """Wet the ground at the subject's depth; call it when the ground is drawn.

    Args:
        stage: where rain or storm, and no plain drawing, is asked for; else nothing is done.
        top: y of the ground's far edge in scene units.
        lamps: x and colour of the lights that stand over it; they count when lamps burn.
    """
    if stage.scene.weather not in {"rain", "storm"} or stage.plain or stage.mask_only:
        return
    view, dice, pen = stage.view, stage.dice("wet"), stage.pen(1.0, 0.0)
    _, middle, horizon = stage.light.sky
    bottom = view.y(1.0)
    high = (bottom - top) / 2
    near = blend(middle, horizon, 0.5)
    pen.raw(box(0.0, top + high, 9.0, high), Fade(horizon, near, top, bottom), 0.24)
    pale = blend(horizon, (1.0, 1.0, 1.0), 0.10 if stage.light.lit else 0.45)
    for i, x in spots(dice, "x", view.half_width + 0.5, 0.24):
        tall = high * dice.between("tall", 0.45, 0.95, i)
        half = dice.between("half", 0.012, 0.032, i)
        pen.raw(box(x, top + tall, half, tall), pale, 0.30, soft=0.035)
        y = top + 2 * high * dice.between("y", 0.30, 0.95, i)
        pen.raw(
            ellipse(x + 0.11, y, dice.between("wide", 0.05, 0.11, i), 0.010 + 0.010 * (y - top)), pale, 0.34, soft=0.012
        )
    if not stage.light.lit:
        return
    for x, colour in lamps:
        tone = stage.light.lamp(colour)
        pen.raw(box(x, top + high * 0.85, 0.014, high * 0.8), tone, 0.55, soft=0.05)
        pen.raw(box(x, top + high * 0.5, 0.006, high * 0.45), tone, 0.60, soft=0.018)
