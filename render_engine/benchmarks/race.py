"""A race: several ways to do one piece of work, timed by turns, so that a busy moment falls on all alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from torch import Tensor

from render_engine.benchmarks.report import Figure
from render_engine.machine import Machine

Run = Callable[[], Tensor]


class Race(NamedTuple):
    """What each contestant gave, from its warm-up, and what it took."""

    outputs: dict[str, Tensor]
    figures: dict[str, Figure]


def race(contestants: Mapping[str, Run], machine: Machine, *, num_rounds: int, deadline: float) -> Race:
    """Warm up, then run the contestants by turns, A B A B, for `num_rounds` or until the deadline, but once at least.

    Args:
        contestants: name to work; it must end when its output is ready or, on a GPU, queued.
        machine: what to wait for, and whose memory is watched.
        num_rounds: of each contestant.
        deadline: by `time.monotonic()`.
    """
    outputs = {name: run() for name, run in contestants.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    peaks: dict[str, int | None] = {}
    for _ in range(num_rounds):
        for name, run in contestants.items():
            machine.synchronise()
            machine.forget_peak()
            started = time.perf_counter()
            run()
            machine.synchronise()
            seconds[name].append(time.perf_counter() - started)
            peaks[name] = machine.peak_bytes()
        if time.monotonic() > deadline:
            break
    figures = {name: _figure(laps, peaks[name]) for name, laps in seconds.items()}
    return Race(outputs, figures)


def _figure(laps: list[float], peak: int | None) -> Figure:
    return Figure(
        seconds_min=min(laps), seconds_median=statistics.median(laps), num_rounds=len(laps), peak_memory_bytes=peak
    )
