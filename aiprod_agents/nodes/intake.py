"""Intake opens a production: what memory recalls of the project, and the track that the brief takes."""

import re
from typing import Literal, TypedDict

from langgraph.runtime import Runtime

from aiprod_agents.context import Event, StudioContext
from aiprod_agents.limits import FAST_SCENES, FAST_SECONDS, FAST_SENTENCES
from aiprod_agents.state import Commission, Phase, State
from memory.records import Brief, ProductionStatus, RecalledLine, Tier

SENTENCE_END = re.compile(r"[.!?]+[\"'»”]?(?:\s|$)")


class IntakeInput(TypedDict):
    """A validated brief and what the command asked."""

    commission: Commission
    brief: Brief


class IntakeOutput(TypedDict):
    """The track, the recall, and every counter at its start."""

    recall: list[RecalledLine]
    route: Literal["fast", "full"]
    tier: Tier
    phase: Phase
    status: ProductionStatus
    num_savings: int
    num_plan_changes: int
    num_review_rounds: int
    num_retakes: dict[str, int]
    retakes_allowed: bool
    last_price: float | None
    change_request: str
    savings: list[str]


async def take_in(state: IntakeInput, runtime: Runtime[StudioContext]) -> IntakeOutput:
    """Recall the project and choose the track."""
    commission, brief, context = state["commission"], state["brief"], runtime.context
    recalled = context.memory.recall(commission.project, brief.text)
    context.emit(Event(commission.production_id, State.INTAKE, f"recalled {len(recalled)} lines of the project"))
    return {
        "recall": list(recalled),
        "route": choose_track(brief, fast=commission.fast),
        "tier": commission.tier,
        "phase": "quote",
        "status": ProductionStatus.PLANNING,
        "num_savings": 0,
        "num_plan_changes": 0,
        "num_review_rounds": 0,
        "num_retakes": {},
        "retakes_allowed": True,
        "last_price": None,
        "change_request": "",
        "savings": [],
    }


def choose_track(brief: Brief, *, fast: bool) -> Literal["fast", "full"]:
    """Fast when asked, or when a short brief tells no story: few shots, few sentences, no cast, no reference."""
    is_simple = (
        brief.seconds <= FAST_SECONDS
        and len(SENTENCE_END.findall(brief.text)) <= FAST_SENTENCES
        and len(brief.shots) <= FAST_SCENES
        and sum(requirement.kind == "subject" for requirement in brief.requirements) <= 1
        and not any(attachment.role == "reference" for attachment in brief.attachments)
    )
    return "fast" if fast or is_simple else "full"
