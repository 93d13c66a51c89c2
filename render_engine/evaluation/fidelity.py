"""How near one clip is to another, picture by picture, and how steadily it shows what it shows.

Clips are uint8 (F, H, W, 3); shape letters: F frames, H and W rows and columns.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from render_engine.media.opencv import fix_picture_threads

Floats = NDArray[np.float32]
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
_MOST_DB = 100.0
_WINDOW, _DEVIATION = (11, 11), 1.5
_SMALL_MEAN, _SMALL_SPREAD = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def luma(frames_FHW3: Tensor) -> Floats:
    """The brightness of every pixel (F, H, W), 0 to 255."""
    grey: Floats = frames_FHW3.cpu().numpy().astype(np.float32) @ _GREY
    return grey


def psnr_db(one_FHW3: Tensor, other_FHW3: Tensor) -> float:
    """Peak signal to noise in dB, over all frames together; equal clips count as 100 dB.

    Raises:
        ValueError: they differ in size.
    """
    _check(one_FHW3, other_FHW3)
    error = float((one_FHW3.float() - other_FHW3.float()).square().mean())
    return min(_MOST_DB, 10 * float(np.log10(255**2 / error))) if error else _MOST_DB


def ssim(one_FHW3: Tensor, other_FHW3: Tensor) -> float:
    """Mean structural similarity of the brightness of all frames (Wang et al. 2004), at most 1.

    Raises:
        ValueError: they differ in size.
    """
    _check(one_FHW3, other_FHW3)
    fix_picture_threads()
    pairs = zip(luma(one_FHW3), luma(other_FHW3), strict=True)
    return float(np.mean([_ssim_of_frames(one, other) for one, other in pairs]))


def flicker(frames_FHW3: Tensor) -> float:
    """The mean second difference of brightness over time, in levels; what moves evenly adds little."""
    if len(frames_FHW3) < 3:
        return 0.0
    return float(np.abs(np.diff(luma(frames_FHW3), n=2, axis=0)).mean())


def _ssim_of_frames(one: Floats, other: Floats) -> float:
    mean_one, mean_other = _blurred(one), _blurred(other)
    spread_one = _blurred(one * one) - mean_one**2
    spread_other = _blurred(other * other) - mean_other**2
    common = _blurred(one * other) - mean_one * mean_other
    nearness = (2 * mean_one * mean_other + _SMALL_MEAN) / (mean_one**2 + mean_other**2 + _SMALL_MEAN)
    return float((nearness * (2 * common + _SMALL_SPREAD) / (spread_one + spread_other + _SMALL_SPREAD)).mean())


def _blurred(plane: Floats) -> Floats:
    blurred: Floats = cv2.GaussianBlur(plane, _WINDOW, _DEVIATION, borderType=cv2.BORDER_REFLECT)
    return blurred


def _check(one: Tensor, other: Tensor) -> None:
    if one.shape != other.shape:
        raise ValueError(f"clips of {tuple(one.shape)} and {tuple(other.shape)} cannot be compared")
