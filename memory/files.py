"""A local folder that files enter whole or not at all; another kind of store has the same few methods."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

INCOMING = ".incoming-"
STALE_SECONDS = 3600.0


def sync(path: Path) -> None:
    """Have the disk hold what was written to that file or folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Incoming:
    """A file on its way in: written under a passing name, then moved to its own."""

    def __init__(self, root: Path, file: BinaryIO, path: Path) -> None:
        self._root = root
        self._file = file
        self._path = path

    def write(self, chunk: bytes) -> None:
        """Add to the file."""
        self._file.write(chunk)

    def keep(self, name: str) -> Path:
        """Put the file, now on the disk, in its place below the folder; a file already there is replaced."""
        self._file.flush()
        os.fsync(self._file.fileno())
        target = self._root / name
        target.parent.mkdir(exist_ok=True)
        self._path.replace(target)
        sync(target.parent)
        sync(self._root)
        return target


class LocalFolder:
    """A folder on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def receive(self) -> Iterator[Incoming]:
        """Begin a file; what is not kept by the end is gone. Raises OSError."""
        self.root.mkdir(parents=True, exist_ok=True)
        path = self.root / f"{INCOMING}{uuid4().hex}"
        try:
            with path.open("xb") as file:
                yield Incoming(self.root, file, path)
        finally:
            path.unlink(missing_ok=True)

    def find(self, folder: str, stem: str) -> Path | None:
        """The file of that stem, whatever its suffix, or None."""
        return next(iter(sorted((self.root / folder).glob(f"{stem}*"))), None)

    def sweep(self) -> int:
        """Remove what a killed process left half-written an hour ago or longer; gives how many files."""
        num_removed = 0
        for path in self.root.glob(f"{INCOMING}*"):
            if time.time() - path.stat().st_mtime > STALE_SECONDS:
                path.unlink(missing_ok=True)
                num_removed += 1
        return num_removed
