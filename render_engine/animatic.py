"""The animatic: a shot drawn before it is rendered, from its scene alone, or over the picture that it opens on."""

from pathlib import Path

from torch import Tensor

from render_engine.api import SceneSpec
from render_engine.media.read import read_frames
from render_engine.world import draw
from render_engine.world.picture_move import move_over


def draw_animatic(scene: SceneSpec, picture: Path | None, size: tuple[int, int], num_frames: int, fps: float) -> Tensor:
    """The shot at (width, height), (F, H, W, 3) uint8; equal input gives equal bytes.

    Raises:
        RenderError: `picture` is neither a picture nor a clip, whose first frame it would be.
    """
    width, height = size
    if picture is None:
        return draw(scene, width, height, num_frames, fps)
    return move_over(next(read_frames(picture)), scene, width, height, num_frames, fps)
