"""How far a render has come, on stderr: a bar on a terminal, a line a quarter elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from render_engine.api import Progress, ProgressFn
from render_engine.cli.printing import say

WAITING = "loading the weights"


@contextmanager
def shown() -> Iterator[ProgressFn]:
    """The display that fits stderr; it is gone when the block ends."""
    if not sys.stderr.isatty():
        yield quarterly()
        return
    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bars:
        task = bars.add_task(WAITING, total=None)
        yield lambda now: bars.update(task, description=now.phase, completed=now.step, total=now.num_steps)


def quarterly() -> ProgressFn:
    """Lines, none of which says the same again, so that eighty steps are not eighty of them."""
    last = ""

    def tell(now: Progress) -> None:
        nonlocal last
        line = f"{now.phase} {now.step * 4 // max(now.num_steps, 1) * 25} %"
        if line != last:
            say(line)
        last = line

    return tell
