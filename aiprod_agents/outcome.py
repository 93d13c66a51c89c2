"""What a command that took a production somewhere gives back: one record, which `--json` prints as it is."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aiprod_agents.gates import Question
from aiprod_agents.manifest import FILM
from aiprod_agents.state import Approval, ProductionState, ShotRequest
from memory.entries import Production
from memory.records import Finding, ProductionStatus, Quote, Receipt, Record

ENDS = frozenset(
    {
        ProductionStatus.DELIVERED,
        ProductionStatus.REJECTED,
        ProductionStatus.REFUSED,
        ProductionStatus.CANCELLED,
        ProductionStatus.FAILED,
    }
)

RESUMABLE = frozenset({ProductionStatus.PLANNING, ProductionStatus.RENDERING, ProductionStatus.FAILED})
"""Where a production may have been stopped on its way."""


class ProductionOutcome(Record):
    """Where a production stands now.

    `package` and `film` are paths; before delivery `film` is the cut that waits for its review, if there is one.
    """

    production_id: str
    project: str
    title: str
    status: ProductionStatus
    package: str | None = None
    package_void: str | None = None
    """Which later verdict voided the package's approval, in one line."""
    film: str | None = None
    seconds_elapsed: float = 0.0
    """Of this call, by the clock."""
    quote: Quote | None = None
    """The plan's, as it was approved; or the last one that was made."""
    receipt: Receipt | None = None
    findings: tuple[Finding, ...] = ()
    unmeasured: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What was assumed, understood otherwise, left out or bent: of the plan, then of its shots, each line once."""
    approvals: tuple[Approval, ...] = ()
    """What was answered at the plan and cost gates, by whom, in order."""
    question: Question | None = None
    """What stands at the open gate."""
    reason: str | None = None
    """Why it ended as it did, in one line."""
    running: bool = False
    """Whether a process works on it at this moment."""
    can_resume: bool = False
    """Whether going on may take it further; not where the same would only fail again."""


def build_outcome(
    production: Production,
    state: ProductionState,
    question: dict[str, Any] | None,
    cut_path: Path | None,
    seconds_elapsed: float,
) -> ProductionOutcome:
    """The outcome, from the record and the last checkpoint."""
    package = production.package
    is_delivered = production.status == ProductionStatus.DELIVERED and package is not None
    receipt = state.get("receipt")
    quotes = list(state.get("quotes", {}).values())
    return ProductionOutcome(
        production_id=production.id,
        project=production.project,
        title=production.title,
        status=production.status,
        package=package,
        package_void=state["deliverable"].void if "deliverable" in state else None,
        film=str(Path(package or "") / FILM) if is_delivered else cut_path and str(cut_path),
        seconds_elapsed=seconds_elapsed,
        quote=quotes[0] if quotes else state.get("quote"),
        receipt=receipt if production.status in ENDS or not is_empty(receipt) else None,
        findings=tuple(state.get("findings", [])),
        unmeasured=tuple(state.get("unmeasured", [])),
        notes=collect_notes(state, is_delivered=is_delivered),
        approvals=tuple(state.get("approvals", [])),
        question=Question.model_validate(question) if question else None,
        reason=production.reason,
    )


def mark_running(outcome: ProductionOutcome) -> ProductionOutcome:
    """The outcome of what a process works on: there is no gate to answer, and nothing to resume."""
    receipt = None if is_empty(outcome.receipt) else outcome.receipt
    return outcome.model_copy(update={"running": True, "can_resume": False, "question": None, "receipt": receipt})


def is_empty(receipt: Receipt | None) -> bool:
    """Whether a receipt is of nothing, as one is that a try left which failed before any price was approved."""
    return receipt is None or not (receipt.quoted_seconds or receipt.spent_seconds)


def collect_notes(state: ProductionState, *, is_delivered: bool) -> tuple[str, ...]:
    """The notes of the plan, what was saved, and of each shot what was bent: in the film, where it is delivered."""
    of_plan = dict.fromkeys((*state.get("plan_notes", []), *state.get("savings", [])))
    return (*of_plan, *merge_notes(_standing_requests(state) if is_delivered else _last_requests(state)))


def merge_notes(requests: Iterable[ShotRequest]) -> list[str]:
    """A line for each note on a shot, with the ids of all shots that have it."""
    shots: dict[str, list[str]] = {}
    for request in requests:
        for note in dict.fromkeys(request.notes):
            shots.setdefault(note, []).append(request.shot_id)
    return [f"{', '.join(shot_ids)}: {note}" for note, shot_ids in shots.items()]


def _last_requests(state: ProductionState) -> list[ShotRequest]:
    requests = state.get("requests", {})
    shots = state["storyboard"].shots if "storyboard" in state else ()
    return [requests[shot.id] for shot in shots if shot.id in requests]


def _standing_requests(state: ProductionState) -> list[ShotRequest]:
    takes = [state["takes"][state["best_takes"][shot.id]] for shot in state["storyboard"].shots]
    return [state["requests_made"][take.request_digest] for take in takes]
