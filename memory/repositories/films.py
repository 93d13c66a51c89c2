"""What a production makes: plans in versions, takes, cuts, deliverables."""

from sqlmodel import col, select

from memory.entries import PlanVersion
from memory.records import Concept, Cut, Deliverable, Look, Storyboard, Take
from memory.repositories.repository import Repository
from memory.tables import CutRow, DeliverableRow, PlanRow, TakeRow


class PlanRepository(Repository):
    """Plans in versions, counted from 1."""

    def save(self, production_id: str, concept: Concept, look: Look, storyboard: Storyboard) -> PlanVersion:
        """Keep the plan as the next version; the newest version saved again stays the newest."""
        newest = self._newest_row(production_id)
        parts = {
            "concept": concept.model_dump(mode="json"),
            "look": look.model_dump(mode="json"),
            "storyboard": storyboard.model_dump(mode="json"),
        }
        if newest is None or parts != newest.model_dump(include=set(parts)):
            version = newest.version + 1 if newest else 1
            row = PlanRow(production_id=production_id, version=version, created_at=self._desk.now(), **parts)
            newest = self._write(row)
        return to_plan(newest)

    def find(self, production_id: str, version: int | None = None) -> PlanVersion | None:
        """The plan of that version, or the newest, or None."""
        if version is None:
            row = self._newest_row(production_id)
        else:
            row = self._session.get(PlanRow, (production_id, version))
        return to_plan(row) if row else None

    def list(self, production_id: str) -> tuple[PlanVersion, ...]:
        """Every version, oldest first."""
        query = select(PlanRow).where(PlanRow.production_id == production_id).order_by(col(PlanRow.version))
        return tuple(to_plan(row) for row in self._session.exec(query).all())

    def _newest_row(self, production_id: str) -> PlanRow | None:
        query = select(PlanRow).where(PlanRow.production_id == production_id).order_by(col(PlanRow.version).desc())
        return self._session.exec(query.limit(1)).first()


class TakeRepository(Repository):
    """Takes by id within their production."""

    def save(self, production_id: str, take: Take) -> None:
        """Keep the take; one of the same id is replaced."""
        self._write(TakeRow(production_id=production_id, **take.model_dump()))

    def list(self, production_id: str, shot_id: str | None = None) -> tuple[Take, ...]:
        """A production's takes, or one shot's, by shot and number."""
        query = select(TakeRow).where(TakeRow.production_id == production_id)
        if shot_id is not None:
            query = query.where(TakeRow.shot_id == shot_id)
        takes = [Take(**row.model_dump(exclude={"production_id"})) for row in self._session.exec(query).all()]
        return tuple(sorted(takes, key=lambda take: (int(take.shot_id[1:]), take.number, take.id)))


class CutRepository(Repository):
    """Cuts by version."""

    def save(self, production_id: str, cut: Cut) -> None:
        """Keep the cut; one of the same version is replaced."""
        record = cut.model_dump(mode="json")
        self._write(CutRow(production_id=production_id, version=cut.version, sha256=cut.sha256, record=record))

    def find(self, production_id: str, version: int | None = None) -> Cut | None:
        """The cut of that version, or the newest, or None."""
        query = select(CutRow).where(CutRow.production_id == production_id)
        if version is not None:
            query = query.where(CutRow.version == version)
        row = self._session.exec(query.order_by(col(CutRow.version).desc()).limit(1)).first()
        return Cut.model_validate(row.record) if row else None


class DeliverableRepository(Repository):
    """Packages as delivered, by version."""

    def save(self, production_id: str, deliverable: Deliverable) -> None:
        """Keep what was delivered; one of the same version is replaced."""
        record = deliverable.model_dump(mode="json")
        self._write(DeliverableRow(production_id=production_id, version=deliverable.version, record=record))

    def find(self, production_id: str, version: int | None = None) -> Deliverable | None:
        """The package of that version, or the newest, or None."""
        query = select(DeliverableRow).where(DeliverableRow.production_id == production_id)
        if version is not None:
            query = query.where(DeliverableRow.version == version)
        row = self._session.exec(query.order_by(col(DeliverableRow.version).desc()).limit(1)).first()
        return Deliverable.model_validate(row.record) if row else None


def to_plan(row: PlanRow) -> PlanVersion:
    """The record of a row."""
    return PlanVersion.model_validate(row.model_dump(exclude={"production_id"}))
