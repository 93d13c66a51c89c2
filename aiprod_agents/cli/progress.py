"""The live progress of a production on stderr: state, shot, step, what is left by the quote, and the cost so far."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from aiprod_agents.cli.printing import defuse, say
from aiprod_agents.context import Event
from aiprod_agents.prices import PriceTable

Clock = Callable[[], float]


class Watcher(Protocol):
    """Shows what happens while it happens."""

    def see(self, event: Event) -> None:
        """Take in one event."""
        ...

    def expect(self, seconds: float) -> None:
        """Take in what is ahead by the quote, up to the package, in seconds of compute."""
        ...

    def spend(self, seconds: float) -> None:
        """Take in what everything computed so far cost, in seconds of compute."""
        ...


@dataclass
class ShotProgress:
    """How far one shot has come."""

    step: int = 0
    num_steps: int = 0
    message: str = ""


@dataclass
class Tally:
    """What the events add up to; the displays show it."""

    prices: PriceTable
    clock: Clock = time.monotonic
    production_id: str = ""
    state: str = ""
    message: str = ""
    shots: dict[str, ShotProgress] = field(default_factory=dict)
    seconds_spent: float = 0.0
    seconds_quoted: float | None = None
    started: float = field(init=False)
    quoted_at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        """The display's clock starts with it."""
        self.started = self.clock()

    def see(self, event: Event) -> None:
        """Add one event; an event without a state, such as a worker's, leaves the state as it is."""
        self.production_id = event.production_id or self.production_id
        self.state = event.state or self.state
        self.message = event.message or self.message
        self.spend(event.seconds_spent)
        if event.shot_id:
            shot = self.shots.setdefault(event.shot_id, ShotProgress())
            shot.message = event.message or shot.message
            if event.num_steps:
                shot.step, shot.num_steps = event.step, event.num_steps

    def spend(self, seconds: float) -> None:
        """What everything so far cost; a smaller number is an older one."""
        self.seconds_spent = max(self.seconds_spent, seconds)

    def expect(self, seconds: float) -> None:
        """A quote: from now on the rest can be told."""
        self.seconds_quoted, self.quoted_at = seconds, self.clock()

    @property
    def seconds_elapsed(self) -> float:
        """Wall time since the display began."""
        return self.clock() - self.started

    @property
    def seconds_left(self) -> float | None:
        """What is left by the quote, and None without one; an overrun is no time left, never a negative one."""
        if self.seconds_quoted is None:
            return None
        return max(self.seconds_quoted - (self.clock() - self.quoted_at), 0.0)

    @property
    def headline(self) -> str:
        """Time, what is left and cost so far, in one line."""
        left = "" if self.seconds_left is None else f" · about {duration(self.seconds_left)} left"
        cost = f" · {self.prices.eur(self.seconds_spent):.4f} EUR so far" if self.seconds_spent else ""
        return f"{duration(self.seconds_elapsed)}{left}{cost}"


def duration(seconds: float) -> str:
    """Seconds for a person: 48 s, 2 min 05 s."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


@contextmanager
def watching(prices: PriceTable) -> Iterator[Watcher]:
    """The display that fits stderr: alive on a terminal, plain lines in a file or a pipe."""
    if not sys.stderr.isatty():
        yield PlainProgress(Tally(prices))
        return
    display = LiveProgress(Tally(prices))
    with Live(get_renderable=display.render, console=Console(stderr=True), refresh_per_second=8, transient=True):
        yield display


class Unwatched:
    """For what is done at once."""

    def see(self, event: Event) -> None:
        """Nobody looks."""

    def expect(self, seconds: float) -> None:
        """Nobody waits."""

    def spend(self, seconds: float) -> None:
        """Nobody counts."""


class PlainProgress:
    """One line for each thing that is new; steps are told by quarters."""

    def __init__(self, tally: Tally, write: Callable[[str], None] = say) -> None:
        self.tally = tally
        self._write = write
        self._last = ""

    def see(self, event: Event) -> None:
        """Write a line, unless it would say the same again."""
        self.tally.see(event)
        line = " ".join(filter(None, (event.state, event.shot_id, event.message, quarter(event))))
        if line and line != self._last:
            self._write(f"[{self.tally.headline}] {line}")
        self._last = line or self._last

    def expect(self, seconds: float) -> None:
        """A quote has come."""
        self.tally.expect(seconds)

    def spend(self, seconds: float) -> None:
        """Something is finished."""
        self.tally.spend(seconds)


def quarter(event: Event) -> str:
    """The step rounded down to a quarter of the way, so that eighty steps are not eighty lines."""
    return f"{event.step * 4 // event.num_steps * 25} %" if event.num_steps else ""


class LiveProgress:
    """A small board that is drawn again in place."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self._spinner = Spinner("dots")

    def see(self, event: Event) -> None:
        """Add the event; the board is drawn from the tally by its own clock."""
        self.tally.see(event)

    def expect(self, seconds: float) -> None:
        """A quote has come."""
        self.tally.expect(seconds)

    def spend(self, seconds: float) -> None:
        """Something is finished."""
        self.tally.spend(seconds)

    def render(self) -> Group:
        """The board as it stands."""
        self._spinner.update(text=Text(defuse(f"{self.tally.state or 'opening the studio'}: {self.tally.message}")))
        rows = Table.grid(padding=(0, 2))
        for shot_id, shot in self.tally.shots.items():
            total = max(shot.num_steps, 1)
            steps = Text(f"{shot.step}/{shot.num_steps}" if shot.num_steps else "")
            rows.add_row(
                Text(shot_id, style="bold"), ProgressBar(total, shot.step, width=24), steps, Text(defuse(shot.message))
            )
        return Group(self._spinner, rows, Text(self.tally.headline, style="dim"))
