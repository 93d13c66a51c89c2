"""The render executor makes one take per shot, each stored the moment it is finished; then the join assembles the cut.

A fan-out carries one job to each run of this node; the run without a job is the join. An error is a failed take: an
exception would cancel the shots beside it.
"""

import asyncio
import time
from pathlib import Path
from typing import TypedDict

from langgraph.runtime import Runtime

from aiprod_agents.assembling import assemble_once, speak_lines
from aiprod_agents.calibrating import follow_pace
from aiprod_agents.context import Event, StudioContext
from aiprod_agents.cutting import FilmPlan
from aiprod_agents.ids import derive_id
from aiprod_agents.made import Made, passing_file
from aiprod_agents.state import Commission, Phase, ShotRequest, SpokenLine, State
from aiprod_agents.watching import WatchedTake, choose_best, watch_takes
from memory import StoreError
from memory.records import Brief, Concept, Cut, Look, PlacedShot, Storyboard, Take
from render_engine.api import (
    AssembledFilm,
    EngineLostError,
    Progress,
    ProgressFn,
    RendererCard,
    RenderError,
    RenderResult,
)


class ExecutorInput(TypedDict, total=False):
    """One job of the fan-out (`request` and `number`), or, for the join, the plan and every take."""

    commission: Commission
    request: ShotRequest
    number: int
    brief: Brief
    concept: Concept
    look: Look
    storyboard: Storyboard
    requests_made: dict[str, ShotRequest]
    takes: dict[str, Take]
    superseded: list[str]
    num_review_rounds: int


class ExecutorOutput(TypedDict, total=False):
    """One take and what it was made of; or the cut and its sound."""

    takes: dict[str, Take]
    requests_made: dict[str, ShotRequest]
    phase: Phase
    best_takes: dict[str, str]
    cut: Cut | None
    spoken: list[SpokenLine]


async def render_or_assemble(state: ExecutorInput, runtime: Runtime[StudioContext]) -> ExecutorOutput:
    """Render the job's shot, or join what the fan-out made."""
    if "request" in state:
        take = await make_take(state["commission"], state["request"], state["number"], runtime.context)
        return {"takes": {take.id: take}, "requests_made": {take.request_digest: state["request"]}}
    return await assemble_cut(state, runtime.context)


# ---- one shot --------------------------------------------------------------------------------------------------


async def make_take(commission: Commission, request: ShotRequest, number: int, context: StudioContext) -> Take:
    """The take of that request: found, when it was rendered before for this production in the same way, or rendered."""
    production_id = commission.production_id
    async with context.render_slots:
        card = await context.engine.card()
        take = find_take(context, production_id, request, card)
        if take is None:
            take = await render_take(production_id, request, number, card, context)
            with context.memory.transaction() as store:
                store.takes.save(production_id, take)
            if take.ok:
                asked = request.request
                follow_pace(context, card, "rendering", lambda known: known.render_seconds(asked), take.seconds_elapsed)
    context.emit(Event(production_id, State.RENDER_EXECUTOR, _describe(take), request.shot_id))
    return take


def find_take(context: StudioContext, production_id: str, request: ShotRequest, card: RendererCard) -> Take | None:
    """A finished take of the same request, weights, thread count and dtype, whose file is whole."""
    with context.memory.reading() as store:
        takes = store.takes.list(production_id, request.shot_id)
    for take in takes:
        made_alike = (take.weights_sha256, take.num_threads, take.compute_dtype) == _way_of_making(card)
        if (
            made_alike
            and take.request_digest == request.digest
            and take.sha256
            and context.memory.assets.holds(take.sha256)
        ):
            return take
    return None


