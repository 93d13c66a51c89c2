"""The state machine's checkpoints: when a production has ended, only its last one is kept.

LangGraph writes them into a SQLite file of its own, whose two tables are keyed by thread and checkpoint; checkpoint ids
grow with time.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from memory.errors import StoreError

BUSY_SECONDS = 60.0


def prune_checkpoints(database: Path, thread_id: str) -> int:
    """Delete all but the newest checkpoint of a thread, at once or not at all; gives how many went.

    Raises:
        StoreError: when the file cannot be written.
    """
    newest = "(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = :thread AND checkpoint_ns = '')"
    try:
        with closing(sqlite3.connect(database, timeout=BUSY_SECONDS)) as connection, connection:
            for table in ("writes", "checkpoints"):
                statement = f"DELETE FROM {table} WHERE thread_id = :thread AND checkpoint_id < {newest}"  # noqa: S608 - both are constants
                num_deleted = connection.execute(statement, {"thread": thread_id}).rowcount
    except sqlite3.Error as error:
        raise StoreError(f"The checkpoints in {database} cannot be pruned: {error}.") from error
    return num_deleted
