"""A workspace's folder: opened by one process at a time, used by many, and taken away again when nothing came of it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memory.errors import StoreError

IN_USE = ".in-use"
"""Every process that has the workspace open holds a shared lock on this file."""


class Workspace:
    """A process's use of a folder."""

    def __init__(self, home: Path, *, made_folder: bool) -> None:
        self._home = home
        self._made_folder = made_folder
        self._before = frozenset(path.name for path in home.iterdir())
        self._in_use = os.open(home / IN_USE, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(self._in_use, fcntl.LOCK_SH)

    @property
    def is_new(self) -> bool:
        """Whether this process was the first to use the folder as a workspace."""
        return IN_USE not in self._before

    def close(self) -> None:
        """Let go of the folder; twice is once."""
        if self._in_use >= 0:
            os.close(self._in_use)
            self._in_use = -1

    def remove(self) -> None:
        """Take away what was made of a new workspace, unless another process uses it by now."""
        with _locked(self._home):
            self.remove_unless_used()

    def remove_unless_used(self) -> None:
        """The same, for who holds the folder already."""
        try:
            fcntl.flock(self._in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        for path in self._home.iterdir():
            if path.name not in self._before:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if self._made_folder and not any(self._home.iterdir()):
            self._home.rmdir()


@contextmanager
def open_workspace(home: Path) -> Iterator[Workspace]:
    """Hold a workspace for this process alone while it is made or migrated; afterwards others may use it too.

    When that fails in a workspace that is new, what was made of it is removed.

    Raises:
        StoreError: when the workspace cannot be made or read.
    """
    try:
        made_folder = not home.is_dir()
        home.mkdir(parents=True, exist_ok=True)
        with _locked(home):
            workspace = Workspace(home, made_folder=made_folder)
            try:
                yield workspace
            except BaseException:
                if workspace.is_new:
                    workspace.remove_unless_used()
                workspace.close()
                raise
    except OSError as error:
        raise StoreError(f"Cannot use the workspace {home}: {error.strerror}. Set AIPROD_HOME to another.") from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's own lock; when it was removed while waiting, FileNotFoundError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink == 0:
            raise FileNotFoundError(2, "it was removed just now", str(folder))
        yield
    finally:
        os.close(descriptor)
