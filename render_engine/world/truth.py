"""Ground truth of a drawn shot: depth, motion, edges and key frames, from the geometry that draws it.

Shape letters: F frames, H and W rows and columns of pixels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from render_engine.api.scene import SceneSpec
from render_engine.world.camera import plan_move
from render_engine.world.draw import build_stage, draw
from render_engine.world.motion import plan_path
from render_engine.world.stage import Layer, Overlay, Painted

EDGE = 24.0
"""The step of the plain drawing, in 8-bit levels between neighbouring pixels, from which on there is an edge."""
_SEEN = 0.5


@dataclass(frozen=True)
class GroundTruth:
    """What is known of a shot.

    Attributes:
        nearness: (F, H, W) float, the inverse of the distance: 0 the sky's, 1 the subject's, more for what is nearer.
        flow: (F - 1, 2, H, W) float, how many pixels right and down what is seen in a pixel goes until the next frame;
            of a subject, how its body goes, not its limbs.
        edges: (F, H, W) bool, where the plain drawing has an edge.
        keyframes: the frames that tell the shot: first, middle, last, and where the subject turns back.
    """

    nearness: Tensor
    flow: Tensor
    edges: Tensor
    keyframes: tuple[int, ...]


@torch.no_grad()
def ground_truth(scene: SceneSpec, width: int, height: int, num_frames: int, fps: float) -> GroundTruth:
    """The truth of the shot that `draw` draws from the same arguments.

    Weather, glints, shadows and reflections lie on what is seen and have no depth of their own.
    """
    seconds = torch.arange(num_frames, dtype=torch.float32) / fps
    stage, _ = build_stage(scene, (width, height), seconds, (num_frames - 1) / fps, plain=True)
    nearness = torch.zeros(num_frames, height, width)
    places = _grid(width, height).repeat(num_frames, 1, 1, 1)
    for item in stage.items:
        if not isinstance(item, Layer) and not (isinstance(item, Overlay) and item.affine is not None):
            continue
        for index in range(num_frames):
            seen = _coverage(item, (width, height), index) > _SEEN
            nearness[index][seen] = item.parallax
            if index + 1 < num_frames:
                places[index][:, seen] = _carried(item, (width, height), index)[:, seen]
    flow = (places - _grid(width, height))[:-1]
    plain = draw(scene, width, height, num_frames, fps, plain=True)
    return GroundTruth(nearness, flow, find_edges(plain), find_keyframes(scene, num_frames, fps))


def find_edges(frames_FHW3: Tensor) -> Tensor:
    """Where uint8 frames (F, H, W, 3) step by `EDGE` or more to the pixel right of or below: (F, H, W)."""
    levels = frames_FHW3.float()
    steps = torch.zeros(levels.shape[:3])
    steps[:, :, :-1] = (levels[:, :, 1:] - levels[:, :, :-1]).abs().amax(-1)
    steps[:, :-1] = torch.maximum(steps[:, :-1], (levels[:, 1:] - levels[:, :-1]).abs().amax(-1))
    return steps >= EDGE


def find_keyframes(scene: SceneSpec, num_frames: int, fps: float) -> tuple[int, ...]:
    """First, middle and last frame, and those at which the subject's or the camera's path turns back."""
    seconds = torch.arange(num_frames, dtype=torch.float32) / fps
    duration = (num_frames - 1) / fps
    path = plan_path(scene, seconds, duration)
    move = plan_move(scene.camera, seconds, duration, path.dx, path.dy)
    found = {0, (num_frames - 1) // 2, num_frames - 1}
    for line in (path.dx, path.dy, path.width, move.x, move.arc):
        steps = line.expand(num_frames).diff()
        found |= {i + 1 for i in range(len(steps) - 1) if float(steps[i] * steps[i + 1]) < 0}
    return tuple(sorted(found))


def _grid(width: int, height: int) -> Tensor:
    """The middles of all pixels, (2, H, W) as column and row."""
    column, row = torch.arange(width) + 0.5, torch.arange(height) + 0.5
    return torch.stack((column.expand(height, width), row[:, None].expand(height, width)))


def _coverage(item: Layer | Overlay, size: tuple[int, int], index: int) -> Tensor:
    """How much of each pixel an item covers in one frame, (H, W)."""
    width, height = size
    if isinstance(item, Layer):
        return item.sample(width, height, index)[3]
    frame = torch.zeros(3, height, width)
    body = item.patch.planes[3] if item.coverage is None else item.coverage
    white: Painted = Overlay(type(item.patch)(body.expand(4, *body.shape), item.patch.corner))
    white.paint(frame, index)
    return frame[0]


def _carried(item: Layer | Overlay, size: tuple[int, int], index: int) -> Tensor:
    """Where each pixel of one frame, belonging to an item, is in the next: (2, H, W)."""
    grid = _grid(*size)
    if isinstance(item, Layer):
        return item.carried(grid, index)
    if item.affine is None:
        raise TypeError("only an overlay that moves as one is carried along")
    now, then = (torch.cat((item.affine[i], torch.tensor([[0.0, 0.0, 1.0]]))) for i in (index, index + 1))
    step = then @ torch.linalg.inv(now)
    there: Tensor = torch.einsum("ij,jhw->ihw", step[:2, :2], grid) + step[:2, 2, None, None]
    return there
