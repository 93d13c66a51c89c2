"""Writing: frames and sound into an .mp4 whose bytes depend on nothing but its input.

H.264 in yuv420p, tagged BT.709 limited range, with a fixed thread count; AAC; index at the front; no dates inside.
Pictures go out one by one and the sound beside them, so that memory holds a few frames whatever the length.
"""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, Self

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from render_engine.api import Clip, RenderError
from render_engine.api.render import MAX_SIDE
from render_engine.media.files import sha256_of, whole_file
from render_engine.media.read import EXACT, SAMPLE_RATE, Frame, Samples
from render_engine.threads import ENCODER_THREADS

SOUND_BIT_RATE = 192_000
SOUND_CHUNK = 1024
MAX_RATE = 1000
"""Frames a second; the encoder takes more, and no film has them."""
MAX_RATE_DENOMINATOR = 1001
REPEATABLE = "mbtree=0"
"""Macroblock-tree rate control gave other bytes in 3 of 10 equal runs at 160 x 120 (x264 core 165 on AVX-512)."""


class Encoding(NamedTuple):
    """How carefully H.264 is written: `crf` is x264's quality (lower is better), `preset` its effort."""

    crf: int
    preset: str


TAKE = Encoding(crf=8, preset="veryfast")
"""Near lossless, because a take is read again when the film is assembled."""
FILM = Encoding(crf=17, preset="fast")


def write_clip(path: Path, frames: Iterable[Frame], fps: float, encoding: Encoding = TAKE) -> Clip:
    """Write silent frames of one even size; returns what was written.

    Frames may be a stream: each is encoded before the next is asked for, while x264's threads work on those before it.
    What the stream raises is passed on, and no file is left behind. Raises as `write_film` does.
    """
    return write_film(path, frames, fps, None, encoding)


def write_film(
    path: Path, frames: Iterable[Frame], fps: float, sound: Samples | None, encoding: Encoding = FILM
) -> Clip:
    """Write frames and, if given, their sound (samples, 2) at 48 kHz into one .mp4.

    Raises:
        RenderError: no frame, an odd, changing or too large size, a rate that no file can state,
            or a disk that cannot take the file.
    """
    with whole_file(path) as partial:
        with _Writer(partial, fps, sound, encoding) as writer:
            for frame in frames:
                writer.add(frame)
            if writer.size is None:
                raise RenderError(f"{path.name}: a clip needs at least one frame")
        (width, height), num_frames = writer.size, writer.num_frames
    return Clip(
        path=path,
        sha256=sha256_of(path),
        width=width,
        height=height,
        fps=fps,
        num_frames=num_frames,
        has_sound=sound is not None,
    )


@contextmanager
def _encoding() -> Iterator[None]:
    """What the encoder refuses becomes one line; what the disk refuses is told by `whole_file`."""
    try:
        yield
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise RenderError(f"the video cannot be encoded ({error.strerror}); ask for a smaller size") from error


def _rate_of(fps: float) -> Fraction:
    rate = Fraction(fps).limit_denominator(MAX_RATE_DENOMINATOR) if math.isfinite(fps) else Fraction()
    if not 0 < rate <= MAX_RATE:
        raise RenderError(f"{fps:g} frames a second is no rate that a file can state; ask for 0.1 to {MAX_RATE}")
    return rate


class _Writer:
    """One open .mp4; streams are made when the first frame tells the size."""

    def __init__(self, path: Path, fps: float, sound: Samples | None, encoding: Encoding) -> None:
        self.size: tuple[int, int] | None = None
        self.num_frames = 0
        self._rate = _rate_of(fps)
        self._sound = sound
        self._sound_at = 0
        self._encoding = encoding
        self._audio: AudioStream | None = None
        self._container = av.open(
            str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        with _encoding():
            try:
                if kind is None and self.size is not None:
                    self._flush()
            finally:
                self._container.close()

    def _flush(self) -> None:
        self._add_sound_until(len(self._sound) if self._sound is not None else 0)
        self._container.mux(self._video.encode(None))
        if self._audio is not None:
            self._container.mux(self._audio.encode(None))

    def add(self, frame: Frame) -> None:
        """Encode one frame, and the sound up to its end."""
        height, width = frame.shape[:2]
        if self.size is None:
            self._begin(width, height)
        if self.size != (width, height):
            raise RenderError(f"a frame of {width} x {height} in a clip of {self.size}: all frames share one size")
        with _encoding():
            self._encode(frame)
            self.num_frames += 1
            self._add_sound_until(int(self.num_frames / self._rate * SAMPLE_RATE))

    def _encode(self, frame: Frame) -> None:
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24").reformat(
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=EXACT,
            threads=1,
        )
        picture.pts, picture.time_base = self.num_frames, 1 / self._rate
        self._container.mux(self._video.encode(picture))

    def _begin(self, width: int, height: int) -> None:
        if width % 2 or height % 2:
            raise RenderError(f"{width} x {height}: H.264 in 4:2:0 needs even sizes")
        if max(width, height) > MAX_SIDE:
            raise RenderError(f"{width} x {height}: H.264 is written up to {MAX_SIDE} pixels a side; ask for less")
        self.size = (width, height)
        self._video = self._container.add_stream("libx264", rate=self._rate)
        self._video.width, self._video.height, self._video.pix_fmt = width, height, "yuv420p"
        self._video.time_base = 1 / self._rate
        self._video.options = {
            "crf": str(self._encoding.crf),
            "preset": self._encoding.preset,
            "x264-params": REPEATABLE,
        }
        context = self._video.codec_context
        context.thread_count = ENCODER_THREADS
        context.thread_type = "FRAME"
        context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        if self._sound is not None:
            self._audio = self._container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
            self._audio.bit_rate = SOUND_BIT_RATE

    def _add_sound_until(self, end: int) -> None:
        if self._audio is None or self._sound is None:
            return
        while self._sound_at < min(end, len(self._sound)):
            chunk = self._sound[self._sound_at : self._sound_at + SOUND_CHUNK]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(chunk.T), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._sound_at, Fraction(1, SAMPLE_RATE)
            self._container.mux(self._audio.encode(frame))
            self._sound_at += len(chunk)
