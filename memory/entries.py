"""What the database gives back of productions, plans, reservations and reviews: the record, and what became of it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from memory.records import Concept, Look, ProductionStatus, Record, Reservation, Review, Storyboard, Tier


class Production(Record):
    """One commission as the database knows it; its id is the graph's thread id."""

    id: str
    project: str
    title: str
    brief_text: str
    status: ProductionStatus
    tier: Tier
    seed: int
    ordinal: int
    reason: str | None = None
    """Why it ended as it did, in one line."""
    package: str | None = None
    created_at: datetime
    updated_at: datetime


class PlanVersion(Record):
    """A production's plan as it stood; versions count from 1 and are never changed."""

    version: int = Field(ge=1)
    concept: Concept
    look: Look
    storyboard: Storyboard
    created_at: datetime


class ReservationEntry(Record):
    """A reservation and what became of it; `spent_*` are there once it is settled."""

    reservation: Reservation
    status: Literal["reserved", "freed", "settled"]
    spent_seconds: float | None = None
    spent_eur: float | None = None


class ReviewEntry(Record):
    """A review on record; only a production's newest is in force, the earlier ones are void."""

    review: Review
    in_force: bool
    recorded_at: datetime
