"""Learning: what a verdict teaches the project's next productions; ids are derived, so a lesson is written once."""

from collections.abc import Iterable, Iterator

from aiprod_agents.context import StudioContext
from aiprod_agents.ids import derive_id
from memory.records import Finding, Lesson, Review, ShotId


def record_lessons(
    context: StudioContext, production_id: str, findings: Iterable[Finding], review: Review | None, reason: str = ""
) -> None:
    """Keep what a rejection said, what a reviewer had changed, and what was let pass on purpose."""
    with context.memory.transaction() as store:
        for lesson in draw_lessons(production_id, findings, review, reason):
            store.lessons.save(production_id, lesson)


def draw_lessons(
    production_id: str, findings: Iterable[Finding], review: Review | None, reason: str
) -> Iterator[Lesson]:
    """The lessons, in the order of the findings."""
    if review and review.verdict == "rejected" and reason:
        yield _lesson(production_id, f"rejected: {reason}", f"review {review.id[:8]}", None)
    for finding in findings:
        if finding.status == "fixed":
            yield _lesson(
                production_id, finding.change or finding.message, "a reviewer had it changed", finding.shot_id
            )
        if finding.status == "waived":
            why = f"{finding.waived_by} let it pass: {finding.waived_reason}"
            yield _lesson(production_id, f"accepted: {finding.message}", why, finding.shot_id)


def _lesson(production_id: str, text: str, why: str, shot_id: ShotId | None) -> Lesson:
    return Lesson(id=derive_id(production_id, text, shot_id), text=text[:4000], why=why, shot_id=shot_id)
