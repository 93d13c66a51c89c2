"""An engine that a worker serves in tests: it behaves, slowly, stops when told, and fails or dies on order."""

import os
import signal
import sys
import time
from pathlib import Path

from render_engine import protocol as say
from render_engine.api import Clip, Progress, ProgressFn, RenderError, RenderResult
from render_engine.cancelling import CancelledFn, stop_if

NO_HASH = "0" * 64


class ServingEngine:
    """Renders by counting steps; every render leaves a line in `calls.log` beside its output."""

    def __init__(self, weights: Path | None, num_threads: int, device: str) -> None:
        self.weights, self.num_threads, self.device = weights, num_threads, device

    def answer(self, call: say.Call, progress: ProgressFn, cancelled: CancelledFn) -> object:
        """Answer renders, speaking on order, and embeddings of any size."""
        match call:
            case say.RenderCall():
                return self._render(call, progress, cancelled)
            case say.SpeakCall():
                return self._obey(call.text)
            case say.EmbedCall():
                return [[float(len(text))] * 384 for text in call.texts]
            case _:
                raise RenderError("this engine renders, speaks and embeds")

    def _render(self, call: say.RenderCall, progress: ProgressFn, cancelled: CancelledFn) -> RenderResult:
        for step in range(call.request.num_steps):
            _note(call.out, f"step {step}")
            stop_if(cancelled)
            time.sleep(0.02)
            progress(Progress(phase="render", step=step + 1, num_steps=call.request.num_steps))
        clip = Clip(path=call.out, sha256=NO_HASH, width=16, height=16, fps=8, num_frames=call.request.num_frames)
        return RenderResult(
            clip=clip,
            weights_sha256=NO_HASH,
            seconds_elapsed=1,
            peak_memory_bytes=1,
            num_threads=int(os.environ["OMP_NUM_THREADS"]),
        )

    def _obey(self, order: str) -> None:
        if order == "print":
            sys.stdout.write("a library says hello\n")
            sys.stdout.flush()
            os.write(1, b"and so does C\n")
            raise RenderError("printed\nand refused")
        if order == "die":
            sys.stderr.write("dying\n")
            os.kill(os.getpid(), signal.SIGKILL)
        raise KeyError(order)


def _note(out: Path, line: str) -> None:
    with out.with_name("calls.log").open("a") as log:
        log.write(f"{out.name} {line}\n")
