"""Items of a cut as frames: a take at the film's size and rate with its words, a card whose words fade in."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from render_engine.api import CardItem, Clip, ClipItem, CutItem, CutList, RenderError
from render_engine.media.interpolate import at_positions, positions
from render_engine.media.read import Frame, is_picture, probe, read_frames
from render_engine.media.titles import card_ground, card_overlay, lay_over, lower_third
from render_engine.media.upscale import Enlarger, Upscaler

CARD_FADE_SECONDS = 0.4
WORDS_FADE_SECONDS = 0.35
WORDS_FROM_SECONDS = 0.3
"""Into the take; words over a take come and go within it."""


def check_items(cut: CutList) -> dict[Path, Clip]:
    """Probe every take and draw every overlay once, so that what is wrong is said before the first frame."""
    sources: dict[Path, Clip] = {}
    for item in cut.items:
        if isinstance(item, CardItem):
            card_overlay(item, cut.width, cut.height)
            continue
        if item.words.strip():
            lower_third(item.words, cut.width, cut.height)
        if item.path not in sources:
            sources[item.path] = probe(item.path)
        if not is_picture(item.path):
            _check_span(item, sources[item.path])
    return sources


def _check_span(item: ClipItem, source: Clip) -> None:
    """A take may be asked to last one of its own frames longer than it has, which stretches it unseen."""
    end, longest = item.seconds_in + item.seconds, source.seconds + 1 / source.fps
    if item.seconds_in >= source.seconds or end > longest + 1e-6:
        raise RenderError(
            f"{item.shot_id}: seconds {item.seconds_in:g} to {end:g} are asked of a take of {source.seconds:.2f} s; "
            "trim less or render a longer take"
        )


def item_frames(
    item: CutItem, cut: CutList, source: Clip | None, num_frames: int, enlarger: Enlarger | None = None
) -> Iterator[Frame]:
    """Exactly `num_frames` frames (height, width, 3) of one item; the enlarger knows renders, not others' pictures."""
    if isinstance(item, CardItem):
        return _card_frames(item, cut, num_frames)
    if source is None:
        raise RenderError(f"{item.shot_id}: its take was not looked at")
    upscaler = Upscaler(cut.width, cut.height, None if is_picture(item.path) else enlarger)
    return _take_frames(item, cut, source, num_frames, upscaler)


def _card_frames(card: CardItem, cut: CutList, num_frames: int) -> Iterator[Frame]:
    ground, overlay = card_ground(card, cut.width, cut.height), card_overlay(card, cut.width, cut.height)
    fade = CARD_FADE_SECONDS * cut.fps
    full = lay_over(ground, overlay, 1.0)
    for index in range(num_frames):
        yield full if index >= fade else lay_over(ground, overlay, eased((index + 1) / (fade + 1)))


def _take_frames(item: ClipItem, cut: CutList, source: Clip, num_frames: int, upscaler: Upscaler) -> Iterator[Frame]:
    words = lower_third(item.words, cut.width, cut.height) if item.words.strip() else None
    for index, frame in enumerate(_at_film_rate(item, cut, source, num_frames)):
        scaled = upscaler.scale(frame)
        opacity = words_opacity(index / cut.fps, num_frames / cut.fps)
        yield scaled if words is None else lay_over(scaled, words, opacity)


def _at_film_rate(item: ClipItem, cut: CutList, source: Clip, num_frames: int) -> Iterator[Frame]:
    frames = read_frames(item.path)
    if source.num_frames == 1:
        still = next(frames)
        return (still for _ in range(num_frames))
    wanted = positions(source.num_frames, source.fps, item.seconds_in, num_frames, cut.fps)
    return at_positions(frames, wanted)


def words_opacity(at_seconds: float, seconds: float) -> float:
    """How opaque a take's words are at a moment of it: in after a breath, out before its end."""
    fade = min(WORDS_FADE_SECONDS, seconds / 4)
    begin = min(WORDS_FROM_SECONDS, seconds / 8)
    rising, falling = (at_seconds - begin) / fade, (seconds - begin - at_seconds) / fade
    return eased(min(rising, falling))


def eased(share: float) -> float:
    """A smooth step from 0 to 1."""
    share = float(np.clip(share, 0, 1))
    return share * share * (3 - 2 * share)
