"""Plants and ground that several settings share, drawn in scene units."""

from collections.abc import Callable

from torch import Tensor

from render_engine.world.colour import RGB, darker, lighter
from render_engine.world.noise import Dice
from render_engine.world.pen import Fade, Pen
from render_engine.world.shapes import Shape, below, bend, box, circle, convex, ellipse, polygon, stroke
from render_engine.world.stage import Stage
from render_engine.world.view import spots

Profile = Callable[[Tensor], Tensor]


def land(pen: Pen, profile: Profile, top: float, colour: RGB, fall: float = 0.35) -> None:
    """Everything under a skyline, shading down over `fall` units."""
    pen.fill(below(profile, top - 0.02), Fade(lighter(colour, 0.08), darker(colour, 0.16), top, top + fall))


def pine(pen: Pen, x: float, y: float, size: float, colour: RGB) -> None:
    """A conifer of three tiers with a stem, its foot at (x, y)."""
    pen.fill(box(x, y - 0.05 * size, 0.025 * size, 0.06 * size), (0.36, 0.25, 0.18), plain=True)
    whole: Shape | None = None
    for low, high, half in ((0.08, 0.52, 0.24), (0.34, 0.76, 0.19), (0.58, 1.0, 0.135)):
        tier = convex([(x - half * size, y - low * size), (x, y - high * size), (x + half * size, y - low * size)])
        whole = tier if whole is None else whole | tier
    if whole is not None:
        pen.fill(whole, Fade(lighter(colour, 0.10), darker(colour, 0.12), y - size, y))


def bush(pen: Pen, x: float, y: float, size: float, colour: RGB) -> None:
    """A round tree on a short stem."""
    pen.fill(box(x, y - 0.12 * size, 0.03 * size, 0.14 * size), (0.40, 0.28, 0.20), plain=True)
    crown = circle(x, y - 0.50 * size, 0.28 * size) | circle(x - 0.17 * size, y - 0.36 * size, 0.20 * size)
    crown = crown | circle(x + 0.18 * size, y - 0.38 * size, 0.19 * size)
    pen.fill(crown, Fade(lighter(colour, 0.14), darker(colour, 0.12), y - 0.78 * size, y - 0.16 * size))


def tuft(pen: Pen, x: float, y: float, size: float, colour: RGB) -> None:
    """A few blades of grass from one root."""
    for i, lean in enumerate((-0.7, -0.25, 0.2, 0.65)):
        tall = size * (1.0, 1.25, 1.1, 0.85)[i]
        blade = bend(
            (x + lean * 0.2 * size, y), (x + lean * 0.3 * size, y - tall * 0.6), (x + lean * size, y - tall), 3
        )
        pen.fill(stroke(blade, 0.07 * size, 0.02 * size), colour if i % 2 else darker(colour, 0.18), plain=True)


def leaf(pen: Pen, root: tuple[float, float], tip: tuple[float, float], width: float, colour: RGB) -> None:
    """A pointed leaf."""
    dx, dy = tip[0] - root[0], tip[1] - root[1]
    nx, ny = -dy * width, dx * width
    middle = (root[0] + dx * 0.45, root[1] + dy * 0.45)
    upper = bend(root, (middle[0] + nx, middle[1] + ny), tip, 4)
    lower = bend(tip, (middle[0] - nx, middle[1] - ny), root, 4)
    pen.fill(polygon(upper[:-1] + lower[:-1]), colour)


def frame_side(stage: Stage, dice: Dice) -> float:
    """-1 or 1: the side of the frame where a foreground may stand, away from the subject."""
    return {"left": 1.0, "right": -1.0}.get(stage.scene.side, 1.0 if dice.pick("front", 2) else -1.0)


def grass_front(stage: Stage, colour: RGB, *, corner: bool = True) -> None:
    """Dark grass in the lower corner of the frame, nearer than the subject."""
    if stage.plain:
        return
    dice = stage.dice("front")
    side = frame_side(stage, dice)
    pen = stage.pen(1.5, 0.0)
    bottom = stage.view.y(1.0)
    for i, x in spots(dice, "blade", 0.30, 0.05):
        edge = side * (stage.view.half_width - 0.02) + x
        size = dice.between("size", 0.09, 0.19, i) * (1 - abs(x) * 2.0)
        tuft(pen, edge, bottom + 0.05, size, colour)
    if corner:
        pen.fill(ellipse(side * (stage.view.half_width + 0.04), bottom + 0.09, 0.34, 0.13), darker(colour, 0.25))
