"""The books behind the display: what is ahead by the quote, and what everything so far has cost."""

import asyncio

import pytest

from aiprod_agents.cli.running import Session
from aiprod_agents.context import Event
from aiprod_agents.outcome import ProductionOutcome
from tests.cli.office import Office
from tests.studio.conftest import make_brief, make_order


class Notebook:
    """A watcher that writes everything down."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, float]] = []

    def see(self, event: Event) -> None:
        self.lines.append((event.state, 0.0))

    def expect(self, seconds: float) -> None:
        self.lines.append(("ahead", seconds))

    def spend(self, seconds: float) -> None:
        self.lines.append(("spent", seconds))

    def all_of(self, what: str) -> list[float]:
        return [seconds for name, seconds in self.lines if name == what]


def produce(office: Office) -> tuple[ProductionOutcome, Notebook]:
    notebook = Notebook()
    session = Session(office.lay(), notebook)
    return asyncio.run(session.run(lambda studio: studio.produce(make_brief(), make_order()))), notebook


def test_the_cost_so_far_ends_at_the_receipt_and_the_time_left_begins_at_the_whole_quote(office: Office):
    outcome, notebook = produce(office)
    assert outcome.receipt is not None
    assert outcome.quote is not None
    assert notebook.all_of("ahead") == [pytest.approx(outcome.quote.seconds)]
    assert notebook.all_of("spent")[-1] == pytest.approx(outcome.receipt.spent_seconds)
    before_qa = notebook.lines[: notebook.lines.index(("semantic_qa", 0.0))]
    at_qa = max(seconds for name, seconds in before_qa if name == "spent")
    assert at_qa >= 3 * 2.0 + 3.0, "the assembly is on it before the film is watched"


def test_after_a_retake_s_quote_the_animatic_that_is_still_to_be_made_is_ahead_too(office: Office):
    office.script(faults={"cat": ("frozen",)})
    outcome, notebook = produce(office)
    assert outcome.quote is not None
    plan, retake = notebook.all_of("ahead")
    assert plan == pytest.approx(outcome.quote.seconds)
    assert outcome.quote.seconds_animatic + outcome.quote.seconds_assembly / 2 < retake < plan
