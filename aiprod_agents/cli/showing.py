"""How the outcome of a production is told on stdout: as JSON, or in words that say what to do next."""

from typing import TYPE_CHECKING

from aiprod_agents.cli.exit_codes import ExitCode, exit_code_of
from aiprod_agents.cli.printing import print_json, print_result
from aiprod_agents.cli.progress import duration
from memory.records import Finding, ProductionStatus

if TYPE_CHECKING:
    from aiprod_agents.gates import Question
    from aiprod_agents.outcome import ProductionOutcome

SHORT_ID = 8


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
    status = outcome.status.value.replace("_", " ")
    lines = [f"{outcome.production_id}{name}: {status}{f', {outcome.reason}' if outcome.reason else ''}"]
    lines += [f"  film     {outcome.film}"] if outcome.film else []
    void = f" (its approval is void: {outcome.package_void})" if outcome.package_void else ""
    lines += [f"  package  {outcome.package}{void}"] if outcome.package else []
    lines += _describe_money(outcome)
    lines += [f"  {describe_finding(finding)}" for finding in outcome.findings if finding.status == "open"]
    lines += [f"  not measured: {line}" for line in outcome.unmeasured]
    if outcome.question:
        lines += describe_question(outcome.question, outcome.production_id)
    elif outcome.can_resume:
        lines.append(f"  go on with: aiprod resume {outcome.production_id[:SHORT_ID]}")
    elif outcome.status == ProductionStatus.FAILED:
        lines.append("  it would fail again: change the brief, and produce that")
    return lines


def _describe_money(outcome: "ProductionOutcome") -> list[str]:
    if outcome.receipt:
        receipt = outcome.receipt
        quoted = f"(quoted {receipt.quoted_seconds:.1f} s, {receipt.quoted_eur:.4f} EUR)"
        return [f"  spent    {receipt.spent_seconds:.1f} s, {receipt.spent_eur:.4f} EUR {quoted}"]
    if outcome.quote:
        return [f"  quote    {duration(outcome.quote.seconds)}, {outcome.quote.eur:.4f} EUR at {outcome.quote.tier}"]
    return []


def describe_finding(finding: Finding) -> str:
    """One finding in one line."""
    where = finding.shot_id or "film"
    frames = "" if finding.frame_in is None else f", frame {finding.frame_in}"
    mend = f" ({finding.change})" if finding.change else ""
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
        lines.append(f"  judge with: aiprod review {short} {_either(question, answers)}")
        return lines
    lines += [f"    {line.about}: {line.text}" for line in question.lines]
    answers = {"approve": "--approve", "change": "--change TEXT", "decline": "--decline"}
    lines.append(f"  answer with: aiprod answer {short} --gate {question.gate} {_either(question, answers)}")
    return lines


def _either(question: "Question", answers: dict[str, str]) -> str:
    return " | ".join(answers[choice] for choice in question.choices)
