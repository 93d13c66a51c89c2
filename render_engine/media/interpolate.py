"""Interpolation: frames between two frames, by motion where motion explains them, by the nearer frame where not.

Optical flow is estimated both ways between neighbours, carried to the wanted moment, and both frames are warped
there. A pixel that only one frame can see is taken from that frame; a pixel on which the two disagree is taken
from the nearer one, so that nothing shows twice; a pair with a cut between is never mixed.

Shape letters: H and W rows and columns. Flow is float32 (H, W, 2), pixels (x, y) from the first frame to the second.
"""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from render_engine.api import RenderError
from render_engine.media.opencv import fix_picture_threads
from render_engine.media.read import Frame

Floats = NDArray[np.float32]

MIN_FLOW_SIDE = 64
"""DIS flow works on 8-pixel patches over several scales; below this it has nothing to hold on to."""
CUT_DIFFERENCE = 0.08
CUT_UNEXPLAINED = 0.55
"""A cut: the frames differ by more than the first, and motion explains less than the rest of it."""
CLEARLY_BETTER = 0.8
CONSISTENT_PIXELS = 1.0
DISAGREEMENT = 0.07
"""RGB difference, in [0, 1], from which two warped pixels no longer show the same thing."""
BLIND = 0.5
"""Trust below which a pixel's motion is a guess."""
EDGE_SIDE, LOST_SIDE = 0.02, 0.09
"""Of the shorter side: the width up to which guesses are an edge's, and the window in which they spoil what is near."""
HOLE = 1e-3
"""Weight below which no pixel has landed."""
SAME_PHASE = 1e-3
"""Nearer than this to a source frame, in frames, is that frame."""


class Motion(NamedTuple):
    """What is known of one pair of frames, whatever moment between them is asked for."""

    first: Frame
    second: Frame
    forward: Floats
    backward: Floats
    trust_first: Floats
    trust_second: Floats
    """(H, W) in [0, 1]: how well the flow of each frame's pixels comes back to where it left."""
    is_cut: bool


class Interpolator:
    """Makes the frame at any phase between two frames; keeps the last pair's motion."""

    def __init__(self) -> None:
        fix_picture_threads()
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._flow.setUseSpatialPropagation(True)

    def motion(self, first: Frame, second: Frame) -> Motion:
        """Estimate the motion between two frames (H, W, 3) of one size, both ways."""
        forward, backward = self._best_flow(first, second), self._best_flow(second, first)
        trust_first, trust_second = _trust(forward, backward), _trust(backward, forward)
        return Motion(first, second, forward, backward, trust_first, trust_second, _is_cut(first, second, backward))

    def _best_flow(self, first: Frame, second: Frame) -> Floats:
        """Flow by lightness and by each colour difference; a pixel takes the one that explains its colour best."""
        best = np.zeros((*first.shape[:2], 2), np.float32)
        least = _unexplained(first, second, best)
        for plane_first, plane_second in zip(_planes(first), _planes(second), strict=True):
            flow = self._estimate(plane_first, plane_second)
            error = _unexplained(first, second, flow)
            better = error < least * CLEARLY_BETTER
            best, least = np.where(better[..., None], flow, best), np.where(better, error, least)
        return _without_specks(best)

    def _estimate(self, first: Frame, second: Frame) -> Floats:
        if min(first.shape) < MIN_FLOW_SIDE:
            return np.zeros((*first.shape, 2), np.float32)
        flow: Floats = self._flow.calc(first, second, None)
        return flow

    def between(self, motion: Motion, phase: float) -> Frame:
        """The frame at `phase` in [0, 1] of the way from the first frame to the second."""
        if phase <= SAME_PHASE or phase >= 1 - SAME_PHASE or motion.is_cut:
            return motion.first if phase < 0.5 else motion.second
        flow = _flow_at(motion, phase)
        from_first = _sample(motion.first.astype(np.float32), -phase * flow)
        from_second = _sample(motion.second.astype(np.float32), (1 - phase) * flow)
        seen_first = _sample(motion.trust_first, -phase * flow)
        seen_second = _sample(motion.trust_second, (1 - phase) * flow)
        share = _share_of_second(from_first, from_second, seen_first, seen_second, phase)[..., None]
        mixed = from_first + share * (from_second - from_first)
        nearer = (motion.first if phase < 0.5 else motion.second).astype(np.float32)
        mixed += _lost(from_first, from_second, seen_first, seen_second)[..., None] * (nearer - mixed)
        frame: Frame = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
        return frame


