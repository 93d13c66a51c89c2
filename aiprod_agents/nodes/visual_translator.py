"""The visual translator turns each shot into what the engine understands, and draws it as an animatic first."""

import asyncio
from pathlib import Path
from typing import TypedDict

from langgraph.runtime import Runtime

from aiprod_agents.context import Event, StudioContext
from aiprod_agents.cutting import find_crossfades
from aiprod_agents.hand_edits.applying import EditedShot, edit_shot, edit_storyboard
from aiprod_agents.hand_edits.edits import AnimaticEdit
from aiprod_agents.hand_edits.keeping import write_sheet_file
from aiprod_agents.ids import digest_text
from aiprod_agents.language_models.port import LanguageModelError
from aiprod_agents.made import Made, make_once
from aiprod_agents.plan import Plan, ShotTranslation, Translation, TranslationInput
from aiprod_agents.plan_page import PlanSheet, plan_folder, write_plan_page
from aiprod_agents.planning import record_plan
from aiprod_agents.shot_requests import animatic_picture, attempt_seed, build_request
from aiprod_agents.state import Commission, Phase, ShotRequest, State
from memory.records import Brief, Concept, Finding, Look, ProductionStatus, RecalledLine, Shot, Storyboard, Take, Tier
from render_engine.api import Clip, RendererCard


class TranslatorInput(TypedDict, total=False):
    """The plan, the tier, the shots in scope, and what a person, a critic or a reviewer wants changed in them."""

    commission: Commission
    brief: Brief
    concept: Concept
    look: Look
    storyboard: Storyboard
    recall: list[RecalledLine]
    plan_notes: list[str]
    savings: list[str]
    tier: Tier
    scope: list[str]
    edit: AnimaticEdit | None
    requests: dict[str, ShotRequest]
    takes: dict[str, Take]
    findings: list[Finding]


class TranslatorOutput(TypedDict):
    """One request per shot in scope, ready to be priced, and the plan with what a person edited by hand in it."""

    requests: dict[str, ShotRequest]
    storyboard: Storyboard
    plan_notes: list[str]
    phase: Phase


async def translate(state: TranslatorInput, runtime: Runtime[StudioContext]) -> TranslatorOutput:
    """Write and draw the shots in scope, in the dialect of the renderer."""
    context, scope = runtime.context, state["scope"]
    production_id = state["commission"].production_id
    context.emit(Event(production_id, State.VISUAL_TRANSLATOR, f"translating {', '.join(scope)}"))
    card = await context.engine.card()
    state = take_up_edit(state, context)
    requests = build_requests(state, await ask_for_translation(state, context, card), card, context)
    drawn = await asyncio.gather(*(draw(request, context, production_id) for request in requests))
    translated = {request.shot_id: request for request in drawn}
    if not state["commission"].auto_approve and not state.get("takes"):
        await show_plan(state, translated, context)
    plan: TranslatorOutput = {
        "requests": translated,
        "storyboard": state["storyboard"],
        "plan_notes": state["plan_notes"],
        "phase": "quote",
    }
    return plan


def take_up_edit(state: TranslatorInput, context: StudioContext) -> TranslatorInput:
    """The plan with the seconds of the animatic that was edited by hand, on record, and what was not taken over."""
    edit = state.get("edit")
    if edit is None:
        return state
    storyboard = edit_storyboard(state["storyboard"], edit)
    if storyboard != state["storyboard"]:
        plan = Plan(concept=state["concept"], look=state["look"], storyboard=storyboard)
        record_plan(context, state["commission"].production_id, plan)
    notes = list(dict.fromkeys((*state["plan_notes"], *edit.notes)))
    return {**state, "storyboard": storyboard, "plan_notes": notes}


async def show_plan(state: TranslatorInput, requests: dict[str, ShotRequest], context: StudioContext) -> None:
    """Put the whole plan on a page for the person at the plan gate, and into a file that can be edited."""
    production_id = state["commission"].production_id
    sheet = PlanSheet(
        production_id=production_id,
        status=ProductionStatus.AWAITING_PLAN,
        commission=state["commission"],
        tier=state["tier"],
        brief=state["brief"],
        recall=state["recall"],
        concept=state["concept"],
        look=state["look"],
        storyboard=state["storyboard"],
        plan_notes=[*state["plan_notes"], *state["savings"]],
        requests=requests,
    )
    folder = plan_folder(context.workspace, production_id)
    page = await write_plan_page(sheet, folder, context)
    write_sheet_file(sheet, folder, context.workspace)
    context.emit(Event(production_id, State.VISUAL_TRANSLATOR, f"the plan lies in {page}"))


