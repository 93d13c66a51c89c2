"""Whatever engine, prices and people do, every production comes to an end."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from aiprod_agents.errors import InputError
from aiprod_agents.gates import Choice, Question
from aiprod_agents.limits import MAX_PLAN_CHANGES, MAX_REVIEW_ROUNDS
from aiprod_agents.outcome import ENDS, ProductionOutcome
from aiprod_agents.state import Answer, Judgement, Order
from aiprod_agents.studio import Studio
from memory.records import Budget, Note, ProductionStatus
from tests.studio.conftest import Bench, make_brief, make_order
from tests.studio.scripted_writer import ScriptedWriter

FAULTS = st.sampled_from(["ok", "error", "frozen", "palette", "short"])
MOST_ANSWERS = 2 * (MAX_PLAN_CHANGES + 1) + 2 * MAX_REVIEW_ROUNDS + 1
"""Plan and cost for each plan, each round of changes and its cost, and the last word."""


@st.composite
def orders(draw: st.DrawFn) -> Order:
    budget = draw(st.sampled_from([None, 18.0, 30.0, 60.0]))
    return make_order(
        tier=draw(st.sampled_from(["draft", "standard"])),
        auto_approve=draw(st.booleans()),
        budget=Budget(seconds=budget),
        fast=draw(st.booleans()),
    )


@given(
    order=orders(),
    num_shots=st.integers(1, 4),
    faults=st.dictionaries(st.sampled_from(["dog", "cat"]), st.lists(FAULTS, max_size=6).map(tuple), max_size=2),
    speeds=st.lists(st.sampled_from([0.5, 1.0, 1.5, 3.0]), max_size=12),
    whims=st.lists(st.integers(0, 5), max_size=20),
    meddling=st.lists(st.sampled_from(["", "", "resume", "changes", "cancel"]), max_size=12),
)
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_every_sequence_of_verdicts_prices_failures_and_answers_ends(
    order: Order,
    num_shots: int,
    faults: dict[str, tuple[str, ...]],
    speeds: list[float],
    whims: list[int],
    meddling: list[str],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        bench.writer = ScriptedWriter(Path(folder) / "writer.log", num_shots=num_shots)
        bench.script(faults=faults)
        bench.engine.speeds = [1.0, *speeds]

        def choose(question: Question) -> Choice:
            return question.choices[(whims.pop(0) if whims else 0) % len(question.choices)]

        asyncio.run(play(bench, order, choose, lambda: meddling.pop(0) if meddling else ""))


@pytest.mark.parametrize("budget", [None, 20.0])
@pytest.mark.parametrize("auto_approve", [True, False])
def test_changes_of_a_delivered_film_end_also_where_the_budget_refuses_them(
    tmp_path: Path, budget: float | None, *, auto_approve: bool
) -> None:
    bench, order = Bench(tmp_path), make_order(budget=Budget(seconds=budget), auto_approve=auto_approve, tier="draft")
    outcome = asyncio.run(play(bench, order, lambda _question: "approve", lambda: "changes"))
    refused = [finding.status for finding in outcome.findings]
    assert outcome.status == ProductionStatus.DELIVERED
    assert set(refused) == ({"fixed"} if budget is None else {"waived"})


def test_somebody_who_always_wants_something_else_comes_to_an_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    outcome = asyncio.run(play(bench, make_order(auto_approve=False, tier="draft"), want_something_else))
    assert bench.trail().count("creative_director") == MAX_PLAN_CHANGES
    assert Path(outcome.package or "").name == f"v{MAX_REVIEW_ROUNDS + 1}"


def want_something_else(question: Question) -> Choice:
    return next((choice for choice in question.choices if "change" in choice), "approve")


async def play(
    bench: Bench, order: Order, choose: Callable[[Question], Choice], meddle: Callable[[], str] = lambda: ""
) -> ProductionOutcome:
    """Answer until the end, then once more after it; at last, judge what was delivered.

    Args:
        bench: engine, writer and workspace.
        order: what is asked.
        choose: what is answered at a gate.
        meddle: what somebody does besides: "resume" or "cancel" at a gate, "resume" a failed production, or want
            "changes" of a delivered film.
    """
    async with bench.open() as studio:
        try:
            outcome = await studio.produce(make_brief(10.0), order)
        except InputError:
            return ProductionOutcome(production_id="", project="", title="", status=ProductionStatus.REFUSED)
        outcome = await answer_all(studio, outcome, choose, meddle)
        late = meddle()
        if outcome.status == ProductionStatus.FAILED and late == "resume":
            outcome = await answer_all(studio, await studio.resume(outcome.production_id), choose, meddle)
        if outcome.status == ProductionStatus.DELIVERED and late == "changes":
            asked = Judgement(verdict="needs_changes", author="ada", notes=(Note(shot_id=None, text="other"),))
            outcome = await answer_all(studio, await studio.review(outcome.production_id, asked), choose, meddle)
        if outcome.status == ProductionStatus.DELIVERED:
            rejected = Judgement(verdict="rejected", author="ada", reason="no")
            assert (await studio.review(outcome.production_id, rejected)).status == ProductionStatus.REJECTED
        return outcome


async def answer_all(
    studio: Studio, outcome: ProductionOutcome, choose: Callable[[Question], Choice], meddle: Callable[[], str]
) -> ProductionOutcome:
    """Answer gate after gate; within the bound there is an end."""
    for _ in range(MOST_ANSWERS):
        if outcome.question is None:
            break
        whim = meddle()
        if whim == "cancel":
            outcome = await studio.cancel(outcome.production_id)
            assert outcome.status == ProductionStatus.CANCELLED
            break
        if whim == "resume":
            assert (await studio.resume(outcome.production_id)).question == outcome.question
        outcome = await reply(studio, outcome, outcome.question, choose(outcome.question))
    assert outcome.status in ENDS
    return outcome


async def reply(studio: Studio, outcome: ProductionOutcome, question: Question, choice: Choice) -> ProductionOutcome:
    if question.gate == "final":
        verdict = {"approve": "approved", "needs_changes": "needs_changes", "reject": "rejected"}[choice]
        notes = (Note(shot_id=question.shot_ids[0], text="other"),) if verdict == "needs_changes" else ()
        judgement = Judgement(verdict=verdict, author="ada", reason="so be it", notes=notes)
        return await studio.review(outcome.production_id, judgement)
    answer = Answer.model_validate({"gate": question.gate, "choice": choice, "text": "other"})
    return await studio.answer(outcome.production_id, answer)
