"""Spending: a budget bounds a whole production, a round asks its price, and what was only found costs nothing."""

from pathlib import Path

import pytest

from aiprod_agents.budgets import find_left
from aiprod_agents.calibrating import name_machine
from aiprod_agents.outcome import ProductionOutcome
from aiprod_agents.prices import load_prices
from aiprod_agents.state import Answer, Judgement
from aiprod_agents.studio import Studio
from memory.records import Budget, Note, ProductionStatus, Quote
from tests.studio.conftest import Bench, make_brief, make_order, read_json

LIMIT = 45.0


def approve(gate: str) -> Answer:
    return Answer.model_validate({"gate": gate, "choice": "approve"})


def change(shot_id: str | None, text: str) -> Judgement:
    return Judgement(verdict="needs_changes", author="ada", notes=(Note(shot_id=shot_id, text=text),))


async def to_cut(studio: Studio, **order: object) -> str:
    """A production whose plan and price a person has approved, and whose cut waits."""
    outcome = await studio.produce(make_brief(), make_order(auto_approve=False, **order))
    await studio.answer(outcome.production_id, approve("plan"))
    outcome = await studio.answer(outcome.production_id, approve("cost"))
    assert outcome.status == ProductionStatus.AWAITING_REVIEW
    return outcome.production_id


async def quote_plan(studio: Studio, tier: str) -> Quote:
    """What the sample brief is quoted at; it is declined."""
    outcome = await studio.produce(make_brief(), make_order(auto_approve=False, tier=tier))
    await studio.answer(outcome.production_id, Answer(gate="plan", choice="decline"))
    assert outcome.quote is not None
    return outcome.quote


async def left_of(studio: Studio, production_id: str) -> float:
    state = (await studio._snapshot(production_id)).values
    with studio.memory.reading() as store:
        return find_left(store, state["commission"], state["quotes"], load_prices())


def taken(studio: Studio, production_id: str) -> float:
    """What the budget has lost: what was spent, or is still set aside."""
    with studio.memory.reading() as store:
        entries = store.reservations.list(production_id)
    sums = [entry.reservation.seconds if entry.spent_seconds is None else entry.spent_seconds for entry in entries]
    return sum(sums)


def lines_about(outcome: ProductionOutcome, about: str) -> list[str]:
    assert outcome.question is not None
    return [line.text for line in outcome.question.lines if line.about == about]


def spent_on(outcome: ProductionOutcome) -> dict[str, float]:
    assert outcome.receipt is not None
    return {line.what: line.spent_seconds for line in outcome.receipt.lines}


# ---- the budget --------------------------------------------------------------------------------------------------


async def test_rounds_of_changes_share_the_budget_with_what_came_before(bench: Bench) -> None:
    async with bench.open() as studio:
        production_id = await to_cut(studio, tier="draft", budget=Budget(seconds=LIMIT))
        for number in range(8):
            outcome = await studio.review(production_id, change(None, f"change {number}"))
            if outcome.status != ProductionStatus.AWAITING_COST:
                break
            await studio.answer(production_id, approve("cost"))
            assert taken(studio, production_id) <= LIMIT
        assert outcome.status == ProductionStatus.AWAITING_REVIEW
        assert 1 <= number < 7
        [refused] = lines_about(outcome, "not rendered")
        assert f"where {await left_of(studio, production_id):.1f} s of compute" in refused
        assert "alone would fit: " in refused or "nothing fits: the cheapest, S1 alone, costs " in refused
        assert taken(studio, production_id) <= LIMIT


async def test_a_refusal_names_the_changes_that_would_fit(bench: Bench) -> None:
    async with bench.open() as studio:
        quote = await quote_plan(studio, "draft")
        bench.engine.seconds_per_take = quote.shots[0].seconds
        production_id = await to_cut(studio, tier="draft", budget=Budget(seconds=1.6 * quote.seconds))
        outcome = await studio.review(production_id, change(None, "darker"))
        [refused] = lines_about(outcome, "not rendered")
        assert "; S1 alone would fit: " in refused
        assert len(bench.engine.calls("render")) == 3
        outcome = await studio.review(production_id, change("S1", "darker"))
        assert outcome.status == ProductionStatus.AWAITING_COST
        await studio.answer(production_id, approve("cost"))
        assert len(bench.engine.calls("render")) == 4


async def test_resuming_again_and_again_stays_within_the_budget(bench: Bench) -> None:
    bench.script(faults={"cat": ("error",) * 99})
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(budget=Budget(seconds=LIMIT)))
        for _ in range(6):
            assert outcome.status == ProductionStatus.FAILED
            state = (await studio._snapshot(outcome.production_id)).values
            outcome = await studio.resume(outcome.production_id)
            assert taken(studio, outcome.production_id) <= LIMIT
            assert state["allowance_seconds"] <= LIMIT


async def test_a_try_that_the_budget_does_not_bear_is_told_with_its_price(bench: Bench) -> None:
    bench.script(faults={"cat": ("error",) * 99})
    async with bench.open() as studio:
        quote = await quote_plan(studio, "standard")
        outcome = await studio.produce(make_brief(), make_order(budget=Budget(seconds=quote.seconds + 1)))
        assert outcome.status == ProductionStatus.FAILED
    assert outcome.reason is not None
    assert outcome.reason.startswith("S2 could not be rendered: out of memory")
    assert "another take of S2 costs " in outcome.reason
    assert "s are allowed" in outcome.reason


# ---- the price of a round ----------------------------------------------------------------------------------------


