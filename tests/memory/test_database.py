"""The database under threads, processes, kills and bad addresses."""

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import StatementError

from memory import Memory, StoreError, database, open_memory
from memory.database import create_database_engine
from memory.entries import Production
from memory.records import Brief
from memory.tables import WorkspaceRow
from memory.workspace import open_workspace

WRITE_FOR_TWO_SECONDS = """
import sys, time
from pathlib import Path
from memory import open_memory
from memory.records import Brief, Take
name, home = sys.argv[1], Path(sys.argv[2])
number, until = 0, time.monotonic() + 2
with open_memory(home) as memory:
    with memory.transaction() as store:
        brief = Brief(text="The same brief from both.", language="en", seconds=12)
        production = store.productions.create(name, brief, tier="draft", seed=1)
    while time.monotonic() < until:
        number += 1
        with memory.transaction() as store:
            take = Take(id=f"{number}", shot_id="S1", number=number, ok=True, request_digest="d" * 64)
            store.takes.save(production.id, take)
print(production.id, number)
"""

DIE_IN_A_TRANSACTION = """
import sys, time
from pathlib import Path
from memory import open_memory
from memory.records import Brief, Take
with open_memory(Path(sys.argv[1])) as memory:
    brief = Brief(text="A lighthouse.", language="en", seconds=12)
    with memory.transaction() as store:
        kept = store.productions.create("kept", brief, tier="draft", seed=1)
    with memory.transaction() as store:
        store.productions.create("lost", brief, tier="draft", seed=1)
        for number in range(1, 2000):
            take = Take(id=f"{number}", shot_id="S1", number=number, ok=True, request_digest="d" * 64)
            store.takes.save(kept.id, take)
            if number == 300:
                print("writing", flush=True)
"""


