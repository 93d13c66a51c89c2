"""Looks at a release: held-out scenes drawn, guided at several strengths, and from text alone, as one contact sheet.

Each row is one held-out scene; its columns are the drawing, the drawing through the autoencoder, and one render a
strength; a cell shows the first, the middle and the last frame.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from render_engine.api import AnimaticGuide, RenderRequest, SceneSpec
from render_engine.frames import to_model_frames, to_pixels
from render_engine.media.read import Frame
from render_engine.pipelines.one_stage import one_stage
from render_engine.pipelines.parts import Parts, Watch
from render_engine.pipelines.render_loop import render_frames
from render_engine.renderer import LocalRenderer, open_release
from render_engine.request_items import ItemReader
from render_engine.world import canonical_caption, draw, sample_scene

GAP = 4


@torch.no_grad()
def contact_sheet(parts: Parts, scenes: list[SceneSpec], strengths: list[float], request: RenderRequest) -> Image.Image:
    """Draw and render every scene at every strength; `request` gives size, frames, steps and guidance."""
    rows = []
    for scene in scenes:
        drawn = draw(scene, request.width, request.height, request.num_frames, request.fps)
        frames = to_model_frames(drawn[None])
        clips = [frames, parts.vae.decode(parts.vae.encode(frames))]
        clips += [rendered(parts, scene, strength, request) for strength in strengths]
        rows.append(np.hstack([cell(clip) for clip in clips]))
    return Image.fromarray(np.vstack(rows))


def rendered(parts: Parts, scene: SceneSpec, strength: float, request: RenderRequest) -> Tensor:
    """One render of a scene under its plain caption: (1, 3, F, H, W)."""
    guides = (AnimaticGuide(scene=scene, strength=strength),) if strength > 0 else ()
    asked = request.model_copy(update={"prompt": canonical_caption(scene), "conditioning": guides})
    guided = parts.transformer.config.guided
    items = ItemReader(asked, parts.compression.temporal, parts.family, guided).read()
    return render_frames(one_stage(asked, items, parts), parts, Watch())


def cell(clip_BCFHW: Tensor) -> Frame:
    """First, middle and last frame, one above the other, with a gap around."""
    frames = to_pixels(clip_BCFHW[0])
    picked = [frames[0], frames[len(frames) // 2], frames[-1]]
    return np.pad(np.vstack(picked), ((0, GAP), (0, GAP), (0, 0)))


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `samples`."""
    parser = subparsers.add_parser("samples", help="render held-out scenes as a contact sheet", description=__doc__)
    parser.add_argument("--release", type=Path, default=None, help="a folder of weights (default: the shipped one)")
    parser.add_argument("--out", type=Path, required=True, help="the .png to write")
    parser.add_argument("--scenes", type=int, default=6)
    parser.add_argument("--strengths", type=float, nargs="+", default=[0.6, 0.45, 0.3, 0.0])
    parser.add_argument("--frames", type=int, default=25)
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--guidance", type=float, default=1.0)
    parser.add_argument("--first-seed", type=int, default=9000)
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Make the sheet as the options say."""
    torch.set_num_threads(options.threads)
    renderer = LocalRenderer(open_release(options.release), options.threads)
    width, height = renderer.release.card.native_sizes["16:9"]
    request = RenderRequest(
        prompt="-",
        width=width,
        height=height,
        num_frames=options.frames,
        fps=renderer.release.card.native_fps,
        seed=7,
        num_steps=options.steps,
        guidance_scale=options.guidance,
    )
    seeds = range(options.first_seed, options.first_seed + options.scenes)
    scenes = [sample_scene(seed, "held_out") for seed in seeds]
    contact_sheet(renderer.parts, scenes, options.strengths, request).save(options.out)
