"""The state machine's checkpoints: what goes wrong with their file, and what is kept of them.

LangGraph writes them into a SQLite file of its own, whose two tables are keyed by thread and checkpoint; checkpoint ids
grow with time. When a production has ended, only its last one is kept.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from memory.database import find_advice
from memory.errors import StoreError

BUSY_SECONDS = 120.0


@contextmanager
def checkpoint_errors(database: Path) -> Iterator[None]:
    """Turn what SQLite says of the checkpoints' file into a StoreError: one line that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        reason = " ".join(str(error).split())
        raise StoreError(f"The checkpoints in {database} refused: {reason}. {find_advice(reason)}.") from error


def prune_checkpoints(database: Path, thread_id: str) -> int:
    """Delete all but the newest checkpoint of a thread, at once or not at all; gives how many went.

    Raises:
        StoreError: when the file cannot be written.
    """
    newest = "(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = :thread AND checkpoint_ns = '')"
    num_deleted = 0
    with (
        checkpoint_errors(database),
        closing(sqlite3.connect(database, timeout=BUSY_SECONDS)) as connection,
        connection,
    ):
        for table in ("writes", "checkpoints"):
            statement = f"DELETE FROM {table} WHERE thread_id = :thread AND checkpoint_id < {newest}"  # noqa: S608 - both are constants
            num_deleted = connection.execute(statement, {"thread": thread_id}).rowcount
    return num_deleted
