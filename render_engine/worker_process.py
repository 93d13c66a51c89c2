"""One running worker as the studio sees it: questions out, replies in, cancelling, and what its death means."""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
from asyncio.subprocess import Process
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NamedTuple, Self

from render_engine.api import EngineLostError, ProgressFn, RenderError
from render_engine.protocol import Call, Cancel, Question, Reply

LONGEST_LINE = 256 * 1024 * 1024
"""Bytes; the measures of a long film and the vectors of many texts come in one line."""
SECONDS_TO_CANCEL = 60.0
"""How long a withdrawn call may take to stop; a step takes seconds. After that the worker is killed."""
SECONDS_TO_STOP = 6.0


class _Asked(NamedTuple):
    call: str
    reply: asyncio.Future[Reply]
    progress: ProgressFn


class WorkerProcess:
    """A worker and the questions it has not answered yet; lives in the event loop that started it."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count(1)
        self._asked: dict[int, _Asked] = {}
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, command: Sequence[str], environment: dict[str, str], log: Path | None) -> Self:
        """Start a worker in a session of its own, so that an interrupt at the keyboard reaches the studio alone."""
        with contextlib.ExitStack() as files:
            stderr: int | IO[bytes] = subprocess.DEVNULL
            if log is not None:
                log.parent.mkdir(parents=True, exist_ok=True)
                stderr = files.enter_context(log.open("ab"))
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                limit=LONGEST_LINE,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        return cls(process)

    @property
    def is_running(self) -> bool:
        """Whether questions can still be asked of it, from this event loop."""
        return not self._reading.done() and self._loop is asyncio.get_running_loop()

    async def ask(self, call: Call, progress: ProgressFn) -> object:
        """The answer to a call as plain JSON values.

        Raises:
            RenderError: the engine refused or failed; EngineLostError when the worker died.
            asyncio.CancelledError: the awaiting task was cancelled; by then the worker has stopped the call.
        """
        number, reply = next(self._numbers), self._loop.create_future()
        self._asked[number] = _Asked(call.call, reply, progress)
        try:
            await self._send(Question(number=number, call=call))
            answered: Reply = await asyncio.shield(reply)
        except asyncio.CancelledError:
            await self._withdraw(number, reply)
            raise
        finally:
            self._asked.pop(number, None)
        if answered.error is not None:
            raise RenderError(answered.error)
        if answered.cancelled:
            raise RenderError(f"the engine stopped the call {call.call} by itself; ask again")
        return answered.answer

    async def _send(self, message: Question | Cancel) -> None:
        if self._process.stdin is None:
            raise RenderError("the engine's worker has no stdin")
        self._process.stdin.write(message.model_dump_json().encode() + b"\n")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # its death is told by the reply
            await self._process.stdin.drain()

    async def _withdraw(self, number: int, reply: asyncio.Future[Reply]) -> None:
        await self._send(Cancel(cancel=number))
        done, _ = await asyncio.wait([reply], timeout=SECONDS_TO_CANCEL)
        if not done:
            self._kill()
            await self._reading
        if reply.done():
            reply.exception()  # heard, though nobody waits for it any more

    async def _read(self) -> None:
        """Hand every reply to who asked; when the worker is gone, say so to all who still wait."""
        stdout = self._process.stdout
        while stdout is not None and (line := await stdout.readline()):
            self._hand_over(Reply.model_validate_json(line))
        code = await self._process.wait()
        for asked in self._asked.values():
            if not asked.reply.done():
                asked.reply.set_exception(EngineLostError(_why(code, asked.call)))

    def _hand_over(self, reply: Reply) -> None:
        asked = self._asked.get(reply.number)
        if asked is None or asked.reply.done():
            return
        if reply.progress is not None:
            self._loop.call_soon(asked.progress, reply.progress)
        else:
            asked.reply.set_result(reply)

    async def stop(self) -> None:
        """Close its stdin, at which it ends; kill it when it does not."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        done, _ = await asyncio.wait([self._reading], timeout=SECONDS_TO_STOP)
        if not done:
            self._kill()
        await self._reading

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()


def _why(code: int, call: str) -> str:
    if code < 0:
        hint = "the machine may be short of memory" if code == -signal.SIGKILL else "see the engine's log"
        return f"the engine stopped (signal {-code}) during {call}; {hint}; finished work is kept, so resume"
    return f"the engine stopped (exit code {code}) during {call}; see the engine's log"
