"""The checkpoints: one SQLite file a workspace, which revives no types but the studio's own records."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path

import aiosqlite
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from pydantic import BaseModel

from aiprod_agents import state
from memory import records
from render_engine import api

CHECKPOINTS_NAME = "checkpoints.db"
BUSY_SECONDS = 60.0


@asynccontextmanager
async def open_checkpoints(workspace: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """The workspace's checkpointer; several processes may hold it at once."""
    serializer = JsonPlusSerializer(allowed_msgpack_modules=list_types())
    async with aiosqlite.connect(workspace / CHECKPOINTS_NAME, timeout=BUSY_SECONDS) as connection:
        try:
            yield AsyncSqliteSaver(connection, serde=serializer)
        finally:
            # a cancelled write leaves its transaction open, and closing lets go of it only when its cursor goes too
            await connection.rollback()


def list_types() -> tuple[tuple[str, str], ...]:
    """Module and name of every type that the state may hold; anything else in a checkpoint stays a plain value.

    An explicit list is as strict as LANGGRAPH_STRICT_MSGPACK, and does not hang on the environment.
    """
    members = [member for module in (records, state, api) for member in vars(module).values()]
    types = {member for member in members if isinstance(member, type) and issubclass(member, BaseModel | Enum)}
    return tuple(sorted((kind.__module__, kind.__name__) for kind in types))
