"""The fast-track optimizer writes a simple brief's plan itself, and finds what to save when a plan costs too much.

Savings, in this order: the highest tier that the same storyboard can be afforded at; else draft, with fewer shots.
"""

import math
from typing import TypedDict

from langgraph.runtime import Runtime

from aiprod_agents.context import Event, StudioContext
from aiprod_agents.hand_edits.edits import AnimaticEdit, is_edited
from aiprod_agents.language_models.port import LanguageModelError
from aiprod_agents.plan import Plan, PlanInput
from aiprod_agents.planning import ask_for_plan, note_plan, record_plan
from aiprod_agents.quoting import LONGEST_SHOT_SECONDS, budget_seconds
from aiprod_agents.state import Commission, Phase, PricedOption, State
from aiprod_agents.tiers import TIERS, lower_tiers
from memory.records import Brief, Concept, Look, ProductionStatus, RecalledLine, Storyboard, Tier
from render_engine.api import RendererCard


class OptimizerInput(TypedDict, total=False):
    """The brief; and once a quote was too high, the plan, its price at each tier, and the savings so far."""

    commission: Commission
    brief: Brief
    recall: list[RecalledLine]
    concept: Concept
    look: Look
    storyboard: Storyboard
    plan_notes: list[str]
    edit: AnimaticEdit | None
    tier: Tier
    options: list[PricedOption]
    savings: list[str]
    num_savings: int
    change_request: str


class OptimizerOutput(TypedDict):
    """A plan, all of it in scope, and what each saving costs in quality."""

    concept: Concept
    look: Look
    storyboard: Storyboard
    plan_notes: list[str]
    scope: list[str]
    tier: Tier
    savings: list[str]
    num_savings: int
    phase: Phase
    status: ProductionStatus


async def optimize(state: OptimizerInput, runtime: Runtime[StudioContext]) -> OptimizerOutput:
    """Write the shortest road to the film, or shorten the one that was too dear."""
    if "storyboard" not in state:
        return await plan_fast(state, runtime.context)
    return await save(state, runtime.context)


async def plan_fast(state: OptimizerInput, context: StudioContext) -> OptimizerOutput:
    """Look and storyboard of a simple brief in one go."""
    context.emit(Event(state["commission"].production_id, State.FAST_TRACK_OPTIMIZER, "planning on the fast track"))
    plan = await _ask(state, context, await context.engine.card(), None)
    record_plan(context, state["commission"].production_id, plan)
    return _output(state["commission"], plan, tier=state["tier"], savings=[], num_savings=0)


async def save(state: OptimizerInput, context: StudioContext) -> OptimizerOutput:
    """Lower the tier as far as it must; when no tier is enough, plan with fewer shots at draft."""
    tier = find_affordable_tier(state, budget_seconds(state["commission"].budget, context.prices))
    savings = list(state["savings"])
    plan = _current(state)
    if tier is None:
        tier = "draft"
        num_shots = len(plan.storyboard.shots)
        card = await context.engine.card()
        fewer = fewest_shots(plan.storyboard, card)
        if fewer < num_shots and is_edited(state.get("edit")):
            kept = f"{num_shots} shots stay: their animatic was edited by hand"
            savings = list(dict.fromkeys([*savings, kept]))
        elif fewer < num_shots:
            plan, saving = await plan_with_fewer(state, context, card, fewer)
            savings.append(saving)
    if tier != state["tier"]:
        savings.append(f"tier {state['tier']} becomes {tier}: {TIERS[tier].quality}")
    message = savings[-1] if savings else "nothing is left to save"
    context.emit(Event(state["commission"].production_id, State.FAST_TRACK_OPTIMIZER, message))
    record_plan(context, state["commission"].production_id, plan)
    return _output(state["commission"], plan, tier=tier, savings=savings, num_savings=state["num_savings"] + 1)


async def plan_with_fewer(
    state: OptimizerInput, context: StudioContext, card: RendererCard, fewer: int
) -> tuple[Plan, str]:
    """The plan with fewer shots and what that costs; the plan as it is where it cannot be told with fewer."""
    num_shots = len(state["storyboard"].shots)
    try:
        plan = await _ask(state, context, card, fewer)
    except LanguageModelError as error:
        return _current(state), f"{num_shots} shots stay: {error}"
    return plan, f"{num_shots} shots become {len(plan.storyboard.shots)}: fewer pictures, each stands longer"


def find_affordable_tier(state: OptimizerInput, limit_seconds: float) -> Tier | None:
    """The highest tier below the present one that this storyboard can be rendered at within the limit."""
    price = {option.tier: option.seconds for option in state["options"]}
    return next((tier for tier in lower_tiers(state["tier"]) if price[tier] <= limit_seconds), None)


def fewest_shots(storyboard: Storyboard, card: RendererCard) -> int:
    """How few shots can carry the same seconds, each as long as the renderer and a watcher's patience last."""
    longest = min(card.max_num_frames / card.native_fps, LONGEST_SHOT_SECONDS)
    return max(1, math.ceil(sum(shot.seconds for shot in storyboard.shots) / longest - 1e-6))


async def _ask(state: OptimizerInput, context: StudioContext, card: RendererCard, max_shots: int | None) -> Plan:
    question = PlanInput(
        brief=state["brief"],
        recall=tuple(state["recall"]),
        seed=state["commission"].seed,
        previous=None if max_shots is None else _current(state),
        change_request=state["change_request"],
        max_shots=max_shots,
    )
    return await ask_for_plan(context, "fast_track_optimizer", question, card)


def _current(state: OptimizerInput) -> Plan:
    return Plan(
        concept=state["concept"],
        look=state["look"],
        storyboard=state["storyboard"],
        notes=tuple(state["plan_notes"]),
    )


def _output(commission: Commission, plan: Plan, *, tier: Tier, savings: list[str], num_savings: int) -> OptimizerOutput:
    return {
        "concept": plan.concept,
        "look": plan.look,
        "storyboard": plan.storyboard,
        "plan_notes": note_plan(commission, plan),
        "scope": [shot.id for shot in plan.storyboard.shots],
        "tier": tier,
        "savings": savings,
        "num_savings": num_savings,
        "phase": "quote",
        "status": ProductionStatus.PLANNING,
    }
