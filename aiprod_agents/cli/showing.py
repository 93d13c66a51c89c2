"""How the outcome of a production is told on stdout: as JSON, or in words that say what to do next."""

from typing import TYPE_CHECKING

from aiprod_agents.cli.exit_codes import ExitCode, exit_code_of
from aiprod_agents.cli.printing import print_json, print_result
from aiprod_agents.cli.progress import duration
from aiprod_agents.questions import NOT_RENDERED
from memory.records import Finding, ProductionStatus

if TYPE_CHECKING:
    from aiprod_agents.gates import Question
    from aiprod_agents.outcome import ProductionOutcome

SHORT_ID = 8
MAX_NOTES = 12
"""As many notes are printed; the page has them all."""


def show_outcome(outcome: "ProductionOutcome", *, json: bool) -> ExitCode:
    """Print the outcome and give its exit code."""
    if json:
        print_json(outcome)
    else:
        print_result("\n".join(describe(outcome)))
    return exit_code_of(outcome.status)


def describe(outcome: "ProductionOutcome") -> list[str]:
    """The outcome, a line each."""
    name = f' "{outcome.title}"' if outcome.title else ""
    lines = [f"{outcome.production_id}{name}: {_describe_status(outcome)}"]
    lines += [f"  film     {outcome.film}"] if outcome.film else []
    void = f" (its approval is void: {outcome.package_void})" if outcome.package_void else ""
    lines += [f"  package  {outcome.package}{void}"] if outcome.package else []
    lines += _describe_money(outcome)
    lines += [f"  {describe_finding(finding)}" for finding in outcome.findings if finding.status == "open"]
    lines += [f"  not measured: {line}" for line in outcome.unmeasured]
    lines += _describe_notes(outcome)
    return lines + _describe_next(outcome)


def _describe_status(outcome: "ProductionOutcome") -> str:
    """The status with its reason; what a reviewer said as the film was approved is no reason for the delivery."""
    status, reason = outcome.status.value.replace("_", " "), outcome.reason
    if outcome.running:
        return f"{status}; it is being worked on"
    if not reason or reason.startswith(status):
        return reason or status
    return (
        f"{status}; approved with: {reason}" if outcome.status == ProductionStatus.DELIVERED else f"{status}, {reason}"
    )


def _describe_notes(outcome: "ProductionOutcome") -> list[str]:
    """What was assumed or bent; before the plan is approved, its question has those lines."""
    if outcome.question and outcome.question.gate != "final":
        return []
    lines = [f"  note     {note}" for note in outcome.notes[:MAX_NOTES]]
    num_more = len(outcome.notes) - MAX_NOTES
    return [*lines, f"  and {num_more} more on the storyboard page"] if num_more > 0 else lines


def _describe_next(outcome: "ProductionOutcome") -> list[str]:
    """What to do now."""
    if outcome.question:
        return describe_question(outcome.question, outcome.production_id)
    if outcome.can_resume:
        return [f"  go on with: aiprod resume {outcome.production_id[:SHORT_ID]}"]
    if outcome.status == ProductionStatus.FAILED and not outcome.running:
        return ["  it would fail again: change the brief, and produce that"]
    if outcome.status == ProductionStatus.CANCELLED:
        return ["  it was cancelled: its finished takes are kept; produce the brief again for a film"]
    return []


def _describe_money(outcome: "ProductionOutcome") -> list[str]:
    if outcome.receipt:
        receipt = outcome.receipt
        quoted = f" (quoted {receipt.quoted_seconds:.1f} s, {receipt.quoted_eur:.4f} EUR)"
        spent = f"  spent    {receipt.spent_seconds:.1f} s, {receipt.spent_eur:.4f} EUR"
        return [spent + (quoted if receipt.quoted_seconds else "")]
    if outcome.quote:
        return [f"  quote    {duration(outcome.quote.seconds)}, {outcome.quote.eur:.4f} EUR at {outcome.quote.tier}"]
    return []


def describe_finding(finding: Finding) -> str:
    """One finding in one line."""
    where = finding.shot_id or "film"
    frames = "" if finding.frame_in is None else f", frame {finding.frame_in}"
    mend = f" ({finding.change})" if finding.change not in {"", finding.message} else ""
    return f"{finding.severity} on {where}{frames}: {finding.message}{mend}"


def describe_question(question: "Question", production_id: str) -> list[str]:
    """What stands at the gate, and the command that answers it."""
    short = production_id[:SHORT_ID]
    lines = [f"  waits at the {question.gate} gate: {question.title}"]
    if question.gate == "final":
        answers = {
            "approve": "--approve --note TEXT" if question.open_faults else "--approve",
            "needs_changes": "--needs-changes SHOT --note TEXT",
            "reject": "--reject --note TEXT",
        }
        lines += [f"  {line.about}: {line.text}" for line in question.lines if line.about == NOT_RENDERED]
        lines.append(f"  judge with: aiprod review {short} {_either(question, answers)}")
        return lines
    lines += [f"    {line.about}: {line.text}" for line in question.lines]
    change = "--change TEXT | --animatic FILE" if question.gate == "plan" else "--change TEXT"
    answers = {"approve": "--approve", "change": change, "decline": "--decline"}
    lines.append(f"  answer with: aiprod answer {short} --gate {question.gate} {_either(question, answers)}")
    return lines


def _either(question: "Question", answers: dict[str, str]) -> str:
    return " | ".join(answers[choice] for choice in question.choices)
