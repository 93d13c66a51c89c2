"""What a plan must hold before anybody sees it: its seconds, its requirements covered, shots that can be rendered.

Words that cannot be shown are a fault of the plan; a line that cannot be spoken is left out, and noted.
"""

from collections.abc import Sequence
from typing import Literal

from aiprod_agents.context import StudioContext
from aiprod_agents.cutting import ANIMATIC_SIZES, FILM_SIZES, label_words, ordered_parts
from aiprod_agents.language_models.port import UnusableAnswerError
from aiprod_agents.plan import Plan, PlanInput
from aiprod_agents.state import Commission
from memory.records import Aspect, Brief, Shot, Storyboard
from render_engine.api import RendererCard

PlanTask = Literal["creative_director", "fast_track_optimizer"]
SECONDS_TOLERANCE = 0.5
"""How far a film's length may lie from the brief's."""


async def ask_for_plan(context: StudioContext, task: PlanTask, question: PlanInput, card: RendererCard) -> Plan:
    """Ask the language model for a plan and check it.

    Raises:
        LanguageModelError: when it cannot answer.
        UnusableAnswerError: when what it answers is no valid plan.
    """
    plan = await context.language_model.ask(task, question, Plan)
    faults = find_faults(plan.storyboard, question.brief, card, question.max_shots)
    faults += await find_word_faults(list_words(plan.storyboard), question.brief.aspect, context)
    if faults:
        raise UnusableAnswerError(
            f"{context.language_model.name} gave a plan that cannot be filmed: {'; '.join(faults)}."
        )
    return await leave_out_unspeakable(plan, context) if question.brief.wants_narration else plan


def note_plan(commission: Commission, plan: Plan) -> list[str]:
    """What was assumed of the brief, and what its plan understood otherwise or left out; a line each, and once."""
    return list(dict.fromkeys((*commission.assumed, *plan.notes)))


def list_words(storyboard: Storyboard) -> list[str]:
    """All words that stand on the screen, on cards and over shots."""
    parts = ordered_parts(storyboard)
    return [words for part in parts for words in ((part.words,) if isinstance(part, Shot) else part.words) if words]


async def find_word_faults(words: Sequence[str], aspect: Aspect, context: StudioContext) -> list[str]:
    """Why words cannot be shown in the film or in its animatic, a line each; an empty list is none."""
    in_film = await context.engine.check_words(words, *FILM_SIZES[aspect])
    in_animatic = await context.engine.check_words([label_words(one) for one in words], *ANIMATIC_SIZES[aspect])
    faults = [film or animatic for film, animatic in zip(in_film, in_animatic, strict=True)]
    return [fault for fault in faults if fault]


async def leave_out_unspeakable(plan: Plan, context: StudioContext) -> Plan:
    """The plan without the lines that the voice cannot speak, each with a note."""
    board = plan.storyboard
    spoken = [shot for shot in board.shots if shot.narration]
    faults = await context.engine.check_lines([shot.narration for shot in spoken])
    silenced = {shot.id: fault for shot, fault in zip(spoken, faults, strict=True) if fault}
    if not silenced:
        return plan
    shots = tuple(shot.model_copy(update={"narration": ""}) if shot.id in silenced else shot for shot in board.shots)
    notes = tuple(f"{shot_id}: its narration is left out: {fault}" for shot_id, fault in silenced.items())
    storyboard = board.model_copy(update={"shots": shots})
    return plan.model_copy(update={"storyboard": storyboard, "notes": (*plan.notes, *notes)})


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
    film_wide = {"never", "seconds", "aspect", "palette", "style", "mood"}
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
