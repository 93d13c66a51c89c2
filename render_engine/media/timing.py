"""Timing: what assembling one second of film costs on this machine, measured by assembling a little."""

from pathlib import Path

import numpy as np

from render_engine.api import CardItem, ClipItem, CutList, SoundPlan
from render_engine.media.assemble import assemble
from render_engine.media.write import write_clip

TAKE_SIZE, FILM_SIZE = (256, 144), (1280, 720)
TAKE_FPS = 8.0


def seconds_per_film_second(folder: Path) -> float:
    """Seconds of work for a second of a moving film of the default size, with music; files stay in `folder`."""
    width, height = TAKE_SIZE
    rows, columns = np.indices((height, width))
    frames = (
        np.stack([(columns + 3 * index) % 256, rows, 255 - rows], axis=-1).astype(np.uint8) for index in range(13)
    )
    take = write_clip(folder / "take.mp4", frames, TAKE_FPS)
    items = (
        ClipItem(shot_id="take", path=take.path, seconds=take.seconds),
        CardItem(shot_id="card", words=("Timing",), seconds=0.5),
    )
    cut = CutList(items=items, width=FILM_SIZE[0], height=FILM_SIZE[1], sound=SoundPlan())
    film = assemble(cut, folder / "film.mp4", lambda _: None, lambda: False)
    return film.seconds_elapsed / film.clip.seconds
