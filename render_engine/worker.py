"""The worker: one engine behind a pipe, started by `python -m render_engine.worker`.

It reads questions on stdin and answers on a private copy of stdout, because whatever a library prints goes to stderr.
One thread reads, so that a cancel is heard during a call; one thread works, one call at a time. When stdin closes,
the studio is gone, and so is the worker.
"""

import argparse
import importlib
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from render_engine.api import Progress, RenderError
from render_engine.cancelling import CancelledByCallerError
from render_engine.engine import WorkerEngine
from render_engine.media.opencv import fix_picture_threads
from render_engine.protocol import ANSWERS, FROM_STUDIO, Cancel, Question, Reply, one_line
from render_engine.threads import fix_threads

HOUSE = "render_engine.engine:HouseEngine"
SECONDS_TO_STOP = 3.0
"""How long a call in progress may take to clean up after the studio is gone."""

log = logging.getLogger("render_engine.worker")


def main() -> None:
    """Serve the engine named on the command line until stdin closes."""
    parser = argparse.ArgumentParser(prog="python -m render_engine.worker", description=__doc__)
    parser.add_argument(
        "--engine", default=HOUSE, help="module:factory, called with weights, number of threads, device"
    )
    parser.add_argument("--weights", type=Path, default=None, help="folder of weights; the house model's by default")
    parser.add_argument("--threads", type=int, default=2, help="threads that compute")
    parser.add_argument("--device", default="cpu", help="what computes: cpu, cuda, or a card such as cuda:1")
    options = parser.parse_args()
    answers = _private_stdout()
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    fix_threads(options.threads)
    fix_picture_threads()
    worker = Worker(lambda: _build(options.engine, options.weights, options.threads, options.device), answers)
    worker.serve(sys.stdin.buffer)
    os._exit(0)  # the working thread may sit in a long native call; nobody waits for it


def _private_stdout() -> IO[bytes]:
    """Keep stdout for answers; from here on, file descriptor 1 is stderr."""
    sys.stdout.flush()
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return answers


def _build(name: str, weights: Path | None, num_threads: int, device: str) -> WorkerEngine:
    module, _, factory = name.partition(":")
    engine: WorkerEngine = getattr(importlib.import_module(module), factory)(weights, num_threads, device)
    return engine


class Worker:
    """Reads, queues and answers questions; `build` makes the engine at the first one."""

    def __init__(self, build: Callable[[], WorkerEngine], answers: IO[bytes]) -> None:
        self._build = build
        self._engine: WorkerEngine | None = None
        self._answers = answers
        self._writing = threading.Lock()
        self._questions: queue.SimpleQueue[Question | None] = queue.SimpleQueue()
        self._choosing = threading.Lock()
        self._waiting: set[int] = set()
        self._withdrawn: set[int] = set()
        self._closing = threading.Event()

    def serve(self, questions: IO[bytes]) -> None:
        """Read lines until the stream ends; then stop what is in progress."""
        working = threading.Thread(target=self._work, name="working", daemon=True)
        working.start()
        for line in questions:
            self._hear(line)
        self._closing.set()
        self._questions.put(None)
        working.join(SECONDS_TO_STOP)

    def _hear(self, line: bytes) -> None:
        try:
            message = FROM_STUDIO.validate_json(line)
        except ValidationError as error:
            log.warning("a line that is no question was left unanswered: %s", one_line(str(error)))
            return
        if isinstance(message, Cancel):
            self._withdraw(message.cancel)
        else:
            self._waiting.add(message.number)
            self._questions.put(message)

    def _withdraw(self, number: int) -> None:
        """Mark the call in progress, or answer at once for one that still waits behind it."""
        with self._choosing:
            self._withdrawn.add(number)
            was_waiting = number in self._waiting
            self._waiting.discard(number)
        if was_waiting:
            self._tell(Reply(number=number, cancelled=True))

    def _work(self) -> None:
        while (question := self._questions.get()) is not None:
            with self._choosing:
                wanted = question.number in self._waiting
                self._waiting.discard(question.number)
            if wanted:
                self._tell(self._answer(question))

    def _answer(self, question: Question) -> Reply:
        number = question.number

        def cancelled() -> bool:
            return self._closing.is_set() or number in self._withdrawn

        def progress(now: Progress) -> None:
            self._tell(Reply(number=number, progress=now))

        try:
            self._engine = self._engine or self._build()
            answer = self._engine.answer(question.call, progress, cancelled)
            return Reply(number=number, answer=ANSWERS[question.call.call].dump_python(answer, mode="json"))
        except CancelledByCallerError:
            return Reply(number=number, cancelled=True)
        except RenderError as error:
            return Reply(number=number, error=one_line(str(error)))
        except Exception as error:  # the worker's edge: whatever failed goes back as one line
            log.exception("the call %s failed", question.call.call)
            return Reply(number=number, error=one_line(f"{type(error).__name__}: {error}"))

    def _tell(self, reply: Reply) -> None:
        line = memoryview(reply.model_dump_json(exclude_defaults=True).encode() + b"\n")
        with self._writing:
            try:
                while line:
                    line = line[self._answers.write(line) :]
            except BrokenPipeError:
                os._exit(1)  # the studio is gone


if __name__ == "__main__":
    main()
