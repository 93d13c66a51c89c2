"""What those who walk share: a leg that steps with the ground covered, a limb of two bones, colours that stand out."""

from dataclasses import dataclass

import torch
from torch import Tensor

from render_engine.world.colour import RGB, luma
from render_engine.world.pen import Pen
from render_engine.world.shapes import Num, Point, capsule, stroke
from render_engine.world.subjects.pose import PALE, Pose


@dataclass(frozen=True)
class Leg:
    """Where a leg hangs, its length, thickness, when it steps (in turns), how its knee bends and how it tapers."""

    x: float
    top: float
    thick: float
    turn: float
    knee: float = 0.0
    taper: float = 0.6
    reach: float = 0.42


def step(pen: Pen, pose: Pose, leg: Leg, gait: Tensor, coats: tuple[RGB, RGB]) -> tuple[Point, Point]:
    """Draw a leg in the first colour with a foot in the second, and return its knee and its foot."""
    phase = gait + 6.2832 * leg.turn
    swing = pose.walking * leg.reach * torch.sin(phase)
    lift = pose.walking * 0.20 * leg.top * torch.cos(phase).clamp_min(0)
    radius = leg.thick * leg.taper
    foot = (leg.x + leg.top * torch.sin(swing), -radius - 0.004 - lift)
    middle = ((leg.x + foot[0]) / 2 + leg.knee, -leg.top * 0.52 - lift * 0.5)
    pen.fill(stroke([(leg.x, -leg.top), middle, foot], leg.thick, radius), coats[0])
    hoof = capsule((foot[0] - 0.01, foot[1]), (foot[0] + 0.030, foot[1] + 0.004), radius * 1.02)
    pen.fill(hoof, coats[1], plain=True)
    return middle, foot


def limb(root: Point, length: float, swing: Num, fold: Num) -> list[Point]:
    """Two bones of equal length from a root: `swing` from straight down, then `fold` more, in radians."""
    first, second = torch.as_tensor(swing), torch.as_tensor(swing + fold)
    middle = (root[0] + length * torch.sin(first), root[1] + length * torch.cos(first))
    return [root, middle, (middle[0] + length * torch.sin(second), middle[1] + length * torch.cos(second))]


def marking(coat: RGB) -> RGB:
    """Pale on a coat of any colour, slate on a white one."""
    return PALE if luma(coat) < 0.9 else (0.34, 0.35, 0.42)
