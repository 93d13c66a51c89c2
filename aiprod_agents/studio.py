"""The studio: the composition root that opens memory, engine, language model and checkpoints, and runs productions.

A production that stops (a gate, a kill, a failure) goes on from its last checkpoint. What ends outside the graph
(cancelled, failed) is settled here: finished takes are kept, the receipt is written, each reservation settled.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.types import Command, StateSnapshot

from aiprod_agents.admission import admit, check_new_version, check_place, check_room
from aiprod_agents.brief_reading import ReadBrief
from aiprod_agents.budgets import find_left
from aiprod_agents.checkpoints import CHECKPOINTS_NAME, open_checkpoints
from aiprod_agents.context import Event, StudioContext
from aiprod_agents.engines import EngineOpener, find_engine
from aiprod_agents.errors import BusyError, StudioError
from aiprod_agents.gates import Question, check_answer, check_judgement
from aiprod_agents.graph import build_graph
from aiprod_agents.hand_edits.admitting import admit_answer, admit_edit
from aiprod_agents.hand_edits.edits import AnimaticEdit
from aiprod_agents.language_models.port import LanguageModel, LanguageModelError, UnusableAnswerError
from aiprod_agents.locks import CancelMark, hold_folder, hold_production, is_held
from aiprod_agents.metering import Meter
from aiprod_agents.outcome import ENDS, RESUMABLE, ProductionOutcome, build_outcome, mark_running
from aiprod_agents.previewing import NO_PRODUCTION, Preview, check_preview_folder, make_preview
from aiprod_agents.prices import load_prices
from aiprod_agents.questions import final_question
from aiprod_agents.receipts import draw_bill, free_unspent, settle_bill
from aiprod_agents.redrawing import redraw
from aiprod_agents.state import Answer, Commission, Judgement, Order, ProductionState, State
from memory import Memory, StoreError, open_memory
from memory.checkpoints import prune_checkpoints
from memory.entries import Production
from memory.records import ProductionStatus
from render_engine.api import Engine, RenderError

CANCEL_PATIENCE_SECONDS = 60.0
FAILURES = (StudioError, LanguageModelError, RenderError, StoreError, OSError)
"""What a person is told of a production that failed; anything else is a fault of the program."""

GraphInput = ProductionState | Command[str] | None
"""The first slice, an answer to a gate, or nothing: to go on."""
WriterOpener = Callable[[Engine], LanguageModel]


class Studio:
    """An open workspace; `open_studio` makes one."""

    def __init__(
        self,
        workspace: Path,
        memory: Memory,
        saver: AsyncSqliteSaver,
        open_context: Callable[[], StudioContext],
    ) -> None:
        self.workspace = workspace
        self.memory = memory
        self._graph = build_graph().compile(checkpointer=saver)
        self._open_context = open_context

    # ---- commands ------------------------------------------------------------------------------------------------

    async def produce(self, read: ReadBrief, order: Order, edit: AnimaticEdit | None = None) -> ProductionOutcome:
        """Begin a production, from an edited animatic if one is given, as far as it goes without a person.

        Raises:
            InputError: when it cannot be begun; nothing is left behind then.
        """
        started = time.monotonic()
        check_place(self.workspace, order)
        with hold_folder(self.workspace, order.out):
            brief = await admit(read, order, self._open_context())
            edit = await admit_edit(edit, read, brief, order, self._open_context())
            with self.memory.transaction() as store:
                production = store.productions.create(order.project, brief, tier=order.tier, seed=order.seed)
            commission = Commission(production_id=production.id, assumed=read.notes, **order.model_dump())
            with hold_production(self.workspace, production.id):
                return await self._run(production.id, {"commission": commission, "brief": brief, "edit": edit}, started)

    async def resume(self, production_id: str) -> ProductionOutcome:
        """Go on from the last checkpoint; at an open gate, or after an end other than failed, nothing changes."""
        started = time.monotonic()
        production = self.get(production_id)
        with hold_production(self.workspace, production.id):
            snapshot = await self._snapshot(production.id)
            is_over = production.status in ENDS - {ProductionStatus.FAILED} and not snapshot.next
            if is_over or snapshot.interrupts or production.status == ProductionStatus.CANCELLED:
                return await self._outcome(production.id, started)
            if not snapshot.values:
                raise StudioError(f"production {production.id} was stopped before it began: produce the brief again.")
            if is_without_film(snapshot):
                await self._reopen_retakes(snapshot)
                return await self._run(production.id, None, started)
            outcome = await self._run(production.id, None, started)
            return await self._try_again(snapshot, outcome, started)

    async def answer(self, production_id: str, answer: Answer) -> ProductionOutcome:
        """Answer the plan or cost gate and go on; StudioError when that gate is not open or takes no such answer."""
        return await self._answer_gate(production_id, answer)

    async def review(self, production_id: str, judgement: Judgement) -> ProductionOutcome:
        """Judge the cut at the final gate, or a film that was delivered before; then go on.

        Raises:
            StudioError: when there is no cut to judge, or the gate takes no such judgement.
            InputError: when the package of a new version has no place to lie.
        """
        production = self.get(production_id)
        if production.status != ProductionStatus.DELIVERED:
            return await self._answer_gate(production.id, judgement)
        started = time.monotonic()
        with hold_production(self.workspace, production.id):
            state = get_values(await self._snapshot(production.id))
            check_judgement(delivered_question(production, state), judgement)
            check_new_version(judgement, state, self.workspace)
            return await self._run(production.id, {"judgement": judgement}, started)

    async def cancel(self, production_id: str) -> ProductionOutcome:
        """Stop a production within a step, wherever it runs; finished takes are kept.

        Raises:
            StudioError: when it has ended already, or whoever runs it does not let go.
        """
        started = time.monotonic()
        production = self.get(production_id)
        if production.status in ENDS:
            raise StudioError(f"production {production.id} has ended as {production.status}: there is nothing to stop.")
        mark = CancelMark(self.workspace, production.id)
        mark.set()
        while time.monotonic() - started < CANCEL_PATIENCE_SECONDS:
            try:
                with hold_production(self.workspace, production.id):
                    if self.get(production.id).status not in ENDS:
                        await self._settle(production.id, ProductionStatus.CANCELLED, "cancelled by a person")
                    mark.clear()
                    return await self._outcome(production.id, started)
            except BusyError:
                await asyncio.sleep(0.1)
        raise StudioError(f"production {production.id} is still running: it was asked to stop, look again in a minute.")

    async def preview(self, read: ReadBrief, order: Order, folder: Path) -> Preview:
        """Plan and draw a brief into `folder`; no production begins, nothing is rendered or priced.

        Raises:
            InputError: when it cannot be begun.
        """
        check_place(self.workspace, order)
        check_preview_folder(folder)
        context = self._open_context()
        brief = await admit(read, order, context)
        commission = Commission(production_id=NO_PRODUCTION, assumed=read.notes, **order.model_dump())
        return await make_preview(brief, commission, folder, context)

    async def redraw(self, edit: AnimaticEdit, path: Path, folder: Path) -> Preview:
        """Draw an animatic's edited file into `folder`, without planning; InputError where it cannot be drawn."""
        check_room(self.workspace)
        return await redraw(edit, path, folder, self._open_context())

    async def status(self, production_id: str) -> ProductionOutcome:
        """Where a production stands; nothing is changed, and no engine is started."""
        started = time.monotonic()
        production = self.get(production_id)
        is_running = is_held(self.workspace, production.id)
        outcome = await self._outcome(production.id, started)
        return mark_running(outcome) if is_running else outcome

    def list(self, project: str | None = None, *, limit: int | None = None) -> tuple[Production, ...]:
        """Productions, newest first."""
        with self.memory.reading() as store:
            return store.productions.list(project, limit=limit)

    def get(self, production_id: str) -> Production:
        """The production of that id or unambiguous beginning of one; StoreError when there is none."""
        with self.memory.reading() as store:
            return store.productions.get_by_prefix(production_id)

    # ---- running -------------------------------------------------------------------------------------------------

    async def _answer_gate(self, production_id: str, given: Answer | Judgement) -> ProductionOutcome:
        started = time.monotonic()
        production = self.get(production_id)
        with hold_production(self.workspace, production.id):
            snapshot, status = await self._snapshot(production.id), self.get(production.id).status
            if not snapshot.interrupts or status in ENDS:
                raise StudioError(f"production {production.id} waits at no gate: it is {status}.")
            question = Question.model_validate(snapshot.interrupts[0].value)
            if isinstance(given, Answer):
                check_answer(question, given)
                given = await admit_answer(given, get_values(snapshot), self._open_context)
            else:
                check_judgement(question, given)
                check_new_version(given, get_values(snapshot), self.workspace)
            return await self._run(production.id, Command(resume=given.model_dump(mode="json")), started)

    async def _run(self, production_id: str, given: GraphInput, started: float) -> ProductionOutcome:
        """Drive the graph to a gate or an end, unless somebody cancels.

        A fault of the program ends the production as failed too, and is let through.
        """
        mark = CancelMark(self.workspace, production_id)
        drive = asyncio.ensure_future(self._drive(production_id, given))
        watch = asyncio.ensure_future(mark.wait())
        try:
            await asyncio.wait({drive, watch}, return_when=asyncio.FIRST_COMPLETED)
            if not drive.done():
                await _stop(drive)
                watch.result()
                if self.get(production_id).status not in ENDS:
                    await self._settle(production_id, ProductionStatus.CANCELLED, "cancelled by a person")
                mark.clear()
            else:
                drive.result()
        except FAILURES as error:
            await self._settle(production_id, ProductionStatus.FAILED, str(error))
        except Exception as error:
            reason = f"a fault of the program itself, {type(error).__name__}: {error}"
            await self._settle(production_id, ProductionStatus.FAILED, reason)
            raise
        finally:
            await _stop(watch)
            await _stop(drive)
        return await self._outcome(production_id, started)

    async def _drive(self, production_id: str, given: GraphInput) -> None:
        context = self._open_context().charged_to(production_id)
        stream = self._graph.astream(
            given, _config(production_id), context=context, stream_mode="updates", durability="sync"
        )
        async for update in stream:
            for output in update.values():
                if isinstance(output, dict) and "status" in output:
                    self._set_status(production_id, output["status"], output.get("reason"))
        state = get_values(await self._snapshot(production_id))
        if state["status"] in ENDS:
            self._set_status(production_id, state["status"], state.get("reason") or None)
            prune_checkpoints(self.workspace / CHECKPOINTS_NAME, production_id)

    async def _settle(self, production_id: str, status: ProductionStatus, reason: str) -> None:
        """The end outside the graph: the bill of what was rendered, put on the reservations that paid for it."""
        state = await self._rescue_values(production_id)
        cut = state.get("cut")
        with self.memory.transaction() as store:
            bill = draw_bill(store, production_id, state.get("quotes", {}), load_prices())
            settle_bill(store, production_id, bill, version=cut.version if cut else 0)
            if status == ProductionStatus.CANCELLED:
                free_unspent(store, production_id)
        self._set_status(production_id, status, reason)
        if status == ProductionStatus.CANCELLED:
            prune_checkpoints(self.workspace / CHECKPOINTS_NAME, production_id)

    def _set_status(self, production_id: str, status: ProductionStatus, reason: str | None) -> None:
        with self.memory.transaction() as store:
            store.productions.set_status(production_id, status, reason)

    async def _outcome(self, production_id: str, started: float) -> ProductionOutcome:
        snapshot = await self._snapshot(production_id)
        state = get_values(snapshot)
        cut = state.get("cut")
        with self.memory.reading() as store:
            production = store.productions.get(production_id)
            receipt = store.receipts.find(production_id)
        if receipt:
            state = {**state, "receipt": receipt}
        is_waiting = bool(snapshot.interrupts) and production.status not in ENDS
        question = snapshot.interrupts[0].value if is_waiting else None
        can_resume = production.status in RESUMABLE and not is_at_fault(snapshot)
        cut_path = self.memory.assets.find(cut.sha256) if cut else None
        outcome = build_outcome(production, state, question, cut_path, time.monotonic() - started)
        return outcome.model_copy(update={"can_resume": can_resume})

    async def _try_again(self, before: StateSnapshot, outcome: ProductionOutcome, started: float) -> ProductionOutcome:
        """Where going on only found that takes had failed before, as on a full disk, the shots get their new try."""
        snapshot = await self._snapshot(outcome.production_id)
        num_takes = len(get_values(before).get("takes", {}))
        if outcome.status != ProductionStatus.FAILED or not is_without_film(snapshot):
            return outcome
        if len(get_values(snapshot)["takes"]) > num_takes:
            return outcome
        await self._reopen_retakes(snapshot)
        return await self._run(outcome.production_id, None, started)

    async def _reopen_retakes(self, snapshot: StateSnapshot) -> None:
        """A production that failed for want of a take gets a fresh allowance: whoever resumes it wants another try.

        It is within what the budget still bears, however often it is resumed.
        """
        state = get_values(snapshot)
        fresh = {"phase": "judge", "num_retakes": {}, "retakes_allowed": True}
        with self.memory.reading() as store:
            left = find_left(store, state["commission"], state["quotes"], load_prices())
        allowance = min(state["quote"].seconds + state["allowance_seconds"], left)
        await self._graph.aupdate_state(
            snapshot.config, {**fresh, "allowance_seconds": allowance}, as_node=State.RENDER_EXECUTOR
        )

    async def _rescue_values(self, production_id: str) -> ProductionState:
        """What the last checkpoint knows; nothing when none can be read, which is said when the outcome is asked."""
        try:
            return get_values(await self._snapshot(production_id))
        except StoreError:
            return {}

    async def _snapshot(self, production_id: str) -> StateSnapshot:
        return await self._graph.aget_state(_config(production_id))


