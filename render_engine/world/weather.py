"""What falls and drifts before the scene: rain, snow, fog; sizes follow the frame, never under a pixel."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from render_engine.world.light import RGB
from render_engine.world.noise import Dice
from render_engine.world.shapes import box, ellipse
from render_engine.world.stage import Stage, shifted
from render_engine.world.view import spots


@dataclass
class Fall:
    """Drops on a slanted lattice: coverage across (H, W) times a profile along the fall that moves each frame.

    `along` (H, W) is the position in cells along the fall with each column's offset; `speed` cells a second.
    """

    across: Tensor
    along: Tensor
    seconds: Tensor
    speed: float
    share: float
    sharp: float
    colour: Tensor

    def paint(self, frame: Tensor, index: int) -> None:
        """Lay the drops over a frame."""
        cell = self.along - float(self.seconds[index]) * self.speed
        cell = cell - cell.floor()
        amount = ((self.share - (cell - 0.5).abs()) * self.sharp).clamp_(0, 1) * self.across
        frame.lerp_(self.colour, amount)


@dataclass
class Flakes:
    """Soft flakes on a canvas that repeats every `period` rows; it sinks and sways before the frame.

    `coverage` is (H + period + 2, W + 2 * sway + 2); `sink` and `sway` are in pixels, a second and at most.
    """

    coverage: Tensor
    seconds: Tensor
    period: float
    sink: float
    sway: float
    colour: Tensor

    def paint(self, frame: Tensor, index: int) -> None:
        """Lay the flakes over a frame."""
        time = float(self.seconds[index])
        fallen = time * self.sink
        row = self.period - (fallen - math.floor(fallen / self.period) * self.period)
        column = self.sway * (1 + math.sin(time * 1.5 + self.period))
        amount = shifted(self.coverage[None], (frame.shape[-1], frame.shape[-2]), (column, row))
        frame.lerp_(self.colour, amount)


def add_weather(stage: Stage) -> None:
    """Put rain or snow before what the stage holds so far."""
    if stage.plain or stage.mask_only:
        return
    weather = stage.scene.weather
    if weather == "rain":
        for cell, width, speed in ((0.050, 0.0030, 2.6), (0.085, 0.0044, 2.2)):
            stage.items.append(_rain(stage, cell, width, speed))
    elif weather == "snow":
        for cell, radius in ((0.15, 0.0066), (0.23, 0.0105)):
            stage.items.append(_snow(stage, cell, radius))


def add_veil(stage: Stage) -> None:
    """Bands of mist that drift before the scene in fog."""
    weather = stage.scene.weather
    if weather != "fog" or stage.plain or stage.mask_only:
        return
    dice, view = stage.dice("veil"), stage.view
    mist: RGB = stage.light.sky[2]
    pen = stage.drifting_pen(0.7, 0.0, 0.035)
    pen.raw(box(0.0, 0.0, 9.0, 9.0), mist, 0.12)
    for row, height in enumerate((0.52, 0.70, 0.88)):
        for i, x in spots(dice, f"x{row}", view.half_width + 0.8, 0.75):
            y = view.y(height + dice.between(f"y{row}", -0.05, 0.05, i))
            wide = dice.between(f"wide{row}", 0.30, 0.5, i)
            pen.raw(ellipse(x, y, wide, 0.025), mist, 0.40, soft=0.16)


def _grid(stage: Stage) -> tuple[Tensor, Tensor]:
    width, height = stage.size
    unit = stage.view.unit_px
    x = (torch.arange(width, device=stage.seconds.device) + 0.5 - width / 2) / unit
    y = (torch.arange(height, device=stage.seconds.device) + 0.5 - height / 2) / unit
    return x.expand(height, width), y[:, None].expand(height, width)


def _drop(stage: Stage, by_day: RGB, by_night: RGB) -> Tensor:
    colour = stage.light.lamp(by_night if stage.light.lit or stage.scene.style == "neon" else by_day)
    return torch.tensor(colour, device=stage.seconds.device).view(3, 1, 1)


def _rain(stage: Stage, cell: float, half_width: float, speed: float) -> Fall:
    x, y = _grid(stage)
    dice = Dice(stage.scene.seed, round(cell * 1000))
    u = (x + 0.22 * y) / cell
    column = u.floor()
    table = torch.tensor([dice.unit("drop", i) for i in range(97)], device=x.device)
    offset = table[column.long() % 97]
    shift = table[(column.long() * 5 + 11) % 97]
    length = 5.2 * cell
    pixel = 1 / stage.view.unit_px
    half = max(half_width, 0.6 * pixel)
    side = ((u - column) - 0.3 - 0.4 * shift).abs() * cell
    across = (0.5 - (side - half) / pixel).clamp(0, 1) * 0.52
    return Fall(
        across,
        y / length + offset,
        stage.seconds,
        speed / length * 0.55,
        0.17,
        length / 0.05,
        _drop(stage, (0.90, 0.94, 1.0), (0.62, 0.74, 0.95)),
    )


def _snow(stage: Stage, cell: float, radius: float) -> Flakes:
    unit, (width, height) = stage.view.unit_px, stage.size
    sway, period = 0.02 * unit, 8 * cell * unit
    rows, columns = height + math.ceil(period) + 2, width + math.ceil(2 * sway) + 2
    x = ((torch.arange(columns, device=stage.seconds.device) + 0.5 - columns / 2) / (cell * unit)).expand(rows, columns)
    y = ((torch.arange(rows, device=stage.seconds.device) + 0.5) / (cell * unit))[:, None].expand(rows, columns)
    dice = Dice(stage.scene.seed, round(cell * 1000))
    table = torch.tensor([[dice.unit(name, i) for name in ("x", "y", "size")] for i in range(67)], device=x.device)
    column, row = x.floor(), y.floor()
    own = table[(column.long() * 8 + row.long() % 8) % 67]
    size = max(radius, 0.9 / unit) * (0.7 + 0.6 * own[..., 2])
    away = torch.hypot(x - column - 0.3 - 0.4 * own[..., 0], y - row - 0.3 - 0.4 * own[..., 1]) * cell
    soft = 0.6 * radius + 1 / unit
    coverage = ((size - away) / soft + 0.5).clamp_(0, 1) * (own[..., 2] < 0.62) * 0.9
    colour = _drop(stage, (1.0, 1.0, 1.0), (0.88, 0.92, 1.0))
    return Flakes(coverage, stage.seconds, period, 0.16 * unit, sway, colour)
