"""Fetching a published file: gone on from where it broke off, checked by the stated hash, then put in place."""

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from render_engine.api.library import PulledModel
from render_engine.api.ports import ProgressFn
from render_engine.api.render import Progress
from render_engine.api.values import RenderError
from render_engine.cancelling import CancelledFn, heeded, stop_if
from render_engine.library.catalogue import find_address
from render_engine.library.hub import CHUNK_BYTES, BrokenOffError, Hub, HubFile
from render_engine.library.listing import free_bytes, partial_path

MAX_TRIES = 5
"""In a row, without a single byte in between."""
SECONDS_BETWEEN_TRIES = 1.0
SECONDS_BETWEEN_REPORTS = 0.1
SHA1_LENGTH = 40


def pull(
    source: str, folder: Path, progress: ProgressFn, cancelled: CancelledFn, hub: Hub | None = None
) -> PulledModel:
    """Fetch a model by its name, or `owner/name:file`, to `folder/owner/name/file`.

    A file of another content that lies there is never overwritten. Until it is whole and checked, what was fetched lies
    beside its place as a hidden `.partial` file; a content of another hash than the stated one is removed.

    Raises:
        RenderError: it cannot be had, does not fit on the disk, broke off, or is not what the hub states.
    """
    hub = hub or Hub()
    address = find_address(source)
    target = folder / address.repo / address.file
    try:
        file = hub.find(address)
    except BrokenOffError as error:
        raise RenderError(f"{error}; connect this machine or set HF_ENDPOINT, or put the file at {target}") from error
    work = _Work(hub, file, target, progress, cancelled)
    with _telling_of_disk(folder):
        num_fetched = 0 if work.is_here() else work.fetch()
    return PulledModel(
        name=source, path=target, digest=file.digest, num_bytes=file.num_bytes, bytes_fetched=num_fetched
    )


@dataclass(frozen=True)
class _Work:
    """One file on its way from the hub to its place."""

    hub: Hub
    file: HubFile
    target: Path
    progress: ProgressFn
    cancelled: CancelledFn

    def is_here(self) -> bool:
        """Whether it lies in its place already; RenderError when something else does."""
        if not self.target.exists():
            return False
        if self.target.stat().st_size != self.file.num_bytes or self._digest(self.target) != self.file.digest:
            raise RenderError(
                f"{self.target}: another content than {self.file.address} lies there; move it away, then pull again"
            )
        return True

    def fetch(self) -> int:
        """Fetch what is missing, check it all, put it in place; how many bytes came."""
        partial = partial_path(self.target, self.file.digest)
        begun = partial.stat().st_size if partial.exists() else 0
        self._check_room(self.file.num_bytes - begun)
        self.target.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("ab") as growing:
            _hold(growing, self.target)
            begun = growing.seek(0, os.SEEK_END)
            self._receive(growing, begun)
            growing.flush()
            os.fsync(growing.fileno())
            self._check(partial)
            partial.replace(self.target)
        return self.file.num_bytes - begun

    def _check_room(self, num_bytes: int) -> None:
        free = free_bytes(self.target.parent)
        if num_bytes > free:
            raise RenderError(
                f"{self.file.address}: {num_bytes / 1e9:.2f} GB are to come, {free / 1e9:.2f} GB are free at "
                f"{self.target.parent}; make room, or choose a folder on another disk"
            )

    def _receive(self, growing: IO[bytes], have: int) -> None:
        """Append until as much is there as the hub states; a broken connection is taken up again."""
        tries, reported = 0, 0.0
        self._tell("fetching", have)
        while have < self.file.num_bytes:
            try:
                with closing(self.hub.read(self.file, have)) as chunks:
                    for chunk in heeded(chunks, self.cancelled):
                        growing.write(chunk)
                        have, tries = have + len(chunk), 0
                        if time.monotonic() - reported > SECONDS_BETWEEN_REPORTS:
                            reported = time.monotonic()
                            self._tell("fetching", have)
            except BrokenOffError as error:
                growing.flush()
                tries += 1
                if tries >= MAX_TRIES:
                    raise RenderError(
                        f"{error} after {_share(have, self.file)}; pull again to go on from there"
                    ) from error
                self._wait()
        self._tell("fetching", have)

    def _wait(self) -> None:
        """Give the hub a moment, unless nobody waits any more."""
        until = time.monotonic() + SECONDS_BETWEEN_TRIES
        while time.monotonic() < until:
            stop_if(self.cancelled)
            time.sleep(0.02)

    def _check(self, partial: Path) -> None:
        """By the stated hash; what has another one is removed, or every later pull would find it."""
        found = self._digest(partial)
        if found != self.file.digest:
            partial.unlink()
            raise RenderError(
                f"{self.file.address}: what came has the hash {found[:12]}... instead of {self.file.digest[:12]}...; "
                "it was removed, pull again"
            )

    def _digest(self, path: Path) -> str:
        """Of what lies on the disk, by the kind of hash that the hub states."""
        digest = hashlib.sha256()
        if len(self.file.digest) == SHA1_LENGTH:  # git hashes a file behind a line that tells its length
            digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        done, reported = 0, 0.0
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                stop_if(self.cancelled)
                digest.update(chunk)
                done += len(chunk)
                if time.monotonic() - reported > SECONDS_BETWEEN_REPORTS:
                    reported = time.monotonic()
                    self._tell("checking", done)
        return digest.hexdigest()

    def _tell(self, phase: str, num_bytes: int) -> None:
        self.progress(Progress(phase=phase, step=num_bytes, num_steps=self.file.num_bytes))


def _share(have: int, file: HubFile) -> str:
    return f"{have:,} of {file.num_bytes:,} bytes"


def _hold(growing: IO[bytes], target: Path) -> None:
    """For one pull alone; RenderError when another one has it."""
    try:
        fcntl.flock(growing, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RenderError(f"{target}: another pull of it is under way; wait for that one") from error


@contextmanager
def _telling_of_disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = "make room" if error.errno == errno.ENOSPC else "choose another folder"
        raise RenderError(f"{error.filename or folder}: {error.strerror}; {what}, then pull again") from error
