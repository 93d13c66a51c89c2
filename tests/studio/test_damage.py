"""What is lost or damaged on the way: media on the disk, the engine itself, room on the disk; and what has ended."""

import asyncio
from pathlib import Path

import pytest

from aiprod_agents.errors import BusyError, InputError, StudioError
from aiprod_agents.state import Answer, Judgement
from aiprod_agents.studio import Studio
from memory import StoreError
from memory.assets import AssetStore
from memory.records import Budget, Note, ProductionStatus, Take
from render_engine.api import EngineLostError, ProgressFn, RenderRequest, RenderResult
from tests.studio.conftest import Bench, make_brief, make_order, read_json
from tests.studio.fake_engine import FakeEngine, hash_file

DARKER = Judgement(verdict="needs_changes", author="mia", notes=(Note(shot_id="S1", text="darker"),))
APPROVED = Judgement(verdict="approved", author="mia")


class LosableEngine(FakeEngine):
    """An engine whose process is killed in the middle of its first renders."""

    num_losses = 1

    async def render(self, request: RenderRequest, out: Path, progress: ProgressFn) -> RenderResult:
        if self.num_losses:
            self.num_losses -= 1
            self.note("lost", request.prompt.split()[0])
            raise EngineLostError("the engine stopped (signal 9) during render")
        return await super().render(request, out, progress)


def damage(studio: Studio, sha256: str) -> None:
    studio.memory.assets.path(sha256).write_bytes(b"damaged")


def takes_of(studio: Studio, production_id: str, shot_id: str) -> tuple[Take, ...]:
    with studio.memory.reading() as store:
        return tuple(store.takes.list(production_id, shot_id))


async def test_a_damaged_take_is_rendered_again_as_it_was_before_the_next_version_is_cut(bench: Bench) -> None:
    async with bench.open() as studio:
        first = await studio.produce(make_brief(), make_order())
        [take] = takes_of(studio, first.production_id, "S2")
        damage(studio, take.sha256 or "")
        await studio.review(first.production_id, DARKER)
        assert bench.engine.calls("render").count("cat") == 2
        assert [again.sha256 for again in takes_of(studio, first.production_id, "S2")] == [take.sha256]
        assert studio.memory.assets.holds(take.sha256 or "")
        outcome = await studio.review(first.production_id, APPROVED)
    assert outcome.status == ProductionStatus.DELIVERED


async def test_a_take_of_another_machine_that_is_lost_is_replaced(bench: Bench) -> None:
    async with bench.open() as studio:
        first = await studio.produce(make_brief(), make_order())
        [take] = takes_of(studio, first.production_id, "S2")
        studio.memory.assets.path(take.sha256 or "").unlink()
        bench.engine.num_threads = 4
        outcome = await studio.review(first.production_id, DARKER)
        standing = takes_of(studio, first.production_id, "S2")
    assert outcome.status == ProductionStatus.AWAITING_REVIEW
    assert [(one.num_threads, one.ok) for one in standing if one.id != take.id] == [(4, True)]


async def test_a_film_that_is_damaged_before_its_delivery_is_made_again(bench: Bench) -> None:
    bench.script(faults={"cat": ("frozen",) * 9})
    async with bench.open() as studio:
        waiting = await studio.produce(make_brief(), make_order())
        assert waiting.question is not None
        cut = waiting.question.cut_sha256 or ""
        damage(studio, cut)
        approved = APPROVED.model_copy(update={"reason": "good enough"})
        outcome = await studio.review(waiting.production_id, approved)
    assert outcome.status == ProductionStatus.DELIVERED
    assert hash_file(Path(outcome.film or "")) == cut
    assert read_json(outcome, "manifest.json")["files"]["film.mp4"] == cut


async def test_a_damaged_film_is_not_found_again_by_another_production(bench: Bench) -> None:
    async with bench.open() as studio:
        first = await studio.produce(make_brief(), make_order())
        film = hash_file(Path(first.film or ""))
        damage(studio, film)
        second = await studio.produce(make_brief(), make_order(project="another"))
    assert hash_file(Path(second.film or "")) == film


async def test_an_engine_that_is_lost_is_asked_the_same_again_and_the_film_is_the_same(
    bench: Bench, tmp_path: Path
) -> None:
    bench.engine = LosableEngine(bench.engine.log)
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
    assert bench.engine.calls("lost") == ["dog"]
    undisturbed = Bench(tmp_path / "undisturbed")
    undisturbed.folder.mkdir()
    async with undisturbed.open() as studio:
        other = await studio.produce(make_brief(), make_order())
    assert hash_file(Path(outcome.film or "")) == hash_file(Path(other.film or ""))


