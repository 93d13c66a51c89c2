"""What a request names (scenes, pictures, clips, adapters) as what recipes are made of: items of frames, and LoRAs."""

from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from render_engine.animatic import draw_animatic
from render_engine.api import AnimaticGuide, Conditioning, FirstFrame, Keyframe, Reference, RenderRequest, Retake
from render_engine.checkpoints.lora_files import ReferenceScales, load_lora, read_reference_scales
from render_engine.conditioning import AnimaticItem, ConditioningItem, FramesItem, ReferenceItem, RegionItem
from render_engine.conditioning.masks import frames_between
from render_engine.frames import media_frames, softened, to_model_frames
from render_engine.media.compress import compressed
from render_engine.media.read import Frame, is_picture, read_frames
from render_engine.models.transformer import VideoTransformer
from render_engine.pipelines.families import HOUSE, Family
from render_engine.pipelines.stages import Adapters


@dataclass(frozen=True)
class ItemReader:
    """Reads what one request names; `temporal_compression` decides how many frames of a clip are taken.

    A picture that is shown is prepared as the family was trained to see one; clips, animatics and references are not.
    A `guided` model has a drawn animatic beside its tokens, as it was trained; one that moves over a picture it starts
    from, as any model does.
    """

    request: RenderRequest
    temporal_compression: int
    family: Family = HOUSE
    guided: bool = False

    def read(self) -> tuple[ConditioningItem, ...]:
        """All conditions of the request, in its order.

        Raises:
            RenderError: a file is none that can be read.
            ValueError: a condition says what cannot be.
        """
        return tuple([self._read(condition) for condition in self.request.conditioning])

    def _read(self, condition: Conditioning) -> ConditioningItem:
        match condition:
            case AnimaticGuide():
                beside = self.guided and condition.picture is None
                return AnimaticItem(self._animatic(condition), condition.strength, beside)
            case FirstFrame():
                return FramesItem(self._opening(condition), strength=condition.strength)
            case Keyframe():
                return self._keyframe(condition)
            case Reference():
                return self._reference(condition)
            case Retake():
                return self._retake(condition)
            case _:
                assert_never(condition)

    def _animatic(self, guide: AnimaticGuide) -> Tensor:
        asked = self.request
        size = (asked.width, asked.height)
        return to_model_frames(draw_animatic(guide.scene, guide.picture, size, asked.num_frames, asked.fps)[None])

    def _opening(self, opening: FirstFrame) -> Tensor:
        """The picture as the clip opens on it: as its animatic begins, so that the two never jump."""
        guides = (item for item in self.request.conditioning if isinstance(item, AnimaticGuide))
        guide = next((item for item in guides if item.picture == opening.picture), None)
        return self._shown(opening.picture, 1) if guide is None else self._animatic(guide)[:, :, :1]

    def _keyframe(self, keyframe: Keyframe) -> FramesItem:
        room = self.request.num_frames - max(keyframe.frame_index, 0)
        if room < 1:
            raise ValueError(f"frame {keyframe.frame_index} is beyond the video's {self.request.num_frames} frames")
        frames_BCFHW = self._shown(keyframe.media, room)
        first = keyframe.frame_index if keyframe.frame_index >= 0 else room - frames_BCFHW.shape[2]
        return FramesItem(frames_BCFHW, first, keyframe.strength)

    def _reference(self, reference: Reference) -> ReferenceItem:
        """As the adapters were trained to follow one: its first frame, and from the second on each of its rate."""
        asked, scales = self.request, read_scales(self.request)
        frames_BCFHW = media_frames(reference.media, asked.width, asked.height, asked.num_frames)
        frames_BCFHW = torch.cat((frames_BCFHW[:, :, :1], frames_BCFHW[:, :, 1 :: scales.temporal]), 2)
        frames_BCFHW = self._whole(frames_BCFHW)
        attention: float | Tensor = reference.attention
        if reference.mask is not None:
            mask_BFHW = read_mask(reference.mask, asked.width, asked.height)
            attention = attention * mask_BFHW.expand(-1, frames_BCFHW.shape[2], -1, -1)
        return ReferenceItem(frames_BCFHW, reference.strength, *scales, attention=attention)

    def _retake(self, retake: Retake) -> RegionItem:
        asked = self.request
        seconds = asked.num_frames / asked.fps
        start = retake.start_seconds or 0.0
        end = seconds if retake.end_seconds is None else retake.end_seconds
        anew_BFHW = frames_between(asked.num_frames, asked.fps, start, end)
        if retake.mask is not None:
            mask_BFHW = read_mask(retake.mask, asked.width, asked.height)
            anew_BFHW = anew_BFHW * (mask_BFHW > 0.5)
        return RegionItem(self._frames(retake.media, asked.num_frames), anew_BFHW)

    def _shown(self, path: Path, limit: int) -> Tensor:
        crf = self.family.picture_crf
        if crf is None or not is_picture(path):
            return self._frames(path, limit)

        def prepare(picture: Frame) -> Frame:
            return compressed(softened(picture) if self.family.soft_pictures else picture, crf)

        return media_frames(path, self.request.width, self.request.height, 1, prepare)

    def _frames(self, path: Path, limit: int) -> Tensor:
        """As many frames as the compression takes, (1, 3, F, H, W)."""
        return self._whole(media_frames(path, self.request.width, self.request.height, limit))

    def _whole(self, frames_BCFHW: Tensor) -> Tensor:
        step = self.temporal_compression
        return frames_BCFHW[:, :, : (frames_BCFHW.shape[2] - 1) // step * step + 1]


def read_mask(path: Path, width: int, height: int) -> Tensor:
    """How bright a picture is, scaled and cropped about its centre: (1, 1, H, W) in [0, 1]."""
    picture = Image.fromarray(next(read_frames(path))).convert("L")
    filled = ImageOps.fit(picture, (width, height), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.array(filled))[None, None].float() / 255


def read_scales(request: RenderRequest) -> ReferenceScales:
    """How the references are smaller and slower that the request's adapters were trained to follow.

    Raises:
        RenderError: a file is none.
        ValueError: two of them say different things.
    """
    scales = [read_reference_scales(adapter.path) for adapter in request.adapters]
    said = [{scale for scale in each if scale != 1} for each in zip(*scales, strict=True)]
    if any(len(each) > 1 for each in said):
        raise ValueError("the adapters were trained to follow references of different scales: take one at a time")
    return ReferenceScales(*(max(each, default=1) for each in said))


def read_adapters(request: RenderRequest, transformer: VideoTransformer) -> Adapters:
    """The LoRAs of each stage.

    Raises:
        RenderError: a file is none that this transformer can take.
    """
    loaded = [(load_lora(adapter.path, transformer), adapter) for adapter in request.adapters]
    first, second = (
        tuple((lora, adapter.strength) for lora, adapter in loaded if adapter.stage in ("all", stage))
        for stage in ("first", "second")
    )
    return Adapters(first, second)
