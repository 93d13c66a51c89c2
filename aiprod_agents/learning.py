"""Learning: what a verdict teaches the project's next productions; ids are derived, so a lesson is written once."""

from collections.abc import Iterable, Iterator
from typing import Literal

from aiprod_agents.context import StudioContext
from aiprod_agents.ids import derive_id
from memory.records import Finding, Lesson, Review


def record_lessons(
    context: StudioContext, production_id: str, findings: Iterable[Finding], review: Review | None
) -> None:
    """Keep what a rejection said, what a reviewer had changed, and what was let pass on purpose."""
    with context.memory.transaction() as store:
        for lesson in draw_lessons(production_id, findings, review):
            store.lessons.save(production_id, lesson)


def draw_lessons(production_id: str, findings: Iterable[Finding], review: Review | None) -> Iterator[Lesson]:
    """The lessons: the rejection's words, then the findings in their order, in the words of who said them.

    A lesson has its note's own wording, so that recall tells the two as one; what was let pass is `accepted`, and asks
    for nothing.
    """
    for note in review.notes if review and review.verdict == "rejected" else ():
        why = f"{review.author} rejected the film" if review else ""
        yield _lesson(production_id, note.text, why, note.shot_id)
    for finding in findings:
        if finding.status == "fixed":
            words = finding.change or finding.message
            yield _lesson(production_id, words, "a reviewer had it changed", finding.shot_id)
        if finding.status == "waived":
            why = f"{finding.waived_by} let it pass: {finding.waived_reason}"
            yield _lesson(production_id, finding.message, why, finding.shot_id, kind="accepted")


def _lesson(
    production_id: str, text: str, why: str, shot_id: str | None, *, kind: Literal["wanted", "accepted"] = "wanted"
) -> Lesson:
    return Lesson(
        id=derive_id(production_id, kind, text, shot_id), kind=kind, text=text[:4000], why=why, shot_id=shot_id
    )
