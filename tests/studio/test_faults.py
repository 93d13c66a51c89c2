"""What goes wrong around a production: faults of the program, its checkpoints' file, a database that another holds."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from aiprod_agents.checkpoints import CHECKPOINTS_NAME
from aiprod_agents.context import Event
from aiprod_agents.errors import InputError
from aiprod_agents.locks import CancelMark
from aiprod_agents.plan import Plan, PlanInput
from aiprod_agents.state import Answer, Judgement
from aiprod_agents.studio import Studio
from memory import StoreError
from memory.records import Note, ProductionStatus
from render_engine.api import MeasureRequest, Measures, Progress, ProgressFn, RenderRequest, RenderResult, ignore
from tests.studio.conftest import Bench, make_brief, make_order, read_json, until
from tests.studio.fake_engine import FakeEngine
from tests.studio.scripted_writer import ScriptedWriter


class FaultyEngine(FakeEngine):
    """An engine with a fault of the program in its critic."""

    async def measure(self, request: MeasureRequest, progress: ProgressFn = ignore) -> Measures:
        progress(Progress(phase="measure", step=1, num_steps=2))
        raise KeyError(request.path.suffix)


class TalkingEngine(FakeEngine):
    """An engine that reports a step again and again, until its render is cancelled."""

    cancelled_at = 0.0

    async def render(self, request: RenderRequest, out: Path, progress: ProgressFn) -> RenderResult:
        self.note("begin", f"{request.prompt} into {out.name}")
        try:
            while True:
                progress(Progress(phase="denoising", step=1, num_steps=request.num_steps))
                await asyncio.sleep(0.02)
        finally:
            self.cancelled_at = time.monotonic()


class Listening(list[Event]):
    """Events, each heard by somebody as it comes."""

    def __init__(self, hear: Callable[[Event], None]) -> None:
        super().__init__()
        self._hear = hear

    def append(self, event: Event) -> None:
        super().append(event)
        self._hear(event)


async def test_a_fault_of_the_program_settles_the_production_as_failed_and_is_let_through(bench: Bench) -> None:
    bench.engine = FaultyEngine(bench.engine.log)
    async with bench.open() as studio:
        with pytest.raises(KeyError, match="mp4"):
            await studio.produce(make_brief(), make_order())
        [production] = studio.list()
        outcome = await studio.status(production.id)
        with studio.memory.reading() as store:
            reservations = [entry.status for entry in store.reservations.list(production.id)]
    assert outcome.status == ProductionStatus.FAILED
    assert outcome.reason == "a fault of the program itself, KeyError: '.mp4'"
    assert outcome.receipt is not None
    assert outcome.receipt.spent_seconds > 0
    assert reservations == ["settled"]
    bench.engine = FakeEngine(bench.engine.log)
    async with bench.open() as studio:
        assert (await studio.resume(production.id)).status == ProductionStatus.DELIVERED
    assert len(bench.engine.calls("render")) == 3, "no finished take is rendered again"


async def test_checkpoints_that_are_no_database_are_told_before_anything_begins(bench: Bench) -> None:
    home = bench.folder / "home"
    home.mkdir()
    (home / CHECKPOINTS_NAME).write_bytes(b"no database at all " * 64)
    with pytest.raises(StoreError, match=r"checkpoints\.db refused: file is not a database\. Move it away[^\n]*$"):
        async with bench.open():
            pytest.fail("it cannot be opened")


async def test_checkpoints_that_cannot_be_written_on_the_way_end_it_as_failed_in_one_line(bench: Bench) -> None:
    def break_the_file(event: Event) -> None:
        if event.message == "take 1 is ready" and event.shot_id == "S2":
            with closing(sqlite3.connect(bench.folder / "home" / CHECKPOINTS_NAME)) as connection, connection:
                connection.execute("DROP TABLE writes")
                connection.execute("CREATE TABLE writes (thread_id TEXT)")

    bench.events = Listening(break_the_file)
    async with bench.open() as studio:
        with pytest.raises(StoreError, match=r"^The checkpoints in [^\n]* refused: [^\n]*$"):
            await studio.produce(make_brief(), make_order())
        [production] = studio.list()
    assert production.status == ProductionStatus.FAILED
    assert "The checkpoints in" in (production.reason or "")


async def test_a_cancel_is_heard_while_another_process_holds_the_write_lock(bench: Bench) -> None:
    """Whoever watches looks into the books on each event, and must not wait for who writes."""
    engine = TalkingEngine(bench.engine.log)
    bench.engine = engine
    heard: list[Studio] = []

    def look_into_the_books(event: Event) -> None:
        if event.num_steps and heard:
            with heard[0].memory.reading() as store:
                store.takes.list(event.production_id)

    bench.events = Listening(look_into_the_books)
    async with bench.open() as studio:
        heard.append(studio)
        running = asyncio.ensure_future(studio.produce(make_brief(), make_order()))
        await until(lambda: bool(engine.calls("begin")) or running.done())
        database = sqlite3.connect(bench.folder / "home" / "studio.db", isolation_level=None, check_same_thread=False)
        with closing(database) as other:
            other.execute("BEGIN IMMEDIATE")
            CancelMark(studio.workspace, studio.list()[0].id).set()
            released_at = await asyncio.to_thread(release_later, other)
        outcome = await running
    assert outcome.status == ProductionStatus.CANCELLED
    assert engine.cancelled_at < released_at, "the render went on for as long as the other held the lock"


def release_later(connection: sqlite3.Connection) -> float:
    """Hold the lock for a while; gives when it was let go."""
    time.sleep(1.5)
    released_at = time.monotonic()
    connection.rollback()
    return released_at


async def test_changes_are_not_rendered_for_a_package_that_has_no_place_to_lie(bench: Bench) -> None:
    out = bench.folder / "out"
    (bench.folder / "out-v2").mkdir()
    (bench.folder / "out-v2" / "notes.txt").write_text("mine")
    changes = Judgement(verdict="needs_changes", author="ada", notes=(Note(shot_id="S1", text="more sky"),))
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(out=str(out)))
        with pytest.raises(InputError, match="out-v2 holds other files: choose an empty folder"):
            await studio.review(outcome.production_id, changes)
        assert (await studio.status(outcome.production_id)).status == ProductionStatus.DELIVERED
        assert len(bench.engine.calls("render")) == 3
        waiting = await studio.produce(make_brief(), make_order(out=str(bench.folder / "two"), auto_approve=False))
        (bench.folder / "two-v2").write_text("mine")
        for gate in ("plan", "cost"):
            waiting = await studio.answer(waiting.production_id, Answer(gate=gate, choice="approve"))
        with pytest.raises(InputError, match="two-v2 is a file: choose a folder"):
            await studio.review(waiting.production_id, changes)
        assert (await studio.status(waiting.production_id)).status == ProductionStatus.AWAITING_REVIEW


async def test_a_folder_that_others_fill_during_the_render_is_left_as_it_is(bench: Bench) -> None:
    out = bench.folder / "out"

    def fill_the_folder(event: Event) -> None:
        if event.message == "take 1 is ready":
            out.mkdir(exist_ok=True)
            (out / "notes.txt").write_text("mine")

    bench.events = Listening(fill_the_folder)
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(out=str(out)))
    assert (outcome.status, outcome.can_resume) == (ProductionStatus.FAILED, True)
    assert outcome.reason == f"{out} holds other files: choose an empty folder for the package."
    assert [path.name for path in out.iterdir()] == ["notes.txt"]


async def test_what_the_reader_assumed_reaches_gate_page_and_manifest(bench: Bench) -> None:
    note = "the brief gives no length: 11 seconds are assumed"
    read = make_brief().model_copy(update={"notes": (note,)})
    async with bench.open() as studio:
        waiting = await studio.produce(read, make_order(auto_approve=False))
        assert waiting.question is not None
        said = [line.text for line in waiting.question.lines if line.about == "note"]
        page = read_page(waiting.question.lines[0].text)
        changed = await studio.answer(waiting.production_id, Answer(gate="plan", choice="change", text="more sky"))
        outcome = await studio.produce(read, make_order())
    assert said == [note, "nothing was left out"]
    assert note in page
    assert changed.question is not None
    assert [line.text for line in changed.question.lines].count(note) == 1
    assert read_json(outcome, "manifest.json")["notes"] == said
    assert note in read_page(f"{outcome.package}/storyboard.html")


def read_page(path: str) -> str:
    return Path(path).read_text()


async def test_words_that_cannot_be_shown_are_refused_before_anything_begins(bench: Bench) -> None:
    async with bench.open() as studio:
        for words in (
            {"words_on_screen": ("さようなら",)},
            {"title": "さようなら"},
            {"words_on_screen": ("w" * 3000,)},
        ):
            with pytest.raises(InputError, match=r"^the brief's words cannot be shown: [^\n]*$"):
                await studio.produce(make_brief(**words), make_order())
        assert studio.list() == ()
    assert bench.engine.calls("render") == []


class ForeignWriter(ScriptedWriter):
    """A language model that writes lines, or words, in letters that nobody here can speak or show."""

    words = ""

    def plan(self, question: PlanInput) -> Plan:
        plan = super().plan(question)
        first, *others = plan.storyboard.shots
        first = first.model_copy(update={"narration": "さようなら", "words": self.words})
        return plan.model_copy(update={"storyboard": plan.storyboard.model_copy(update={"shots": (first, *others)})})


async def test_a_line_that_the_voice_cannot_speak_is_left_out_with_a_note(bench: Bench) -> None:
    bench.writer = ForeignWriter(bench.writer.log)
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
    assert bench.engine.calls("speak") == ["Here comes the cat.", "Here comes the bird."]
    notes = read_json(outcome, "manifest.json")["notes"]
    assert notes[-1] == "S1: its narration is left out: cannot read 'さようなら'"


async def test_a_plan_with_words_that_cannot_be_shown_fails_before_the_render_and_no_resume_is_advised(
    bench: Bench,
) -> None:
    bench.writer = ForeignWriter(bench.writer.log)
    bench.writer.words = "さようなら"
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        again = await studio.status(outcome.production_id)
    assert (outcome.status, outcome.can_resume) == (ProductionStatus.FAILED, False)
    assert "a plan that cannot be filmed: no letters for 'さようなら'" in (outcome.reason or "")
    assert not again.can_resume
    assert bench.engine.calls("draw") == bench.engine.calls("render") == []
