"""Assets enter whole or not at all, and a damaged one is found and mended."""

import errno
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory import Memory, StoreError, open_memory
from memory.assets import CHUNK_BYTES, AssetStore
from memory.files import Incoming, LocalFolder

DIE_WHILE_WRITING = """
import os, sys
from pathlib import Path
from memory import open_memory
with open_memory(Path(sys.argv[1])) as memory:
    os.mkfifo(sys.argv[2])
    print("reading", flush=True)
    memory.assets.put_file(Path(sys.argv[2]))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "assets"


@pytest.fixture
def assets(root: Path) -> AssetStore:
    return AssetStore(LocalFolder(root))


def files_below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), suffix=st.sampled_from(["", ".png", ".MP4", ".tar.gz", "/../x", ".a b", "png"]))
def test_what_is_put_is_what_is_found(assets: AssetStore, root: Path, data: bytes, suffix: str):
    sha256 = assets.put_bytes(data, suffix)
    assert sha256 == hashlib.sha256(data).hexdigest()
    before = files_below(root)
    assert assets.put_bytes(data, suffix) == sha256
    assert files_below(root) == before
    path = assets.path(sha256)
    assert path.read_bytes() == data
    assert path.parent == root / sha256[:2]
    assert assets.verify(sha256)


def test_a_file_keeps_its_suffix_and_is_copied(assets: AssetStore, tmp_path: Path):
    source = tmp_path / "Clip One.MP4"
    data = os.urandom(2 * CHUNK_BYTES + 17)
    source.write_bytes(data)
    sha256 = assets.put_file(source)
    source.unlink()
    assert assets.path(sha256).name == f"{sha256}.mp4"
    assert assets.path(sha256).read_bytes() == data


def test_one_content_is_one_file_whatever_it_was_called(assets: AssetStore, root: Path):
    sha256 = assets.put_bytes(b"film", ".mp4")
    assert assets.put_bytes(b"film", ".bin") == sha256
    assert files_below(root) == [f"{sha256[:2]}/{sha256}.mp4"]


def test_a_missing_asset_is_named(assets: AssetStore, root: Path):
    sha256 = "ab" * 32
    assert assets.find(sha256) is None
    with pytest.raises(StoreError, match=f"^Asset {sha256} is missing from {root}: [^\n]*$"):
        assets.path(sha256)
    with pytest.raises(StoreError, match=sha256):
        assets.verify(sha256)


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "AB" * 32, "*" * 64, "ab" * 31, "ab" * 32 + "\n"])
def test_what_is_no_hash_is_refused(assets: AssetStore, sha256: str):
    with pytest.raises(StoreError, match=r"is no asset's hash"):
        assets.path(sha256)


@pytest.mark.parametrize("damage", [b"filn", b"", b"film and more"])
def test_damage_is_found_and_mended_by_the_same_content(assets: AssetStore, damage: bytes):
    sha256 = assets.put_bytes(b"film", ".mp4")
    assets.path(sha256).write_bytes(damage)
    assert not assets.verify(sha256)
    assert assets.put_bytes(b"film") == sha256
    assert assets.verify(sha256)
    assert assets.path(sha256).suffix == ".mp4"


def test_a_file_that_cannot_be_read_leaves_nothing(assets: AssetStore, root: Path, tmp_path: Path):
    with pytest.raises(StoreError, match=r"Cannot read .*nowhere\.mp4: No such file or directory\.$"):
        assets.put_file(tmp_path / "nowhere.mp4")
    with pytest.raises(StoreError, match=r"Cannot read .*: Is a directory\.$"):
        assets.put_file(tmp_path)
    assert files_below(root) == []


def test_a_store_below_a_file_is_one_line_and_leaves_nothing(tmp_path: Path):
    (tmp_path / "file").write_text("a file")
    assets = AssetStore(LocalFolder(tmp_path / "file" / "assets"))
    with pytest.raises(StoreError, match=r"^Cannot store an asset in [^\n]*: Not a directory\. [^\n]*$"):
        assets.put_bytes(b"film")
    assert files_below(tmp_path) == ["file"]


class FullFolder(LocalFolder):
    """A folder on a disk with room for a few bytes more."""

    def __init__(self, root: Path, room: int) -> None:
        super().__init__(root)
        self.room = room

    @contextmanager
    def receive(self) -> Iterator[Incoming]:
        with super().receive() as incoming:
            yield LimitedIncoming(incoming, self)


class LimitedIncoming(Incoming):
    """Writes what there is room for, then fails as the system does."""

    def __init__(self, incoming: Incoming, folder: FullFolder) -> None:
        super().__init__(incoming._root, incoming._file, incoming._path)
        self._folder = folder

    def write(self, chunk: bytes) -> None:
        super().write(chunk[: self._folder.room])
        self._folder.room -= len(chunk)
        if self._folder.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_one_line_and_leaves_what_was_there(root: Path):
    assets = AssetStore(FullFolder(root, room=10))
    kept = assets.put_bytes(b"film")
    with pytest.raises(StoreError, match=r"^Cannot store an asset in [^\n]*: No space left on device\. [^\n]*$"):
        assets.put_bytes(b"a longer film")
    assert files_below(root) == [f"{kept[:2]}/{kept}"]
    assert assets.verify(kept)


class LyingIncoming(LimitedIncoming):
    """Loses the last byte without a word, as a failing disk may."""

    def write(self, chunk: bytes) -> None:
        Incoming.write(self, chunk[:-1])


class LyingFolder(FullFolder):
    """A folder on a failing disk."""

    @contextmanager
    def receive(self) -> Iterator[Incoming]:
        with LocalFolder.receive(self) as incoming:
            yield LyingIncoming(incoming, self)


def test_a_disk_that_lies_is_found_out(root: Path):
    assets = AssetStore(LyingFolder(root, room=0))
    with pytest.raises(StoreError, match=r"reads back damaged from .*: check the disk\.$"):
        assets.put_bytes(b"film")


def test_an_interrupt_leaves_no_half_file(assets: AssetStore, root: Path):
    def write_and_stop() -> None:
        with assets._folder.receive() as incoming:
            incoming.write(b"half a film")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_stop()
    assert files_below(root) == []


def test_a_kill_leaves_no_asset_and_its_half_file_is_swept_later(tmp_path: Path):
    home, pipe = tmp_path / "home", tmp_path / "pipe.mp4"
    command = [sys.executable, "-c", DIE_WHILE_WRITING, home, pipe]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "reading\n"
        with pipe.open("wb") as feed:
            feed.write(b"half a film")
            feed.flush()
            writer.kill()
            writer.wait(10)
    [half] = files_below(home / "assets")
    assert half.startswith(".incoming-")
    with open_memory(home) as memory:
        assert memory.assets.find(hashlib.sha256(b"half a film").hexdigest()) is None
        assert files_below(home / "assets") == [half]
    os.utime(home / "assets" / half, (0, 0))
    open_memory(home).close()
    assert files_below(home / "assets") == []


def test_the_same_content_from_many_threads_is_one_whole_file(memory: Memory):
    data = os.urandom(CHUNK_BYTES)
    with ThreadPoolExecutor(8) as pool:
        hashes = set(pool.map(lambda _: memory.assets.put_bytes(data, ".mp4"), range(24)))
    assert len(hashes) == 1
    assert memory.assets.verify(hashes.pop())
    assert len(files_below(memory.assets._folder.root)) == 1
