"""A picture as compressed video shows it: what published models were trained on, and are given a picture as."""

from io import BytesIO
from typing import cast

import av
import numpy as np

from render_engine.api import RenderError
from render_engine.media.read import Frame


def compressed(picture: Frame, crf: int) -> Frame:
    """What one frame of H.264 keeps of a picture (H, W, 3), its sides cut to even; a line of pixels stays as it is.

    The published pipelines' bytes, as they come out on one core: with more they cut the picture into as many slices,
    which moves bytes by up to 48. Their colours too: scaled as swscale does by default, in no stated colour space.

    Raises:
        RenderError: the picture is larger than H.264 can be.
    """
    height, width = (side // 2 * 2 for side in picture.shape[:2])
    if not height or not width:
        return picture
    even = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:height, :width]), format="rgb24")
    file = BytesIO()
    try:
        with av.open(file, "w", format="mp4") as container:
            stream = container.add_stream("libx264", rate=1, options={"crf": str(crf), "preset": "veryfast"})
            stream.width, stream.height = width, height
            stream.codec_context.thread_count = 1
            container.mux(stream.encode(even.reformat(format="yuv420p", threads=1)))
            container.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise RenderError(f"a picture of {width} x {height} cannot be compressed: scale it down") from error
    file.seek(0)
    with av.open(file, "r") as container:
        return cast(Frame, next(container.decode(video=0)).to_ndarray(format="rgb24"))
