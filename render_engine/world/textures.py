"""What a style lays over the finished frame: a watercolour's paper, a blueprint's grid, a woodcut's strokes.

Every texture lies still on the screen, and its marks have their size in scene units: the same at every resolution.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from render_engine.world.colour import RGB, lighter, luma
from render_engine.world.light import PAPER_WHITE
from render_engine.world.noise import mix
from render_engine.world.stage import Painted, Stage

_LATTICE = 64
_HATCH = 0.042
_GRID = 0.0625


@dataclass
class Washed:
    """Watercolour: borders wander, washes lie unevenly, pigment settles in grains, the sheet stays white at its edges.

    `places` (1, H, W, 2) is where each pixel looks; `density` (H, W) how much pigment lies there; `bare` (H, W) how
    much of the sheet shows.
    """

    places: Tensor
    density: Tensor
    bare: Tensor
    white: Tensor

    def paint(self, frame: Tensor, index: int) -> None:  # noqa: ARG002 - the same in every frame
        """Turn the frame into a painting."""
        moved = nnf.grid_sample(frame[None], self.places, align_corners=False, padding_mode="border")[0]
        moved.sub_(self.white).mul_(self.density).mul_(self.bare).add_(self.white)
        frame.copy_(moved)


@dataclass
class Drafted:
    """Blueprint: a faint grid over all, and hatching where it is dark. `hatch` (H, W) is the strokes' coverage."""

    grid: Tensor
    hatch: Tensor
    chalk: Tensor
    dark: float
    light: float

    def paint(self, frame: Tensor, index: int) -> None:  # noqa: ARG002 - the same in every frame
        """Lay grid and hatching over the frame."""
        tone = (frame[0] * 0.299).add_(frame[1], alpha=0.587).add_(frame[2], alpha=0.114)
        depth = tone.sub_(self.dark).div_(self.light - self.dark).mul_(-2.2).add_(1.0).clamp_(0, 1)
        frame.lerp_(self.chalk, depth.mul_(self.hatch).add_(self.grid))


@dataclass
class Carved:
    """Woodcut: what is between paper and ink becomes strokes as thick as it is dark; what has a hue stays a block.

    `thresholds` (H, W) is the darkness from which ink lies at a pixel, `sharp` how fast it comes.
    """

    thresholds: Tensor
    sharp: float
    ink: Tensor
    sheet: Tensor

    def paint(self, frame: Tensor, index: int) -> None:  # noqa: ARG002 - the same in every frame
        """Print the frame."""
        span = self.ink - self.sheet
        away = frame - self.sheet
        dark = (away * span).sum(0).div_((span * span).sum())
        hue = away.sub_(span * dark.clamp(0, 1)).abs_().amax(0).sub_(0.10).mul_(8).clamp_(0, 1)
        block = self.sheet + (frame - self.sheet) * hue
        inked = dark.sub_(self.thresholds).mul_(self.sharp).add_(0.5).clamp_(0, 1)
        torch.lerp(block, self.ink, inked.mul_(1 - 0.75 * hue), out=frame)


def find_texture(stage: Stage) -> Painted | None:
    """The last pass of the scene's style over each frame; None where it has none or only a plain picture is asked."""
    if stage.plain or stage.mask_only:
        return None
    makers: dict[str, Callable[[Stage], Painted]] = {"watercolour": _washed, "blueprint": _drafted, "woodcut": _carved}
    maker = makers.get(stage.scene.style)
    return None if maker is None else maker(stage)


