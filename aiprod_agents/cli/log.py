"""The log: a JSON object a line in the workspace; until one is open, only a fault of the program, on stderr."""

import logging
import sys
from pathlib import Path
from typing import TextIO

import structlog

LOG_NAME = "aiprod.log"


def log_to_stderr() -> None:
    """Nothing but a fault of the program, with its trace; for as long as no workspace is open."""
    _configure(sys.stderr, logging.CRITICAL)


def log_to_workspace(workspace: Path) -> TextIO:
    """From now on everything, appended to the workspace's log; the caller closes what it gets."""
    file = (workspace / LOG_NAME).open("a", encoding="utf-8", buffering=1)
    _configure(file, logging.INFO)
    return file


def _configure(file: TextIO, level: int) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=file),
        cache_logger_on_first_use=False,
    )
