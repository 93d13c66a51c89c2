"""The progress display: what the events add up to, in words that a person can act on."""

import io
import sys

import pytest
from rich.console import Console

from aiprod_agents.cli.progress import LiveProgress, PlainProgress, Tally, duration, watching
from aiprod_agents.context import Event
from aiprod_agents.prices import PriceTable

PRICES = PriceTable(eur_per_second=0.01)


class HandClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def step(number: int, of: int = 8) -> Event:
    return Event("p1", "render_executor", "rendering", "S1", number, of)


def test_what_is_left_counts_down_from_the_quote_and_never_below_nothing():
    clock = HandClock()
    tally = Tally(PRICES, clock)
    assert tally.seconds_left is None
    clock.now += 5
    tally.expect(30)
    clock.now += 10
    assert tally.seconds_left == 20
    assert tally.headline == "15 s · about 20 s left"
    clock.now += 100
    assert tally.seconds_left == 0


def test_the_cost_so_far_is_the_spent_seconds_by_the_price_table():
    tally = Tally(PRICES, HandClock())
    tally.spend(12.0)
    tally.see(Event("p1", "semantic_qa", "watching the takes", seconds_spent=15.0))
    tally.see(Event("p1", "render_executor", "assembling"))
    assert "0.1500 EUR so far" in tally.headline


def test_plain_lines_do_not_repeat_themselves():
    lines: list[str] = []
    plain = PlainProgress(Tally(PRICES, HandClock()), lines.append)
    for number in range(1, 9):
        plain.see(step(number))
    plain.see(Event("p1", "semantic_qa", "measuring the cut"))
    said = [line.split("] ")[1] for line in lines]
    assert said == [f"render_executor S1 rendering {part} %" for part in (0, 25, 50, 75, 100)] + [
        "semantic_qa measuring the cut"
    ]


def test_the_live_board_shows_state_shot_and_step():
    live = LiveProgress(Tally(PRICES, HandClock()))
    live.see(step(3))
    live.expect(40)
    paper = io.StringIO()
    Console(file=paper, width=100).print(live.render())
    shown = paper.getvalue()
    assert all(part in shown for part in ("render_executor", "S1", "3/8", "about 40 s left"))


def test_a_pipe_gets_plain_lines(capsys):
    with watching(PRICES) as watcher:
        watcher.see(Event("p1", "intake", "reading [the] brief"))
        watcher.expect(5)
    assert "intake reading [the] brief" in capsys.readouterr().err


def test_durations_are_for_people():
    assert [duration(0), duration(48.4), duration(125)] == ["0 s", "48 s", "2 min 05 s"]


class Terminal(io.StringIO):
    """A stderr that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_the_board_and_is_left_clean(monkeypatch: pytest.MonkeyPatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    with watching(PRICES) as watcher:
        assert isinstance(watcher, LiveProgress)
        watcher.see(step(2))
    shown = terminal.getvalue()
    assert "2/8" in shown
    assert shown.endswith(("\x1b[2K", "\x1b[?25h")), "the last thing it does is to clear its lines and show the cursor"


def test_the_live_board_passes_nothing_that_would_steer_the_terminal():
    event = Event("p1", "render_executor", "over\x1b[2J\u202e", "S1")
    live = LiveProgress(Tally(PRICES, HandClock()))
    live.see(event)
    paper = io.StringIO()
    Console(file=paper, width=100).print(live.render())
    assert "over\ufffd[2J\ufffd" in paper.getvalue()
    assert not set(paper.getvalue()) & {"\x1b", "\u202e"}


def test_a_plain_line_passes_nothing_that_would_steer_the_terminal(capsys: pytest.CaptureFixture[str]):
    PlainProgress(Tally(PRICES, HandClock())).see(Event("p1", "render_executor", "over\x1b[2J"))
    assert "over\ufffd[2J" in capsys.readouterr().err