def delivered_question(production: Production, state: ProductionState) -> Question:
    """What a later verdict on a delivered film answers; StudioError when there is no film."""
    cut = state["cut"]
    if cut is None:
        raise StudioError(f"production {production.id} has no film to judge.")
    return final_question(cut, state["storyboard"], state["findings"], state["unmeasured"], state["num_review_rounds"])


def get_values(snapshot: StateSnapshot) -> ProductionState:
    """The state in a snapshot; empty before the first checkpoint."""
    return cast(ProductionState, snapshot.values)


def is_without_film(snapshot: StateSnapshot) -> bool:
    """Whether the production stands before a judgement with a shot of which no take can be shown."""
    values = get_values(snapshot)
    return snapshot.next == (State.SEMANTIC_QA,) and "cut" in values and values["cut"] is None


def is_at_fault(snapshot: StateSnapshot) -> bool:
    """Whether a node stopped at what going on cannot mend; of an error a checkpoint keeps the words alone."""
    return any(UnusableAnswerError.__name__ in str(task.error) for task in snapshot.tasks if task.error)


def _config(production_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": production_id}}


async def _stop(task: "asyncio.Future[None]") -> None:
    """Cancel a task and wait until it is gone."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def open_studio(
    workspace: Path,
    *,
    open_engine: EngineOpener | None = None,
    open_writer: WriterOpener | None = None,
    emit: Callable[[Event], None] | None = None,
    num_slots: int = 1,
) -> AsyncIterator[Studio]:
    """Open the workspace; the engine starts with the first command that needs it, and stops at the end.

    Args:
        workspace: the studio's folder, made when it is new.
        open_engine: gives the engine; None finds the house's by its entry point.
        open_writer: gives the language model for an engine; None is the house writer.
        emit: is told what a person watching wants to see.
        num_slots: how many shots render at once.

    Raises:
        StoreError: when the workspace cannot be used.
    """
    async with AsyncExitStack() as stack:
        memory = stack.enter_context(open_memory(workspace))
        saver = await stack.enter_async_context(open_checkpoints(workspace))
        tell = emit or (lambda _event: None)

        @cache
        def open_context() -> StudioContext:
            tell(Event(NO_PRODUCTION, "", "the engine starts and loads its weights"))
            engine = (open_engine or find_engine())()
            stack.push_async_callback(engine.aclose)
            return StudioContext(
                engine=engine,
                language_model=(open_writer or open_house_writer)(engine),
                memory=memory,
                prices=load_prices(),
                meter=Meter(memory),
                workspace=workspace,
                render_slots=asyncio.Semaphore(num_slots),
                emit=tell,
            )

        yield Studio(workspace, memory, saver, open_context)


def open_house_writer(engine: Engine) -> LanguageModel:
    """The offline default, which reads meaning by the engine's sentence encoder."""
    from aiprod_agents.house_writer import HouseWriter

    return HouseWriter(engine.embed)
