"""Productions and their briefs."""

import hashlib
import json
from pathlib import Path
from uuid import UUID, uuid5

from sqlmodel import col, func, select

from memory.entries import Production
from memory.errors import StoreError
from memory.records import Brief, ProductionStatus, Tier
from memory.repositories.projects import ProjectRepository
from memory.repositories.repository import Repository
from memory.tables import BriefRow, ProductionRow, ProjectRow

MAX_SEED = 2**63 - 1
MAX_NAMED = 5
ID_CHARACTERS = frozenset("0123456789abcdef-")


def brief_sha256(brief: Brief) -> str:
    """The hash of what was asked: of the brief's JSON with sorted keys, attachments by their own hashes."""
    text = json.dumps(brief.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class ProductionRepository(Repository):
    """Productions by id; each belongs to one project."""

    def create(
        self, project: str, brief: Brief, *, tier: Tier, seed: int, title: str = "", ordinal: int | None = None
    ) -> Production:
        """Begin a production of the brief, whose id is uuid5 of workspace, brief hash and ordinal, and keep the brief.

        Args:
            project: its name; the project is begun when it is new.
            brief: as validated.
            tier: as asked.
            seed: 0 to 2**63 - 1.
            title: the brief's own title, or else its first words, when empty.
            ordinal: which production of this very brief; the next one when None, so each call begins another. With
                one given, the production that has it is given back unchanged.

        Raises:
            StoreError: for an impossible project name or seed, or when the ordinal is taken in another project.
        """
        if not 0 <= seed <= MAX_SEED:
            raise StoreError(f"A seed is a whole number from 0 to {MAX_SEED}; this one is {seed}.")
        project_row = ProjectRepository(self._desk).ensure_row(project)
        digest = brief_sha256(brief)
        ordinal = self._next_ordinal(digest) if ordinal is None else ordinal
        production_id = str(uuid5(UUID(self._desk.workspace_id), f"production {digest} {ordinal}"))
        if self._session.get(ProductionRow, production_id) is None:
            now = self._desk.now()
            self._write(
                ProductionRow(
                    id=production_id,
                    project_id=project_row.id,
                    title=title or brief.title or first_words(brief.text),
                    brief_text=brief.text,
                    brief_sha256=digest,
                    ordinal=ordinal,
                    status=ProductionStatus.PLANNING,
                    tier=tier,
                    seed=seed,
                    created_at=now,
                    updated_at=now,
                )
            )
            self._write(BriefRow(production_id=production_id, record=brief.model_dump(mode="json")))
        production = self.get(production_id)
        if production.project != project_row.name:
            raise StoreError(f"Production {ordinal} of this brief belongs to project {production.project!r}.")
        return production

    def find(self, production_id: str) -> Production | None:
        """The production of that id, or None."""
        row = self._session.get(ProductionRow, production_id)
        return self._to_record(row) if row else None

    def get(self, production_id: str) -> Production:
        """The production of that id, or StoreError."""
        return self._to_record(self._row(production_id))

    def get_by_prefix(self, prefix: str) -> Production:
        """The one production whose id begins with `prefix`.

        Raises:
            StoreError: when none does, or several do.
        """
        begin = prefix.strip().lower()
        column = col(ProductionRow.id)
        rows = []
        if begin and ID_CHARACTERS.issuperset(begin):  # "g" sorts just behind every character of an id
            query = select(ProductionRow).where(column >= begin, column < begin + "g").order_by(column)
            rows = list(self._session.exec(query.limit(MAX_NAMED)).all())
        if not rows:
            raise StoreError(f"No production's id begins with {prefix[:80]!r}: `aiprod list` shows them all.")
        if len(rows) > 1:
            ids = ", ".join(row.id for row in rows)
            raise StoreError(f"Several productions begin with {prefix!r}: give more of the id, of {ids}.")
        return self._to_record(rows[0])

    def list(self, project: str | None = None, *, limit: int | None = None) -> tuple[Production, ...]:
        """Productions, newest first; of one project, or of all."""
        query = select(ProductionRow, ProjectRow.name).join(ProjectRow)
        if project is not None:
            found = ProjectRepository(self._desk).find_row(project)
            query = query.where(ProductionRow.project_id == (found.id if found else None))
        query = query.order_by(col(ProductionRow.created_at).desc(), col(ProductionRow.id)).limit(limit)
        return tuple(to_production(row, name) for row, name in self._session.exec(query).all())

    def set_status(self, production_id: str, status: ProductionStatus, reason: str | None = None) -> Production:
        """Say where the production stands, and why, in one line."""
        return self._change(production_id, status=status.value, reason=reason)

    def set_package(self, production_id: str, folder: Path | str) -> Production:
        """Say where the production's package lies."""
        return self._change(production_id, package=str(folder))

    def set_title(self, production_id: str, title: str) -> Production:
        """Give the production the title that its concept found."""
        return self._change(production_id, title=title)

    def _change(self, production_id: str, **changes: str | None) -> Production:
        """Change columns; when nothing differs nothing is written."""
        row = self._row(production_id)
        if any(getattr(row, name) != value for name, value in changes.items()):
            for name, value in changes.items():
                setattr(row, name, value)
            row.updated_at = self._desk.now()
            self._session.flush()
        return self._to_record(row)

    def _next_ordinal(self, digest: str) -> int:
        query = select(func.max(ProductionRow.ordinal)).where(ProductionRow.brief_sha256 == digest)
        return (self._session.exec(query).one() or 0) + 1

    def _row(self, production_id: str) -> ProductionRow:
        row = self._session.get(ProductionRow, production_id)
        if row is None:
            raise StoreError(f"There is no production {production_id[:80]!r}: `aiprod list` shows them all.")
        return row

    def _to_record(self, row: ProductionRow) -> Production:
        project = self._session.get_one(ProjectRow, row.project_id)
        return to_production(row, project.name)


class BriefRepository(Repository):
    """Each production's validated brief."""

    def save(self, production_id: str, brief: Brief) -> None:
        """Keep the brief; a later one replaces it."""
        self._write(BriefRow(production_id=production_id, record=brief.model_dump(mode="json")))

    def find(self, production_id: str) -> Brief | None:
        """The production's brief, or None."""
        row = self._session.get(BriefRow, production_id)
        return Brief.model_validate(row.record) if row else None


def first_words(text: str, num_chars: int = 60) -> str:
    """The beginning of a text in one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= num_chars:
        return line
    return line[:num_chars].rsplit(" ", 1)[0] + " …"


def to_production(row: ProductionRow, project: str) -> Production:
    """The record of a row."""
    return Production(
        id=row.id,
        project=project,
        title=row.title,
        brief_text=row.brief_text,
        status=ProductionStatus(row.status),
        tier=row.tier,
        seed=row.seed,
        ordinal=row.ordinal,
        reason=row.reason,
        package=row.package,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
