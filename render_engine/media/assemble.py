"""Assembly: a cut becomes one encoded film, frame by frame, with its sound; equal input gives equal bytes."""

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from render_engine.api import (
    AssembledFilm,
    Clip,
    ClipItem,
    CutList,
    Placed,
    Progress,
    ProgressFn,
    RenderError,
    SoundPlan,
)
from render_engine.cancelling import CancelledFn, heeded, never, stop_if
from render_engine.media.files import whole_file
from render_engine.media.items import check_items, item_frames
from render_engine.media.loudness import SILENCE_LUFS, integrated_lufs, mix_sound
from render_engine.media.music import compose
from render_engine.media.placement import place
from render_engine.media.read import Frame, Samples, is_picture, probe, read_frames, read_sound
from render_engine.media.upscale import Enlarger, Upscaler, is_much_smaller
from render_engine.media.write import FILM, write_film

PHASE = "assemble"
REPORT_EVERY = 6
"""Frames between two reports of progress."""
JPEG_QUALITY = 88


def assemble(
    cut: CutList, out: Path, progress: ProgressFn, cancelled: CancelledFn, enlarger: Enlarger | None = None
) -> AssembledFilm:
    """Encode the film into `out`; what is wrong with the cut is said before the first frame.

    Takes much smaller than the film are brought to its size by the enlarger, where there is one.

    Raises:
        RenderError: a take that is missing, damaged or too short, words the font lacks, a crossfade too long.
        CancelledByCallerError: `cancelled` turned true.
    """
    began = time.monotonic()
    placed = place(cut.items, cut.fps)
    sources = check_items(cut)
    num_frames = placed[-1].frame_out
    sound = make_sound(cut.sound, num_frames / cut.fps)
    frames = _reported(_film_frames(cut, placed, sources, enlarger), num_frames, progress, cancelled)
    clip = write_film(out, frames, cut.fps, sound, FILM)
    if clip.num_frames != num_frames:
        raise RenderError(f"the film came out at {clip.num_frames} frames instead of {num_frames}")
    heard = read_sound(out)
    return AssembledFilm(
        clip=clip,
        placed=placed,
        upscaled_from=_upscaled_from(cut, sources),
        upscaler_sha256=enlarger.sha256 if enlarger and _is_enlarged(cut, sources) else None,
        interpolated_from_fps=_interpolated_from(cut, sources),
        loudness_lufs=SILENCE_LUFS if heard is None else integrated_lufs(heard),
        seconds_elapsed=time.monotonic() - began,
    )


def make_sound(plan: SoundPlan, seconds: float) -> Samples | None:
    """Music, narration over it, one loudness; None when the plan asks for neither."""
    lines = [(cue.start_seconds, _spoken(cue.path)) for cue in plan.narration]
    late = [cue for cue in plan.narration if cue.start_seconds >= seconds]
    if late:
        raise RenderError(
            f"narration starts at {late[0].start_seconds:g} s of a film of {seconds:g} s; start it earlier"
        )
    if not plan.music and not lines:
        return None
    music = compose(plan.mood, seconds, plan.seed) if plan.music else None
    return mix_sound(music, lines, seconds, plan.loudness_lufs)


def _spoken(path: Path) -> Samples:
    samples = read_sound(path)
    if samples is None:
        raise RenderError(f"{path}: narration without sound")
    return samples


def _film_frames(
    cut: CutList, placed: Sequence[Placed], sources: dict[Path, Clip], enlarger: Enlarger | None
) -> Iterator[Frame]:
    """The items one after another, mixed where two overlap; at most two are open at a time."""
    leaving: Iterator[Frame] = iter(())
    at = 0
    for index, (item, place_) in enumerate(zip(cut.items, placed, strict=True)):
        source = sources[item.path] if isinstance(item, ClipItem) else None
        entering = item_frames(item, cut, source, place_.frame_out - place_.frame_in, enlarger)
        end = placed[index + 1].frame_in if index + 1 < len(placed) else place_.frame_out
        overlap = placed[index - 1].frame_out - place_.frame_in if index else 0
        for frame in islice(entering, end - at):
            share = (at - place_.frame_in + 1) / (overlap + 1)
            yield frame if share >= 1 else mixed(next(leaving), frame, share)
            at += 1
        leaving = entering


def mixed(leaving: Frame, entering: Frame, share: float) -> Frame:
    """`share` in [0, 1] of the second frame over the first."""
    weight = round(share * 256)
    both = leaving.astype(np.uint16) * np.uint16(256 - weight) + entering.astype(np.uint16) * np.uint16(weight)
    blended: Frame = ((both + 128) >> 8).astype(np.uint8)
    return blended


def _reported(
    frames: Iterator[Frame], num_frames: int, progress: ProgressFn, cancelled: CancelledFn
) -> Iterator[Frame]:
    for number, frame in enumerate(frames, start=1):
        stop_if(cancelled)
        yield frame
        if number % REPORT_EVERY == 0 or number == num_frames:
            progress(Progress(phase=PHASE, step=number, num_steps=num_frames))


def _upscaled_from(cut: CutList, sources: dict[Path, Clip]) -> tuple[int, int] | None:
    smaller = [(c.width, c.height) for c in sources.values() if c.width < cut.width or c.height < cut.height]
    return min(smaller) if smaller else None


def _is_enlarged(cut: CutList, sources: dict[Path, Clip]) -> bool:
    """Whether a trained enlarger is asked for any frame."""
    takes = [clip for path, clip in sources.items() if not is_picture(path)]
    return any(is_much_smaller((take.width, take.height), (cut.width, cut.height)) for take in takes)


def _interpolated_from(cut: CutList, sources: dict[Path, Clip]) -> float | None:
    slower = [c.fps for c in sources.values() if c.num_frames > 1 and abs(c.fps - cut.fps) > 1e-3]
    return min(slower) if slower else None


def thumbnail(path: Path, seconds: float, width: int, out: Path, cancelled: CancelledFn = never) -> Path:
    """Write the frame at `seconds` (the last one if later) as a JPEG of the given width."""
    if width < 1:
        raise RenderError(f"a thumbnail {width} pixels wide; ask for at least 1")
    source = probe(path)
    wanted = min(max(0, int(seconds * source.fps + 1e-6)), source.num_frames - 1)
    frames = enumerate(heeded(read_frames(path), cancelled))
    frame = next((frame for index, frame in frames if index == wanted), None)
    if frame is None:
        raise RenderError(f"{path}: ends before its frame {wanted}")
    height = max(1, round(frame.shape[0] * width / frame.shape[1]))
    with whole_file(out) as partial:
        Image.fromarray(Upscaler(width, height).scale(frame)).save(partial, "JPEG", quality=JPEG_QUALITY)
    return out
