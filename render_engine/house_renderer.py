"""The house renderer: a release's weights behind the door's `render`, `card` and `calibrate`."""

import math
import resource
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import assert_never

import torch
from torch import Tensor

from render_engine.animatic import draw_animatic
from render_engine.api import (
    AnimaticGuide,
    Clip,
    Conditioning,
    FirstFrame,
    Progress,
    ProgressFn,
    RendererCard,
    RenderError,
    RenderRequest,
    RenderResult,
    RenderSpeed,
    SceneSpec,
)
from render_engine.cancelling import CancelledFn
from render_engine.checkpoints.transformer_files import load_transformer
from render_engine.checkpoints.vae_files import load_vae
from render_engine.conditioning import AnimaticItem, ConditioningItem, FramesItem
from render_engine.frames import picture_frames, to_model_frames, to_pixels
from render_engine.media.narration import VOICE
from render_engine.media.write import write_clip
from render_engine.models.text_encoder import WEIGHTS_SHA256 as TEXT_ENCODER_SHA256
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.pipelines.one_stage import one_stage
from render_engine.pipelines.parts import Parts, Watch
from render_engine.pipelines.render_loop import render_frames
from render_engine.releases import DEFAULT_RELEASE, TRANSFORMER_FILE, VAE_FILE, read_card
from render_engine.versions import find_versions
from render_engine.world import phrases

CALIBRATION_SIZES = ((17, 2), (41, 2), (41, 6))
"""(frames, steps) of the clips that a calibration renders at the first native size."""


@dataclass(frozen=True)
class _Timing:
    """One calibration render."""

    tokens: int
    num_steps: int
    seconds: float
    peak_memory_bytes: int


