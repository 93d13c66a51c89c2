"""The preview: a brief is planned, translated and drawn as an animatic and a page; nothing is rendered or priced."""

import asyncio
import shutil
from pathlib import Path

from aiprod_agents.assembling import assemble_once, speak_lines
from aiprod_agents.context import StudioContext
from aiprod_agents.cutting import FilmPlan, as_animatic
from aiprod_agents.errors import InputError
from aiprod_agents.nodes.intake import choose_track
from aiprod_agents.nodes.visual_translator import TranslatorInput, ask_for_translation, build_requests, draw
from aiprod_agents.plan import Plan, PlanInput
from aiprod_agents.plan_page import PAGE, PlanSheet, write_plan_page
from aiprod_agents.planning import PlanTask, ask_for_plan, note_plan
from aiprod_agents.state import Commission, ShotRequest, State
from memory.records import Brief, ProductionStatus, RecalledLine, Record

ANIMATIC = "animatic.mp4"
NO_PRODUCTION = ""
"""The production id of what belongs to none."""


class Preview(Record):
    """What a preview made, and where it lies."""

    title: str
    logline: str
    seconds: float
    num_shots: int
    animatic: str
    storyboard: str
    notes: tuple[str, ...]
    """What was assumed of the brief, and what was bent in the shots."""


async def make_preview(brief: Brief, commission: Commission, folder: Path, context: StudioContext) -> Preview:
    """Write `animatic.mp4` and `storyboard.html` into `folder`.

    Raises:
        LanguageModelError: the brief cannot be planned.
        OSError: the folder cannot be written to.
    """
    recall = context.memory.recall(commission.project, brief.text)
    plan = await _plan(brief, commission, recall, context)
    notes = note_plan(commission, plan)
    requests = await _draw(brief, commission, plan, context)
    clips = {request.shot_id: context.memory.assets.path(request.animatic_sha256 or "") for request in requests}
    film_plan = as_animatic(FilmPlan(commission, brief, plan.concept, plan.look, plan.storyboard))
    spoken = await speak_lines(film_plan, context)
    film = await assemble_once(film_plan, clips, spoken, context, State.VISUAL_TRANSLATOR)
    _put(context.memory.assets.path(film.sha256 or ""), folder / ANIMATIC)
    sheet = PlanSheet(
        production_id=None,
        status=ProductionStatus.PLANNING,
        commission=commission,
        tier=commission.tier,
        brief=brief,
        recall=recall,
        concept=plan.concept,
        look=plan.look,
        storyboard=plan.storyboard,
        plan_notes=notes,
        requests={request.shot_id: request for request in requests},
    )
    await write_plan_page(sheet, folder, context)
    return Preview(
        title=plan.concept.title,
        logline=plan.concept.logline,
        seconds=plan.storyboard.seconds,
        num_shots=len(plan.storyboard.shots),
        animatic=str(folder / ANIMATIC),
        storyboard=str(folder / PAGE),
        notes=(*notes, *(f"{request.shot_id}: {note}" for request in requests for note in request.notes)),
    )


def check_preview_folder(folder: Path) -> None:
    """A preview replaces nothing but an earlier one; InputError names the folder that holds something else."""
    if folder.is_dir() and any(path.name not in {ANIMATIC, PAGE} for path in folder.iterdir()):
        raise InputError(f"{folder} holds other files: choose an empty folder for the animatic.")


async def _plan(brief: Brief, commission: Commission, recall: tuple[RecalledLine, ...], context: StudioContext) -> Plan:
    track = choose_track(brief, fast=commission.fast)
    question = PlanInput(brief=brief, recall=recall, seed=commission.seed)
    task: PlanTask = "fast_track_optimizer" if track == "fast" else "creative_director"
    return await ask_for_plan(context, task, question, await context.engine.card())


async def _draw(brief: Brief, commission: Commission, plan: Plan, context: StudioContext) -> list[ShotRequest]:
    state = TranslatorInput(
        commission=commission,
        brief=brief,
        concept=plan.concept,
        look=plan.look,
        storyboard=plan.storyboard,
        tier=commission.tier,
        scope=[shot.id for shot in plan.storyboard.shots],
    )
    card = await context.engine.card()
    requests = build_requests(state, await ask_for_translation(state, context, card), card, context)
    return list(await asyncio.gather(*(draw(request, context, commission.production_id) for request in requests)))


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
