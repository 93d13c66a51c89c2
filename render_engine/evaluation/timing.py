"""How long a clip of four seconds takes, and how much memory, at the draft and at the standard tier."""

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from render_engine.api import AnimaticGuide, RenderRequest
from render_engine.api.render import Pipeline
from render_engine.evaluation.prompts import Prompt
from render_engine.evaluation.rendering import DRAFT_GUIDANCE, DRAFT_STEPS, RenderSettings
from render_engine.machine import Machine
from render_engine.renderer import LocalRenderer

NUM_FRAMES = 49
NUM_RUNS = 2
"""The shorter time counts: what else the machine does only adds."""


class Cost(NamedTuple):
    """Of one clip, from request to file, the weights already loaded; memory is the whole process's, judges included."""

    seconds: float
    peak_memory_bytes: int | None


class Effort(NamedTuple):
    """How a tier renders."""

    num_steps: int
    guidance_scale: float
    pipeline: Pipeline = "one_stage"


def time_clips(renderer: LocalRenderer, prompt: Prompt, settings: RenderSettings) -> dict[str, Cost]:
    """Tier -> what a clip of 49 frames, or of as many as the release renders, costs."""
    efforts = {
        "draft": Effort(DRAFT_STEPS, DRAFT_GUIDANCE, _draft_pipeline(renderer)),
        "standard": Effort(settings.num_steps, settings.guidance_scale),
    }
    with tempfile.TemporaryDirectory(prefix="aiprod-evaluation-") as folder:
        return {
            tier: _time(renderer, _request(renderer, prompt, settings.strength, effort), Path(folder) / f"{tier}.mp4")
            for tier, effort in efforts.items()
        }


def _draft_pipeline(renderer: LocalRenderer) -> Pipeline:
    """By the adapter where there is one; with an upsampler that would be two stages, of other sizes than native."""
    parts = renderer.parts
    return "distilled" if parts.distilled is not None and parts.upsampler is None else "one_stage"


def _time(renderer: LocalRenderer, request: RenderRequest, out: Path) -> Cost:
    machine, seconds = Machine(renderer.device), []
    machine.forget_peak()
    for _ in range(NUM_RUNS):
        started = time.perf_counter()
        renderer.render(request, out, lambda _: None, lambda: False)
        seconds.append(time.perf_counter() - started)
        out.unlink()
    return Cost(min(seconds), machine.peak_bytes())


def _request(renderer: LocalRenderer, prompt: Prompt, strength: float, effort: Effort) -> RenderRequest:
    card = renderer.release.card
    width, height = card.native_sizes["16:9"]
    return RenderRequest(
        **effort._asdict(),
        prompt=prompt.caption,
        width=width,
        height=height,
        num_frames=min(NUM_FRAMES, card.max_num_frames),
        fps=card.native_fps,
        seed=prompt.seed,
        conditioning=(AnimaticGuide(scene=prompt.scene, strength=strength),),
    )
