"""What the commands are given: the settings in force, and the doors to the studio and the engine, opened when needed."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

import structlog
import typer

from aiprod_agents.cli.settings import Settings
from aiprod_agents.errors import StudioError
from render_engine.api import Engine

LOG_NAME = "aiprod.log"


@dataclass(frozen=True)
class Desk:
    """One run of the command line."""

    settings: Settings
    open_engine: Callable[[], Engine]


def get_desk(context: typer.Context) -> Desk:
    """The desk that `main` laid out; every command starts here."""
    return cast(Desk, context.obj)


def keep_log(workspace: Path) -> Path:
    """From now on what happens is written to the workspace's log, a JSON object a line, and never to stdout."""
    path = workspace / LOG_NAME
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=path.open("a", encoding="utf-8")),
    )
    return path
