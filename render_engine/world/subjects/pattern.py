"""What covers a subject's surface: rows of one shape, panes that shine after dark, the colour of its bands."""

from torch import Tensor

from render_engine.world.colour import RGB
from render_engine.world.pen import Pen
from render_engine.world.shapes import Num, Shape, highest, lowest
from render_engine.world.subjects.pose import PALE, Pose

SIGNAL: RGB = (0.86, 0.28, 0.24)


def row(part: Shape, x: float, pitch: float, count: int, y: Num = 0.0) -> Shape:
    """`count` copies of what is drawn about the origin, the first at (x, y), `pitch` apart; the part is narrower."""
    x0, y0, x1, y1 = part.bounds

    def distance(px: Tensor, py: Tensor) -> Tensor:
        nearest = ((px - x) / pitch).round().clamp(0, count - 1)
        return part.distance(px - x - nearest * pitch, py - y)

    return Shape((x0 + x, y0 + lowest(y), x1 + x + (count - 1) * pitch, y1 + highest(y)), distance)


def glaze(pen: Pen, pose: Pose, panes: Shape, glass: RGB) -> None:
    """Window panes: of `glass` by day, shining undimmed by the hour where lamps burn."""
    if pose.lit:
        pen.glow(panes, (1.0, 0.86, 0.50), 0.95, 0.03)
    else:
        pen.fill(panes, glass, plain=True)


def accent(coat: RGB) -> RGB:
    """What a band on this coat is painted in: pale, or red on white."""
    return PALE if sum(coat) < 2.6 else SIGNAL
