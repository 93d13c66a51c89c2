"""The assets: media by content hash, at `<root>/ab/abcdef….suffix`; one content is one file.

A file is written under a passing name, synced, renamed and read back, so that what has its hash for a name is whole.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from memory.errors import StoreError
from memory.files import LocalFolder

CHUNK_BYTES = 1 << 20
SHA256 = re.compile(r"[0-9a-f]{64}")
SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


class AssetStore:
    """Media by content hash; safe to use from several threads and processes."""

    def __init__(self, folder: LocalFolder) -> None:
        self._folder = folder

    def put_file(self, path: Path) -> str:
        """Copy the file in; gives its sha256. A content that is there already stays, mended if it was damaged.

        Raises:
            StoreError: when the file cannot be read, or the store cannot be written; nothing is left behind then.
        """
        return self._put(_chunks_of(path), path.suffix)

    def put_bytes(self, data: bytes, suffix: str = "") -> str:
        """Write the bytes in under a suffix such as ".png"; gives their sha256. Raises StoreError as `put_file`."""
        return self._put((data,), suffix)

    def path(self, sha256: str) -> Path:
        """Where the content of that hash lies.

        Raises:
            StoreError: naming the hash, when it is not in the store or is no hash.
        """
        found = self.find(sha256)
        if found is None:
            raise StoreError(
                f"Asset {sha256} is missing from {self._folder.root}: render it again, or restore the file."
            )
        return found

    def find(self, sha256: str) -> Path | None:
        """Where the content of that hash lies, or None; StoreError when it is no hash."""
        if not SHA256.fullmatch(sha256):
            raise StoreError(f"{sha256[:80]!r} is no asset's hash: it has 64 characters from 0-9 and a-f.")
        return self._folder.find(sha256[:2], sha256)

    def holds(self, sha256: str) -> bool:
        """Whether the content of that hash is there and whole; StoreError when it is no hash, or unreadable."""
        return self.find(sha256) is not None and self.verify(sha256)

    def verify(self, sha256: str) -> bool:
        """Whether the content still has the hash that names it; StoreError when it is missing or unreadable."""
        return _hash_file(self.path(sha256)) == sha256

    def _put(self, chunks: Iterable[bytes], suffix: str) -> str:
        try:
            with self._folder.receive() as incoming:
                digest = hashlib.sha256()
                for chunk in chunks:
                    digest.update(chunk)
                    incoming.write(chunk)
                sha256 = digest.hexdigest()
                stored = self.find(sha256)
                if stored is None or _hash_file(stored) != sha256:
                    incoming.keep(_name(sha256, stored.suffix if stored else suffix))
        except OSError as error:
            raise StoreError(
                f"Cannot store an asset in {self._folder.root}: {error.strerror}. Make room there."
            ) from error
        if not self.verify(sha256):
            raise StoreError(f"Asset {sha256} reads back damaged from {self._folder.root}: check the disk.")
        return sha256


def _name(sha256: str, suffix: str) -> str:
    suffix = suffix.lower()
    return f"{sha256[:2]}/{sha256}{suffix if SUFFIX.fullmatch(suffix) else ''}"


def _chunks_of(path: Path) -> Iterator[bytes]:
    """The file in pieces; StoreError when it cannot be read."""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise StoreError(f"Cannot read {path}: {error.strerror}.") from error


def _hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks_of(path):
        digest.update(chunk)
    return digest.hexdigest()
