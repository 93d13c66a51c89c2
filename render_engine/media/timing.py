"""Timing: what the work on a film costs on this machine, measured by making, measuring and speaking a little."""

import time
from pathlib import Path
from typing import Protocol

import numpy as np

from render_engine.api import CardItem, Clip, ClipItem, CutList, FilmSpeed, MeasureRequest, Sound, SoundPlan, ignore
from render_engine.cancelling import CancelledFn
from render_engine.critic.measures import measure
from render_engine.media.assemble import assemble
from render_engine.media.upscale import Enlarger
from render_engine.media.write import write_clip

TAKE_SIZE, FILM_SIZE, ANIMATIC_SIZE = (256, 144), (1280, 720), (640, 360)
TAKE_FPS = 8.0
PALETTE = ("#c8372d", "#2d5ac8")
FIRST_LINE, LINE = "Ready.", "The small red boat leaves the harbour at dawn."


class Speaker(Protocol):
    """What speaks a line into a file."""

    def speak(self, text: str, out: Path, cancelled: CancelledFn) -> Sound:
        """Speak English into `out`."""
        ...


def time_film_work(
    folder: Path, narrator: Speaker, cancelled: CancelledFn, enlarger: Enlarger | None = None
) -> FilmSpeed:
    """Seconds of work for a second of a moving film with music, and for a spoken character; files stay in `folder`.

    Args:
        folder: for the little films.
        narrator: one that has not spoken yet, so that loading its voice is seen.
        cancelled: stops it within a frame or a spoken line.
        enlarger: what enlarges takes, where the weights have one.
    """
    take = _make_take(folder)
    seconds_per_film_second, seconds_per_animatic_second = (
        _time_assembly(_cut_of(take, size), folder / name, cancelled, enlarger)
        for name, size in (("film.mp4", FILM_SIZE), ("animatic.mp4", ANIMATIC_SIZE))
    )
    first, line = (_time_line(narrator, text, folder / "line.wav", cancelled) for text in (FIRST_LINE, LINE))
    per_character = line / len(LINE)
    return FilmSpeed(
        seconds_per_film_second=seconds_per_film_second,
        seconds_per_animatic_second=seconds_per_animatic_second,
        seconds_per_measured_film_second=_time_measuring(folder / "film.mp4", cancelled),
        seconds_per_measured_take_second=_time_measuring(take.path, cancelled),
        seconds_to_load_voice=max(first - len(FIRST_LINE) * per_character, 0.0),
        seconds_per_spoken_character=per_character,
    )


def _make_take(folder: Path) -> Clip:
    width, height = TAKE_SIZE
    rows, columns = np.indices((height, width))
    frames = (
        np.stack([(columns + 3 * index) % 256, rows, 255 - rows], axis=-1).astype(np.uint8) for index in range(13)
    )
    return write_clip(folder / "take.mp4", frames, TAKE_FPS)


def _cut_of(take: Clip, size: tuple[int, int]) -> CutList:
    items = (
        ClipItem(shot_id="take", path=take.path, seconds=take.seconds),
        CardItem(shot_id="card", words=("Timing",), seconds=0.5),
    )
    return CutList(items=items, width=size[0], height=size[1], sound=SoundPlan())


def _time_assembly(cut: CutList, out: Path, cancelled: CancelledFn, enlarger: Enlarger | None) -> float:
    film = assemble(cut, out, lambda _: None, cancelled, enlarger)
    return film.seconds_elapsed / film.clip.seconds


def _time_measuring(path: Path, cancelled: CancelledFn) -> float:
    started = time.perf_counter()
    measured = measure(MeasureRequest(path=path, palette=PALETTE), ignore, cancelled)
    return (time.perf_counter() - started) / measured.seconds


def _time_line(narrator: Speaker, text: str, out: Path, cancelled: CancelledFn) -> float:
    started = time.perf_counter()
    narrator.speak(text, out, cancelled)
    return time.perf_counter() - started