async def render_take(
    production_id: str, request: ShotRequest, number: int, card: RendererCard, context: StudioContext
) -> Take:
    """Render into a passing file, store it, look at it; whatever goes wrong is a failed take with its reason."""
    take = Take(
        id=derive_id(production_id, request.shot_id, request.digest, number, *_way_of_making(card)),
        shot_id=request.shot_id,
        number=number,
        ok=False,
        request_digest=request.digest,
    )

    def tell(progress: Progress) -> None:
        message = f"take {number}, {progress.phase}"
        context.emit(
            Event(production_id, State.RENDER_EXECUTOR, message, request.shot_id, progress.step, progress.num_steps)
        )

    started = time.perf_counter()
    try:
        with passing_file(context.workspace, ".mp4") as out:
            result = await _render(context, request, out, tell)
            sha256 = context.memory.assets.put_file(out)
        await context.engine.probe(context.memory.assets.path(sha256))
    except asyncio.CancelledError:
        context.meter.charge("rendering", time.perf_counter() - started, request.shot_id)
        raise
    except (RenderError, StoreError, OSError) as error:
        spent = time.perf_counter() - started
        return take.model_copy(update={"error": str(error) or type(error).__name__, "seconds_elapsed": spent})
    return take.model_copy(
        update={
            "ok": True,
            "sha256": sha256,
            "seconds_elapsed": result.seconds_elapsed,
            "peak_memory_bytes": result.peak_memory_bytes,
            "weights_sha256": result.weights_sha256,
            "num_threads": result.num_threads,
            "compute_dtype": result.compute_dtype,
        }
    )


async def _render(context: StudioContext, request: ShotRequest, out: Path, tell: ProgressFn) -> RenderResult:
    """What the engine gives; where it was itself lost on the way, it is asked the same once more."""
    started = time.perf_counter()
    try:
        return await context.engine.render(request.request, out, tell)
    except EngineLostError:
        context.meter.charge("rendering", time.perf_counter() - started, request.shot_id)
        return await context.engine.render(request.request, out, tell)


def _way_of_making(card: RendererCard) -> tuple[str, int, str | None]:
    """What decides a take's pixels besides its request."""
    return card.weights_sha256, card.num_threads, card.compute_dtype


def _describe(take: Take) -> str:
    return f"take {take.number} is ready" if take.ok else f"take {take.number} failed: {take.error}"


# ---- the join --------------------------------------------------------------------------------------------------


async def assemble_cut(state: ExecutorInput, context: StudioContext) -> ExecutorOutput:
    """Choose the best take of each shot and join them with cards and sound; no cut while a shot has none to show."""
    mended = await mend_takes(state, context)
    takes = {**state["takes"], **mended}
    watched = await watch_takes(context, state["storyboard"], state["look"], state["requests_made"], takes)
    best = choose_best(watched, state.get("superseded", []))
    best_takes = {shot: entry.take.id for shot, entry in best.items()}
    joined: ExecutorOutput = {"phase": "judge", "takes": mended, "best_takes": best_takes}
    if len(best) < len(state["storyboard"].shots):
        return {**joined, "cut": None}
    plan = FilmPlan(state["commission"], state["brief"], state["concept"], state["look"], state["storyboard"])
    spoken = await speak_lines(plan, context)
    clips = {shot_id: context.memory.assets.path(entry.take.sha256 or "") for shot_id, entry in best.items()}
    film = await assemble_once(plan, clips, spoken, context, State.RENDER_EXECUTOR)
    cut = to_cut(state, best, film)
    with context.memory.transaction() as store:
        store.cuts.save(state["commission"].production_id, cut)
    return {**joined, "cut": cut, "spoken": spoken}


async def mend_takes(state: ExecutorInput, context: StudioContext) -> dict[str, Take]:
    """By id, what has become of takes whose file is gone or damaged: rendered again as it was, or no take any more."""
    mended: dict[str, Take] = {}
    for take in state["takes"].values():
        if take.sha256 is None or context.memory.assets.holds(take.sha256):
            continue
        mended[take.id] = take.model_copy(update={"ok": False, "sha256": None, "error": "its file was lost"})
        if take.id not in state.get("superseded", []):
            request = state["requests_made"][take.request_digest]
            again = await make_take(state["commission"], request, take.number, context)
            mended[again.id] = again
    return mended


def to_cut(state: ExecutorInput, best: dict[str, WatchedTake], film: Made[AssembledFilm]) -> Cut:
    """The record of the film; its version is one more than the rounds that reviewers asked for."""
    clip, result = film.result.clip, film.result
    return Cut(
        version=state["num_review_rounds"] + 1,
        sha256=film.sha256,
        take_ids=tuple(best[shot.id].take.id for shot in state["storyboard"].shots),
        placed=tuple(PlacedShot(**placed.model_dump()) for placed in result.placed),
        width=clip.width,
        height=clip.height,
        fps=clip.fps,
        num_frames=clip.num_frames,
        upscaled_from=result.upscaled_from,
        interpolated_from_fps=result.interpolated_from_fps,
        loudness_lufs=result.loudness_lufs,
        seconds_elapsed=result.seconds_elapsed,
    )
