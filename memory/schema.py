"""The schema's versions: made, migrated with a backup first, or refused when a newer studio wrote it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from memory.database import store_errors
from memory.errors import StoreError
from memory.files import sync

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0004"
"""The newest migration; known without loading Alembic, so that an up-to-date workspace opens fast."""

MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(engine: Engine) -> None:
    """Make the tables, or migrate an older workspace after a backup copy beside it.

    Raises:
        StoreError: when a newer studio, or something else, wrote the database; nothing is changed then.
    """
    with store_errors(engine), engine.begin() as connection:
        revision = current_revision(connection)
    if revision == HEAD:
        return
    if revision is not None:
        _refuse_newer(revision)
        if engine.dialect.name == "sqlite":
            _back_up(Path(str(engine.url.database)), revision)
    migrate(engine, HEAD)


def current_revision(connection: Connection) -> str | None:
    """The migration that the database stands at; None when it is empty.

    Raises:
        StoreError: when there are tables, but not ours.
    """
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise StoreError(f"The database {connection.engine.url.database} is not a studio's: name another.")
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(engine: Engine, revision: str) -> None:
    """Take the schema up or down to `revision` ("base" is no tables), all or nothing."""
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _config()
    script = ScriptDirectory.from_config(config)
    with store_errors(engine), engine.begin() as connection:
        config.attributes["connection"] = connection
        now = current_revision(connection)
        above = {step.revision for step in script.walk_revisions(base=now or "base", head="heads")}
        go = command.upgrade if revision in above else command.downgrade
        go(config, revision)


def _refuse_newer(revision: str) -> None:
    from alembic.script import ScriptDirectory

    known = {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision not in known:
        raise StoreError(
            f"A newer AIPROD wrote this workspace (schema {revision}; this one knows {HEAD}): "
            "get the newer one, or set AIPROD_HOME to another folder."
        )


def _back_up(path: Path, revision: str) -> Path:
    """Copy the database to `<name>.backup-<revision>.db` beside it, whole or not at all."""
    backup = path.with_name(f"{path.stem}.backup-{revision}{path.suffix}")
    partial = backup.with_name(backup.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as target:
            source.backup(target)
        sync(partial)
        partial.replace(backup)
        sync(path.parent)
    except (OSError, sqlite3.Error) as error:
        partial.unlink(missing_ok=True)
        raise StoreError(f"Cannot back up {path} before migrating it: {error}. Make room beside it.") from error
    return backup


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
