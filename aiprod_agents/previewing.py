"""The preview: a brief is planned, translated and drawn as an animatic and a page; nothing is rendered or priced."""

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from aiprod_agents.assembling import FilmPlan, assemble_once, speak_lines
from aiprod_agents.context import StudioContext
from aiprod_agents.nodes.intake import choose_track
from aiprod_agents.nodes.visual_translator import TranslatorInput, ask_for_translation, build_requests, draw
from aiprod_agents.pages import PageCard, PageShot, StoryboardPage, write_storyboard
from aiprod_agents.plan import Plan, PlanInput
from aiprod_agents.planning import PlanTask, ask_for_plan
from aiprod_agents.shot_requests import animatic_strength
from aiprod_agents.state import Commission, ShotRequest, State
from memory.records import Brief, RecalledLine, Record, Storyboard

ANIMATIC, PAGE = "animatic.mp4", "storyboard.html"
THUMBNAIL_WIDTH = 640
LABEL = "Animatic"


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
    requests = await _draw(brief, commission, plan, context)
    clips = {request.shot_id: context.memory.assets.path(request.animatic_sha256 or "") for request in requests}
    film_plan = FilmPlan(commission, brief, plan.concept, label_shots(plan.storyboard))
    spoken = await speak_lines(film_plan, context)
    film = await assemble_once(film_plan, clips, spoken, context, State.VISUAL_TRANSLATOR)
    _put(context.memory.assets.path(film.sha256 or ""), folder / ANIMATIC)
    await _write_page((brief, commission, plan, recall), requests, folder, context)
    return Preview(
        title=plan.concept.title,
        logline=plan.concept.logline,
        seconds=plan.storyboard.seconds,
        num_shots=len(plan.storyboard.shots),
        animatic=str(folder / ANIMATIC),
        storyboard=str(folder / PAGE),
        notes=(*plan.notes, *(f"{request.shot_id}: {note}" for request in requests for note in request.notes)),
    )


def label_shots(storyboard: Storyboard) -> Storyboard:
    """The same storyboard with every shot called an animatic on the screen, so that nobody takes it for the film."""
    shots = tuple(
        shot.model_copy(update={"words": f"{LABEL}: {shot.words}" if shot.words else LABEL})
        for shot in storyboard.shots
    )
    return storyboard.model_copy(update={"shots": shots})


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


async def _write_page(
    preview: tuple[Brief, Commission, Plan, tuple[RecalledLine, ...]],
    requests: list[ShotRequest],
    folder: Path,
    context: StudioContext,
) -> None:
    brief, commission, plan, recall = preview
    board = plan.storyboard
    with TemporaryDirectory(prefix="aiprod-page-") as pictures:
        shots = []
        for request in requests:
            shot = board.shot(request.shot_id)
            clip = context.memory.assets.path(request.animatic_sha256 or "")
            picture = Path(pictures) / f"{shot.id}.jpg"
            shots.append(
                PageShot(
                    shot=shot,
                    scene=next(scene for scene in board.scenes if scene.id == shot.scene_id),
                    animatic=await context.engine.thumbnail(clip, shot.seconds / 2, THUMBNAIL_WIDTH, picture),
                    prompt=request.request.prompt,
                    animatic_strength=animatic_strength(request.request),
                    notes=request.notes,
                )
            )
        page = StoryboardPage(
            tier=commission.tier,
            seed=commission.seed,
            brief=brief,
            concept=plan.concept,
            look=plan.look,
            shots=tuple(shots),
            title_card=PageCard(card=board.title_card) if board.title_card else None,
            end_card=PageCard(card=board.end_card) if board.end_card else None,
            plan_notes=plan.notes,
            recall=recall,
        )
        write_storyboard(page, folder / PAGE)
