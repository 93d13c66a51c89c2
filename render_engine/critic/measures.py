"""Measures of one file: its pictures and its sound decoded once, kept per frame, because a mean hides a cut."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from render_engine.api import (
    Clip,
    MeasureRequest,
    Measures,
    Placed,
    PlacedMeasures,
    Progress,
    ProgressFn,
    RenderError,
    ignore,
)
from render_engine.cancelling import CancelledFn, never, stop_if
from render_engine.critic.changes import Change, ChangeMeter, find_cuts
from render_engine.critic.palette import Nearness, Palette
from render_engine.critic.stillness import block_means, find_still
from render_engine.media.loudness import integrated_lufs, true_peak_dbtp
from render_engine.media.read import SAMPLE_RATE, Frame, Samples, is_picture, probe, read_frames, read_sound

BLACK_LUMA = 0.035
BLACK_BRIGHTEST = 0.12
"""A frame is black when its mean luma and its 99.5th percentile are both below these."""
FLICKER_PERCENTILE = 95.0
PALETTE_EVERY_SECONDS = 0.25
REPORT_EVERY = 12
"""Frames between two reports of progress."""
SILENCE_DBFS = -60.0
SILENCE_BLOCK_SECONDS = 0.05


class _Watched:
    """What watching a file from its first to its last frame gave."""

    def __init__(self, fps: float, palette: tuple[str, ...]) -> None:
        self.luma: list[float] = []
        self.changes: list[Change] = []
        self.black: list[int] = []
        self.blocks: list[NDArray[np.float32]] = []
        self.palette: list[Nearness] = []
        self._meter = ChangeMeter()
        self._palette = Palette(palette) if palette else None
        self._palette_every = max(1, round(fps * PALETTE_EVERY_SECONDS))

    def watch(self, frame: Frame) -> None:
        """Take the measures of the next frame."""
        index = len(self.luma)
        luma = luma_of(frame)
        self.luma.append(float(luma.mean()))
        if self.luma[-1] < BLACK_LUMA and float(np.percentile(luma, 99.5)) < BLACK_BRIGHTEST:
            self.black.append(index)
        self.blocks.append(block_means(frame))
        if (change := self._meter.next(frame)) is not None:
            self.changes.append(change)
        if self._palette is not None and index % self._palette_every == 0:
            self.palette.append(self._palette.compare(frame))


def luma_of(frame: Frame) -> np.ndarray:
    """BT.709 luma of a frame, in [0, 1], at a quarter of its size when it is large."""
    if max(frame.shape[:2]) > 640:
        frame = cv2.resize(frame, (frame.shape[1] // 4, frame.shape[0] // 4), interpolation=cv2.INTER_AREA)
    return frame.astype(np.float32) @ (np.array([0.2126, 0.7152, 0.0722], np.float32) / 255)


def measure(request: MeasureRequest, progress: ProgressFn = ignore, cancelled: CancelledFn = never) -> Measures:
    """Decode a file and measure it.

    `cuts` holds only those inside a shot: between two placed shots, and in a crossfade, a change is wanted.
    `frozen_runs` is empty where `still_expected`; with `placed`, a run ends where its shot does.
    Values that apply but could not be had are named in `not_measured`.

    Raises:
        RenderError: the file cannot be read.
        CancelledByCallerError: `cancelled` turned true.
    """
    clip = probe(request.path)
    watched = _Watched(clip.fps, request.palette)
    for number, frame in enumerate(read_frames(request.path), start=1):
        stop_if(cancelled)
        watched.watch(frame)
        if number % REPORT_EVERY == 0 or number == clip.num_frames:
            progress(Progress(phase="measure", step=number, num_steps=clip.num_frames))
    if len(watched.luma) != clip.num_frames:
        raise RenderError(f"{request.path}: damaged, {len(watched.luma)} of its {clip.num_frames} frames decode")
    sound = read_sound(request.path) if clip.has_sound else None
    stop_if(cancelled)
    measured = _picture_measures(request, clip, watched) | _sound_measures(sound)
    return Measures(
        width=clip.width,
        height=clip.height,
        fps=clip.fps,
        num_frames=clip.num_frames,
        seconds=clip.seconds,
        luma=tuple(watched.luma),
        difference=(0.0, *(change.difference for change in watched.changes)),
        black_frames=tuple(watched.black),
        not_measured=_not_measured(request, measured),
        **measured,
    )


def _picture_measures(request: MeasureRequest, clip: Clip, watched: _Watched) -> dict[str, object]:
    cuts = [frame for frame in find_cuts(watched.changes) if not is_wanted_change(frame, request.placed)]
    spans = _shot_spans(request.placed, clip.num_frames)
    frozen: list[tuple[int, int]] = []
    if not request.still_expected and not is_picture(request.path):
        blocks = np.stack(watched.blocks)
        for first, last in spans.values():
            frozen += [(first + start, length) for start, length in find_still(blocks[first:last], clip.fps)]
    return {
        "cuts": tuple(cuts),
        "frozen_runs": tuple(frozen),
        "flicker": flicker_of(watched.luma, request.placed),
        "placed": tuple(
            PlacedMeasures(
                shot_id=shot_id, frame_in=first, frame_out=last, flicker=flicker_of(watched.luma[first:last], ())
            )
            for shot_id, (first, last) in spans.items()
            if request.placed
        ),
        **_palette_measures(watched.palette),
    }


def _palette_measures(seen: list[Nearness]) -> dict[str, object]:
    """The means over the clip; of a colour the largest share: a thing need not be there from the first frame."""
    if not seen:
        return {"palette_distance": None}
    return {
        "palette_distance": float(np.mean([one.outside for one in seen])),
        "palette_paleness": float(np.mean([one.paleness for one in seen])),
        "palette_shares": tuple(max(shares) for shares in zip(*(one.shares for one in seen), strict=True)),
    }


def is_wanted_change(frame: int, placed: tuple[Placed, ...]) -> bool:
    """Whether two shots meet at this frame, or overlap in a crossfade around it."""
    return any(after.frame_in <= frame <= max(before.frame_out, after.frame_in) for before, after in pairwise(placed))


def _shot_spans(placed: tuple[Placed, ...], num_frames: int) -> dict[str, tuple[int, int]]:
    """(first frame, frame after the last) of each shot where it stands alone; the whole file, as "", of none placed."""
    if not placed:
        return {"": (0, num_frames)}
    starts = [0, *(max(before.frame_out, after.frame_in) for before, after in pairwise(placed))]
    ends = [*(after.frame_in for after in placed[1:]), num_frames]
    alone = zip((shot.shot_id for shot in placed), starts, ends, strict=True)
    return {shot_id: (start, end) for shot_id, start, end in alone if end > start}


def flicker_of(luma: list[float], placed: tuple[Placed, ...]) -> float | None:
    """95th percentile of the second difference of luma, without those across a wanted cut; None below three frames."""
    second = [
        abs(after - 2 * now + before)
        for index, (before, now, after) in enumerate(zip(luma[:-2], luma[1:-1], luma[2:], strict=True), start=1)
        if not is_wanted_change(index, placed) and not is_wanted_change(index + 1, placed)
    ]
    return float(np.percentile(second, FLICKER_PERCENTILE)) if second else None


def _sound_measures(sound: Samples | None) -> dict[str, object]:
    if sound is None or not len(sound):
        return {"has_sound": False, "loudness_lufs": None, "true_peak_dbtp": None, "silent_seconds": None}
    return {
        "has_sound": True,
        "loudness_lufs": integrated_lufs(sound),
        "true_peak_dbtp": true_peak_dbtp(sound),
        "silent_seconds": silent_seconds(sound),
    }


def silent_seconds(sound: Samples) -> float:
    """Seconds, in steps of 50 ms, in which the sound stays below -60 dBFS RMS."""
    block = round(SILENCE_BLOCK_SECONDS * SAMPLE_RATE)
    count = len(sound) // block
    power = (sound[: count * block].astype(np.float64) ** 2).reshape(count, -1).mean(axis=1)
    return float((power < 10 ** (SILENCE_DBFS / 10)).sum() * SILENCE_BLOCK_SECONDS)


def _not_measured(request: MeasureRequest, measured: dict[str, object]) -> tuple[str, ...]:
    asked = ["flicker"]
    if request.palette:
        asked.append("palette_distance")
    if request.expects_sound or measured["has_sound"]:
        asked += ["loudness_lufs", "true_peak_dbtp", "silent_seconds"]
    return tuple(name for name in asked if measured[name] is None)
