"""How far a download has come, on stderr: a bar for a person watching, a line each quarter for a log."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bars

from aiprod_agents.cli.printing import defuse, say
from render_engine.api import Progress

QUARTERS = 4


class Fetching:
    """What was told of one download so far; `has_begun` once the hub has said how much there is."""

    def __init__(self, name: str, bars: Bars | None) -> None:
        self.has_begun = False
        self._name = defuse(name)
        self._bars = bars
        self._told = ""
        self._phase = ""

    def see(self, now: Progress) -> None:
        """Show it."""
        self.has_begun = True
        if self._bars is None:
            self._say_quarter(now)
        else:
            self._draw(now, self._bars)

    def _draw(self, now: Progress, bars: Bars) -> None:
        if now.phase != self._phase:
            self._phase = now.phase
            bars.add_task(f"{now.phase} {self._name}", total=now.num_steps, completed=now.step)
        bars.update(bars.task_ids[-1], completed=now.step)

    def _say_quarter(self, now: Progress) -> None:
        """From a log one sees that it goes on, and how much there is."""
        quarter = now.step * QUARTERS // max(now.num_steps, 1) * (100 // QUARTERS)
        line = f"{now.phase} {self._name}: {quarter} % of {now.num_steps / 1e9:.2f} GB"
        if line != self._told:
            self._told = line
            say(line)


@contextmanager
def watch_fetching(name: str) -> Iterator[Fetching]:
    """Show one download on stderr while it is under way."""
    if not sys.stderr.isatty():
        yield Fetching(name, None)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(file=sys.stderr), transient=True) as bars:
        yield Fetching(name, bars)
