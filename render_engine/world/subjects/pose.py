"""What a subject's drawing needs to know, and how a subject describes itself to the stage."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from render_engine.world.colour import RGB
from render_engine.world.noise import Dice
from render_engine.world.pen import Pen
from render_engine.world.shapes import Bounds

SKIN: tuple[RGB, ...] = ((0.98, 0.80, 0.66), (0.86, 0.62, 0.45), (0.62, 0.40, 0.27), (0.42, 0.27, 0.19))
INK: RGB = (0.10, 0.09, 0.15)
PALE: RGB = (0.98, 0.96, 0.92)
LAMP: RGB = (1.0, 0.88, 0.50)
GLASS: RGB = (0.70, 0.88, 0.95)


@dataclass(frozen=True)
class Pose:
    """The subject's state over all frames, tensors shaped (F, 1, 1).

    `covered` is the ground covered so far in local units, `walking` and `talking` are 0 or 1, `seconds` the time.
    """

    colour: RGB
    covered: Tensor
    seconds: Tensor
    walking: float
    lit: bool
    dice: Dice
    talking: float = 0.0


@dataclass(frozen=True)
class Art:
    """A subject: its box when standing on y = 0 and facing right, where it belongs, how tall it stands.

    `body` is the part of the box to compose by, without smoke or beams; `height` the share of a medium frame's height
    that the body takes; `shadow` half the width of its contact shadow.
    """

    draw: Callable[[Pen, Pose], None]
    bounds: Bounds
    body: Bounds
    place: Literal["ground", "air", "water"]
    height: float
    shadow: float
