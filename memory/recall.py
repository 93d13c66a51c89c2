"""What earlier productions of a project say to the next one, each line with its source.

First depth: the newest approved look, the reviewers' notes, lessons, and what was let pass. Only the project's own rows
are read.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from sqlmodel import Session, col, select

from memory.records import Lesson, Look, ProductionStatus, RecalledLine, Review
from memory.repositories.projects import ProjectRepository
from memory.repositories.repository import Desk
from memory.tables import LessonRow, PlanRow, ProductionRow, ReviewRow

MAX_NOTES = 8
MAX_LESSONS = 4
MAX_ACCEPTED = 4
MAX_READ = 64
"""Reviews, lessons and productions looked at: the newest ones are enough to fill the lines."""


def recall(desk: Desk, project: str, brief_text: str) -> tuple[RecalledLine, ...]:
    """What the project's productions say to a new brief: its look, at most 8 notes, 4 lessons, 4 accepted faults.

    Each kind comes newest first: where two lines disagree, the one that comes first is the later word. Of equal
    wordings the first stays, so that a lesson never repeats its note, and what the brief itself says in the same words
    is left out. A fault is accepted for as long as the approval that let it pass stands; a note that says the same in
    the same production no longer asks for anything. A new project has nothing to say.

    Raises:
        StoreError: when `project` cannot be a project's name.
    """
    row = ProjectRepository(desk).find_row(project)
    if row is None:
        return ()
    taught = [entry for entry in _taught(desk.session, row.id) if _in_force(desk.session, entry)]
    let_pass = {(entry.production_id, _wording(entry.lesson.text)) for entry in taught if entry.is_accepted}
    said = _without_repeats([*_notes(desk.session, row.id, let_pass), *map(_lesson_line, taught)], brief_text)
    most = {"note": MAX_NOTES, "lesson": MAX_LESSONS, "accepted": MAX_ACCEPTED}
    kept = [line for kind, count in most.items() for line in [line for line in said if line.kind == kind][:count]]
    return (*_look(desk.session, row.id), *kept)


def _look(session: Session, project_id: str) -> Iterator[RecalledLine]:
    """The newest look that a person or the house's policy approved and that no later review took back."""
    productions = select(ProductionRow).where(ProductionRow.project_id == project_id)
    newest_first = productions.order_by(col(ProductionRow.created_at).desc(), col(ProductionRow.id)).limit(MAX_READ)
    for production in session.exec(newest_first).all():
        plan = _newest_plan(session, production.id) if _is_approved(session, production) else None
        if plan:
            yield from _look_lines(Look.model_validate(plan.look), f"production {production.id[:8]} look")
            return


def _is_approved(session: Session, production: ProductionRow) -> bool:
    newest = select(ReviewRow.verdict).where(ReviewRow.production_id == production.id)
    verdict = session.exec(newest.order_by(col(ReviewRow.sequence).desc()).limit(1)).first()
    return verdict == "approved" or (verdict is None and production.status == ProductionStatus.DELIVERED)


def _newest_plan(session: Session, production_id: str) -> PlanRow | None:
    query = select(PlanRow).where(PlanRow.production_id == production_id).order_by(col(PlanRow.version).desc())
    return session.exec(query.limit(1)).first()


def _look_lines(look: Look, source: str) -> Iterator[RecalledLine]:
    aspects = {
        "style": look.style,
        "palette": look.palette,
        "colours": ", ".join(look.palette_colours),
        "lighting": look.lighting,
    }
    for name, words in aspects.items():
        if words:
            yield RecalledLine(kind="look", text=f"{name}: {one_line(words)}", source=source)


class _Taught(NamedTuple):
    """A lesson and the production that taught it."""

    production_id: str
    lesson: Lesson

    @property
    def is_accepted(self) -> bool:
        return self.lesson.kind == "accepted"


def _taught(session: Session, project_id: str) -> Iterator[_Taught]:
    query = select(LessonRow).where(LessonRow.project_id == project_id).order_by(col(LessonRow.sequence).desc())
    for row in session.exec(query.limit(MAX_READ)).all():
        yield _Taught(row.production_id, Lesson.model_validate(row.record))


def _in_force(session: Session, entry: _Taught) -> bool:
    return not entry.is_accepted or _is_approved(session, session.get_one(ProductionRow, entry.production_id))


def _lesson_line(entry: _Taught) -> RecalledLine:
    lesson = entry.lesson
    shot = f" shot {lesson.shot_id}" if lesson.shot_id else ""
    source = f"production {entry.production_id[:8]} lesson {lesson.id[:8]}{shot}"
    if entry.is_accepted:
        return RecalledLine(kind="accepted", text=one_line(f"{lesson.text} ({lesson.why})"), source=source)
    return RecalledLine(kind="lesson", text=one_line(lesson.text), source=source)


def _notes(session: Session, project_id: str, let_pass: Collection[tuple[str, str]]) -> Iterator[RecalledLine]:
    """The reviewers' words, less those, by production and wording, that an approval later let pass."""
    query = (
        select(ReviewRow)
        .join(ProductionRow, col(ProductionRow.id) == col(ReviewRow.production_id))
        .where(ProductionRow.project_id == project_id, ReviewRow.verdict != "approved")
        .order_by(col(ReviewRow.sequence).desc())
    )
    for row in session.exec(query.limit(MAX_READ)).all():
        review = Review.model_validate(row.record)
        for note in review.notes:
            if (row.production_id, _wording(note.text)) in let_pass:
                continue
            place = f"shot {note.shot_id}" if note.shot_id else "film"
            source = f"production {row.production_id[:8]} review {review.id[:8]} {place}"
            yield RecalledLine(kind="note", text=one_line(note.text), source=source)


def _without_repeats(lines: Iterable[RecalledLine], brief_text: str) -> list[RecalledLine]:
    """The first line of each wording, less what the brief says itself."""
    brief = one_line(brief_text).casefold()
    first: dict[str, RecalledLine] = {}
    for line in lines:
        wording = _wording(line.text)
        if wording and wording not in brief:
            first.setdefault(wording, line)
    return list(first.values())


def _wording(text: str) -> str:
    """The words by which two lines are the same."""
    return one_line(text).casefold().strip(" .!")


def one_line(text: str) -> str:
    """The text with every run of blanks and line breaks as one blank."""
    return " ".join(text.split())
