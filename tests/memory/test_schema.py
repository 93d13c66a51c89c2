"""The schema goes up and down with data in it, an older workspace is backed up first, a newer one is refused."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from memory import StoreError, open_memory, schema
from memory.database import create_database_engine
from memory.records import Brief, Cost, Review, StoredCalibration, Take
from memory.tables import Row, UtcDateTime


@pytest.fixture
def home(new_home: Path, tmp_path: Path) -> Path:
    """A workspace with a production, a review, a cost and a calibration in it."""
    home = shutil.copytree(new_home, tmp_path / "home")
    with open_memory(home) as memory, memory.transaction() as store:
        brief = Brief(text="A lighthouse.", language="en", seconds=12)
        production = store.productions.create("harbour", brief, tier="draft", seed=1)
        review = Review(id="r1", version=1, cut_sha256="c" * 64, author="Ada", verdict="approved")
        store.reviews.append(production.id, review)
        store.costs.save(production.id, Cost(id="c1", what="assembly", seconds=3.0))
        measured_at = datetime(2026, 1, 1, tzinfo=UTC)
        store.calibrations.save(
            StoredCalibration(weights_sha256="a" * 64, num_threads=2, machine="desk", value={}, measured_at=measured_at)
        )
    return home


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    engine = create_database_engine(home)
    yield engine
    engine.dispose()


def rows_of(path: Path) -> dict[str, list[Any]]:
    """Every row of every table of ours."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        tables = {name for (name,) in names} & set(Row.metadata.tables)
        return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}  # noqa: S608 - our own names


def set_revision(home: Path, revision: str) -> None:
    with closing(sqlite3.connect(home / "studio.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])


def test_the_head_that_is_written_down_is_the_newest_migration():
    assert ScriptDirectory(str(schema.MIGRATIONS)).get_heads() == [schema.HEAD]


def test_the_migrations_make_the_tables_that_the_rows_describe(engine: Engine):
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Row.metadata) == []


def test_every_step_down_and_up_keeps_what_the_older_schema_holds(home: Path, engine: Engine):
    path = home / "studio.db"
    before = rows_of(path)
    assert before["reviews"]
    assert before["calibrations"]
    assert before["costs"]
    schema.migrate(engine, "0001")
    older = rows_of(path)
    assert older == {name: rows for name, rows in before.items() if name not in {"calibrations", "costs"}}
    schema.migrate(engine, schema.HEAD)
    assert rows_of(path) == {**before, "calibrations": [], "costs": []}
    schema.migrate(engine, "base")
    assert rows_of(path) == {}
    schema.migrate(engine, schema.HEAD)
    assert rows_of(path) == {name: [] for name in before}


def test_a_calibration_of_the_schema_before_has_learned_nothing_yet(home: Path, engine: Engine):
    schema.migrate(engine, "0002")
    assert len(rows_of(home / "studio.db")["calibrations"][0]) == 5
    with open_memory(home) as memory, memory.transaction() as store:
        found = store.calibrations.find("a" * 64, 2, "desk")
        assert found is not None
        assert found.paces == {}


def test_a_take_of_an_older_schema_does_not_know_how_it_was_computed(home: Path, engine: Engine):
    with open_memory(home) as memory, memory.transaction() as store:
        [production] = store.productions.list("harbour")
        take = Take(id="t", shot_id="S1", number=1, ok=True, request_digest="d" * 64, num_threads=2)
        store.takes.save(production.id, take)
    schema.migrate(engine, "0003")
    with open_memory(home) as memory, memory.transaction() as store:
        assert store.takes.list(production.id) == (take.model_copy(update={"num_threads": None}),)


def test_an_older_workspace_is_migrated_after_a_backup(home: Path, engine: Engine):
    schema.migrate(engine, "0001")
    older = rows_of(home / "studio.db")
    with open_memory(home) as memory, memory.transaction() as store:
        assert store.productions.list("harbour")
        assert store.calibrations.find("a" * 64, 2, "desk") is None
    assert rows_of(home / "studio.backup-0001.db") == older
    assert not list(home.glob("*.partial"))


def test_an_empty_schema_of_ours_is_made_anew(home: Path, engine: Engine):
    schema.migrate(engine, "base")
    with open_memory(home) as memory, memory.transaction() as store:
        assert store.productions.list() == ()


def test_without_room_for_the_backup_nothing_is_migrated(home: Path, engine: Engine):
    schema.migrate(engine, "0001")
    (home / "studio.backup-0001.db").mkdir()
    older = rows_of(home / "studio.db")
    with pytest.raises(StoreError, match=r"Cannot back up .*studio.db before migrating it: .*Make room beside it"):
        open_memory(home)
    assert rows_of(home / "studio.db") == older
    assert not list(home.glob("*.partial"))


def test_a_newer_workspace_is_refused_and_left_alone(home: Path):
    set_revision(home, "9999")
    before = rows_of(home / "studio.db")
    with pytest.raises(StoreError, match=r"^A newer AIPROD wrote this workspace \(schema 9999; .*[^\n]*$") as caught:
        open_memory(home)
    assert "\n" not in str(caught.value)
    assert rows_of(home / "studio.db") == before
    assert not list(home.glob("*backup*"))


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path):
    path = tmp_path / "studio.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(StoreError, match=r"is not a studio's: name another"):
        open_memory(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]


def test_a_migration_that_fails_half_way_leaves_the_older_schema(home: Path, engine: Engine):
    """A table that stands in the way of 0002 undoes the whole of it."""
    schema.migrate(engine, "0001")
    with closing(sqlite3.connect(home / "studio.db")) as connection, connection:
        connection.execute("CREATE TABLE calibrations (mine TEXT)")
    with pytest.raises(StoreError, match=r"table calibrations already exists"):
        open_memory(home)
    with closing(sqlite3.connect(home / "studio.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]


def test_records_stand_in_the_database_as_readable_json(home: Path):
    [(_, record)] = rows_of(home / "studio.db")["briefs"]
    assert json.loads(record)["text"] == "A lighthouse."


def test_a_column_of_moments_may_be_empty():
    """No column is yet; SQLAlchemy asks all the same."""
    column, dialect = UtcDateTime(), SQLiteDialect()
    assert column.process_bind_param(None, dialect) is None
    assert column.process_result_value(None, dialect) is None
