"""The preview: a brief is planned, translated and drawn as an animatic and a page; nothing is rendered or priced."""

import asyncio
import shutil
from pathlib import Path

from aiprod_agents.assembling import assemble_once, speak_lines
from aiprod_agents.context import StudioContext
from aiprod_agents.cutting import FilmPlan, as_animatic
from aiprod_agents.errors import InputError
from aiprod_agents.hand_edits.keeping import write_sheet_file
from aiprod_agents.hand_edits.reading import FILE_NAME
from aiprod_agents.hand_edits.writing import KEPT_NAME
from aiprod_agents.nodes.intake import choose_track
from aiprod_agents.nodes.visual_translator import TranslatorInput, ask_for_translation, build_requests, draw
from aiprod_agents.plan import Plan, PlanInput, ShotTranslation
from aiprod_agents.plan_page import PAGE, PlanSheet, write_plan_page
from aiprod_agents.planning import PlanTask, ask_for_plan, note_plan
from aiprod_agents.state import Commission, State
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
    file: str
    """The animatic as text, to be edited by hand and drawn again."""
    notes: tuple[str, ...]
    """What was assumed of the brief, and what was bent in the shots."""


async def make_preview(brief: Brief, commission: Commission, folder: Path, context: StudioContext) -> Preview:
    """Write `animatic.mp4`, `storyboard.html` and `animatic.yaml` into `folder`.

    Raises:
        LanguageModelError: the brief cannot be planned.
        OSError: the folder cannot be written to.
    """
    recall = context.memory.recall(commission.project, brief.text)
    plan = await plan_once(brief, commission, recall, context)
    state = TranslatorInput(
        commission=commission,
        brief=brief,
        recall=list(recall),
        concept=plan.concept,
        look=plan.look,
        storyboard=plan.storyboard,
        plan_notes=note_plan(commission, plan),
        tier=commission.tier,
        scope=[shot.id for shot in plan.storyboard.shots],
    )
    translated = await ask_for_translation(state, context, await context.engine.card())
    return await draw_preview(state, translated, folder, context)


async def draw_preview(
    state: TranslatorInput,
    translated: dict[str, ShotTranslation],
    folder: Path,
    context: StudioContext,
    given: Path | None = None,
) -> Preview:
    """Draw a translated plan into `folder`; the file that it was given by is left as it is, wherever it lies."""
    built = build_requests(state, translated, await context.engine.card(), context)
    requests = await asyncio.gather(*(draw(request, context, NO_PRODUCTION) for request in built))
    film = await _assemble({request.shot_id: request.animatic_sha256 or "" for request in requests}, state, context)
    put_copy(film, folder / ANIMATIC)
    sheet = PlanSheet(
        production_id=None,
        status=ProductionStatus.PLANNING,
        commission=state["commission"],
        tier=state["tier"],
        brief=state["brief"],
        recall=state["recall"],
        concept=state["concept"],
        look=state["look"],
        storyboard=state["storyboard"],
        plan_notes=state["plan_notes"],
        requests={request.shot_id: request for request in requests},
    )
    await write_plan_page(sheet, folder, context)
    file = given if given and is_same(given, folder / FILE_NAME) else write_sheet_file(sheet, folder, context.workspace)
    return Preview(
        title=sheet.concept.title,
        logline=sheet.concept.logline,
        seconds=sheet.storyboard.seconds,
        num_shots=len(sheet.storyboard.shots),
        animatic=str(folder / ANIMATIC),
        storyboard=str(folder / PAGE),
        file=str(file),
        notes=(*sheet.plan_notes, *(f"{request.shot_id}: {note}" for request in requests for note in request.notes)),
    )


def check_preview_folder(folder: Path) -> None:
    """A preview replaces nothing but an earlier one; InputError names the folder that holds something else."""
    if folder.is_dir() and not is_preview_folder(folder):
        raise InputError(f"{folder} holds other files: choose an empty folder for the animatic.")


def is_preview_folder(folder: Path) -> bool:
    """Whether nothing lies there but what previews wrote, and what a person edited of it."""
    names = [path.name for path in folder.iterdir()]
    return all(name in {ANIMATIC, PAGE, FILE_NAME} or KEPT_NAME.fullmatch(name) for name in names)


def is_same(first: Path, second: Path) -> bool:
    """Whether two paths are of one file, which need not be there."""
    return first.resolve() == second.resolve()


def put_copy(source: Path, target: Path) -> None:
    """Copy an asset to where a person looks for it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


async def plan_once(
    brief: Brief, commission: Commission, recall: tuple[RecalledLine, ...], context: StudioContext
) -> Plan:
    """The plan that a production of this brief begins with; nothing is put on record."""
    track = choose_track(brief, fast=commission.fast)
    question = PlanInput(brief=brief, recall=recall, seed=commission.seed)
    task: PlanTask = "fast_track_optimizer" if track == "fast" else "creative_director"
    return await ask_for_plan(context, task, question, await context.engine.card())


async def _assemble(drawn: dict[str, str], state: TranslatorInput, context: StudioContext) -> Path:
    """Join the drawn shots, by id the asset of each, with cards, narration and music."""
    plan = FilmPlan(state["commission"], state["brief"], state["concept"], state["look"], state["storyboard"])
    film_plan = as_animatic(plan)
    clips = {shot_id: context.memory.assets.path(sha256) for shot_id, sha256 in drawn.items()}
    spoken = await speak_lines(film_plan, context)
    film = await assemble_once(film_plan, clips, spoken, context, State.VISUAL_TRANSLATOR)
    return context.memory.assets.path(film.sha256 or "")