def test_two_processes_write_at_once_and_nothing_is_lost(tmp_path: Path):
    """Both also make the workspace at once: one migrates, the other waits and finds it made."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_TWO_SECONDS, name, tmp_path / "home"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    said = [writer.communicate(timeout=60) for writer in writers]
    assert [error for _, error in said] == ["", ""]
    with open_memory(tmp_path / "home") as memory, memory.transaction() as store:
        assert {production.ordinal for production in store.productions.list()} == {1, 2}
        for output, _ in said:
            production_id, number = output.split()
            assert int(number) >= 2, "both had their turns"
            assert [take.number for take in store.takes.list(production_id)] == list(range(1, int(number) + 1))


def test_kill_in_a_transaction_keeps_what_was_committed_and_no_more(tmp_path: Path):
    command = [sys.executable, "-c", DIE_IN_A_TRANSACTION, tmp_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        writer.kill()
    assert writer.returncode == -signal.SIGKILL
    with open_memory(tmp_path) as memory, memory.transaction() as store:
        [kept] = store.productions.list()
        assert kept.project == "kept"
        assert store.projects.list() == ("kept",)
        assert store.takes.list(kept.id) == ()
    with closing(sqlite3.connect(tmp_path / "studio.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_threads_take_turns(memory: Memory):
    brief = Brief(text="A lighthouse.", language="en", seconds=12)

    def create(number: int) -> int:
        with memory.transaction() as store:
            return store.productions.create(f"project {number % 3}", brief, tier="draft", seed=number).ordinal

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(create, range(40))) == list(range(1, 41))


def test_a_transaction_in_a_transaction_is_refused_at_once(memory: Memory):
    with memory.transaction() as store:
        with pytest.raises(StoreError, match=r"A transaction is open in this thread already"), memory.transaction():
            pass
        store.projects.ensure("still works")
    with memory.transaction() as store:
        assert store.projects.list() == ("still works",)


def test_a_transaction_of_another_thread_waits_for_its_turn(memory: Memory):
    seen: list[tuple[str, ...]] = []

    def look() -> None:
        with memory.transaction() as store:
            seen.append(store.projects.list())

    with memory.transaction() as store:
        other = threading.Thread(target=look)
        other.start()
        store.projects.ensure("first")
    other.join(10)
    assert seen == [("first",)]


def test_the_settings_that_keep_data_safe_are_on(tmp_path: Path):
    engine = create_database_engine(tmp_path)
    with engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 120_000}


def test_another_url_is_another_file_and_the_workspace_keeps_its_id(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    with open_memory(tmp_path / "home", url) as memory:
        workspace_id = memory.workspace_id
    with open_memory(tmp_path / "home", url) as memory:
        assert memory.workspace_id == workspace_id
    assert not (tmp_path / "home" / "studio.db").exists()


@pytest.mark.parametrize("name", ["été 🎬", "100%", "a?b#c", "שלום"])
def test_a_workspace_may_have_any_name(tmp_path: Path, name: str):
    with open_memory(tmp_path / name) as memory, memory.transaction() as store:
        store.projects.ensure("harbour")
    assert (tmp_path / name / "studio.db").is_file()


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("no url", r"That is no database's URL"),
        ("oracle9://here", r"That is no database's URL"),
        ("postgresql+pg8000://u:secret@here/db", r"driver 'pg8000' is not installed"),
        ("sqlite://", r"needs a file"),
        ("sqlite:///:memory:", r"needs a file"),
    ],
)
def test_a_bad_address_is_one_line_without_its_password(tmp_path: Path, url: str, line: str):
    with pytest.raises(StoreError, match=line) as caught:
        open_memory(tmp_path, url)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_workspace_below_a_file_is_one_line_and_leaves_nothing(tmp_path: Path):
    (tmp_path / "file").write_text("a file")
    with pytest.raises(StoreError, match=r"Cannot use the workspace .*: Not a directory\. Set AIPROD_HOME"):
        open_memory(tmp_path / "file" / "home")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_damaged_database_is_one_line_and_left_alone(tmp_path: Path):
    (tmp_path / "studio.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match=r"studio\.db refused: file is not a database\. Move it away[^\n]*$"):
        open_memory(tmp_path)
    assert (tmp_path / "studio.db").read_bytes() == b"not a database at all" * 100


def test_a_database_that_is_a_folder_is_one_line(tmp_path: Path):
    (tmp_path / "studio.db").mkdir()
    with pytest.raises(StoreError, match=r"studio\.db refused: unable to open database file\. Make it [^\n]*$"):
        open_memory(tmp_path)


def test_a_moment_without_a_zone_is_refused(memory: Memory):
    row = WorkspaceRow(id="w", created_at=datetime(2026, 1, 1))  # noqa: DTZ001 - the bad value under test
    transaction = memory._database.transaction()
    with pytest.raises(StatementError, match=r"a moment needs its time zone"), transaction as session:
        session.add(row)


@pytest.mark.parametrize("was_there", [True, False])
def test_a_new_workspace_that_cannot_be_made_leaves_nothing_and_lets_go(tmp_path: Path, *, was_there: bool):
    """The clock stops the making after the tables are there."""

    def broken_clock() -> datetime:
        raise LookupError

    home = tmp_path / "home"
    if was_there:
        home.mkdir()
    with pytest.raises(LookupError):
        open_memory(home, now=broken_clock)
    assert [path.name for path in tmp_path.rglob("*")] == (["home"] if was_there else [])
    open_memory(home).close()


def test_a_workspace_that_was_there_is_kept_when_opening_fails(new_home: Path):
    with pytest.raises(LookupError), open_workspace(new_home):
        raise LookupError
    assert (new_home / "studio.db").exists()


def give_up(home: Path, work: Callable[[Memory], object]) -> None:
    """Open a workspace, do something in it, and fail."""

    def fail() -> None:
        with open_memory(home) as memory:
            work(memory)
            raise LookupError

    with pytest.raises(LookupError):
        fail()


@pytest.mark.parametrize("was_there", [True, False])
def test_a_new_workspace_in_which_nothing_began_goes_with_the_error(tmp_path: Path, *, was_there: bool):
    home = tmp_path / "home"
    if was_there:
        home.mkdir()
        (home / "letter.txt").write_text("mine")
    give_up(home, lambda memory: memory.assets.put_bytes(b"a picture"))
    assert [path.name for path in tmp_path.rglob("*")] == (["home", "letter.txt"] if was_there else [])


def test_a_workspace_with_a_production_stays_whatever_is_raised(tmp_path: Path):
    def begin(memory: Memory) -> None:
        with memory.transaction() as store:
            store.productions.create("kept", Brief(text="A dog.", language="en", seconds=12), tier="draft", seed=1)

    give_up(tmp_path / "home", begin)
    with open_memory(tmp_path / "home") as memory, memory.transaction() as store:
        assert len(store.productions.list()) == 1


def test_a_new_workspace_stays_while_another_process_uses_it(tmp_path: Path):
    home = tmp_path / "home"
    stack = ExitStack()
    opened: list[Memory] = []
    give_up(home, lambda _memory: opened.append(stack.enter_context(open_memory(home))))
    other = opened[0]
    with stack, other.transaction() as store:
        assert store.productions.list() == ()
    assert (home / "studio.db").exists()


def test_waiting_in_vain_for_another_process_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 1)
    with open_memory(tmp_path) as memory, open_memory(tmp_path) as other, memory.transaction() as store:
        store.projects.ensure("harbour")
        with (
            pytest.raises(StoreError, match=r"Another process has held it for two minutes"),
            other.transaction() as waiting,
        ):
            waiting.projects.ensure("pier")


def test_reading_waits_for_no_writer_and_sees_what_was_committed(tmp_path: Path):
    with open_memory(tmp_path) as memory, open_memory(tmp_path) as other, memory.transaction() as store:
        store.projects.ensure("harbour")
        with other.reading() as reader:
            assert reader.projects.list() == ()
        assert other.recall("harbour", "A film.") == ()


def test_reading_changes_nothing_and_writing_goes_on_afterwards(memory: Memory):
    with pytest.raises(StoreError, match="readonly"), memory.reading() as store:
        store.projects.ensure("harbour")
    with memory.transaction() as store:
        store.projects.ensure("harbour")
        with pytest.raises(StoreError, match="A transaction is open in this thread already"), memory.reading():
            pass
    with memory.reading() as store:
        assert store.projects.list() == ("harbour",)


def test_a_database_that_is_full_is_one_line_and_keeps_the_rest(memory: Memory, begin: Callable[..., Production]):
    """SQLite's own page limit stands in for the disk's; it holds for the one connection that the pool has."""
    kept = begin()
    with memory._database.transaction() as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
        session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match=r"refused: database or disk is full\. Make room there[^\n]*$"):
        begin(text="x" * 200_000)
    memory.close()
    with memory.transaction() as store:
        assert store.productions.list() == (kept,)