def _planes(frame: Frame) -> list[Frame]:
    """Lightness, red against cyan, blue against yellow: a red ball on a green hill may show in one alone."""
    lab = cv2.cvtColor(frame, cv2.COLOR_RGB2Lab)
    colours = [cv2.convertScaleAbs(lab[..., channel], alpha=2, beta=-128) for channel in (1, 2)]
    return [np.ascontiguousarray(plane, dtype=np.uint8) for plane in (lab[..., 0], *colours)]


def _without_specks(flow: Floats) -> Floats:
    planes = [cv2.medianBlur(np.ascontiguousarray(flow[..., axis]), 5) for axis in (0, 1)]
    return np.stack(planes, axis=-1).astype(np.float32)


def _unexplained(first: Frame, second: Frame, flow: Floats) -> Floats:
    """How far the second frame, read along the flow, is from the first; a local mean of RGB difference, (H, W)."""
    apart = cv2.absdiff(_sample(second.astype(np.float32), flow), first.astype(np.float32)).mean(axis=-1)
    blurred: Floats = cv2.boxFilter(apart, -1, (9, 9))
    return blurred


def _sample(image: Floats, displacement: Floats) -> Floats:
    """Read `image` at every pixel's place plus `displacement` (x, y); beyond the edge its last pixel goes on."""
    height, width = displacement.shape[:2]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    sampled: Floats = cv2.remap(
        image,
        columns + displacement[..., 0],
        rows + displacement[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return sampled


def _trust(there: Floats, back: Floats) -> Floats:
    """1 where going there and back ends where it began, falling to 0 over a few pixels of error."""
    error = np.linalg.norm(there + _sample(back, there), axis=-1)
    slack = CONSISTENT_PIXELS + 0.05 * np.linalg.norm(there, axis=-1)
    trust: Floats = cv2.GaussianBlur(np.exp(-((error / slack) ** 2)).astype(np.float32), (5, 5), 0)
    return trust


def _is_cut(first: Frame, second: Frame, backward: Floats) -> bool:
    plain = float(cv2.absdiff(first, second).mean()) / 255
    if plain < CUT_DIFFERENCE:
        return False
    explained = _sample(first.astype(np.float32), backward)
    left = float(np.abs(explained - second).mean()) / 255
    return left > CUT_UNEXPLAINED * plain


def _flow_at(motion: Motion, phase: float) -> Floats:
    """Carry both flows along themselves to `phase`; (H, W, 2) first-to-second motion of what is there then.

    A trusted pixel weighs more than an occluded one, and where several land the one that moves most wins softly:
    a moving subject passes before its ground more often than behind it.
    """
    height, width = motion.trust_first.shape
    total = np.zeros((height * width, 3))
    for flow, travelled, trust in (
        (motion.forward, phase, motion.trust_first),
        (-motion.backward, phase - 1, motion.trust_second),
    ):
        total += _splat(flow, travelled, (trust + 0.01) * (1 + np.linalg.norm(flow, axis=-1)))
    landed = total.reshape(height, width, 3).astype(np.float32)
    return _without_specks(_fill_holes(landed[..., :2], landed[..., 2]))


def _splat(flow: Floats, travelled: float, weight: Floats) -> NDArray[np.float64]:
    """Drop each pixel's flow onto the four pixels around where it is after `travelled` of its way."""
    height, width = weight.shape
    rows, columns = np.indices((height, width), dtype=np.float32)
    x = columns + travelled * flow[..., 0]
    y = rows + travelled * flow[..., 1]
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    total = np.zeros((height * width, 3))
    for step_x in (0, 1):
        for step_y in (0, 1):
            column, row = left + step_x, top + step_y
            share = weight * (1 - np.abs(x - column)) * (1 - np.abs(y - row))
            inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
            place, share = (row * width + column)[inside], share[inside]
            for channel, values in enumerate((share * flow[inside][:, 0], share * flow[inside][:, 1], share)):
                total[:, channel] += np.bincount(place, values, minlength=height * width)
    return total


def _fill_holes(weighted: Floats, weight: Floats) -> Floats:
    """Divide by the weights; where nothing landed take the surroundings, from ever wider means."""
    flow = _divided(weighted, weight)
    for radius in (3, 9, 27):
        empty = weight < HOLE
        if not empty.any():
            break
        weighted, weight = _spread(weighted, radius), _spread(weight, radius)
        flow[empty] = _divided(weighted, weight)[empty]
    return flow


def _spread(values: Floats, radius: int) -> Floats:
    spread: Floats = cv2.blur(values, (radius, radius))
    return spread


def _divided(weighted: Floats, weight: Floats) -> Floats:
    return (weighted / np.maximum(weight, HOLE)[..., None]).astype(np.float32)


def _share_of_second(
    from_first: Floats, from_second: Floats, seen_first: Floats, seen_second: Floats, phase: float
) -> Floats:
    """How much of each pixel comes from the second frame, (H, W) in [0, 1]."""
    first, second = (1 - phase) * (seen_first + 0.02), phase * (seen_second + 0.02)
    share = second / (first + second)
    apart = np.abs(from_first - from_second).mean(axis=-1) / 255
    unsure = np.clip((cv2.GaussianBlur(apart, (3, 3), 0) - DISAGREEMENT) / DISAGREEMENT, 0, 1)
    decided = np.clip((share - 0.5) * 8 + 0.5, 0, 1)
    final: Floats = (share + unsure * (decided - share)).astype(np.float32)
    return final


def _lost(from_first: Floats, from_second: Floats, seen_first: Floats, seen_second: Floats) -> Floats:
    """Where neither frame's motion comes back and the two disagree, as around a beating wing: (H, W) in [0, 1].

    Nothing there can be made; a piece of the nearer frame, with soft edges, is whole where a guess is torn.
    """
    apart = np.abs(from_first - from_second).mean(axis=-1) / 255
    blind = (np.maximum(seen_first, seen_second) < BLIND) & (apart > DISAGREEMENT)
    thin, around = (_square(share * min(blind.shape)) for share in (EDGE_SIDE, LOST_SIDE))
    pieces = cv2.erode(blind.astype(np.float32), thin)  # an edge that uncovers its ground is thin, and not lost
    lost: Floats = cv2.GaussianBlur(cv2.dilate(pieces, around), around.shape, 0)
    return lost


def _square(side: float) -> Frame:
    return np.ones((round(side) | 1, round(side) | 1), np.uint8)


def positions(num_source: int, fps: float, seconds_in: float, num_frames: int, film_fps: int) -> list[float]:
    """The source position, in source frames, of each of a film's frames.

    Where the span ends past the last source frame, by less than the frame's own length, time is stretched a hair
    to end on it: better than a frozen tail.
    """
    start, step = seconds_in * fps, fps / film_fps
    if start + step * (num_frames - 1) > num_source - 1 and num_frames > 1:
        step = max(0.0, num_source - 1 - start) / (num_frames - 1)
    return [min(start + step * index, num_source - 1.0) for index in range(num_frames)]


def at_positions(frames: Iterator[Frame], wanted: list[float]) -> Iterator[Frame]:
    """Frames at ascending fractional positions of a stream, holding two of its frames at a time.

    Raises:
        RenderError: the stream ends before the last position.
    """
    interpolator, source = Interpolator(), enumerate(frames)
    held: dict[int, Frame] = {}
    motion: Motion | None = None
    for position in wanted:
        index = int(position + SAME_PHASE)
        phase = position - index
        needed = index + (phase > SAME_PHASE)
        while needed not in held:
            number, frame = next(source, (-1, None))
            if frame is None:
                raise RenderError(f"the take ends before its frame {needed}; render it again")
            held[number] = frame
            held.pop(number - 2, None)
            motion = None
        if needed == index:
            yield held[index]
        else:
            motion = motion or interpolator.motion(held[index], held[needed])
            yield interpolator.between(motion, phase)
