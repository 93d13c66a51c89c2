"""Running the studio for one command: progress on stderr, the log in the workspace, Ctrl-C, and what went wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import structlog

from aiprod_agents.cli.desk import Desk
from aiprod_agents.cli.exit_codes import ExitCode
from aiprod_agents.cli.log import log_to_workspace
from aiprod_agents.cli.printing import say
from aiprod_agents.cli.progress import Unwatched, Watcher, watching
from aiprod_agents.cli.showing import SHORT_ID, show_outcome
from aiprod_agents.context import Event
from aiprod_agents.errors import InputError, StudioError
from aiprod_agents.language_models.port import LanguageModelError
from aiprod_agents.prices import load_prices
from aiprod_agents.receipts import seconds_ahead, spent_seconds
from aiprod_agents.state import State
from memory import Memory, StoreError
from render_engine.api import RenderError

if TYPE_CHECKING:
    from aiprod_agents.outcome import ProductionOutcome
    from aiprod_agents.studio import Studio

PAID_FOR = frozenset({State.RENDER_EXECUTOR, State.SEMANTIC_QA, State.DELIVERY})
"""The states whose work is on the bill."""
ResultT = TypeVar("ResultT")
Act = Callable[["Studio"], Awaitable[ResultT]]
TOLD = (StudioError, StoreError, RenderError, LanguageModelError)
"""Errors whose message is one line for the person at the command line."""


class InterruptedWork(Exception):  # noqa: N818 - nothing erred: a person pressed Ctrl-C
    """Ctrl-C came; the id is of the production that was being worked on, empty when none had begun."""

    def __init__(self, production_id: str) -> None:
        super().__init__(production_id)
        self.production_id = production_id


def run_production(desk: Desk, act: "Act[ProductionOutcome]", *, json: bool) -> ExitCode:
    """Take a production somewhere and print where it stands then, also after Ctrl-C."""
    try:
        return show_outcome(watch_studio(desk, act), json=json)
    except InterruptedWork as stop:
        if not stop.production_id:
            say("stopped before anything was begun")
            return ExitCode.INTERRUPTED
        production_id = stop.production_id
        say(f"stopped; what is finished is kept. Go on with: aiprod resume {production_id[:SHORT_ID]}")
        if json:
            show_outcome(ask_studio(desk, lambda studio: studio.status(production_id)), json=True)
        return ExitCode.INTERRUPTED


def watch_studio(desk: Desk, act: Act[ResultT]) -> ResultT:
    """Open the studio, do one thing that takes a while, close it; a person watching sees how it goes.

    Raises:
        InputError: it could not be begun: the workspace, the engine, or what was asked.
        StudioError: it went wrong on the way.
        InterruptedWork: Ctrl-C; the studio has closed and kept what is finished.
    """
    with watching(load_prices()) as watcher:
        return _run(Session(desk, watcher), act)


def ask_studio(desk: Desk, act: Act[ResultT]) -> ResultT:
    """The same for one thing that is done at once, without a display."""
    return _run(Session(desk, Unwatched()), act)


def _run(session: "Session", act: Act[ResultT]) -> ResultT:
    try:
        return asyncio.run(session.run(act))
    except KeyboardInterrupt as error:
        raise InterruptedWork(session.production_id) from error
    except TOLD as error:
        if session.production_id:
            raise StudioError(str(error)) from error
        raise InputError(str(error)) from error
    except OSError as error:
        raise InputError(f"{error.filename or session.workspace}: {error.strerror}") from error


class Session:
    """One command's time with the studio; `production_id` is empty until something happened in a production."""

    def __init__(self, desk: Desk, watcher: Watcher) -> None:
        self._desk = desk
        self._watcher = watcher
        self._studio: Studio | None = None
        self._is_quoted = False
        self.workspace = desk.settings.workspace
        self.production_id = ""

    async def run(self, act: Act[ResultT]) -> ResultT:
        """Open, act, close."""
        async with self._desk.open_studio(self._desk.settings, self.see) as studio:
            self._studio = studio
            log_to_workspace(studio.workspace)
            return await act(studio)

    def see(self, event: Event) -> None:
        """Log an event, and show it with what is left by the quote."""
        self.production_id = event.production_id or self.production_id
        if event.step == event.num_steps:
            log = structlog.get_logger()
            log.info(event.message, production=self.production_id, state=event.state, shot=event.shot_id)
        if event.state == State.FINANCIAL_ORCHESTRATOR:
            self._is_quoted = False
        elif event.state in PAID_FOR and self._studio:
            self._look_into_the_books(event, self._studio.memory)
        self._watcher.see(event)

    def _look_into_the_books(self, event: Event, memory: Memory) -> None:
        """What is ahead by the quote, once a render; and what it cost so far, whenever something is finished."""
        if not self._is_quoted and event.state == State.RENDER_EXECUTOR:
            self._is_quoted = True
            with memory.reading() as store:
                ahead = seconds_ahead(store, event.production_id)
            if ahead:
                self._watcher.expect(ahead)
        if not event.num_steps:
            with memory.reading() as store:
                spent = spent_seconds(store, event.production_id)
            self._watcher.spend(spent)
