"""What the commands are given: the settings in force, and the doors to the studio and the engine."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import typer

from aiprod_agents.cli.settings import Settings, read_settings
from aiprod_agents.context import Event
from render_engine.api import Engine

if TYPE_CHECKING:
    from aiprod_agents.studio import Studio

StudioOpener = Callable[[Settings, Callable[[Event], None]], "AbstractAsyncContextManager[Studio]"]
EngineOpener = Callable[[Settings], Engine]
ENGINE_LOG = "engine.log"


def open_installed_engine(settings: Settings) -> Engine:
    """The engine that the settings name; its opener takes the weights, the thread count and the worker's log."""
    from aiprod_agents.engines import find_engine

    opener = cast(Callable[..., Engine], find_engine(settings.engine))
    log = settings.workspace / ENGINE_LOG if settings.workspace.is_dir() else None
    return opener(weights=settings.weights, num_threads=settings.threads, log=log)


def open_installed_studio(settings: Settings, emit: Callable[[Event], None]) -> "AbstractAsyncContextManager[Studio]":
    """The studio with its defaults; imported when a command needs it, so that `--help` comes at once."""
    from aiprod_agents.studio import open_studio

    return open_studio(settings.workspace, open_engine=lambda: open_installed_engine(settings), emit=emit)


@dataclass(frozen=True)
class Desk:
    """One run of the command line."""

    settings: Settings = field(default_factory=read_settings)
    open_studio: StudioOpener = open_installed_studio
    open_engine: EngineOpener = open_installed_engine


def get_desk(context: typer.Context) -> Desk:
    """The desk that `main` laid out; every command starts here."""
    return cast(Desk, context.obj)
