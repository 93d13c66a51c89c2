"""Camera moves over a still picture: the animatic of a shot that opens on a picture, in which no edge is ever seen.

A window is the part of the picture that fills the frame: (left, top, right, bottom) in the picture's pixels.
"""

from math import pi, sin

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from render_engine.api.scene import SceneSpec

Size = tuple[float, float]
Window = tuple[float, float, float, float]

ZOOM_A_SECOND, MOST_ZOOM = 0.06, 0.25
"""How much a push or a pull enlarges a window in a second, and at most."""
TRAVEL_A_SECOND, MOST_TRAVEL = 0.1, 0.5
"""How far a pan or a tilt goes, in windows, in a second and at most."""
ROOM_ZOOM = 1.2
"""How much a picture without room to pan in is enlarged at most to make some."""
PIXELS_KEPT = 2.0
"""Picture pixels kept for each pixel drawn, before the windows are taken: more is work that nobody sees."""
DIRECTIONS = {"move_left": (-1, 0), "move_right": (1, 0), "rise": (0, -1), "fall": (0, 1)}
PANS = {"pan_left": (-1, 0), "pan_right": (1, 0), "tilt_up": (0, -1), "tilt_down": (0, 1)}


def move_over(
    picture: NDArray[np.uint8], scene: SceneSpec, width: int, height: int, num_frames: int, fps: float
) -> Tensor:
    """The scene's camera over a picture, (F, H, W, 3) uint8; equal input gives equal bytes.

    Args:
        picture: (rows, columns, 3) RGB of any size and shape; what does not fit the frame's shape lies outside it.
        scene: its camera moves; `follow` goes where its action goes.
        width: pixels of the frame.
        height: likewise.
        num_frames: how many frames.
        fps: frames a second; the move spans the whole shot and goes farther in a longer one.
    """
    image = Image.fromarray(picture)
    windows = plan_windows(scene, image.size, (width, height), num_frames, fps)
    least = min((right - left) / width for left, _, right, _ in windows) / PIXELS_KEPT
    across, down = (max(round(length / max(least, 1.0)), 1) / length for length in image.size)
    image = image.resize((round(image.width * across), round(image.height * down)), Image.Resampling.LANCZOS)
    frames = [
        image.resize((width, height), Image.Resampling.LANCZOS, box=_scaled(window, across, down, image.size))
        for window in windows
    ]
    return torch.from_numpy(np.stack([np.asarray(frame) for frame in frames]))


def _scaled(window: Window, across: float, down: float, limit: Size) -> Window:
    left, top, right, bottom = window
    return left * across, top * down, min(right * across, limit[0]), min(bottom * down, limit[1])


def plan_windows(scene: SceneSpec, picture: Size, frame: Size, num_frames: int, fps: float) -> list[Window]:
    """The window of each frame; sizes are (width, height) in pixels.

    All moves but pans, tilts and `pull_out` begin on the whole picture, as far as it fits; `pull_out` ends there.
    """
    scale = min(picture[0] / frame[0], picture[1] / frame[1])
    whole = (frame[0] * scale, frame[1] * scale)
    seconds = (num_frames - 1) / fps
    shares = [_eased(index / max(num_frames - 1, 1)) for index in range(num_frames)]
    if scene.camera in PANS:
        return [_panned(PANS[scene.camera], picture, whole, seconds, share) for share in shares]
    growth = 0.0 if scene.camera == "static" else min(ZOOM_A_SECOND * seconds, MOST_ZOOM)
    lean = DIRECTIONS.get(scene.action, (0, 0)) if scene.camera == "follow" else (0, 0)
    if scene.camera == "pull_out":
        shares = [1 - share for share in shares]
    return [_zoomed((1 + growth) ** share, lean, picture, whole, share) for share in shares]


def _eased(share: float) -> float:
    """0 to 1, slow at both ends and standing still at neither."""
    return share - 0.12 * sin(2 * pi * share)


def _panned(toward: tuple[int, int], picture: Size, whole: Size, seconds: float, share: float) -> Window:
    """A window on its way across the picture, about its middle; enlarged where the picture leaves no room to go."""
    axis = 0 if toward[0] else 1
    wanted = min(TRAVEL_A_SECOND * seconds, MOST_TRAVEL)
    zoom = min(max(whole[axis] * (1 + wanted) / picture[axis], 1.0), ROOM_ZOOM)
    size = (whole[0] / zoom, whole[1] / zoom)
    travel = min(wanted * size[axis], picture[axis] - size[axis])
    offset = (share - 0.5) * travel
    return _window((toward[0] * offset, toward[1] * offset), size, picture)


def _zoomed(zoom: float, lean: tuple[int, int], picture: Size, whole: Size, share: float) -> Window:
    """A window about the middle, or leaning as far as the picture and half of the window allow."""
    size = (whole[0] / zoom, whole[1] / zoom)
    room = [min(picture[axis] - size[axis], size[axis]) / 2 for axis in (0, 1)]
    return _window((lean[0] * share * room[0], lean[1] * share * room[1]), size, picture)


def _window(offset: Size, size: Size, picture: Size) -> Window:
    """A window of that size, so far from the picture's middle; rounding never takes it past an edge."""
    left = max(min((picture[0] - size[0]) / 2 + offset[0], picture[0] - size[0]), 0.0)
    top = max(min((picture[1] - size[1]) / 2 + offset[1], picture[1] - size[1]), 0.0)
    return left, top, min(left + size[0], picture[0]), min(top + size[1], picture[1])
