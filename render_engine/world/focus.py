"""Focus: what the camera is not focused on is soft; a pull of focus goes from the surroundings to the subject."""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as nnf
from torch import Tensor

from render_engine.world.pen import Patch
from render_engine.world.stage import Overlay, Stage

SOFTEST = 0.020
"""The deviation of the softest blur, in scene units."""


@dataclass
class Soft:
    """Softens what has been painted so far; `deviation` (F,) is in pixels."""

    deviation: Tensor

    def paint(self, frame: Tensor, index: int) -> None:
        """Blur the frame in place."""
        frame.copy_(blurred(frame, float(self.deviation[index])))


def soften(stage: Stage, subject: Overlay) -> Overlay:
    """Where the move has a focus, soften what is behind the subject; return the subject as the focus leaves it."""
    focus = stage.move.focus
    if focus is None or stage.mask_only:
        return subject
    softest = SOFTEST * stage.view.unit_px
    stage.items.append(Soft(softest * focus))
    planes = [blurred(subject.patch.planes[:, i], softest * (1 - float(focus[i]))) for i in range(len(focus))]
    return replace(subject, patch=Patch(torch.stack(planes, 1), subject.patch.corner))


def blurred(planes: Tensor, deviation: float) -> Tensor:
    """Planes (C, H, W) under a Gaussian of that deviation in pixels; below a fifth of a pixel they stay as they are."""
    if deviation < 0.2:
        return planes
    reach = max(1, round(2.5 * deviation))
    steps = torch.arange(-reach, reach + 1, dtype=planes.dtype, device=planes.device)
    kernel = torch.exp(-0.5 * (steps / deviation).square())
    kernel = kernel / kernel.sum()
    channels = len(planes)
    padded = nnf.pad(planes[None], (reach, reach, reach, reach), mode="replicate")
    across = nnf.conv2d(padded, kernel.view(1, 1, 1, -1).expand(channels, 1, 1, -1), groups=channels)
    return nnf.conv2d(across, kernel.view(1, 1, -1, 1).expand(channels, 1, -1, 1), groups=channels)[0]
