"""The log: a JSON object a line in the workspace; until one is open, only a fault of the program, on stderr."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

LOG_NAME = "aiprod.log"


class WorkspaceLog:
    """Appends lines to a file that is open no longer than a line takes, so that a killed process loses none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def msg(self, line: str) -> None:
        """Write one line; on stderr when a new workspace was taken away again, because nothing had begun in it."""
        if not self._path.parent.is_dir():
            sys.stderr.write(f"{line}\n")
            return
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    info = warning = error = critical = msg


def log_to_stderr() -> None:
    """Nothing but a fault of the program, with its trace; for as long as no workspace is open."""
    _configure(structlog.WriteLoggerFactory(file=sys.stderr), logging.CRITICAL)


def log_to_workspace(workspace: Path) -> None:
    """From now on everything, in the workspace's log."""
    log = WorkspaceLog(workspace / LOG_NAME)
    _configure(lambda *_: log, logging.INFO)


def _configure(logger_factory: Callable[..., object], level: int) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=logger_factory,
        cache_logger_on_first_use=False,
    )