def _washed(stage: Stage) -> Washed:
    x, y = _axes(stage)
    height, width = y.shape[0], x.shape[1]
    wander = [
        (_noise(stage, 0.11, key) - 0.5) * 0.022 + (_noise(stage, 0.036, key + 9) - 0.5) * 0.010 for key in (1, 2)
    ]
    places = torch.stack(((x + wander[0]) / stage.view.half_width, (y + wander[1]) / stage.view.half_height), -1).view(
        1, height, width, 2
    )
    pools = _noise(stage, 0.30, 3) * 0.6 + _noise(stage, 0.12, 4) * 0.4
    grains = _noise(stage, 0.034, 5)
    density = 0.97 + 0.28 * (pools - 0.5) + 0.20 * (grains - 0.5)
    edge = torch.minimum(stage.view.half_width - x.abs(), stage.view.half_height - y.abs())
    ragged = edge - 0.016 - 0.040 * _noise(stage, 0.13, 6) - 0.014 * _noise(stage, 0.036, 7)
    bare = (ragged / 0.010 + 0.5).clamp(0, 1)
    rim = (1 - ragged.abs() / 0.012).clamp(0, 1) * 0.35
    return Washed(places, density + rim, bare, _colour(stage, PAPER_WHITE))


def _drafted(stage: Stage) -> Drafted:
    x, y = _axes(stage)
    unit = stage.view.unit_px
    half = max(0.0018 * unit, 0.5)

    def lines(position: Tensor, period: float) -> Tensor:
        away = (position / period - (position / period).round()).abs() * period * unit
        return (half + 0.5 - away).clamp(0, 1)

    fine = torch.maximum(lines(x, _GRID), lines(y, _GRID)) * 0.10
    grid = torch.maximum(fine, torch.maximum(lines(x, _GRID * 4), lines(y, _GRID * 4)) * 0.20)
    stroke = (_strokes(stage, 0.80) - 0.62).mul(_HATCH / 2 * unit).add(0.5).clamp(0, 1)
    blue = stage.light.finish((0.0, 0.0, 0.0)), stage.light.finish((1.0, 1.0, 1.0))
    chalk = _colour(stage, lighter(blue[1], 0.60))
    return Drafted(grid, stroke * 0.24, chalk, luma(blue[0]), luma(blue[1]))


def _carved(stage: Stage) -> Carved:
    stroke = _strokes(stage, 0.30)
    rough = (_noise(stage, 0.06, 11) - 0.5) * 0.12
    thresholds = 0.78 - 0.50 * stroke + rough
    return Carved(
        thresholds,
        _HATCH * stage.view.unit_px / 2 / 0.50,
        _colour(stage, stage.light.ink),
        _colour(stage, stage.light.sheet),
    )


def _strokes(stage: Stage, angle: float) -> Tensor:
    """Parallel strokes that waver: 1 along their middles, 0 half way between."""
    x, y = _axes(stage)
    across = x * math.sin(angle) + y * math.cos(angle) + 0.004 * torch.sin(x * 15 + 2 * torch.sin(y * 8))
    share = across / _HATCH
    return 1 - (share - share.round()).abs() * 2


def _axes(stage: Stage) -> tuple[Tensor, Tensor]:
    """The pixels' places in scene units, (1, W) and (H, 1)."""
    width, height = stage.size
    unit, device = stage.view.unit_px, stage.seconds.device
    x = (torch.arange(width, device=device) + 0.5 - width / 2) / unit
    y = (torch.arange(height, device=device) + 0.5 - height / 2) / unit
    return x[None], y[:, None]


def _noise(stage: Stage, period: float, key: int) -> Tensor:
    """Smooth noise in [0, 1] of a period in scene units, (H, W), the same at every size of the frame."""
    dice = torch.Generator().manual_seed(mix(stage.scene.seed, key, 0x7E87))
    lattice = torch.rand(_LATTICE, _LATTICE, generator=dice).to(stage.seconds.device)
    x, y = _axes(stage)
    height, width = y.shape[0], x.shape[1]
    scale = 2 / (period * _LATTICE)
    places = torch.stack(((x * scale).expand(height, width), (y * scale).expand(height, width)), -1)
    return nnf.grid_sample(
        lattice[None, None], places[None], mode="bilinear", padding_mode="reflection", align_corners=False
    )[0, 0]


def _colour(stage: Stage, colour: RGB) -> Tensor:
    return torch.tensor(colour, device=stage.seconds.device).view(3, 1, 1)
