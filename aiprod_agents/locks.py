"""Locks and marks on disk: one production runs in at most one process, and any process may ask it to stop."""

import asyncio
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiprod_agents.errors import BusyError
from aiprod_agents.ids import digest_text

POLL_SECONDS = 0.2


@contextmanager
def hold_production(workspace: Path, production_id: str) -> Iterator[None]:
    """Hold a production for this process; the lock goes with the process, however it ends.

    Raises:
        BusyError: when another process, or another call in this one, holds it.
    """
    with _hold(workspace, production_id, f"production {production_id} is being worked on: wait, or cancel it."):
        yield


@contextmanager
def hold_folder(workspace: Path, folder: str | None) -> Iterator[None]:
    """Hold the folder that a production was told to lay its film in; None is a folder of its own in the workspace.

    Raises:
        BusyError: when another production of this workspace that is being made will lie there.
    """
    if folder is None:
        yield
        return
    with _hold(workspace, digest_text(folder), f"another production will lay its film in {folder}: choose another."):
        yield


def is_held(workspace: Path, production_id: str) -> bool:
    """Whether anybody works on a production at this moment."""
    path = _path(workspace, production_id)
    if not path.exists():
        return False
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def _hold(workspace: Path, name: str, refusal: str) -> Iterator[None]:
    path = _path(workspace, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(refusal) from error
        yield


def _path(workspace: Path, name: str) -> Path:
    return workspace / "locks" / f"{name}.lock"


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
