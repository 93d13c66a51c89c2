"""What the commands are given: the settings in force, and the doors to the studio and the engine."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from aiprod_agents.cli.settings import Settings, read_settings
from aiprod_agents.context import Event
from render_engine.api import Engine

if TYPE_CHECKING:
    from aiprod_agents.studio import Studio

StudioOpener = Callable[[Path, Callable[[Event], None]], "AbstractAsyncContextManager[Studio]"]


def open_installed_engine() -> Engine:
    """The house engine, by its entry point."""
    from aiprod_agents.engines import find_engine

    return find_engine()()


def open_installed_studio(workspace: Path, emit: Callable[[Event], None]) -> "AbstractAsyncContextManager[Studio]":
    """The studio with its defaults; imported when a command needs it, so that `--help` comes at once."""
    from aiprod_agents.studio import open_studio

    return open_studio(workspace, emit=emit)


@dataclass(frozen=True)
class Desk:
    """One run of the command line."""

    settings: Settings = field(default_factory=read_settings)
    open_studio: StudioOpener = open_installed_studio
    open_engine: Callable[[], Engine] = open_installed_engine


def get_desk(context: typer.Context) -> Desk:
    """The desk that `main` laid out; every command starts here."""
    return cast(Desk, context.obj)
