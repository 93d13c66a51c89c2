"""Watching: takes and cuts are measured by the engine's critic, once per file and question, and judged by the table."""

from collections.abc import Mapping
from typing import NamedTuple

from aiprod_agents.context import Event, StudioContext
from aiprod_agents.critique import expects_sound, is_still, judge_failed, judge_take, weigh
from aiprod_agents.cutting import FilmPlan
from aiprod_agents.ids import digest_text
from aiprod_agents.made import note_once
from aiprod_agents.measured import Measured, measured_film, measured_in_film, measured_take
from aiprod_agents.state import ShotRequest
from memory.records import Brief, Cut, Finding, Look, Shot, Storyboard, Take
from render_engine.api import MeasureRequest, Measures, Placed, Progress


class WatchedTake(NamedTuple):
    """A take with what was measured and found; a failed take has no measures."""

    take: Take
    measures: Measures | None
    findings: list[Finding]


async def watch_takes(
    context: StudioContext,
    storyboard: Storyboard,
    look: Look,
    requests: Mapping[str, ShotRequest],
    takes: Mapping[str, Take],
) -> list[WatchedTake]:
    """Every take of the storyboard's shots, by shot and number; `requests` by digest, what each was made of."""
    order = [shot.id for shot in storyboard.shots]
    mine = [take for take in takes.values() if take.shot_id in order]
    mine.sort(key=lambda take: (order.index(take.shot_id), take.number, take.id))
    return [
        await watch_take(context, storyboard.shot(take.shot_id), look, requests[take.request_digest], take)
        for take in mine
    ]


async def watch_take(context: StudioContext, shot: Shot, look: Look, request: ShotRequest, take: Take) -> WatchedTake:
    """Measure and judge one take."""
    if take.sha256 is None:
        return WatchedTake(take, None, [judge_failed(take)])
    asked = request.request
    measures = await measure(
        context,
        take.sha256,
        MeasureRequest(
            path=context.memory.assets.path(take.sha256),
            palette=look.palette_colours,
            still_expected=is_still(shot),
        ),
        f"take {take.number}",
        take.shot_id,
    )
    findings = judge_take(take, asked.num_frames, shot, look, measures, stormy=is_stormy(request))
    return WatchedTake(take, measures, findings)


def is_stormy(request: ShotRequest) -> bool:
    """Whether a shot asks for lightning."""
    return request.scene.weather == "storm"


async def collect_measured(
    context: StudioContext,
    film: FilmPlan,
    cut: Cut,
    in_film: Mapping[str, tuple[Take, ShotRequest]],
) -> Measured:
    """Everything that was measured of the cut and of the takes in it, with its limits; known files cost nothing.

    Args:
        context: the engine's critic, and the notes of what it measured.
        film: the plan that the cut follows.
        cut: the film.
        in_film: by shot id, the take that stands in the cut and the request that it was rendered from.
    """
    whole = await watch_cut(context, cut, film.brief, film.storyboard)
    shots = {}
    for shot in film.storyboard.shots:
        take, request = in_film[shot.id]
        watched = await watch_take(context, shot, film.look, request, take)
        if watched.measures and take.sha256:
            asked = request.request.num_frames
            shots[shot.id] = measured_take(take.sha256, watched.measures, asked, shot, film.look)
    return Measured(
        film=measured_film(cut.sha256, whole, film.brief.seconds, film.brief.aspect),
        in_film=measured_in_film(whole, film.storyboard),
        shots=shots,
    )


async def watch_cut(context: StudioContext, cut: Cut, brief: Brief, storyboard: Storyboard) -> Measures:
    """Measure the film; its colours are its takes'."""
    request = MeasureRequest(
        path=context.memory.assets.path(cut.sha256),
        expects_sound=expects_sound(brief, storyboard),
        placed=tuple(Placed(**placed.model_dump()) for placed in cut.placed),
    )
    return await measure(context, cut.sha256, request, "the film")


async def measure(
    context: StudioContext, sha256: str, request: MeasureRequest, what: str, shot_id: str | None = None
) -> Measures:
    """The critic's measures of a file, kept by the file's hash, and by the question; `what` is for those who watch."""
    asked = request.model_dump_json(exclude={"path"})
    recipe = digest_text(f"measures {sha256} {asked}")

    def tell(progress: Progress) -> None:
        context.emit(Event("", "", f"measuring {what}", shot_id, progress.step, progress.num_steps))

    async def ask_critic() -> Measures:
        with context.meter.running("measuring"):
            return await context.engine.measure(request, tell)

    return await note_once(context, recipe, Measures, ask_critic)


def choose_best(watched: list[WatchedTake], superseded: list[str]) -> dict[str, WatchedTake]:
    """By shot id: the take with the least findings, the earlier one of equals.

    Takes that a reviewer wanted changed stand only where no newer one can be shown; a shot without any take that can be
    shown is left out.
    """
    best: dict[str, WatchedTake] = {}
    for entry in sorted(watched, key=lambda entry: (entry.take.id in superseded, weigh(entry.findings))):
        if entry.take.ok:
            best.setdefault(entry.take.shot_id, entry)
    return best
