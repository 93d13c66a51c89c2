"""The tables: one row class each; rows never leave memory, and every change here has its migration.

Everything below a production is keyed by the production first, so that ids need only be unique within it.
Whole records are JSON columns where nothing is searched for inside them.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, MetaData, Text, TypeDecorator, UniqueConstraint
from sqlmodel import Field, SQLModel

Json = dict[str, Any]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets the zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """To UTC on the way in; a moment without a zone is a ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """With its zone on the way out."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(SQLModel):
    """What the rows share: one catalogue, whose constraints have names that a migration can drop."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class WorkspaceRow(Row, table=True):
    """The one row that names this workspace; production ids derive from it."""

    __tablename__ = "workspaces"
    id: str = Field(primary_key=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


class ProjectRow(Row, table=True):
    """A project; its id derives from workspace and name."""

    __tablename__ = "projects"
    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


class ProductionRow(Row, table=True):
    """A production; `ordinal` counts the productions of one brief in this workspace, from 1."""

    __tablename__ = "productions"
    __table_args__ = (UniqueConstraint("brief_sha256", "ordinal"),)
    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id", index=True)
    title: str
    brief_text: str = Field(sa_type=Text)
    brief_sha256: str
    ordinal: int
    status: str
    tier: str
    seed: int = Field(sa_type=BigInteger)
    reason: str | None = None
    package: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class OfProductionRow(Row):
    """The key that everything below a production begins with."""

    production_id: str = Field(primary_key=True, foreign_key="productions.id")


class BriefRow(OfProductionRow, table=True):
    """A production's validated brief."""

    __tablename__ = "briefs"
    record: Json = Field(sa_type=JSON)


class PlanRow(OfProductionRow, table=True):
    """One version of a production's plan."""

    __tablename__ = "plans"
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    concept: Json = Field(sa_type=JSON)
    look: Json = Field(sa_type=JSON)
    storyboard: Json = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)


class TakeRow(OfProductionRow, table=True):
    """One rendering of one shot."""

    __tablename__ = "takes"
    id: str = Field(primary_key=True)
    shot_id: str
    number: int
    ok: bool
    request_digest: str
    sha256: str | None = None
    error: str | None = Field(default=None, sa_type=Text)
    seconds_elapsed: float
    peak_memory_bytes: int = Field(sa_type=BigInteger)
    weights_sha256: str | None = None
    num_threads: int | None = None
    compute_dtype: str | None = None


class CutRow(OfProductionRow, table=True):
    """One version of the cut."""

    __tablename__ = "cuts"
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    sha256: str
    record: Json = Field(sa_type=JSON)


class DeliverableRow(OfProductionRow, table=True):
    """One version of the package as delivered."""

    __tablename__ = "deliverables"
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    record: Json = Field(sa_type=JSON)


class FindingRow(OfProductionRow, table=True):
    """One finding on one version of the cut; `position` keeps the critic's order."""

    __tablename__ = "findings"
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: str = Field(primary_key=True)
    position: int
    record: Json = Field(sa_type=JSON)


class ReviewRow(Row, table=True):
    """One review; `sequence` is the order in which they came, over the whole workspace."""

    __tablename__ = "reviews"
    __table_args__ = (UniqueConstraint("production_id", "id"),)
    sequence: int | None = Field(default=None, primary_key=True)
    production_id: str = Field(foreign_key="productions.id")
    id: str
    version: int
    verdict: str
    record: Json = Field(sa_type=JSON)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class LessonRow(Row, table=True):
    """One lesson of a project; `sequence` is the order in which they came."""

    __tablename__ = "lessons"
    __table_args__ = (UniqueConstraint("production_id", "id"),)
    sequence: int | None = Field(default=None, primary_key=True)
    project_id: str = Field(foreign_key="projects.id", index=True)
    production_id: str = Field(foreign_key="productions.id")
    id: str
    record: Json = Field(sa_type=JSON)


class QuoteRow(OfProductionRow, table=True):
    """One quote; `position` counts a production's quotes from 1."""

    __tablename__ = "quotes"
    id: str = Field(primary_key=True)
    position: int
    record: Json = Field(sa_type=JSON)


class CostRow(OfProductionRow, table=True):
    """Something that was computed besides a take; `position` counts a production's from 1."""

    __tablename__ = "costs"
    id: str = Field(primary_key=True)
    position: int
    record: Json = Field(sa_type=JSON)


class ReservationRow(OfProductionRow, table=True):
    """One reservation: reserved, then freed or settled."""

    __tablename__ = "reservations"
    id: str = Field(primary_key=True)
    position: int
    seconds: float
    eur: float
    status: str
    spent_seconds: float | None = None
    spent_eur: float | None = None


class ReceiptRow(OfProductionRow, table=True):
    """What a production did cost up to one version of the cut; version 0 is before any cut."""

    __tablename__ = "receipts"
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    record: Json = Field(sa_type=JSON)


class CalibrationRow(Row, table=True):
    """How fast one set of weights runs on one machine."""

    __tablename__ = "calibrations"
    weights_sha256: str = Field(primary_key=True)
    num_threads: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    machine: str = Field(primary_key=True)
    value: Json = Field(sa_type=JSON)
    measured_at: datetime = Field(sa_type=UtcDateTime)
    paces: Json = Field(sa_type=JSON)
