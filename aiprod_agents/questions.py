"""The words of the three gates: storyboard, price, and cut, each small enough for a checkpoint."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aiprod_agents.critique import is_blocking
from aiprod_agents.gates import Choice, GateLine, Question
from aiprod_agents.hand_edits.reading import FILE_NAME
from aiprod_agents.limits import MAX_PLAN_CHANGES, MAX_REVIEW_ROUNDS
from aiprod_agents.receipts import FILM_WORK
from aiprod_agents.state import PricedOption, ShotRequest
from memory.records import Concept, Cut, Finding, Quote, Storyboard

NOT_RENDERED = "not rendered"
"""What the line is about that says why a last change was not rendered."""


def plan_question(
    concept: Concept,
    storyboard: Storyboard,
    requests: Mapping[str, ShotRequest],
    remarks: Mapping[str, Sequence[str]],
    page: Path,
    num_plan_changes: int,
) -> Question:
    """The storyboard, a line a shot, with what it is rendered from and what was bent; its page, and its file to edit.

    `remarks` are lines on the plan as a whole, by what they are: what was assumed or left out, what was saved.
    """
    lines = [GateLine(about="page", text=str(page)), GateLine(about="animatic", text=str(page.with_name(FILE_NAME)))]
    for shot in storyboard.shots:
        lines.append(GateLine(about=shot.id, text=f"{shot.seconds:.1f} s, {shot.description}"))
        lines += [GateLine(about=shot.id, text=text) for text in describe_request(requests[shot.id])]
    lines += [GateLine(about=about, text=text) for about, texts in remarks.items() for text in texts]
    lines += close_changes(num_plan_changes)
    return Question(
        gate="plan",
        choices=plan_choices(num_plan_changes),
        title=f"{concept.title}: {concept.logline}",
        lines=tuple(lines),
        shot_ids=tuple(shot.id for shot in storyboard.shots),
    )


def describe_request(request: ShotRequest) -> list[str]:
    """What is rendered, in the renderer's own words: after a change, the storyboard's description is the older one."""
    asked = [f"as asked: {request.change}"] if request.change else []
    return [*asked, f"rendered from: {request.request.prompt}", *request.notes]


def cost_question(
    quote: Quote, options: Sequence[PricedOption], allowance_seconds: float, num_plan_changes: int
) -> Question:
    """The price, what retakes may cost besides, and the same storyboard at each tier.

    A reviewer's changes come without `options`: there is no other plan to ask for, and there never was.
    """
    lines = [GateLine(about=shot.shot_id, text=f"{shot.seconds:.1f} s, {shot.eur:.4f} EUR") for shot in quote.shots]
    work = {what: quote.seconds_of(what) for what in FILM_WORK}
    lines += [GateLine(about=what, text=f"{seconds:.1f} s") for what, seconds in work.items() if seconds]
    for option in options:
        text = f"{option.seconds:.1f} s, {option.eur:.4f} EUR: {option.quality}"
        lines.append(GateLine(about=f"tier {option.tier}", text=text))
    if options and num_plan_changes < MAX_PLAN_CHANGES:
        lines.append(
            GateLine(about="tiers", text="--change draft, standard or premium makes the same plan at that tier")
        )
    lines.append(GateLine(about="retakes", text=f"at most {allowance_seconds:.1f} s more, without asking again"))
    lines += close_changes(num_plan_changes) if options else []
    return Question(
        gate="cost",
        choices=plan_choices(num_plan_changes),
        title=f"{quote.seconds:.1f} s of compute, {quote.eur:.4f} EUR at tier {quote.tier}",
        lines=tuple(lines),
    )


def final_question(
    cut: Cut,
    storyboard: Storyboard,
    findings: Sequence[Finding],
    unmeasured: Sequence[str],
    num_review_rounds: int,
    refused: str = "",
) -> Question:
    """The cut, what is wrong with it, what nothing measured, and why a last change was not rendered."""
    lines = [
        GateLine(about=f"{finding.shot_id or 'film'} {finding.severity} {finding.status}", text=finding.message)
        for finding in findings
    ]
    lines += [GateLine(about="not measured", text=line) for line in unmeasured]
    if refused:
        lines.append(GateLine(about=NOT_RENDERED, text=refused))
    choices: tuple[Choice, ...] = ("approve", "needs_changes", "reject")
    return Question(
        gate="final",
        choices=choices if num_review_rounds < MAX_REVIEW_ROUNDS else ("approve", "reject"),
        title=f"version {cut.version}, {cut.num_frames / cut.fps:.1f} s",
        lines=tuple(lines),
        shot_ids=tuple(shot.id for shot in storyboard.shots),
        cut_sha256=cut.sha256,
        version=cut.version,
        open_faults=sum(is_blocking(finding) for finding in findings),
    )


def plan_choices(num_plan_changes: int) -> tuple[Choice, ...]:
    """Another plan may be asked for a few times."""
    return ("approve", "change", "decline") if num_plan_changes < MAX_PLAN_CHANGES else ("approve", "decline")


def close_changes(num_plan_changes: int) -> list[GateLine]:
    """Says so when another plan may not be asked for any more."""
    if "change" in plan_choices(num_plan_changes):
        return []
    return [GateLine(about="plan", text="no more changes: approve or decline")]
