"""Small drawn pictures and clips that tests of media use."""

import cv2
import numpy as np

from render_engine.media.read import Frame


def scene(moment: float, width: int = 128, height: int = 96) -> Frame:
    """A red ball that crosses a striped meadow by 3 pixels a frame, drawn at 4x and averaged."""
    scale = 4
    rows = np.linspace(0, 1, height * scale)[:, None]
    picture = np.empty((height * scale, width * scale, 3), np.uint8)
    picture[:] = (100 + 90 * rows[..., None] * [[[1, 0.4, -0.8]]] + [[[0, 40, 90]]]).astype(np.uint8)
    for stripe in range(0, width, 24):
        cv2.rectangle(picture, (stripe * scale, height * 2), ((stripe + 9) * scale, height * 3), (60, 120, 60), -1)
    centre = (int((20 + 3 * moment) * scale), height * 2)
    cv2.circle(picture, centre, 11 * scale, (220, 50, 40), -1)
    cv2.circle(picture, (centre[0] + 12, centre[1] - 12), 2 * scale, (250, 250, 250), -1)
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def psnr(picture: Frame, truth: Frame) -> float:
    """Peak signal to noise ratio in dB."""
    error = ((picture.astype(np.float64) - truth) ** 2).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-9)))