class HouseRenderer:
    """Renders with one release; weights are read at the first render and stay."""

    def __init__(self, folder: Path | None, num_threads: int) -> None:
        self.folder = folder or DEFAULT_RELEASE
        self.num_threads = num_threads
        self.release = read_card(self.folder)

    def card(self) -> RendererCard:
        """What this renderer is and can do."""
        vae = self.parts.vae.config
        return RendererCard(
            name=f"{self.release.name} {self.release.version}",
            weights_sha256=self.release.sha256,
            native_fps=self.release.native_fps,
            spatial_compression=vae.spatial_compression,
            temporal_compression=vae.temporal_compression,
            native_sizes=self.release.native_sizes,
            max_num_frames=self.release.max_num_frames,
            phrases=phrases(),
            num_threads=self.num_threads,
            compute_dtype=name_dtype(),
            text_encoder_sha256=TEXT_ENCODER_SHA256,
            voice=VOICE,
            versions=find_versions(),
            limits=self.release.limits,
        )

    @cached_property
    def parts(self) -> Parts:
        """The loaded networks, hash-checked, in the dtype that this processor computes fastest."""
        dtype = compute_dtype()
        transformer = load_transformer(self.folder / TRANSFORMER_FILE, self.release.files[TRANSFORMER_FILE])
        vae = load_vae(self.folder / VAE_FILE, self.release.files[VAE_FILE])
        return Parts(transformer.to(dtype), vae, MiniLMEncoder.load())

    def render(self, request: RenderRequest, out: Path, progress: ProgressFn, cancelled: CancelledFn) -> RenderResult:
        """Render a request into an .mp4."""
        started = time.perf_counter()
        clip = self._render(request, out, progress, cancelled)
        return RenderResult(
            clip=clip,
            weights_sha256=self.release.sha256,
            seconds_elapsed=time.perf_counter() - started,
            peak_memory_bytes=peak_memory_bytes(),
            num_threads=self.num_threads,
            compute_dtype=name_dtype(),
        )

    def calibrate(self, folder: Path, cancelled: CancelledFn = lambda: False) -> RenderSpeed:
        """Time small renders into `folder` and solve for what a token and a step cost; a cancel stops it in a step.

        Memory is told apart by size only in a worker that has done nothing heavier before; else it all counts as fixed.
        """
        started = time.perf_counter()
        parts = self.parts
        seconds_load = time.perf_counter() - started
        first = self._time_render(folder, CALIBRATION_SIZES[0], cancelled)  # it pays for warming up
        short, long, more_steps = (self._time_render(folder, size, cancelled) for size in CALIBRATION_SIZES)
        per_token_step = _cost_of_a_step(long, more_steps)
        per_token = (long.seconds - short.seconds) / (long.tokens - short.tokens)
        per_token_codec = max(per_token - per_token_step * long.num_steps, 0.0)
        fixed = short.seconds - short.tokens * (per_token_step * short.num_steps + per_token_codec)
        memory_per_token = (long.peak_memory_bytes - first.peak_memory_bytes) / (long.tokens - first.tokens)
        del parts
        return RenderSpeed(
            weights_sha256=self.release.sha256,
            num_threads=self.num_threads,
            seconds_fixed=max(fixed, 0.0),
            seconds_per_token_step=per_token_step,
            seconds_per_token_codec=per_token_codec,
            seconds_load=seconds_load,
            memory_fixed_bytes=max(round(first.peak_memory_bytes - first.tokens * memory_per_token), 0),
            memory_per_token_bytes=memory_per_token,
        )

    def _render(self, request: RenderRequest, out: Path, progress: ProgressFn, cancelled: CancelledFn) -> Clip:
        if request.num_frames > self.release.max_num_frames:
            raise RenderError(
                f"{request.num_frames} frames are more than the {self.release.max_num_frames} "
                f"that {self.release.name} renders; shorten the shot"
            )
        items = tuple(conditioning_item(item, request) for item in request.conditioning)
        watch = Watch(
            on_step=lambda step, num_steps: progress(Progress(phase="render", step=step, num_steps=num_steps)),
            cancelled=cancelled,
        )
        try:
            recipe = one_stage(request, items, self.parts)
            frames_BCFHW = render_frames(recipe, self.parts, watch)
        except ValueError as error:
            raise RenderError(str(error)) from error
        return write_clip(out, to_pixels(frames_BCFHW[0]), request.fps)

    def _time_render(self, folder: Path, size: tuple[int, int], cancelled: CancelledFn) -> _Timing:
        num_frames, num_steps = size
        width, height = next(iter(self.release.native_sizes.values()))
        request = RenderRequest(
            prompt="a red sailboat on the sea",
            width=width,
            height=height,
            num_frames=num_frames,
            fps=self.release.native_fps,
            seed=0,
            num_steps=num_steps,
            conditioning=(AnimaticGuide(scene=SceneSpec(subject="sailboat", setting="beach"), strength=0.5),),
        )
        out = folder / "calibration.mp4"
        started = time.perf_counter()
        self._render(request, out, lambda _: None, cancelled)
        out.unlink()
        vae = self.parts.vae.config
        frames = math.ceil((num_frames - 1) / vae.temporal_compression) + 1
        tokens = frames * (height // vae.spatial_compression) * (width // vae.spatial_compression)
        return _Timing(tokens, num_steps, time.perf_counter() - started, peak_memory_bytes())


def _cost_of_a_step(few: _Timing, many: _Timing) -> float:
    """Seconds a token and step; where a busy machine hides the difference, all that the longer render took."""
    spent = many.seconds - few.seconds
    if spent <= 0:
        return many.seconds / (many.tokens * many.num_steps)
    return spent / (many.tokens * (many.num_steps - few.num_steps))


def conditioning_item(item: Conditioning, request: RenderRequest) -> ConditioningItem:
    """Turn what the request names (a scene, a picture) into frames that the render loop can use."""
    match item:
        case AnimaticGuide():
            return AnimaticItem(animatic_frames(item, request), item.strength)
        case FirstFrame():
            return FramesItem(opening_frames(item, request), strength=item.strength)
        case _:
            assert_never(item)


def animatic_frames(guide: AnimaticGuide, request: RenderRequest) -> Tensor:
    """The animatic at the request's size: (1, 3, F, H, W) in [-1, 1]."""
    size = (request.width, request.height)
    return to_model_frames(draw_animatic(guide.scene, guide.picture, size, request.num_frames, request.fps)[None])


def opening_frames(opening: FirstFrame, request: RenderRequest) -> Tensor:
    """The picture as the clip opens on it, (1, 3, 1, H, W): as its animatic begins, so that the two never jump."""
    guides = (item for item in request.conditioning if isinstance(item, AnimaticGuide))
    guide = next((item for item in guides if item.picture == opening.picture), None)
    if guide is None:
        return picture_frames(opening.picture, request.width, request.height)
    return animatic_frames(guide, request)[:, :, :1]


def compute_dtype() -> torch.dtype:
    """bfloat16 where the processor multiplies it natively, float32 elsewhere, where it would be emulated."""
    return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32  # noqa: SLF001 - no public name


def name_dtype() -> str:
    """The compute dtype's name, such as "bfloat16"."""
    return str(compute_dtype()).removeprefix("torch.")


def peak_memory_bytes() -> int:
    """The most memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