async def test_a_round_of_changes_asks_its_price_before_it_renders(bench: Bench) -> None:
    async with bench.open() as studio:
        production_id = await to_cut(studio)
        outcome = await studio.review(production_id, change("S2", "darker"))
        assert outcome.status == ProductionStatus.AWAITING_COST
        assert len(bench.engine.calls("render")) == 3
        assert outcome.question is not None
        assert outcome.question.choices == ("approve", "decline")
        assert len(lines_about(outcome, "S2")) == 1
        assert lines_about(outcome, "S1") == []
        outcome = await studio.answer(production_id, approve("cost"))
    assert outcome.status == ProductionStatus.AWAITING_REVIEW
    assert len(bench.engine.calls("render")) == 4


async def test_a_round_that_is_too_dear_for_a_person_leaves_the_cut_as_it_stands(bench: Bench) -> None:
    async with bench.open() as studio:
        production_id = await to_cut(studio)
        await studio.review(production_id, change("S2", "darker"))
        no = Answer(gate="cost", choice="decline", text="too dear")
        outcome = await studio.answer(production_id, no)
        assert outcome.status == ProductionStatus.AWAITING_REVIEW
        assert lines_about(outcome, "not rendered") == ["the changes were declined for their price: too dear"]
        assert len(bench.engine.calls("render")) == 3
        with studio.memory.reading() as store:
            assert len(store.reservations.list(production_id)) == 1


async def test_with_yes_the_price_of_a_round_is_answered(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        outcome = await studio.review(outcome.production_id, change("S2", "darker"))
    assert outcome.status != ProductionStatus.AWAITING_COST
    assert len(bench.engine.calls("render")) == 4


# ---- the bill ----------------------------------------------------------------------------------------------------


async def test_everything_that_is_computed_is_quoted_and_billed(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        assert outcome.receipt is not None
        lines = {line.what: line for line in outcome.receipt.lines}
        assert list(lines) == ["S1", "S2", "S3", "assembly", "animatic", "measuring", "narration"]
        assert all(line.quoted_seconds > 0 and line.spent_seconds > 0 for line in lines.values())
        assert (lines["assembly"].spent_seconds, lines["animatic"].spent_seconds) == (3.0, 3.0)
        assert outcome.quote is not None
        assert outcome.receipt.quoted_seconds == pytest.approx(outcome.quote.seconds)
        assert read_json(outcome, "receipt.json")["spent_seconds"] == outcome.receipt.spent_seconds
        assert taken(studio, outcome.production_id) == pytest.approx(outcome.receipt.spent_seconds)


async def test_what_is_only_found_is_not_billed(bench: Bench) -> None:
    async with bench.open() as studio:
        await studio.produce(make_brief(), make_order())
        calls = [len(bench.engine.calls(call)) for call in ("assemble", "measure", "speak")]
        again = await studio.produce(make_brief(), make_order())
    assert [len(bench.engine.calls(call)) for call in ("assemble", "measure", "speak")] == calls
    spent = spent_on(again)
    assert {what: spent[what] for what in ("assembly", "animatic", "measuring", "narration")} == {
        "assembly": 0.0,
        "animatic": 0.0,
        "measuring": 0.0,
        "narration": 0.0,
    }
    assert again.receipt is not None
    assert again.receipt.spent_seconds == 3 * 2.0


async def test_a_preview_is_on_nobody_s_bill(bench: Bench, tmp_path: Path) -> None:
    async with bench.open() as studio:
        await studio.preview(make_brief(), make_order(), tmp_path / "preview")
        assert bench.engine.calls("assemble")
        outcome = await studio.produce(make_brief(), make_order())
    assert spent_on(outcome)["animatic"] == 0.0


# ---- the machine's pace ------------------------------------------------------------------------------------------


async def test_quotes_follow_a_machine_that_has_become_slower_or_faster(bench: Bench) -> None:
    async with bench.open() as studio:
        first = await studio.produce(make_brief(), make_order())
        second = await studio.produce(make_brief(), make_order(seed=8))
        bench.engine.seconds_per_take = 90.0
        third = await studio.produce(make_brief(), make_order(seed=9))
        fourth = await studio.produce(make_brief(), make_order(seed=10))
    rendering = [outcome.quote.seconds_of("rendering") for outcome in (first, second, third, fourth) if outcome.quote]
    assert 3 * 2.0 < rendering[1] < rendering[0], "takes of two seconds show that the machine is faster"
    assert rendering[2] < rendering[1]
    assert rendering[2] < rendering[3] < 3 * 90.0, "takes of ninety seconds show that it has become slow"
    assert len(bench.engine.calls("calibrate")) == 1


async def test_another_version_measures_the_machine_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench.open() as studio:
        await studio.produce(make_brief(), make_order())
        monkeypatch.setattr("aiprod_agents.calibrating.version", lambda _name: "99")
        await studio.produce(make_brief(), make_order(seed=8))
    assert len(bench.engine.calls("calibrate")) == 2


async def test_a_calibration_that_lacks_what_is_measured_today_is_made_again(bench: Bench) -> None:
    async with bench.open() as studio:
        await studio.produce(make_brief(), make_order())
        with studio.memory.transaction() as store:
            card = await bench.engine.card()
            stored = store.calibrations.find(card.weights_sha256, card.num_threads, name_machine())
            assert stored is not None
            store.calibrations.save(stored.model_copy(update={"value": {"seconds_fixed": 1.0}}))
        await studio.produce(make_brief(), make_order(seed=8))
    assert len(bench.engine.calls("calibrate")) == 2
