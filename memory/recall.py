"""What earlier productions of a project say to the next one, each line with its source.

First depth: the newest approved look, lessons, and the reviewers' notes. Only the project's own rows are read.
"""

from collections.abc import Iterable, Iterator

from sqlmodel import Session, col, select

from memory.records import Lesson, Look, ProductionStatus, RecalledLine, Review
from memory.repositories.projects import ProjectRepository
from memory.repositories.repository import Desk
from memory.tables import LessonRow, PlanRow, ProductionRow, ReviewRow

MAX_NOTES = 8
MAX_LESSONS = 4
MAX_READ = 64
"""Reviews, lessons and productions looked at: the newest ones are enough to fill the lines."""


def recall(desk: Desk, project: str, brief_text: str) -> tuple[RecalledLine, ...]:
    """What the project's productions say to a new brief: its look, then at most 8 notes, then at most 4 lessons.

    Notes and lessons come newest first; of equal wordings the first stays, and what the brief itself says in the same
    words is left out. A new project has nothing to say.

    Raises:
        StoreError: when `project` cannot be a project's name.
    """
    row = ProjectRepository(desk).find_row(project)
    if row is None:
        return ()
    said = _without_repeats([*_notes(desk.session, row.id), *_lessons(desk.session, row.id)], brief_text)
    notes = [line for line in said if line.kind == "note"][:MAX_NOTES]
    lessons = [line for line in said if line.kind == "lesson"][:MAX_LESSONS]
    return (*_look(desk.session, row.id), *notes, *lessons)


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


def _lessons(session: Session, project_id: str) -> Iterator[RecalledLine]:
    query = select(LessonRow).where(LessonRow.project_id == project_id).order_by(col(LessonRow.sequence).desc())
    for row in session.exec(query.limit(MAX_READ)).all():
        lesson = Lesson.model_validate(row.record)
        shot = f" shot {lesson.shot_id}" if lesson.shot_id else ""
        source = f"production {row.production_id[:8]} lesson {lesson.id[:8]}{shot}"
        yield RecalledLine(kind="lesson", text=one_line(lesson.text), source=source)


def _notes(session: Session, project_id: str) -> Iterator[RecalledLine]:
    query = (
        select(ReviewRow)
        .join(ProductionRow, col(ProductionRow.id) == col(ReviewRow.production_id))
        .where(ProductionRow.project_id == project_id, ReviewRow.verdict != "approved")
        .order_by(col(ReviewRow.sequence).desc())
    )
    for row in session.exec(query.limit(MAX_READ)).all():
        review = Review.model_validate(row.record)
        for note in review.notes:
            place = f"shot {note.shot_id}" if note.shot_id else "film"
            source = f"production {row.production_id[:8]} review {review.id[:8]} {place}"
            yield RecalledLine(kind="note", text=one_line(note.text), source=source)


def _without_repeats(lines: Iterable[RecalledLine], brief_text: str) -> list[RecalledLine]:
    """The first line of each wording, less what the brief says itself."""
    brief = one_line(brief_text).casefold()
    first: dict[str, RecalledLine] = {}
    for line in lines:
        wording = line.text.casefold().strip(" .!")
        if wording and wording not in brief:
            first.setdefault(wording, line)
    return list(first.values())


def one_line(text: str) -> str:
    """The text with every run of blanks and line breaks as one blank."""
    return " ".join(text.split())