async def ask_for_translation(
    state: TranslatorInput, context: StudioContext, card: RendererCard
) -> dict[str, ShotTranslation]:
    """Every shot in scope in the renderer's dialect; LanguageModelError when one is missing."""
    question = TranslationInput(
        storyboard=state["storyboard"],
        look=state["look"],
        scope=tuple(state["scope"]),
        phrases=card.phrases,
        seed=state["commission"].seed,
        notes=collect_notes(state),
    )
    answer = await context.language_model.ask("visual_translator", question, Translation)
    translated = {shot.shot_id: shot for shot in answer.shots}
    missing = [shot_id for shot_id in state["scope"] if shot_id not in translated]
    if missing:
        raise LanguageModelError(f"{context.language_model.name} left {', '.join(missing)} untranslated: ask again.")
    return translated


def collect_notes(state: TranslatorInput) -> dict[str, tuple[str, ...]]:
    """By shot in scope: what the findings want changed; a reviewer's note stays in force when it was answered once."""
    notes: dict[str, tuple[str, ...]] = {}
    for finding in state.get("findings", []):
        if finding.shot_id in state["scope"] and finding.status != "waived" and finding.change:
            notes[finding.shot_id] = (*notes.get(finding.shot_id, ()), finding.change)
    return notes


def build_requests(
    state: TranslatorInput, translated: dict[str, ShotTranslation], card: RendererCard, context: StudioContext
) -> list[ShotRequest]:
    """Requests in the order of the scope; each attempt at a shot has a seed of its own."""
    crossfades = find_crossfades(state["storyboard"], state["concept"], card)
    attempts = [take.shot_id for take in state.get("takes", {}).values() if take.sha256]
    requests = []
    for shot_id in state["scope"]:
        shot = state["storyboard"].shot(shot_id)
        seconds = shot.seconds + crossfades[shot_id]
        seed = attempt_seed(state["commission"].seed, shot_id, attempts.count(shot_id))
        frame = (card, state["brief"].aspect, seconds)
        edited = find_edited(state, translated[shot_id], card)
        translation = edited.translation if edited else translated[shot_id]
        request = build_request(translation, state["tier"], frame, seed, find_picture(shot, context))
        by_hand = {"planned": edited.planned, "by_hand": edited.by_hand} if edited else {}
        requests.append(request.model_copy(update={"change": shot.change, **by_hand}))
    return requests


def find_edited(state: TranslatorInput, translation: ShotTranslation, card: RendererCard) -> EditedShot | None:
    """The shot with what a person edited by hand in it; None where nobody did."""
    edit, shot_id = state.get("edit"), translation.shot_id
    by_hand = edit.find(shot_id) if edit else None
    if by_hand is None:
        return None
    before = state.get("requests", {}).get(shot_id)
    first = before.planned if before else None
    return edit_shot(translation, state["storyboard"].shot(shot_id), by_hand, first, card.phrases)


def find_picture(shot: Shot, context: StudioContext) -> Path | None:
    """Where the shot's first frame lies, when it has one; StoreError when it is gone."""
    return context.memory.assets.path(shot.first_frame) if shot.first_frame else None


async def draw(request: ShotRequest, context: StudioContext, production_id: str) -> ShotRequest:
    """Draw the shot at the render's own size, once for the same scene, picture and size."""
    asked, picture = request.request, animatic_picture(request.request)
    size = f"{asked.width}x{asked.height} {asked.num_frames} {asked.fps}"
    recipe = digest_text(f"animatic {request.scene.model_dump_json()} {size} {picture}")

    async def draw_into(out: Path) -> Clip:
        return await context.engine.draw(
            request.scene,
            asked.width,
            asked.height,
            asked.num_frames,
            asked.fps,
            out,
            picture=context.memory.assets.path(picture) if picture else None,
        )

    made = await make_once(context, recipe, ".mp4", Made[Clip], draw_into)
    context.emit(Event(production_id, State.VISUAL_TRANSLATOR, "animatic drawn", request.shot_id))
    return request.model_copy(update={"animatic_sha256": made.sha256})
