"""What the studio remembers: records, tables, repositories, recall, assets by hash.

    memory = open_memory(home)                      # makes or migrates `<home>/studio.db`; StoreError in one line
    with memory.transaction() as store:             # committed at the end, undone when anything is raised
        store.projects      .ensure(name) -> name; .list()
        store.productions   .create(project, brief, *, tier, seed, title="", ordinal=None) -> Production
                            .get(id); .find(id); .get_by_prefix(prefix); .list(project=None, *, limit=None)
                            .set_status(id, status, reason=None); .set_package(id, folder); .set_title(id, title)
        store.briefs        .save(production_id, brief); .find(production_id)
        store.plans         .save(production_id, concept, look, storyboard) -> PlanVersion
                            .find(production_id, version=None); .list(production_id)
        store.takes         .save(production_id, take); .list(production_id, shot_id=None)
        store.cuts          .save(production_id, cut); .find(production_id, version=None)
        store.findings      .replace(production_id, version, findings); .list(production_id, version)
        store.reviews       .append(production_id, review); .list(production_id) -> ReviewEntry, ...
                            .find_in_force(production_id)
        store.lessons       .save(production_id, lesson); .list(production_id)
        store.quotes        .save(production_id, quote, key=None); .list(production_id)
        store.reservations  .reserve(production_id, reservation); .free(production_id, reservation_id)
                            .settle(production_id, reservation_id, *, spent_seconds, spent_eur); .list(production_id)
        store.costs         .save(production_id, cost); .list(production_id)
        store.receipts      .save(production_id, receipt, *, version=0); .find(production_id)
        store.deliverables  .save(production_id, deliverable); .find(production_id, version=None)
        store.calibrations  .save(calibration); .find(weights_sha256, num_threads, machine)
    with memory.reading() as store:                 # the same repositories to read from; waits for no writer
    memory.recall(project, brief_text) -> tuple[RecalledLine, ...]
    memory.assets           .put_file(path) -> sha256; .put_bytes(data, suffix="") -> sha256
                            .path(sha256) -> Path; .find(sha256) -> Path | None; .verify(sha256) -> bool

All of it is synchronous, safe from several threads and processes at once, and every write is repeatable: the same
record again changes nothing (`create` without an ordinal is the one exception: it begins another production).
Transactions are short and do not nest; no media, model or network call belongs inside one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from sqlmodel import Session, select

from memory.assets import AssetStore
from memory.database import Database, create_database_engine
from memory.errors import StoreError
from memory.files import LocalFolder
from memory.recall import recall
from memory.records import RecalledLine
from memory.repositories import Desk, Repositories
from memory.schema import bring_up_to_date
from memory.tables import WorkspaceRow
from memory.workspace import Workspace, open_workspace

ASSETS_NAME = "assets"


class Memory:
    """An open workspace's memory; a context manager that closes it.

    When the body raises, a workspace that is new and in which no production began is removed.
    """

    def __init__(
        self, workspace: Workspace, database: Database, assets: AssetStore, now: Callable[[], datetime]
    ) -> None:
        self.assets = assets
        self._workspace = workspace
        self._database = database
        self._now = now
        self.workspace_id = _workspace_id(database, now)

    @contextmanager
    def transaction(self) -> Iterator[Repositories]:
        """Everything inside is kept together or not at all.

        Raises:
            StoreError: when the database cannot be read or written, or the thread already is in a transaction.
        """
        with self._database.transaction() as session:
            yield Repositories(self._desk(session))

    @contextmanager
    def reading(self) -> Iterator[Repositories]:
        """What is committed at this moment, to read from; no writer is waited for, and nothing can be changed.

        Raises:
            StoreError: when the database cannot be read, is written to, or the thread already is in a transaction.
        """
        with self._database.reading() as session:
            yield Repositories(self._desk(session))

    def recall(self, project: str, brief_text: str) -> tuple[RecalledLine, ...]:
        """What the project's earlier productions say to a new brief, newest first, each line with its source."""
        with self._database.reading() as session:
            return recall(self._desk(session), project, brief_text)

    def close(self) -> None:
        """Let go of the database and the folder."""
        self._database.close()
        self._workspace.close()

    def _desk(self, session: Session) -> Desk:
        return Desk(session=session, workspace_id=self.workspace_id, now=self._now)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind and self._workspace.is_new and not self._has_productions():
            self._database.close()
            self._workspace.remove()
        self.close()

    def _has_productions(self) -> bool:
        try:
            with self.reading() as store:
                return bool(store.productions.list(limit=1))
        except StoreError:
            return True  # what cannot be read is not thrown away


def utc_now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def open_memory(home: Path, url: str | None = None, *, now: Callable[[], datetime] = utc_now) -> Memory:
    """Open the memory of the workspace at `home`, making it when it is new, migrating it when it is older.

    Args:
        home: the workspace's folder.
        url: another database than `<home>/studio.db`, as an SQLAlchemy URL.
        now: the clock.

    Raises:
        StoreError: when the workspace cannot be used, or a newer studio wrote it.
    """
    home = home.absolute()
    engine = create_database_engine(home, url)
    database = Database(engine)
    folder = LocalFolder(home / ASSETS_NAME)
    with open_workspace(home) as workspace:
        try:
            bring_up_to_date(engine)
            folder.sweep()
            return Memory(workspace, database, AssetStore(folder), now)
        except BaseException:
            database.close()
            raise


def _workspace_id(database: Database, now: Callable[[], datetime]) -> str:
    """The id of this workspace, drawn when it is new."""
    with database.transaction() as session:
        row = session.exec(select(WorkspaceRow)).first()
        if row is None:
            row = WorkspaceRow(id=str(uuid4()), created_at=now())
            session.add(row)
        return row.id


__all__ = ["AssetStore", "Memory", "Repositories", "StoreError", "open_memory", "utc_now"]
