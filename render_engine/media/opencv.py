"""OpenCV, told once how to compute."""

import cv2

from render_engine.threads import PICTURE_THREADS


def fix_picture_threads() -> None:
    """Fix OpenCV's thread count, and keep it off the graphics card, whose rounding differs."""
    cv2.setNumThreads(PICTURE_THREADS)
    cv2.ocl.setUseOpenCL(False)
