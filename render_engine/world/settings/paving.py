"""Ground in perspective, each pattern one shape: stripes that meet far off, and rows of cobbles."""

import torch
from torch import Tensor

from render_engine.world.shapes import Shape


def furrows(x: float, y: float, top: float, step: float, share: float) -> Shape:
    """Stripes below `top` that meet at (x, y); `step` is their spacing per unit of depth, `share` what they cover."""

    def distance(px: Tensor, py: Tensor) -> Tensor:
        deep = (py - y).clamp_min(1e-3)
        run = (px - x) / deep
        cell = run / step
        away = ((cell - cell.floor() - 0.5).abs() - share / 2) * step * deep
        return torch.maximum(away / (1 + run * run).sqrt(), top - py)

    return Shape((-9.0, top, 9.0, 9.0), distance)


def cobbles(far: float, top: float, kind: int) -> Shape:
    """Rows of rounded stones that grow towards the eye from the height `far`; `kind` 0 to 2 is a share, 3 all."""
    rate, fit = 8.5, 6.6

    def distance(px: Tensor, py: Tensor) -> Tensor:
        deep = (py - far).clamp_min(1e-3)
        row = rate * deep.log()
        row_index = row.floor()
        cell = px / deep * fit + 0.5 * row_index
        column = cell.floor()
        across = ((cell - column - 0.5).abs() - 0.20) * deep / fit
        down = ((row - row_index - 0.5).abs() - 0.20) * deep / rate
        corner = 0.22 * deep / fit
        away = torch.hypot(across.clamp_min(0), down.clamp_min(0)) + torch.maximum(across, down).clamp_max(0) - corner
        if kind < 3:
            chance = torch.sin(column * 12.9898 + row_index * 78.233) * 43.7585
            chance = chance - chance.floor()
            away = torch.where((chance * 5).floor() == kind, away, away.abs() + 0.02)
        return torch.maximum(away, top - py)

    return Shape((-9.0, top, 9.0, 9.0), distance)
