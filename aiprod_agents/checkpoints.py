"""The checkpoints: one SQLite file a workspace, which revives no types but the studio's own records."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path
from typing import Any

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from pydantic import BaseModel

from aiprod_agents import state
from memory import records
from memory.checkpoints import checkpoint_errors
from render_engine import api

CHECKPOINTS_NAME = "checkpoints.db"
BUSY_SECONDS = 120.0


class CheckpointSaver(AsyncSqliteSaver):
    """LangGraph's saver, whose faults are StoreErrors: one line that says what to do."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        super().__init__(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=list_types()))
        self._path = path

    async def setup(self) -> None:
        """Make the tables; every other call does so first."""
        with checkpoint_errors(self._path):
            await super().setup()

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that the config names, or the newest of its thread."""
        with checkpoint_errors(self._path):
            return await super().aget_tuple(config)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint."""
        with checkpoint_errors(self._path):
            return await super().aput(config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Keep what one task wrote since its checkpoint."""
        with checkpoint_errors(self._path):
            await super().aput_writes(config, writes, task_id, task_path)


@asynccontextmanager
async def open_checkpoints(workspace: Path) -> AsyncIterator[CheckpointSaver]:
    """The workspace's checkpointer; several processes may hold it at once.

    Raises:
        StoreError: when its file cannot be used, before anything is begun with it.
    """
    path = workspace / CHECKPOINTS_NAME
    with checkpoint_errors(path):
        async with aiosqlite.connect(path, timeout=BUSY_SECONDS) as connection:
            saver = CheckpointSaver(connection, path)
            await saver.setup()
            try:
                yield saver
            finally:
                # a write that a cancel cut off leaves its transaction open, and closing lets go of that only when its
                # cursor goes too: whoever writes now finishes, nobody begins any more, what is left open is undone
                await saver.lock.acquire()
                await connection.rollback()


def list_types() -> tuple[tuple[str, str], ...]:
    """Module and name of every type that the state may hold; anything else in a checkpoint stays a plain value.

    An explicit list is as strict as LANGGRAPH_STRICT_MSGPACK, and does not hang on the environment.
    """
    members = [member for module in (records, state, api) for member in vars(module).values()]
    types = {member for member in members if isinstance(member, type) and issubclass(member, BaseModel | Enum)}
    return tuple(sorted((kind.__module__, kind.__name__) for kind in types))
