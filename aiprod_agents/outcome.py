"""What a command that took a production somewhere gives back: one record, which `--json` prints as it is."""

from pathlib import Path
from typing import Any

from aiprod_agents.gates import Question
from aiprod_agents.manifest import FILM
from aiprod_agents.state import Approval, ProductionState
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
    approvals: tuple[Approval, ...] = ()
    """What was answered at the plan and cost gates, by whom, in order."""
    question: Question | None = None
    """What stands at the open gate."""
    reason: str | None = None
    """Why it ended as it did, in one line."""
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
        receipt=state.get("receipt"),
        findings=tuple(state.get("findings", [])),
        unmeasured=tuple(state.get("unmeasured", [])),
        approvals=tuple(state.get("approvals", [])),
        question=Question.model_validate(question) if question else None,
        reason=production.reason,
    )
