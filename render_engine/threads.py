"""Thread counts, fixed in one place: an encoder's bytes and a sum's last bits depend on them."""

import os

ENCODER_THREADS = 2
"""x264's bytes differ with its thread count, so it is part of what a film is made from."""

PICTURE_THREADS = 2
"""OpenCV's: optical flow works in stripes, one a thread."""

COUNTED_BY = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def thread_environment(num_threads: int) -> dict[str, str]:
    """The variables that fix torch's and numpy's thread counts; they must be set before either is imported.

    Threads that wait sleep instead of spinning: spinning ones make two renders on shared cores four times slower each,
    sleeping costs one render alone an eighth of its steps' time (render_engine/LOG.md).
    """
    return {**dict.fromkeys(COUNTED_BY, str(num_threads)), "OMP_WAIT_POLICY": "PASSIVE"}


def fix_threads(num_threads: int) -> None:
    """Fix every thread count of this process; call it before torch is imported."""
    os.environ.update(thread_environment(num_threads))
