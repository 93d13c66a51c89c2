"""Frames: between bytes (F, H, W, 3) uint8 and frames as the models take them, (1, 3, F, H, W) in [-1, 1]."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional as F

from render_engine.media.read import Frame, read_frames


def to_model_frames(pixels_BFHWC: Tensor) -> Tensor:
    """From uint8 (B, F, H, W, 3) to float (B, 3, F, H, W) in [-1, 1]."""
    return pixels_BFHWC.movedim(-1, 1).float() / 127.5 - 1


def to_pixels(frames_3FHW: Tensor) -> list[Frame]:
    """From frames of one clip, about in [-1, 1], to F arrays of uint8 (H, W, 3); what lies outside is clipped."""
    bytes_FHW3 = ((frames_3FHW.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 3, 0)
    return list(bytes_FHW3.contiguous().cpu().numpy())


def media_frames(
    path: Path, width: int, height: int, limit: int, prepare: Callable[[Frame], Frame] | None = None
) -> Tensor:
    """A picture, or a clip's first frames up to a limit, scaled and cropped about their centre to fill the size.

    Gives (1, 3, F, H, W) in [-1, 1]. `prepare` changes each before.

    Raises:
        RenderError: the file is neither.
    """
    frames = islice(read_frames(path), limit)
    pictures = map(Image.fromarray, frames if prepare is None else map(prepare, frames))
    filled = [np.array(ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)) for picture in pictures]
    return to_model_frames(torch.from_numpy(np.stack(filled))[None])


def softened(picture: Frame) -> Frame:
    """A picture under a gaussian of 3 x 3 pixels and deviation 1, rounded down, as LTX-Video's own pipeline has it."""
    if min(picture.shape[:2]) == 1:
        return picture
    weights_3 = torch.exp(-torch.tensor([1.0, 0.0, 1.0]) / 2)
    weights_3 = weights_3 / weights_3.sum()
    picture_3HW = torch.from_numpy(picture).movedim(-1, 0).float() / 255
    padded_3HW = F.pad(picture_3HW, (1, 1, 1, 1), mode="reflect")
    blurred_3HW = F.conv2d(padded_3HW, (weights_3[:, None] * weights_3).expand(3, 1, 3, 3), groups=3)
    return (blurred_3HW * 255).byte().movedim(0, -1).contiguous().numpy()


def fitted(frames_BCFHW: Tensor, width: int, height: int) -> Tensor:
    """Frames scaled and cropped about their centre to fill a size; as they are where they have it."""
    now_height, now_width = frames_BCFHW.shape[3:]
    if (now_height, now_width) == (height, width):
        return frames_BCFHW
    scale = max(height / now_height, width / now_width)
    size = (max(round(now_height * scale), height), max(round(now_width * scale), width))
    scaled_FCHW = F.interpolate(frames_BCFHW.transpose(1, 2).flatten(0, 1), size, mode="bilinear", antialias=True)
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    cropped_FCHW = scaled_FCHW[:, :, top : top + height, left : left + width]
    return torch.unflatten(cropped_FCHW, 0, (frames_BCFHW.shape[0], -1)).transpose(1, 2)


def stretched(frames_BCFHW: Tensor, width: int, height: int) -> Tensor:
    """Frames scaled to a size whatever their sides, bilinear and unfiltered as the published pipelines do it."""
    if frames_BCFHW.shape[3:] == (height, width):
        return frames_BCFHW
    scaled_FCHW = F.interpolate(frames_BCFHW.transpose(1, 2).flatten(0, 1), (height, width), mode="bilinear")
    return torch.unflatten(scaled_FCHW, 0, (frames_BCFHW.shape[0], -1)).transpose(1, 2)
