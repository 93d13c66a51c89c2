"""The database: SQLite in the workspace, or any SQLAlchemy URL; every transaction begins here and ends here.

Transactions take SQLite's write lock at once (BEGIN IMMEDIATE) and wait for it, so that two processes queue and none
fails half-way for want of a lock. Reading takes no lock and waits for nobody: in WAL mode it sees what was last
committed, so an event loop may read while another process writes for long.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlmodel import Session

from memory.errors import StoreError

DATABASE_NAME = "studio.db"
BUSY_TIMEOUT_MS = 120_000
READS = "aiprod_reads"
"""The execution option of a connection that only reads."""
ADVICE = {
    "disk is full": "Make room there; nothing was changed",
    "locked": "Another process has held it for two minutes: end that one, or try again",
    "not a database": "Move it away, or put a backup in its place",
    "malformed": "Put a backup in its place",
    "readonly": "Make it writable, or set AIPROD_HOME to another folder",
    "unable to open": "Make it readable and writable, or set AIPROD_HOME to another folder",
}
"""What to do, by words of SQLite's own messages."""


class Database:
    """An open database, safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._readers = engine.execution_options(**{READS: True})
        self._turn = threading.Lock()  # threads of one process take turns fairly, which SQLite's own wait does not
        self._owner: int | None = None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose work is committed at the end, or undone when anything is raised.

        Raises:
            StoreError: when the database cannot be read or written, or the thread already is in a transaction.
        """
        self._check_owner()
        with self._turn, store_errors(self._engine):
            self._owner = threading.get_ident()
            try:
                with Session(self._engine, expire_on_commit=False) as session, session.begin():
                    yield session
            finally:
                self._owner = None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment of what is committed, and can change nothing.

        Raises:
            StoreError: when the database cannot be read, is written to, or the thread already is in a transaction.
        """
        self._check_owner()
        with store_errors(self._engine), Session(self._readers, expire_on_commit=False) as session, session.begin():
            yield session

    def _check_owner(self) -> None:
        if self._owner == threading.get_ident():
            raise StoreError("A transaction is open in this thread already: end it before beginning another.")

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def create_database_engine(home: Path, url: str | None = None) -> Engine:
    """The engine for that URL, or for the workspace's own SQLite file.

    Raises:
        StoreError: when the URL is no database's, or its driver is not installed.
    """
    try:
        address = make_url(url) if url else URL.create("sqlite", database=str(home / DATABASE_NAME))
        engine = create_engine(address, json_serializer=partial(json.dumps, ensure_ascii=False, sort_keys=True))
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError("That is no database's URL: write it like sqlite:////path/to/studio.db.") from error
    except ModuleNotFoundError as error:
        raise StoreError(f"The database's driver {error.name!r} is not installed: install it with pip.") from error
    if engine.dialect.name == "sqlite":
        if engine.url.database in {None, "", ":memory:"}:
            raise StoreError("The workspace's database needs a file: leave the URL out, or name one.")
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def store_errors(engine: Engine) -> Iterator[None]:
    """Turn what the database's driver raises into one line that says what to do."""
    try:
        yield
    except DBAPIError as error:
        place = engine.url.database if engine.dialect.name == "sqlite" else engine.url.render_as_string()
        reason = " ".join(str(error.orig).split())
        raise StoreError(f"The database {place} refused: {reason}. {find_advice(reason)}.") from error


def find_advice(reason: str) -> str:
    """What to do about what SQLite says."""
    return next((advice for words, advice in ADVICE.items() if words in reason), "Nothing was changed")


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # the driver begins no transaction of its own, `_begin` does
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a commit survives a power cut: money and reviews are in here
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    reads = bool(connection.get_execution_options().get(READS))
    connection.exec_driver_sql(f"PRAGMA query_only = {int(reads)}")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
