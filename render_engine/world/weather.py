"""What falls, drifts and flashes: rain, snow, fog, lightning; sizes follow the frame, never under a pixel."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from render_engine.world.light import RGB
from render_engine.world.noise import Dice
from render_engine.world.pen import Pen
from render_engine.world.shapes import Bounds, Point, box, ellipse, stroke
from render_engine.world.stage import Layer, Stage, shifted
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


@dataclass(frozen=True)
class Streaks:
    """One lattice of raindrops: its cell and half width in units, speed in units a second, slant, and opacity."""

    cell: float
    half_width: float
    speed: float
    slant: float
    opacity: float


_SHOWERS: dict[str, tuple[Streaks, ...]] = {
    "rain": (Streaks(0.050, 0.0026, 2.4, 0.16, 0.46), Streaks(0.085, 0.0038, 2.0, 0.16, 0.50)),
    "storm": (
        Streaks(0.042, 0.0034, 3.4, 0.62, 0.50),
        Streaks(0.070, 0.0046, 3.2, 0.62, 0.56),
        Streaks(0.130, 0.0068, 3.0, 0.62, 0.60),
    ),
}


@dataclass
class Flash:
    """Light that fills what has been painted so far while lightning lasts, and the bolt, if it is in view.

    `strikes` names the bolt of each frame, or None; `bolts` are still layers, taken in turn.
    """

    strikes: list[int | None]
    colour: Tensor
    strength: float
    bolts: list[Layer]

    def paint(self, frame: Tensor, index: int) -> None:
        """Brighten the frame and lay the bolt over it."""
        strike = self.strikes[index]
        if strike is None:
            return
        frame.lerp_(self.colour, self.strength)
        if self.bolts:
            self.bolts[strike % len(self.bolts)].paint(frame, index)


def add_weather(stage: Stage) -> None:
    """Put rain or snow before what the stage holds so far; in a storm, lightning lights it all."""
    if stage.plain or stage.mask_only:
        return
    weather = stage.scene.weather
    if weather == "storm":
        stage.items.append(Flash(_strikes(stage), _white(stage), 0.4 * _glare(stage), []))
    if weather in _SHOWERS:
        stage.items.extend(_rain(stage, streaks) for streaks in _SHOWERS[weather])
    elif weather == "snow":
        for cell, radius in ((0.15, 0.0072), (0.23, 0.0115)):
            stage.items.append(_snow(stage, cell, radius))


def add_lightning(stage: Stage, window: Bounds | None = None) -> None:
    """Bolts before the sky, one about every second; `window` bounds where they are seen, in units."""
    if stage.plain or stage.mask_only:
        return
    strikes = _strikes(stage)
    view, bolts = stage.view, []
    for number in range(min(3, 1 + max((strike for strike in strikes if strike is not None), default=-1))):
        dice = stage.dice(f"bolt{number}")
        if window is None:
            x, top, foot = view.half_width * dice.between("x", -0.8, 0.8), view.y(0.10), view.horizon + 0.04
        else:
            x, top, foot = window[0] + (window[2] - window[0]) * dice.between("x", 0.3, 0.7), window[1], window[3]
        _bolt(dice, stage.pen(0.031 + 0.001 * number, 1.0), (x, top), foot)
        layer = stage.items.pop()
        if isinstance(layer, Layer):
            bolts.append(layer)
    stage.items.append(Flash(strikes, _white(stage), _glare(stage), bolts))


def _strikes(stage: Stage) -> list[int | None]:
    """Which strike lights each frame: strikes lie 0.8 to 1.2 seconds apart, and each lasts a sixth of a second."""
    dice = stage.dice("strikes")
    times, moment = [], dice.between("first", 0.1, 0.6)
    while moment < float(stage.seconds.max()) + 0.2:
        times.append(moment)
        moment += dice.between("gap", 0.8, 1.2, len(times))
    seconds = stage.seconds.tolist()
    return [next((k for k, start in enumerate(times) if start <= now < start + 1 / 6), None) for now in seconds]


def _bolt(dice: Dice, pen: Pen, start: tuple[float, float], foot: float) -> None:
    """A branched bolt from `start` down to y = `foot`."""
    tone: RGB = pen.light.lamp((0.92, 0.94, 1.0))
    points: list[Point] = [start]
    x, drop = start[0], (foot - start[1]) / 7
    for i in range(1, 8):
        x += dice.between("step", -0.075, 0.075, i)
        points.append((x, start[1] + drop * i))
    pen.glow(stroke(points, 0.004), (0.80, 0.84, 1.0), 0.55, 0.13)
    for k, at in enumerate((2, 4)):
        side = 1.0 if dice.pick("branch", 2, k) else -1.0
        node = points[at]
        bend = (node[0] + side * 0.07, node[1] + drop * 0.8)
        end = (bend[0] + side * dice.between("reach", 0.03, 0.09, k), bend[1] + drop * 1.3)
        pen.raw(stroke([node, bend, end], 0.0052, 0.0018), tone)
    pen.raw(stroke(points, 0.0095, 0.0045), tone)


def add_veil(stage: Stage) -> None:
    """Bands of mist that drift before the scene in fog; at dawn one low band before the far land."""
    if stage.plain or stage.mask_only:
        return
    dice, view = stage.dice("veil"), stage.view
    mist: RGB = stage.light.mist
    if stage.scene.weather == "fog":
        pen = stage.drifting_pen(0.7, 0.0, 0.035)
        pen.raw(box(0.0, 0.0, 9.0, 9.0), mist, 0.12)
        for row, height in enumerate((0.52, 0.70, 0.88)):
            for i, x in spots(dice, f"x{row}", view.half_width + 0.8, 0.75):
                y = view.y(height + dice.between(f"y{row}", -0.05, 0.05, i))
                wide = dice.between(f"wide{row}", 0.30, 0.5, i)
                pen.raw(ellipse(x, y, wide, 0.025), mist, 0.40, soft=0.16)
    elif stage.scene.hour == "dawn" and stage.scene.weather != "storm":
        _low_mist(stage, dice, mist)


def _low_mist(stage: Stage, dice: Dice, mist: RGB) -> None:
    """A flat band of mist over the far land, behind the ground that the subject stands on."""
    near = [i for i, item in enumerate(stage.items) if isinstance(item, Layer) and item.parallax >= 1]
    pen = stage.drifting_pen(0.5, 0.0, 0.02)
    for i, x in spots(dice, "low", stage.view.half_width + 0.8, 0.42):
        y = stage.view.horizon + dice.between("low y", 0.0, 0.045, i)
        pen.raw(ellipse(x, y, 0.36, 0.008), mist, 0.55, soft=0.055)
    stage.items.insert(near[0] if near else len(stage.items), stage.items.pop())


def _glare(stage: Stage) -> float:
    """How far lightning brightens the sky; in a woodcut less, so that the bolt is carved out of black."""
    return 0.13 if stage.scene.style == "woodcut" else 0.34


def _white(stage: Stage) -> Tensor:
    """The colour of lightning."""
    return torch.tensor(stage.light.lamp((0.84, 0.88, 1.0)), device=stage.seconds.device).view(3, 1, 1)


def _grid(stage: Stage) -> tuple[Tensor, Tensor]:
    width, height = stage.size
    unit = stage.view.unit_px
    x = (torch.arange(width, device=stage.seconds.device) + 0.5 - width / 2) / unit
    y = (torch.arange(height, device=stage.seconds.device) + 0.5 - height / 2) / unit
    return x.expand(height, width), y[:, None].expand(height, width)


def _drop(stage: Stage, by_day: RGB, by_night: RGB) -> Tensor:
    bright = not stage.light.lit and stage.scene.style != "neon"
    colour = stage.light.lamp(by_day if bright else by_night)
    return torch.tensor(colour, device=stage.seconds.device).view(3, 1, 1)


def _rain(stage: Stage, streaks: Streaks) -> Fall:
    x, y = _grid(stage)
    cell = streaks.cell
    dice = Dice(stage.scene.seed, round(cell * 1000))
    u = (x + streaks.slant * y) / cell
    column = u.floor()
    table = torch.tensor([dice.unit("drop", i) for i in range(97)], device=x.device)
    offset = table[column.long() % 97]
    shift = table[(column.long() * 5 + 11) % 97]
    length = 5.2 * cell
    pixel = 1 / stage.view.unit_px
    carved = stage.scene.style == "woodcut"
    half = max(streaks.half_width, 0.0042 if carved else 0.0, 0.6 * pixel)
    side = ((u - column) - 0.3 - 0.4 * shift).abs() * cell
    across = (0.5 - (side - half) / pixel).clamp(0, 1) * (0.9 if carved else streaks.opacity)
    return Fall(
        across,
        y / length + offset,
        stage.seconds,
        streaks.speed / length * 0.55,
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
    size = max(radius * (1.9 if stage.scene.style == "woodcut" else 1.0), 0.9 / unit) * (0.7 + 0.6 * own[..., 2])
    away = torch.hypot(x - column - 0.3 - 0.4 * own[..., 0], y - row - 0.3 - 0.4 * own[..., 1]) * cell
    soft = 0.6 * radius + 1 / unit
    coverage = ((size - away) / soft + 0.5).clamp_(0, 1) * (own[..., 2] < 0.62) * 0.9
    colour = _drop(stage, (1.0, 1.0, 1.0), (0.88, 0.92, 1.0))
    return Flakes(coverage, stage.seconds, period, 0.16 * unit, sway, colour)
