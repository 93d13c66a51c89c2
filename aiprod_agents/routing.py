"""The routes: pure functions from a slice of the state to the next state's name; the graph lays them between nodes."""

from typing import Literal, TypedDict

from langgraph.types import Send

from aiprod_agents.state import Commission, Decision, Judgement, Phase, ShotRequest
from memory.records import Take

FinanceRoute = Literal[
    "financial_orchestrator",
    "fast_track_optimizer",
    "creative_director",
    "visual_translator",
    "semantic_qa",
    "delivery",
    "__end__",
]
FINANCE_ROUTES: dict[Decision, FinanceRoute] = {
    "ask": "financial_orchestrator",
    "save": "fast_track_optimizer",
    "replan": "creative_director",
    "retier": "visual_translator",
    "redraw": "visual_translator",
    "judge": "semantic_qa",
    "deliver": "delivery",
    "refuse": "__end__",
    "reject": "__end__",
}
QaRoute = Literal["semantic_qa", "financial_orchestrator", "visual_translator"]
QA_ROUTES: dict[Decision, QaRoute] = {
    "ask": "semantic_qa",
    "retake": "financial_orchestrator",
    "settle": "financial_orchestrator",
    "rewrite": "visual_translator",
}


class EntrySlice(TypedDict, total=False):
    """What decides where a thread is entered."""

    judgement: Judgement | None


class RouteSlice(TypedDict):
    """What intake decided."""

    route: Literal["fast", "full"]


class FinanceSlice(TypedDict, total=False):
    """What the financial orchestrator decided, and what a fan-out carries to each shot."""

    decision: Decision
    commission: Commission
    scope: list[str]
    requests: dict[str, ShotRequest]
    takes: dict[str, Take]


class PhaseSlice(TypedDict):
    """How far the render has come."""

    phase: Phase


class DecisionSlice(TypedDict):
    """What the last deciding node chose."""

    decision: Decision


class ShotJob(TypedDict):
    """What one `Send` carries to the render executor: one take to make."""

    commission: Commission
    request: ShotRequest
    number: int


def enter(state: EntrySlice) -> Literal["intake", "semantic_qa"]:
    """A new production begins with its brief; a later verdict on a delivered one goes straight to judgement."""
    return "semantic_qa" if state.get("judgement") else "intake"


def after_intake(state: RouteSlice) -> Literal["fast_track_optimizer", "creative_director"]:
    """A simple brief, or one that asked to be fast, is planned on the fast track."""
    return "fast_track_optimizer" if state["route"] == "fast" else "creative_director"


def after_finance(state: FinanceSlice) -> FinanceRoute | list[Send]:
    """From a quote to a gate, a saving, another plan, the render or a refusal; from a settled bill to the end."""
    if state["decision"] == "render":
        return [Send("render_executor", job) for job in shot_jobs(state)]
    return FINANCE_ROUTES[state["decision"]]


def shot_jobs(state: FinanceSlice) -> list[ShotJob]:
    """One job per shot in scope; a take's number is one more than the takes its shot has."""
    counts = [take.shot_id for take in state.get("takes", {}).values()]
    return [
        ShotJob(
            commission=state["commission"],
            request=state["requests"][shot_id],
            number=counts.count(shot_id) + 1,
        )
        for shot_id in state["scope"]
    ]


def after_render(state: PhaseSlice) -> Literal["render_executor", "semantic_qa"]:
    """Every shot of a fan-out leads to one join in the same state, which assembles the cut; the join leads to QA."""
    return "render_executor" if state["phase"] == "render" else "semantic_qa"


def after_qa(state: DecisionSlice) -> QaRoute:
    """Failing or touched shots go back alone, by the translator where their words change; a verdict is settled."""
    return QA_ROUTES[state["decision"]]
