"""Reading: what a media file is, its frames as RGB arrays, its sound as float arrays.

Only known containers are opened: a playlist or a text file that a demuxer would accept is not media here.
Frames are uint8 (H, W, 3) RGB, turned upright; sound is float32 (samples, 2) in [-1, 1].
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.container import InputContainer
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from render_engine.api import Clip, RenderError
from render_engine.checkpoints.header import reading
from render_engine.media.files import sha256_of

Frame = NDArray[np.uint8]
Samples = NDArray[np.float32]

SAMPLE_RATE = 48_000
MAX_PICTURE_PIXELS = 100_000_000
CONTAINERS = frozenset(
    ("mov", "mp4", "matroska", "webm", "avi", "mpegts", "mpeg", "gif", "ogg", "wav", "mp3", "flac", "aac")
)
PICTURE_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")
WHITE_OF_16_BITS = 65_535
NO_FRAME = "holds no frame that can be decoded"
EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.BITEXACT


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """Open a clip or a sound; whatever its decoder cannot read becomes one line."""
    _check_is_there(path)
    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
            if CONTAINERS.isdisjoint(container.format.name.split(",")):
                raise RenderError(f"{path}: not a picture, clip or sound (it looks like {container.format.name})")
            yield container
    except (av.FFmpegError, EOFError) as error:
        raise RenderError(f"{path}: not a media file, or a damaged one ({_reason(error)})") from error


def _check_is_there(path: Path) -> None:
    with reading(path):
        if not path.is_file():
            raise RenderError(f"{path}: no such file")


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", "") or error).splitlines()[0]


def is_picture(path: Path) -> bool:
    """Whether the file holds one of the still formats, by its content."""
    _check_is_there(path)
    try:
        with Image.open(path, formats=PICTURE_FORMATS):
            return True
    except Image.DecompressionBombError:
        return True  # a picture, and too large to be read
    except (UnidentifiedImageError, OSError):
        return False


def read_picture(path: Path) -> NDArray[np.uint8]:
    """A still picture as (H, W, 4) RGBA, upright by its EXIF orientation; grey of 16 bits is scaled to 8.

    Raises:
        RenderError: the file is none, is damaged or too large, or has values that no picture of 16 bits has.
    """
    _check_is_there(path)
    try:
        with Image.open(path, formats=PICTURE_FORMATS) as picture:
            if picture.width * picture.height > MAX_PICTURE_PIXELS:
                raise RenderError(f"{path}: {picture.width} x {picture.height} is too large a picture; scale it down")
            upright = _in_eight_bits(ImageOps.exif_transpose(picture), path)
            return np.array(upright.convert("RGBA"), dtype=np.uint8)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise RenderError(f"{path}: not a picture, or a damaged one ({_reason(error)})") from error


def _in_eight_bits(picture: Image.Image, path: Path) -> Image.Image:
    """Grey in more than 8 bits, which `convert` would clip to white; every other picture as it is."""
    if picture.mode == "F":
        raise RenderError(f"{path}: holds fractions, whose white nothing states; save it in 8 or 16 bits")
    if not picture.mode.startswith("I"):
        return picture
    grey = np.asarray(picture).astype(np.int64)
    if grey.min() < 0 or grey.max() > WHITE_OF_16_BITS:
        raise RenderError(f"{path}: grey from {grey.min()} to {grey.max()} is not of 16 bits; save it in 8 or 16 bits")
    return Image.fromarray(((grey * 255 + WHITE_OF_16_BITS // 2) // WHITE_OF_16_BITS).astype(np.uint8))


def probe(path: Path) -> Clip:
    """Describe a picture or a clip after decoding its first frame and counting the rest.

    A picture is one frame at 1 frame a second.

    Raises:
        RenderError: the file is neither, is damaged, or holds sound alone.
    """
    if is_picture(path):
        height, width = read_picture(path).shape[:2]
        return Clip(path=path, sha256=sha256_of(path), width=width, height=height, fps=1.0, num_frames=1)
    with open_media(path) as container:
        stream = _video_of(container, path)
        frame = next(container.decode(stream), None)
        if frame is None:
            raise RenderError(f"{path}: {NO_FRAME}")
        height, width = _upright(frame).shape[:2]
        has_sound = bool(container.streams.audio)
    return Clip(
        path=path,
        sha256=sha256_of(path),
        width=width,
        height=height,
        fps=frame_rate(stream, path),
        num_frames=_count_frames(path),
        has_sound=has_sound,
    )


def frame_rate(stream: VideoStream, path: Path) -> float:
    """Frames a second, as the container states them."""
    rate = stream.average_rate or stream.guessed_rate
    if not rate:
        raise RenderError(f"{path}: states no frame rate")
    return float(rate)


def _count_frames(path: Path) -> int:
    with open_media(path) as container:
        stream = _video_of(container, path)
        num_frames = sum(1 for packet in container.demux(stream) if packet.size)
        if num_frames < stream.frames:
            raise RenderError(f"{path}: damaged, {num_frames} of its {stream.frames} frames are there")
        return num_frames


def _video_of(container: InputContainer, path: Path) -> VideoStream:
    if not container.streams.video:
        raise RenderError(f"{path}: holds sound but no picture")
    return container.streams.video[0]


def read_frames(path: Path) -> Iterator[Frame]:
    """Every frame of a clip in order of showing, or the one frame of a picture over black; at least one.

    Raises:
        RenderError: the file is neither, is damaged, or has no frame.
    """
    if is_picture(path):
        yield over_black(read_picture(path))
        return
    with open_media(path) as container:
        stream = _video_of(container, path)
        stream.thread_type = "AUTO"
        frame = None
        for frame in container.decode(stream):
            yield _upright(frame)
        if frame is None:
            raise RenderError(f"{path}: {NO_FRAME}")


def over_black(rgba: NDArray[np.uint8]) -> Frame:
    """Lay an RGBA picture over black."""
    alpha = rgba[..., 3:].astype(np.uint16)
    return ((rgba[..., :3] * alpha + 127) // 255).astype(np.uint8)


def _upright(frame: av.VideoFrame) -> Frame:
    rgb = frame.reformat(format="rgb24", interpolation=EXACT, threads=1).to_ndarray()
    turns = round(frame.rotation / 90) % 4
    return cast(Frame, np.ascontiguousarray(np.rot90(rgb, turns)))


def read_sound(path: Path, sample_rate: int = SAMPLE_RATE) -> Samples | None:
    """The first sound track as float32 (samples, 2); None when the file has none."""
    with open_media(path) as container:
        if not container.streams.audio:
            return None
        resampler = av.AudioResampler(format="flt", layout="stereo", rate=sample_rate)
        chunks = [
            chunk.to_ndarray().reshape(-1, 2)
            for frame in (*container.decode(audio=0), None)
            for chunk in resampler.resample(frame)
        ]
    return np.concatenate(chunks) if chunks else np.zeros((0, 2), np.float32)
