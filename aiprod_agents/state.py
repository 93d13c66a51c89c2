"""The one state of a production: the eight states, what flows between them, and the merge rules; never media."""

from enum import StrEnum
from typing import Annotated, Any, Literal, TypedDict

from memory.records import (
    Brief,
    Budget,
    Concept,
    Cut,
    Deliverable,
    Finding,
    Look,
    ProductionStatus,
    Quote,
    RecalledLine,
    Receipt,
    Record,
    Reservation,
    Review,
    Sha256,
    ShotId,
    Storyboard,
    Take,
    Tier,
)
from render_engine.api import RenderRequest, SceneSpec


class State(StrEnum):
    """The eight states; each is one node of the graph and one file in `nodes/`."""

    INTAKE = "intake"
    CREATIVE_DIRECTOR = "creative_director"
    FAST_TRACK_OPTIMIZER = "fast_track_optimizer"
    VISUAL_TRANSLATOR = "visual_translator"
    FINANCIAL_ORCHESTRATOR = "financial_orchestrator"
    RENDER_EXECUTOR = "render_executor"
    SEMANTIC_QA = "semantic_qa"
    DELIVERY = "delivery"


class ShotRequest(Record):
    """What the translator made of one shot: the scene that is drawn, the request that is rendered, and what was bent.

    `notes` has a line for every word that the renderer cannot draw and what stands in for it.
    """

    shot_id: ShotId
    scene: SceneSpec
    request: RenderRequest
    digest: Sha256
    """Of the request: equal digests and weights are the same pixels."""
    animatic_sha256: Sha256 | None
    notes: tuple[str, ...] = ()


class Commission(Record):
    """What the command asked besides the brief; fixed for the production's life."""

    production_id: str
    project: str
    tier: Tier
    seed: int
    budget: Budget = Budget()
    auto_approve: bool = False
    """`--yes`: plan and cost are answered, and the policy `house` answers the final gate."""
    fast: bool = False


def merge_by_id(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Join two mappings by key; the newer entry wins, so a rerun of a node repeats and never doubles."""
    return {**old, **new}


class ProductionState(TypedDict, total=False):
    """Everything a production knows between nodes."""

    commission: Commission
    brief: Brief
    recall: list[RecalledLine]
    route: Literal["fast", "full"]
    concept: Concept
    look: Look
    storyboard: Storyboard
    requests: Annotated[dict[str, ShotRequest], merge_by_id]
    """By shot id."""
    phase: Literal["quote", "settle"]
    scope: list[str]
    """Shot ids to quote and render now."""
    tier: Tier
    """The tier in force; the optimizer may lower it."""
    quote: Quote
    reservation: Reservation | None
    nearest_plan: str
    """What would fit, in one line, when the quote is refused."""
    num_savings: int
    """Passes through the optimizer because of the price (at most 2)."""
    last_price: float | None
    num_plan_changes: int
    """Changes of plan that a person asked for (at most 3)."""
    change_request: str
    num_retakes: dict[str, int]
    """By shot id; at most 2, at draft 1."""
    num_review_rounds: int
    """Rounds of changes that a reviewer asked for."""
    takes: Annotated[dict[str, Take], merge_by_id]
    """By take id."""
    cut: Cut
    findings: list[Finding]
    review: Review | None
    receipt: Receipt
    deliverable: Deliverable
    decision: str
    """What the last deciding node chose; the routers read it."""
    status: ProductionStatus
    reason: str
    """Why a production ended as it did, in one line."""
