"""What a plan must hold before anybody sees it: its seconds, its requirements covered, shots that can be rendered."""

from typing import Literal

from aiprod_agents.context import StudioContext
from aiprod_agents.language_models.port import LanguageModelError
from aiprod_agents.plan import Plan, PlanInput
from memory.records import Brief, Storyboard
from render_engine.api import RendererCard

PlanTask = Literal["creative_director", "fast_track_optimizer"]
SECONDS_TOLERANCE = 0.5
"""How far a film's length may lie from the brief's."""


async def ask_for_plan(context: StudioContext, task: PlanTask, question: PlanInput, card: RendererCard) -> Plan:
    """Ask the language model for a plan and check it.

    Raises:
        LanguageModelError: when it cannot answer, or what it answers is no valid plan.
    """
    plan = await context.language_model.ask(task, question, Plan)
    faults = find_faults(plan.storyboard, question.brief, card, question.max_shots)
    if faults:
        raise LanguageModelError(
            f"{context.language_model.name} gave a plan that cannot be filmed: {'; '.join(faults)}."
        )
    return plan


def find_faults(storyboard: Storyboard, brief: Brief, card: RendererCard, max_shots: int | None = None) -> list[str]:
    """Everything that is wrong with a storyboard, a phrase each; an empty list is a valid plan."""
    return [
        *_wrong_seconds(storyboard, brief),
        *_wrong_references(storyboard),
        *_uncovered(storyboard, brief),
        *_too_long(storyboard, card),
        *_too_many(storyboard, max_shots),
    ]


def _wrong_seconds(storyboard: Storyboard, brief: Brief) -> list[str]:
    if abs(storyboard.seconds - brief.seconds) <= SECONDS_TOLERANCE + 1e-9:
        return []
    return [f"it lasts {storyboard.seconds:.2f} s where the brief asks for {brief.seconds:.2f} s"]


def _wrong_references(storyboard: Storyboard) -> list[str]:
    ids = [part.id for part in (*storyboard.shots, storyboard.title_card, storyboard.end_card) if part]
    doubled = sorted({shot_id for shot_id in ids if ids.count(shot_id) > 1})
    scenes = {scene.id for scene in storyboard.scenes}
    lost = [shot.id for shot in storyboard.shots if shot.scene_id not in scenes]
    faults = [f"the id {shot_id} stands twice" for shot_id in doubled]
    return faults + [f"{shot_id} plays in a scene that is not there" for shot_id in lost]


def _uncovered(storyboard: Storyboard, brief: Brief) -> list[str]:
    """What the whole film answers to (a never, its length, its palette) needs no shot; all else must be claimed."""
    parts = [part for part in (*storyboard.shots, storyboard.title_card, storyboard.end_card) if part]
    covered = {requirement for part in parts for requirement in part.covers}
    film_wide = {"never", "seconds", "aspect", "palette", "mood"}
    asked = [item for item in brief.requirements if item.kind not in film_wide]
    unknown = sorted(covered - {item.id for item in brief.requirements})
    faults = [f"no shot covers {item.id} ({item.text})" for item in asked if item.id not in covered]
    return faults + [f"{requirement} is covered but was never asked" for requirement in unknown]


def _too_long(storyboard: Storyboard, card: RendererCard) -> list[str]:
    longest = card.max_num_frames / card.native_fps
    return [
        f"{shot.id} lasts {shot.seconds:.2f} s and {card.name} renders at most {longest:.2f} s at a time"
        for shot in storyboard.shots
        if shot.seconds > longest + 1e-6
    ]


def _too_many(storyboard: Storyboard, max_shots: int | None) -> list[str]:
    if max_shots is None or len(storyboard.shots) <= max_shots:
        return []
    return [f"it has {len(storyboard.shots)} shots where {max_shots} were allowed"]


def record_plan(context: StudioContext, production_id: str, plan: Plan) -> None:
    """Put the plan on record; the same plan again stays one version."""
    with context.memory.transaction() as store:
        store.plans.save(production_id, plan.concept, plan.look, plan.storyboard)
        store.productions.set_title(production_id, plan.concept.title)
