"""The creative director writes the plan: concept, look and storyboard, from the brief and what memory recalls."""

from typing import TypedDict

from langgraph.runtime import Runtime

from aiprod_agents.context import Event, StudioContext
from aiprod_agents.plan import Plan, PlanInput
from aiprod_agents.planning import ask_for_plan, note_plan, record_plan
from aiprod_agents.state import Commission, Phase, State
from memory.records import Brief, Concept, Look, ProductionStatus, RecalledLine, Storyboard


class DirectorInput(TypedDict, total=False):
    """The brief, the recall, and the plan that a person wants changed, if one does."""

    commission: Commission
    brief: Brief
    recall: list[RecalledLine]
    concept: Concept
    look: Look
    storyboard: Storyboard
    change_request: str


class DirectorOutput(TypedDict):
    """The plan, all of it in scope."""

    concept: Concept
    look: Look
    storyboard: Storyboard
    plan_notes: list[str]
    scope: list[str]
    phase: Phase
    last_price: float | None
    status: ProductionStatus


async def direct(state: DirectorInput, runtime: Runtime[StudioContext]) -> DirectorOutput:
    """Ask for a plan of the whole film; changes that were asked for are answered with the plan before at hand."""
    commission, context = state["commission"], runtime.context
    context.emit(Event(commission.production_id, State.CREATIVE_DIRECTOR, "writing the plan"))
    question = PlanInput(
        brief=state["brief"],
        recall=tuple(state["recall"]),
        seed=commission.seed,
        previous=previous_plan(state),
        change_request=state["change_request"],
    )
    plan = await ask_for_plan(context, "creative_director", question, await context.engine.card())
    record_plan(context, commission.production_id, plan)
    return {
        "concept": plan.concept,
        "look": plan.look,
        "storyboard": plan.storyboard,
        "plan_notes": note_plan(commission, plan),
        "scope": [shot.id for shot in plan.storyboard.shots],
        "phase": "quote",
        "last_price": None,
        "status": ProductionStatus.PLANNING,
    }


def previous_plan(state: DirectorInput) -> Plan | None:
    """The plan before, when there is one and it is to be changed."""
    if not state["change_request"] or "storyboard" not in state:
        return None
    return Plan(concept=state["concept"], look=state["look"], storyboard=state["storyboard"])
