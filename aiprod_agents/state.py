"""The one state of a production: the eight states, what flows between them, and the merge rules; never media."""

from enum import StrEnum
from typing import Annotated, Any, Literal, TypedDict

from aiprod_agents.hand_edits.edits import AnimaticEdit, HandEdit
from memory.records import (
    Brief,
    Budget,
    Concept,
    Cut,
    Deliverable,
    Finding,
    Gate,
    Look,
    Note,
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
    Verdict,
)
from render_engine.api import RenderRequest, SceneSpec

Phase = Literal["quote", "render", "judge", "settle"]
Decision = Literal[
    "ask", "save", "refuse", "replan", "retier", "redraw", "retake",
    "rewrite", "render", "judge", "settle", "deliver", "reject",
]  # fmt: skip
"""What a deciding node chose; the routers read it. `ask` opens a gate: the same node runs again and stops there."""


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
    change: str = ""
    """What reviewers had asked to change in the shot when this was written, in their words."""
    unanswered: tuple[str, ...] = ()
    """What of it the translator could not act on, note by note."""
    planned: SceneSpec | None = None
    """The scene as it was first translated, where an animatic that a person edited stands over it."""
    by_hand: tuple[HandEdit, ...] = ()
    """What that person put in the place of the plan's."""


class Order(Record):
    """What the command asked besides the brief."""

    project: str
    tier: Tier
    seed: int
    budget: Budget = Budget()
    auto_approve: bool = False
    """`--yes`: plan and cost are answered, and the policy `house` answers the final gate."""
    fast: bool = False
    out: str | None = None
    """The folder of the package, absolute; None is the workspace's own."""


class Commission(Order):
    """The order of one production, fixed for its life."""

    production_id: str
    assumed: tuple[str, ...] = ()
    """What the brief left open and its reader assumed, a line each."""


class PricedOption(Record):
    """What the same storyboard costs at one tier, and what that tier costs in quality."""

    tier: Tier
    seconds: float
    eur: float
    quality: str


class Answer(Record):
    """What a person said at the plan or cost gate."""

    gate: Literal["plan", "cost"]
    choice: Literal["approve", "change", "decline"]
    text: str = ""
    author: str = "producer"
    edit: AnimaticEdit | None = None
    """With `change`: an animatic that was edited by hand, in the place of words."""


class Approval(Answer):
    """An answer on record, with what it was an answer to."""

    about: str


class Judgement(Record):
    """What a reviewer said of the cut, at the final gate or after delivery.

    `reason` is why the open findings are waived by an approval, or why the film is rejected.
    """

    verdict: Verdict
    author: str
    notes: tuple[Note, ...] = ()
    reason: str = ""


class SpokenLine(Record):
    """One narrated line as it lies in the cut, in seconds; its sound is an asset."""

    shot_id: ShotId
    text: str
    start_seconds: float
    seconds: float
    sha256: Sha256


def merge_by_id(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Join two mappings by key; the newer entry wins, so a rerun of a node repeats and never doubles."""
    return {**old, **new}


class ProductionState(TypedDict, total=False):
    """Everything a production knows between nodes."""

    commission: Commission
    brief: Brief
    edit: AnimaticEdit | None
    """The animatic edited by hand that stands over the plan, as it was given at the start or at the plan's gate."""
    recall: list[RecalledLine]
    route: Literal["fast", "full"]
    concept: Concept
    look: Look
    storyboard: Storyboard
    plan_notes: list[str]
    """What was assumed, understood or left out of the brief, a line each."""
    requests: Annotated[dict[str, ShotRequest], merge_by_id]
    """By shot id: what was last asked of each shot, whether it was rendered or refused for its price."""
    requests_made: Annotated[dict[str, ShotRequest], merge_by_id]
    """By digest: what each take was made of."""
    phase: Phase
    gate: Gate | None
    """The gate that stands open; its node runs a second time and waits there, so nothing costly stands before it."""
    scope: list[str]
    """Shot ids to quote and render now."""
    tier: Tier
    """The tier in force; the optimizer may lower it."""
    quote: Quote
    """Of the scope; the last one that was made."""
    quotes: Annotated[dict[str, Quote], merge_by_id]
    """Every quote that was reserved, by reservation id."""
    options: list[PricedOption]
    """The plan at each tier."""
    reservation: Reservation | None
    allowance_seconds: float
    """What is left for retakes that nobody is asked about."""
    nearest_plan: str
    """Why the last quote was refused and what would fit, in one line; empty once a later one was not."""
    savings: list[str]
    """What each saving costs in quality, a line each."""
    num_savings: int
    """Passes through the optimizer because of the price (at most 2)."""
    last_price: float | None
    approvals: list[Approval]
    """What was answered at the plan and cost gates, in order."""
    num_plan_changes: int
    """Changes of plan that a person asked for (at most 3)."""
    change_request: str
    """Every change of plan that was asked for, a line each, the newest last; all of them hold."""
    num_retakes: dict[str, int]
    """By shot id, since a person last judged; at most 2, at draft 1."""
    retakes_allowed: bool
    """False once a quote for retakes was refused."""
    num_review_rounds: int
    """Rounds of changes that a reviewer asked for; the cut's version is one more."""
    takes: Annotated[dict[str, Take], merge_by_id]
    """By take id."""
    superseded: list[str]
    """Ids of takes that a reviewer wanted changed; they stand only where nothing newer can be shown."""
    best_takes: dict[str, str]
    """Shot id -> id of the take that stands in the cut."""
    cut: Cut | None
    """None until every shot has a take that can be shown."""
    spoken: list[SpokenLine]
    findings: list[Finding]
    unmeasured: list[str]
    """What the brief requires and nothing measured, a line each."""
    judgement: Judgement | None
    """A later verdict on a delivered film, on its way in."""
    review: Review | None
    receipt: Receipt
    deliverable: Deliverable
    decision: Decision
    status: ProductionStatus
    reason: str
    """Why a production ended as it did, in one line."""