async def test_an_engine_that_is_lost_twice_is_a_failed_take_and_its_retake_keeps_the_seed(bench: Bench) -> None:
    bench.engine = LosableEngine(bench.engine.log)
    bench.engine.num_losses = 2
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        takes = takes_of(studio, outcome.production_id, "S1")
    assert outcome.status == ProductionStatus.DELIVERED
    assert [take.ok for take in takes] == [False, True]
    assert len({take.request_digest for take in takes}) == 1


async def test_the_first_resume_tries_again_what_failed_before_the_stop(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a full disk: every take of a shot failed, and then nothing could be written at the join."""
    bench.script(faults={"cat": ("error",) * 2})
    holds = AssetStore.holds

    def refuse_once_both_failed(store: AssetStore, sha256: str) -> bool:
        if bench.engine.calls("begin").count("cat") == 2:
            raise StoreError("no room")
        return holds(store, sha256)

    monkeypatch.setattr(AssetStore, "holds", refuse_once_both_failed)
    async with bench.open() as studio:
        stopped = await studio.produce(make_brief(), make_order(tier="draft"))
        assert (stopped.status, stopped.reason) == (ProductionStatus.FAILED, "no room")
        monkeypatch.setattr(AssetStore, "holds", holds)
        outcome = await studio.resume(stopped.production_id)
    assert outcome.status == ProductionStatus.DELIVERED
    assert bench.engine.calls("begin").count("cat") == 3


async def test_what_was_cancelled_answers_no_gate(bench: Bench) -> None:
    async with bench.open() as studio:
        waiting = await studio.produce(make_brief(), make_order(auto_approve=False))
        await studio.cancel(waiting.production_id)
        with pytest.raises(StudioError, match="waits at no gate: it is cancelled"):
            await studio.answer(waiting.production_id, Answer(gate="plan", choice="approve"))
        with pytest.raises(StudioError, match="waits at no gate: it is cancelled"):
            await studio.review(waiting.production_id, APPROVED)
        assert (await studio.status(waiting.production_id)).status == ProductionStatus.CANCELLED
    assert bench.engine.calls("begin") == []


async def test_the_draft_of_a_package_that_was_killed_is_taken_away(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "film"
    async with bench.open() as studio:
        waiting = await studio.produce(make_brief(), make_order(auto_approve=False, out=str(out)))
        left = tmp_path / f".film.{waiting.production_id}"
        left.mkdir()
        (left / "film.mp4").write_bytes(b"half")
        for answer in (Answer(gate="plan", choice="approve"), Answer(gate="cost", choice="approve")):
            await studio.answer(waiting.production_id, answer)
        outcome = await studio.review(waiting.production_id, APPROVED)
    assert outcome.status == ProductionStatus.DELIVERED
    assert not left.exists()


async def test_a_package_does_not_lie_in_the_workspace_nor_the_workspace_in_it(bench: Bench) -> None:
    async with bench.open() as studio:
        for out in (studio.workspace, studio.workspace / "productions", studio.workspace.parent):
            with pytest.raises(InputError, match=r"lie in each other|holds other files"):
                await studio.produce(make_brief(), make_order(out=str(out)))
        assert studio.list() == ()


async def test_a_refusal_names_the_length_that_would_fit(bench: Bench) -> None:
    async with bench.open() as studio:
        with pytest.raises(InputError, match=r"a film of \d+ s at the draft tier may fit|no shorter film fits"):
            await studio.produce(make_brief(), make_order(budget=Budget(seconds=4.0)))


async def test_two_productions_are_not_made_for_the_same_folder(bench: Bench, tmp_path: Path) -> None:
    order = make_order(out=str(tmp_path / "film"))
    async with bench.open() as studio:
        outcomes = await asyncio.gather(
            studio.produce(make_brief(), order), studio.produce(make_brief(), order), return_exceptions=True
        )
    refused = [one for one in outcomes if isinstance(one, BusyError)]
    assert [str(one) for one in refused] == [
        f"another production will lay its film in {tmp_path / 'film'}: choose another."
    ]
    assert len(bench.engine.calls("render")) == 3
