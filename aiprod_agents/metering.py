"""The meter: what is computed for a production is put on record the moment it stops, whether it was finished or not."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from memory import Memory
from memory.records import Cost, CostKind


@dataclass
class Reading:
    """How long a piece of work took: what the engine itself says of it, else the clock."""

    seconds: float | None = None


@dataclass(frozen=True)
class Meter:
    """Charges work to one production; without a production, as in a preview, nobody pays and nothing is put down."""

    memory: Memory
    production_id: str | None = None

    @contextmanager
    def running(self, what: CostKind) -> Iterator[Reading]:
        """Charge what is done inside; an error or a cancel is charged by the clock."""
        started, reading = time.perf_counter(), Reading()
        try:
            yield reading
        finally:
            self.charge(what, time.perf_counter() - started if reading.seconds is None else reading.seconds)

    def charge(self, what: CostKind, seconds: float, shot_id: str | None = None) -> None:
        """Put a cost on record; the newest reservation is the one that pays."""
        if self.production_id is None:
            return
        with self.memory.transaction() as store:
            reservations = store.reservations.list(self.production_id)
            payer = reservations[-1].reservation.id if reservations else None
            cost = Cost(id=uuid4().hex, what=what, seconds=seconds, shot_id=shot_id, reservation_id=payer)
            store.costs.save(self.production_id, cost)
