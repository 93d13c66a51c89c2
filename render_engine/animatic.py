"""The animatic: a shot drawn before it is rendered, from its scene alone, or over the picture that it opens on."""

from pathlib import Path

import torch
from torch import Tensor

from render_engine.api import SceneSpec
from render_engine.cancelling import CancelledFn, heeded, never
from render_engine.media.read import read_frames
from render_engine.world import draw_frames
from render_engine.world.picture_move import move_over


def draw_animatic(
    scene: SceneSpec,
    picture: Path | None,
    size: tuple[int, int],
    num_frames: int,
    fps: float,
    cancelled: CancelledFn = never,
) -> Tensor:
    """The shot at (width, height), (F, H, W, 3) uint8; equal input gives equal bytes.

    Raises:
        RenderError: `picture` is neither a picture nor a clip, whose first frame it would be.
        CancelledByCallerError: `cancelled` turned true between two frames.
    """
    width, height = size
    if picture is None:
        return torch.stack(list(heeded(draw_frames(scene, width, height, num_frames, fps), cancelled)))
    return move_over(next(read_frames(picture)), scene, width, height, num_frames, fps)
