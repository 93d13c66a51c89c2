"""Locks and marks on disk: one production runs in at most one process, and any process may ask it to stop."""

import asyncio
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiprod_agents.errors import BusyError

POLL_SECONDS = 0.2


@contextmanager
def hold_production(workspace: Path, production_id: str) -> Iterator[None]:
    """Hold a production for this process; the lock goes with the process, however it ends.

    Raises:
        BusyError: when another process, or another call in this one, holds it.
    """
    path = workspace / "locks" / f"{production_id}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(f"production {production_id} is being worked on: wait, or cancel it.") from error
        yield


def is_held(workspace: Path, production_id: str) -> bool:
    """Whether anybody works on a production at this moment; asking keeps nobody from beginning."""
    path = workspace / "locks" / f"{production_id}.lock"
    if not path.exists():
        return False
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


class CancelMark:
    """A file that asks whoever runs a production to stop."""

    def __init__(self, workspace: Path, production_id: str) -> None:
        self._path = workspace / "cancel" / production_id

    def set(self) -> None:
        """Ask."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch()

    def is_set(self) -> bool:
        """Whether somebody asked."""
        return self._path.exists()

    def clear(self) -> None:
        """Forget that somebody asked."""
        self._path.unlink(missing_ok=True)

    async def wait(self) -> None:
        """Come back once somebody asked."""
        while not self.is_set():  # noqa: ASYNC110 - the asker may be another process, which can set no event here
            await asyncio.sleep(POLL_SECONDS)
