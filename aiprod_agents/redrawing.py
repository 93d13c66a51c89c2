"""Draws an animatic again from its edited file, without planning: over the plan it is of, or by itself."""

from pathlib import Path

from aiprod_agents.brief_reading import BriefError
from aiprod_agents.brief_reading.durations import check_seconds
from aiprod_agents.context import StudioContext
from aiprod_agents.errors import InputError
from aiprod_agents.hand_edits.applying import edit_storyboard, settle_edit, tell_look, translate_edit
from aiprod_agents.hand_edits.edits import AnimaticEdit
from aiprod_agents.hand_edits.keeping import KeptPlan, find_plan
from aiprod_agents.nodes.visual_translator import TranslatorInput
from aiprod_agents.plan import Plan, ShotTranslation
from aiprod_agents.previewing import NO_PRODUCTION, Preview, check_preview_folder, draw_preview
from aiprod_agents.state import Commission
from memory.records import Brief, Concept, Look, Scene, Shot, Storyboard

UNTITLED = "Untitled"
ALONE = "its plan is not in this workspace: drawn at 16:9, without cards and narration"


async def redraw(edit: AnimaticEdit, path: Path, folder: Path, context: StudioContext) -> Preview:
    """Draw the file at `path` into `folder`; the same plan and file give the same pictures.

    Raises:
        InputError: the file does not fit its plan, cannot be drawn, or the folder holds something else.
    """
    check_preview_folder(folder)
    card = await context.engine.card()
    kept = find_plan(context.workspace, edit.plan) or build_plan(edit, card.phrases)
    plan = Plan(concept=kept.concept, look=kept.look, storyboard=kept.storyboard)
    settled = settle_edit(edit, plan, kept.brief, card)
    state = TranslatorInput(
        commission=kept.commission.model_copy(update={"production_id": NO_PRODUCTION}),
        brief=kept.brief,
        recall=list(kept.recall),
        concept=kept.concept,
        look=kept.look,
        storyboard=edit_storyboard(kept.storyboard, settled),
        plan_notes=[*kept.plan_notes, *settled.notes],
        tier=kept.tier,
        scope=[shot.id for shot in kept.storyboard.shots],
        edit=settled,
    )
    translated = {shot.shot_id: shot for shot in kept.translations}
    return await draw_preview(state, translated, folder, context, given=path)


def build_plan(edit: AnimaticEdit, phrases: dict[str, dict[str, str]]) -> KeptPlan:
    """What the file says by itself, as a plan: its shots in a row; InputError where that is too little or too long."""
    translations = translate_edit(edit, phrases)
    shots = [build_shot(translations[shot.id], shot.seconds or 0.0) for shot in edit.shots]
    seconds = sum(shot.seconds for shot in shots)
    try:
        check_seconds(seconds, f"{seconds:g} seconds")
    except BriefError as error:
        raise InputError(f"{edit.name}: its shots last {seconds:g} s: {str(error).rpartition(': ')[2]}") from error
    title = edit.title or UNTITLED
    scenes = [build_scene(translations[shot.id]) for shot in edit.shots]
    first = translations[shots[0].id].scene
    look = Look(**({"style": first.style, "palette": first.palette} | edit.look))
    brief = Brief(text=title, language="en", title=title, seconds=seconds, wants_narration=False, wants_music=False)
    return KeptPlan(
        commission=Commission(production_id=NO_PRODUCTION, project="default", tier="draft", seed=0),
        tier="draft",
        brief=brief,
        recall=(),
        concept=Concept(title=title, logline=f"{edit.name}, drawn by itself", mood="bright"),
        look=look.model_copy(update=tell_look(look)),
        storyboard=Storyboard(scenes=tuple(scenes), shots=tuple(shots)),
        plan_notes=(ALONE,),
        translations=tuple(translations.values()),
    )


def build_shot(translation: ShotTranslation, seconds: float) -> Shot:
    """The shot of a storyboard that says what its scene shows."""
    scene = translation.scene
    return Shot(
        id=translation.shot_id,
        scene_id=translation.shot_id,
        seconds=seconds,
        description=translation.prompt,
        subject=scene.subject,
        colour=scene.colour,
        action=scene.action,
        camera=scene.camera,
        framing=scene.framing,
        side=scene.side,
    )


def build_scene(translation: ShotTranslation) -> Scene:
    """The place and time of a shot that stands by itself."""
    scene = translation.scene
    return Scene(id=translation.shot_id, setting=scene.setting, hour=scene.hour, weather=scene.weather)
