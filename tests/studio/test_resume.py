"""Productions that stop and go on: kills, restarts, cancels, two at once."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import aiprod_agents.studio as studio_module
from aiprod_agents.errors import BusyError, StudioError
from aiprod_agents.locks import CancelMark, hold_production
from aiprod_agents.outcome import ProductionOutcome
from aiprod_agents.state import Answer, Judgement
from memory.records import Note, ProductionStatus, Reservation
from tests.studio.conftest import Bench, make_brief, make_order, until
from tests.studio.fake_engine import Script
from tests.studio.scripted_writer import ScriptedWriter

ROOT = Path(__file__).parents[2]
PLAN = Answer(gate="plan", choice="approve")
COST = Answer(gate="cost", choice="approve")


def run_in_a_process(folder: Path, script: Script) -> int:
    command = [sys.executable, "-m", "tests.studio.killed_run", str(folder), script.model_dump_json()]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def is_page(path: str) -> bool:
    return "data:image/jpeg;base64," in Path(path).read_text()


def read_film(outcome: ProductionOutcome) -> bytes:
    assert outcome.status == ProductionStatus.DELIVERED, outcome.reason
    return Path(outcome.film or "").read_bytes()


async def test_a_killed_render_goes_on_where_it_was_and_gives_the_same_film(bench: Bench, tmp_path: Path) -> None:
    assert run_in_a_process(tmp_path, Script(kill_at_render=2)) == -signal.SIGKILL
    assert bench.engine.calls("render") == ["dog", "cat"]
    bench.writer = ScriptedWriter(tmp_path / "writer.log", num_shots=4)
    async with bench.open() as studio:
        [production] = studio.list()
        assert production.status == ProductionStatus.RENDERING
        outcome = await studio.resume(production.id)
    assert bench.engine.calls("render") == ["dog", "cat", "bird", "horse"]
    assert bench.engine.calls("begin") == ["dog", "cat", "bird", "bird", "horse"]
    assert bench.writer.asked() == ["fast_track_optimizer", "visual_translator"]  # nobody was asked twice

    undisturbed = Bench(tmp_path / "undisturbed")
    undisturbed.folder.mkdir()
    undisturbed.writer.num_shots = 4
    async with undisturbed.open() as studio:
        assert read_film(await studio.produce(make_brief(), make_order())) == read_film(outcome)


async def test_a_take_that_no_checkpoint_knows_is_found_by_its_request(bench: Bench) -> None:
    """The take was stored, and the process died before the state was: the run again finds it."""
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        config = {"configurable": {"thread_id": outcome.production_id}}
        values = (await studio._graph.aget_state(config)).values
        await studio._graph.aupdate_state(
            config,
            {"decision": "render", "phase": "render", "scope": ["S1", "S2", "S3"], "takes": {}},
            as_node="financial_orchestrator",
        )
        async for _ in studio._graph.astream(None, config, context=studio._open_context()):
            pass
        again = (await studio._graph.aget_state(config)).values
    assert len(bench.engine.calls("render")) == 3
    assert again["takes"] == values["takes"]


async def test_gates_survive_a_restart(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(auto_approve=False))
    for answer, status in ((PLAN, ProductionStatus.AWAITING_COST), (COST, ProductionStatus.AWAITING_REVIEW)):
        async with bench.open() as studio:
            question = (await studio.status(outcome.production_id)).question
            assert question is not None
            assert question.gate == answer.gate
            assert (await studio.resume(outcome.production_id)).question == question
            assert question.gate == "cost" or is_page(question.lines[0].text)
            outcome = await studio.answer(outcome.production_id, answer)
            assert outcome.status == status
    async with bench.open() as studio:
        outcome = await studio.review(outcome.production_id, Judgement(verdict="approved", author="ada"))
    assert outcome.status == ProductionStatus.DELIVERED
    assert bench.writer.asked() == ["fast_track_optimizer", "visual_translator"]
    assert len(bench.engine.calls("draw")) == 3


async def test_a_second_answer_changes_nothing(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(auto_approve=False))
        outcome = await studio.answer(outcome.production_id, PLAN)
        with pytest.raises(StudioError, match="the cost gate is open, not the plan gate"):
            await studio.answer(outcome.production_id, PLAN)
        assert (await studio.status(outcome.production_id)).status == ProductionStatus.AWAITING_COST
        outcome = await studio.answer(outcome.production_id, COST)
        with pytest.raises(StudioError, match="the final gate is open, not the cost gate"):
            await studio.answer(outcome.production_id, COST)
        await studio.review(outcome.production_id, Judgement(verdict="approved", author="ada"))
        with pytest.raises(StudioError, match="waits at no gate: it is delivered"):
            await studio.answer(outcome.production_id, COST)
    assert len(bench.engine.calls("render")) == 3


async def test_resuming_what_is_delivered_changes_nothing(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        again = await studio.resume(outcome.production_id[:8])
    assert again.model_copy(update={"seconds_elapsed": outcome.seconds_elapsed}) == outcome


async def test_cancel_stops_within_a_step_keeps_takes_and_settles_the_bill(bench: Bench) -> None:
    async with bench.open() as studio, bench.open() as other:
        bench.script(stuck="cat")
        running = asyncio.ensure_future(studio.produce(make_brief(), make_order()))
        await until(lambda: len(bench.engine.calls("begin")) == 2)
        [production] = other.list()
        told = await other.cancel(production.id)
        outcome = await running
        with studio.memory.transaction() as store:
            reservations = [(entry.status, entry.spent_seconds) for entry in store.reservations.list(production.id)]
            takes = store.takes.list(production.id)
        assert (await studio.resume(production.id)).status == ProductionStatus.CANCELLED
        with pytest.raises(StudioError, match="has ended as cancelled"):
            await studio.cancel(production.id)
    assert told.status == outcome.status == ProductionStatus.CANCELLED
    [(status, spent)] = reservations
    assert status == "settled"
    assert [take.shot_id for take in takes] == ["S1"]
    assert outcome.receipt is not None
    assert outcome.receipt.spent_seconds == spent
    lines = {line.what: (line.takes, line.spent_seconds) for line in outcome.receipt.lines}
    assert lines["S1"] == (1, 2.0)
    assert lines["S2"][0] == 0
    assert lines["S2"][1] > 0, "what the stopped take has computed is on the bill"
    assert lines["S3"] == (0, 0.0)
    assert not CancelMark(studio.workspace, production.id).is_set()


async def test_a_reservation_that_no_checkpoint_knows_is_freed_by_a_cancel(bench: Bench) -> None:
    """The sum was set aside, and the process died before the state was stored."""
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(auto_approve=False))
        with studio.memory.transaction() as store:
            store.reservations.reserve(outcome.production_id, Reservation(id="lost", seconds=9.0, eur=0.1))
        await studio.cancel(outcome.production_id)
        with studio.memory.transaction() as store:
            [entry] = store.reservations.list(outcome.production_id)
    assert (entry.status, entry.spent_seconds) == ("freed", None)


async def test_what_waits_at_a_gate_can_be_cancelled(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(auto_approve=False))
        outcome = await studio.cancel(outcome.production_id)
    assert (outcome.status, outcome.question) == (ProductionStatus.CANCELLED, None)


async def test_two_productions_at_once_do_not_disturb_each_others_films(bench: Bench) -> None:
    bench.script(seconds_per_render=0.01)
    async with bench.open() as studio:
        together = await asyncio.gather(
            studio.produce(make_brief(), make_order(seed=1)), studio.produce(make_brief(), make_order(seed=2))
        )
        alone = await studio.produce(make_brief(), make_order(seed=1))
    films = [read_film(outcome) for outcome in together]
    assert films[0] != films[1]
    assert films[0] == read_film(alone)
    assert len({outcome.production_id for outcome in (*together, alone)}) == 3


async def test_a_production_runs_in_one_place_at_a_time(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(auto_approve=False))
        with (
            hold_production(studio.workspace, outcome.production_id),
            pytest.raises(BusyError, match="being worked on"),
        ):
            await studio.answer(outcome.production_id, PLAN)


async def test_ctrl_c_leaves_a_production_that_can_be_resumed(bench: Bench) -> None:
    bench.script(stuck="dog")
    async with bench.open() as studio:
        running = asyncio.ensure_future(studio.produce(make_brief(), make_order()))
        await until(lambda: bool(bench.engine.calls("begin")))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        bench.script()
        [production] = studio.list("beach", limit=1)
        outcome = await studio.resume(production.id)
    assert outcome.status == ProductionStatus.DELIVERED


async def test_a_later_verdict_survives_a_stop_before_its_first_step(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        rejected = Judgement(verdict="rejected", author="ada", reason="no")
        config = {"configurable": {"thread_id": outcome.production_id}}
        await studio._graph.aupdate_state(config, {"judgement": rejected}, as_node="__start__")
        outcome = await studio.resume(outcome.production_id)
    assert (outcome.status, outcome.reason) == (ProductionStatus.REJECTED, "no")


async def test_cancelling_a_later_round_bills_it_and_keeps_the_package(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        bench.script(stuck="cat")
        note = Note(shot_id="S2", text="darker")
        judgement = Judgement(verdict="needs_changes", author="ada", notes=(note,))
        running = asyncio.ensure_future(studio.review(outcome.production_id, judgement))
        await until(lambda: len(bench.engine.calls("begin")) == 4)
        cancelled = await studio.cancel(outcome.production_id)
        await running
    assert cancelled.status == ProductionStatus.CANCELLED
    assert cancelled.package == outcome.package
    assert cancelled.receipt is not None
    assert outcome.receipt is not None
    assert cancelled.receipt.spent_seconds == pytest.approx(outcome.receipt.spent_seconds, abs=1.0)
    assert cancelled.receipt.quoted_seconds > outcome.receipt.quoted_seconds


async def test_whoever_does_not_let_go_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio_module, "CANCEL_PATIENCE_SECONDS", 0.1)
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(auto_approve=False))
        with (
            hold_production(studio.workspace, outcome.production_id),
            pytest.raises(StudioError, match="is still running"),
        ):
            await studio.cancel(outcome.production_id)


async def test_a_review_waits_for_a_cut(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(auto_approve=False))
        with pytest.raises(StudioError, match="the plan gate is open: a review comes when there is a cut"):
            await studio.review(outcome.production_id, Judgement(verdict="approved", author="ada"))


async def test_a_production_that_never_began_says_so(bench: Bench) -> None:
    async with bench.open() as studio:
        with studio.memory.transaction() as store:
            production = store.productions.create("beach", make_brief().brief, tier="draft", seed=1)
        with pytest.raises(StudioError, match="stopped before it began"):
            await studio.resume(production.id)


async def test_an_ended_production_keeps_one_checkpoint(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        config = {"configurable": {"thread_id": outcome.production_id}}
        kept = [snapshot async for snapshot in studio._graph.aget_state_history(config)]
    assert len(kept) == 1
