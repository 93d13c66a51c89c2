"""The renderer: any release's weights behind the door's `render`, `card` and `calibrate`."""

import math
import resource
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from render_engine.api import (
    AnimaticGuide,
    Clip,
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
from render_engine.house_release import HouseRelease
from render_engine.machine import Machine
from render_engine.media.narration import VOICE
from render_engine.media.write import write_clip
from render_engine.pipelines.builders import build_recipe
from render_engine.pipelines.decode import DecodePlan, choose_plan, pixel_stream
from render_engine.pipelines.enlarge import FrameEnlarger
from render_engine.pipelines.memory import check_memory
from render_engine.pipelines.parts import Parts, Watch
from render_engine.pipelines.recipe import Recipe
from render_engine.pipelines.render_loop import render_stream
from render_engine.pipelines.stages import NO_ADAPTERS, single
from render_engine.published_release import PublishedRelease, is_published
from render_engine.releases import CARD_FILE, DEFAULT_RELEASE, Release
from render_engine.request_items import ItemReader, read_adapters
from render_engine.versions import find_versions

CALIBRATION_SIZES = ((17, 2), (41, 2), (41, 6))
"""(frames, steps) of the clips that a calibration renders at the first native size."""
DECODE_BYTES = 2**32
"""What a decode usually takes at most beside the weights: fixed, for how a clip is cut into pieces can turn a byte."""


@dataclass(frozen=True)
class _Timing:
    """One calibration render."""

    tokens: int
    num_steps: int
    seconds: float
    peak_memory_bytes: int


def open_release(path: Path | None) -> Release:
    """The release at a path: the one that ships by default, another of the house's, or published weights.

    Raises:
        RenderError: nothing there is a release.
    """
    if path is None or (path / CARD_FILE).exists() or not is_published(path):
        return HouseRelease.read(path or DEFAULT_RELEASE)
    return PublishedRelease.find(path)


class LocalRenderer:
    """Renders with one release on this machine; weights are read at the first render and stay."""

    def __init__(self, release: Release, num_threads: int, device: torch.device | str = "cpu") -> None:
        self.release = release
        self.num_threads = num_threads
        self.device = torch.device(device)

    def card(self) -> RendererCard:
        """What this renderer is and can do."""
        card, vae = self.release.card, self.parts.vae.config
        return RendererCard(
            name=f"{card.name} {card.version}",
            weights_sha256=card.sha256,
            native_fps=card.native_fps,
            spatial_compression=vae.spatial_compression,
            temporal_compression=vae.temporal_compression,
            native_sizes=card.native_sizes,
            max_num_frames=card.max_num_frames,
            phrases=self.release.phrases(),
            num_threads=self.num_threads,
            compute_dtype=self._dtype_name,
            device=str(self.device),
            text_encoder_sha256=self.release.text_encoder_sha256,
            voice=VOICE,
            versions=find_versions(),
            limits=card.limits,
        )

    @cached_property
    def parts(self) -> Parts:
        """The loaded networks, hash-checked, in the dtype that the device computes fastest.

        Raises:
            RenderError: a file is damaged or missing, or they do not go together.
        """
        try:
            return self.release.load(self.device, compute_dtype(self.device))
        except ValueError as error:
            raise RenderError(f"these weights do not go together: {error}; choose files of one model") from error

    @cached_property
    def enlarger(self) -> FrameEnlarger | None:
        """What enlarges finished takes, loaded alone, where the release has it.

        Raises:
            RenderError: its file is damaged or missing.
        """
        return self.release.find_enlarger(self.device, compute_dtype(self.device))

    def render(self, request: RenderRequest, out: Path, progress: ProgressFn, cancelled: CancelledFn) -> RenderResult:
        """Render a request into an .mp4."""
        started = time.perf_counter()
        clip = self._render(request, out, progress, cancelled)
        return RenderResult(
            clip=clip,
            weights_sha256=self.release.card.sha256,
            seconds_elapsed=time.perf_counter() - started,
            peak_memory_bytes=self.peak_memory_bytes(),
            num_threads=self.num_threads,
            compute_dtype=self._dtype_name,
            device=str(self.device),
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
            weights_sha256=self.release.card.sha256,
            num_threads=self.num_threads,
            seconds_fixed=max(fixed, 0.0),
            seconds_per_token_step=per_token_step,
            seconds_per_token_codec=per_token_codec,
            seconds_load=seconds_load,
            memory_fixed_bytes=max(round(first.peak_memory_bytes - first.tokens * memory_per_token), 0),
            memory_per_token_bytes=memory_per_token,
        )

    def peak_memory_bytes(self) -> int:
        """The most memory held so far: by this process, or where a card computes, by torch on it."""
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def _plan(self, recipe: Recipe) -> DecodePlan:
        """How the recipe is decoded, once it is sure that it fits: in the usual memory, else in what is free."""
        vae, shape = self.parts.vae, recipe.stages[-1].shape
        free_bytes = Machine(self.device).free_bytes()
        try:
            plan = choose_plan(vae, shape, DECODE_BYTES)
        except ValueError:
            plan = choose_plan(vae, shape, sys.maxsize if free_bytes is None else free_bytes)
        check_memory(recipe, self.parts, plan, free_bytes)
        return plan

    @property
    def _dtype_name(self) -> str:
        return str(compute_dtype(self.device)).removeprefix("torch.")

    def _render(self, request: RenderRequest, out: Path, progress: ProgressFn, cancelled: CancelledFn) -> Clip:
        longest = self.release.card.max_num_frames
        if request.num_frames > longest:
            raise RenderError(
                f"{request.num_frames} frames are more than the {longest} that {self.release.card.name} renders; "
                "shorten the shot"
            )
        watch = Watch(
            on_step=lambda step, num_steps: progress(Progress(phase="render", step=step, num_steps=num_steps)),
            cancelled=cancelled,
        )
        try:
            self._plan(single(request.model_copy(update={"guidance_scale": 1.0}), (), self.parts, NO_ADAPTERS))
            guided = self.parts.transformer.config.guided
            items = ItemReader(request, self.parts.compression.temporal, self.parts.family, guided).read()
            adapters = read_adapters(request, self.parts.transformer)
            recipe = build_recipe(request, items, self.parts, adapters)
            pieces = render_stream(recipe, self.parts, watch, plan=self._plan(recipe))
        except ValueError as error:
            raise RenderError(str(error)) from error
        return write_clip(out, pixel_stream(pieces), request.fps)

    def _time_render(self, folder: Path, size: tuple[int, int], cancelled: CancelledFn) -> _Timing:
        num_frames, num_steps = size
        width, height = next(iter(self.release.card.native_sizes.values()))
        request = RenderRequest(
            prompt="a red sailboat on the sea",
            width=width,
            height=height,
            num_frames=num_frames,
            fps=self.release.card.native_fps,
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
        return _Timing(tokens, num_steps, time.perf_counter() - started, self.peak_memory_bytes())


def _cost_of_a_step(few: _Timing, many: _Timing) -> float:
    """Seconds a token and step; where a busy machine hides the difference, all that the longer render took."""
    spent = many.seconds - few.seconds
    if spent <= 0:
        return many.seconds / (many.tokens * many.num_steps)
    return spent / (many.tokens * (many.num_steps - few.num_steps))


def compute_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the device multiplies it natively, float32 elsewhere, where it would be emulated."""
    if device.type == "cpu":
        return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32  # noqa: SLF001 - no public name
    return torch.bfloat16
