"""Files that are whole or absent: written beside their place, flushed to the disk, then renamed."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from render_engine.api import RenderError


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes, lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def whole_file(out: Path) -> Iterator[Path]:
    """Yield a path to write to; it becomes `out` only if the block ends well.

    Raises:
        RenderError: the disk is full, or the folder cannot be written.
    """
    partial = out.with_name(f".{out.name}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(out, error) from error
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(out)
        _flush_folder(out.parent)
    except OSError as error:
        raise _cannot_write(out, error) from error
    finally:
        partial.unlink(missing_ok=True)


def _cannot_write(out: Path, error: OSError) -> RenderError:
    return RenderError(f"cannot write {out}: {error.strerror or error}; free space or choose another folder")


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
