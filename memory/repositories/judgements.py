"""What was said of a production: findings, reviews, and the lessons drawn from them."""

from collections.abc import Sequence

from sqlmodel import col, select

from memory.entries import ReviewEntry
from memory.errors import StoreError
from memory.records import Finding, Lesson, Review
from memory.repositories.repository import Repository
from memory.tables import FindingRow, LessonRow, ProductionRow, ReviewRow


class FindingRepository(Repository):
    """Findings on each version of the cut."""

    def replace(self, production_id: str, version: int, findings: Sequence[Finding]) -> None:
        """Let these be the findings on that version, in this order, and no others."""
        kept = {finding.id for finding in findings}
        for row in self._rows(production_id, version):
            if row.id not in kept:
                self._session.delete(row)
        for position, finding in enumerate(findings):
            row = FindingRow(
                production_id=production_id,
                version=version,
                id=finding.id,
                position=position,
                record=finding.model_dump(mode="json"),
            )
            self._session.merge(row)
        self._session.flush()

    def list(self, production_id: str, version: int) -> tuple[Finding, ...]:
        """The findings on that version, in their order."""
        return tuple(Finding.model_validate(row.record) for row in self._rows(production_id, version))

    def _rows(self, production_id: str, version: int) -> Sequence[FindingRow]:
        query = select(FindingRow).where(FindingRow.production_id == production_id, FindingRow.version == version)
        return self._session.exec(query.order_by(col(FindingRow.position), col(FindingRow.id))).all()


class ReviewRepository(Repository):
    """Reviews, all kept; a production's newest is in force and voids the earlier ones."""

    def append(self, production_id: str, review: Review) -> None:
        """Put the review on record; the same one again changes nothing.

        Raises:
            StoreError: when its id is on record with other words.
        """
        record = review.model_dump(mode="json")
        query = select(ReviewRow).where(ReviewRow.production_id == production_id, ReviewRow.id == review.id)
        stored = self._session.exec(query).first()
        if stored is None:
            self._write(
                ReviewRow(
                    production_id=production_id,
                    id=review.id,
                    version=review.version,
                    verdict=review.verdict,
                    record=record,
                    recorded_at=self._desk.now(),
                )
            )
        elif stored.record != record:
            raise StoreError(f"Review {review.id} is on record with other words: a new judgement needs a new review.")

    def list(self, production_id: str) -> tuple[ReviewEntry, ...]:
        """Every review, oldest first, the last one in force."""
        query = select(ReviewRow).where(ReviewRow.production_id == production_id).order_by(col(ReviewRow.sequence))
        rows = self._session.exec(query).all()
        return tuple(
            ReviewEntry(
                review=Review.model_validate(row.record),
                in_force=row is rows[-1],
                recorded_at=row.recorded_at,
            )
            for row in rows
        )

    def find_in_force(self, production_id: str) -> Review | None:
        """The newest review, which voids the earlier ones, or None; it binds to its own version and cut hash only."""
        query = select(ReviewRow).where(ReviewRow.production_id == production_id)
        row = self._session.exec(query.order_by(col(ReviewRow.sequence).desc()).limit(1)).first()
        return Review.model_validate(row.record) if row else None


class LessonRepository(Repository):
    """Lessons of a project, each drawn from one of its productions."""

    def save(self, production_id: str, lesson: Lesson) -> None:
        """Keep the lesson for the production's project; one of the same id is replaced.

        Raises:
            StoreError: when there is no such production.
        """
        production = self._session.get(ProductionRow, production_id)
        if production is None:
            raise StoreError(f"There is no production {production_id[:80]!r} to learn from.")
        query = select(LessonRow).where(LessonRow.production_id == production_id, LessonRow.id == lesson.id)
        row = self._session.exec(query).first()
        record = lesson.model_dump(mode="json")
        if row is None:
            row = LessonRow(project_id=production.project_id, production_id=production_id, id=lesson.id, record=record)
            self._session.add(row)
        row.record = record
        self._session.flush()

    def list(self, production_id: str) -> tuple[Lesson, ...]:
        """What one production taught, oldest first."""
        query = select(LessonRow).where(LessonRow.production_id == production_id).order_by(col(LessonRow.sequence))
        return tuple(Lesson.model_validate(row.record) for row in self._session.exec(query).all())
