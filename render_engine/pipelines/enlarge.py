"""Enlarging finished frames, as bytes, by the pixel upscaler."""

import torch

from render_engine.frames import to_pixels
from render_engine.media.read import Frame
from render_engine.models.pixel_upscaler import PixelUpscaler


class FrameEnlarger:
    """Makes a frame `factor` times as large; `sha256` is of the weights' file."""

    def __init__(self, upscaler: PixelUpscaler, sha256: str) -> None:
        self.sha256 = sha256
        self.factor = upscaler.config.factor
        self._upscaler = upscaler

    @torch.inference_mode()
    def enlarge(self, frame: Frame) -> Frame:
        """From (H, W, 3) uint8 to (factor H, factor W, 3)."""
        device = self._upscaler.conv_in.weight.device
        pixels_NCHW = torch.from_numpy(frame).to(device)[None].movedim(-1, 1)
        enlarged_NCHW = self._upscaler(pixels_NCHW.float() / 127.5 - 1)
        return to_pixels(enlarged_NCHW.transpose(0, 1))[0]
