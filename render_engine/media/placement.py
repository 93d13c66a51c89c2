"""Placement: which frames of the film each item of a cut fills, without drift."""

from collections.abc import Sequence

from render_engine.api import CutItem, Placed, RenderError


def place(items: Sequence[CutItem], fps: int) -> tuple[Placed, ...]:
    """Round each item's start and end in the film's own time, so that errors never add up.

    Raises:
        RenderError: a crossfade with nothing before it, or longer than what it joins.
    """
    placed: list[Placed] = []
    start_seconds = 0.0
    for index, item in enumerate(items):
        before = items[index - 1] if index else None
        after = items[index + 1].crossfade_seconds if index + 1 < len(items) else 0.0
        if before is None and item.crossfade_seconds:
            raise RenderError(f"{item.shot_id} opens the film and has nothing to crossfade with")
        if item.crossfade_seconds + after > item.seconds:
            raise RenderError(
                f"{item.shot_id} lasts {item.seconds:g} s, less than its crossfades "
                f"({item.crossfade_seconds:g} s and {after:g} s); shorten them"
            )
        start_seconds -= item.crossfade_seconds
        end_seconds = start_seconds + item.seconds
        frame_in, frame_out = frames_at(start_seconds, fps), frames_at(end_seconds, fps)
        if frame_out <= frame_in:
            raise RenderError(f"{item.shot_id} is shorter than a frame; give it at least {1 / fps:.3f} s")
        placed.append(Placed(shot_id=item.shot_id, frame_in=frame_in, frame_out=frame_out))
        start_seconds = end_seconds
    return tuple(placed)


def frames_at(seconds: float, fps: int) -> int:
    """The frame nearest to a time; a half rounds up, so that it does not depend on the frame's parity."""
    return int(seconds * fps + 0.5 + 1e-9)
