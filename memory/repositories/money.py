"""Money and its measure: quotes, reservations, costs, receipts, calibrations."""

import hashlib
import json
from collections.abc import Sequence

from sqlmodel import col, func, select

from memory.entries import ReservationEntry
from memory.errors import StoreError
from memory.records import Cost, Quote, Receipt, Reservation, StoredCalibration
from memory.repositories.repository import Repository
from memory.tables import CalibrationRow, CostRow, QuoteRow, ReceiptRow, ReservationRow


class QuoteRepository(Repository):
    """A production's quotes in the order in which they came."""

    def save(self, production_id: str, quote: Quote, key: str | None = None) -> None:
        """Keep the quote under its key; without one under its content, so that equal quotes are one.

        Raises:
            StoreError: when the key is on record with another quote.
        """
        record = quote.model_dump(mode="json")
        key = key or hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
        stored = self._session.get(QuoteRow, (production_id, key))
        if stored is None:
            position = len(self._rows(production_id)) + 1
            self._write(QuoteRow(production_id=production_id, id=key, position=position, record=record))
        elif stored.record != record:
            raise StoreError(f"Quote {key} is on record with another price: a new quote needs a new key.")

    def list(self, production_id: str) -> tuple[Quote, ...]:
        """Every quote, oldest first."""
        return tuple(Quote.model_validate(row.record) for row in self._rows(production_id))

    def _rows(self, production_id: str) -> Sequence[QuoteRow]:
        query = select(QuoteRow).where(QuoteRow.production_id == production_id)
        return self._session.exec(query.order_by(col(QuoteRow.position))).all()


class ReservationRepository(Repository):
    """Reservations by id within their production: reserved, then freed or settled, once."""

    def reserve(self, production_id: str, reservation: Reservation) -> None:
        """Set the sum aside; the same reservation again changes nothing, whatever became of it.

        Raises:
            StoreError: when its id is on record with another sum.
        """
        stored = self._session.get(ReservationRow, (production_id, reservation.id))
        if stored is None:
            query = select(func.count()).where(ReservationRow.production_id == production_id)
            row = ReservationRow(
                production_id=production_id,
                position=self._session.exec(query).one() + 1,
                status="reserved",
                **reservation.model_dump(),
            )
            self._write(row)
        elif (stored.seconds, stored.eur) != (reservation.seconds, reservation.eur):
            raise StoreError(f"Reservation {reservation.id} is on record with another sum: a new sum needs a new id.")

    def free(self, production_id: str, reservation_id: str) -> None:
        """Give back what was set aside and not spent; again changes nothing.

        Raises:
            StoreError: when there is no such reservation, or it is settled.
        """
        row = self._row(production_id, reservation_id)
        if row.status == "settled":
            raise StoreError(f"Reservation {reservation_id} is settled: what is spent cannot be freed.")
        row.status = "freed"
        self._session.flush()

    def settle(self, production_id: str, reservation_id: str, *, spent_seconds: float, spent_eur: float) -> None:
        """Close the reservation with what was spent of it; the same again changes nothing.

        Settled once more, by a production that went on after it had failed, the later sum stands.

        Raises:
            StoreError: when there is no such reservation, or it is freed.
        """
        row = self._row(production_id, reservation_id)
        if row.status == "freed":
            raise StoreError(f"Reservation {reservation_id} is freed: reserve again before settling.")
        row.status, row.spent_seconds, row.spent_eur = "settled", spent_seconds, spent_eur
        self._session.flush()

    def list(self, production_id: str) -> tuple[ReservationEntry, ...]:
        """Every reservation and what became of it, oldest first."""
        query = select(ReservationRow).where(ReservationRow.production_id == production_id)
        rows = self._session.exec(query.order_by(col(ReservationRow.position))).all()
        return tuple(to_entry(row) for row in rows)

    def _row(self, production_id: str, reservation_id: str) -> ReservationRow:
        row = self._session.get(ReservationRow, (production_id, reservation_id))
        if row is None:
            raise StoreError(f"There is no reservation {reservation_id} in production {production_id}.")
        return row


class CostRepository(Repository):
    """What was computed for a production besides its takes, in the order in which it came."""

    def save(self, production_id: str, cost: Cost) -> None:
        """Keep the cost under its id; the same again changes nothing."""
        if self._session.get(CostRow, (production_id, cost.id)) is None:
            query = select(func.count()).where(CostRow.production_id == production_id)
            position = self._session.exec(query).one() + 1
            record = cost.model_dump(mode="json")
            self._write(CostRow(production_id=production_id, id=cost.id, position=position, record=record))

    def list(self, production_id: str) -> tuple[Cost, ...]:
        """Every cost, oldest first."""
        query = select(CostRow).where(CostRow.production_id == production_id)
        rows = self._session.exec(query.order_by(col(CostRow.position))).all()
        return tuple(Cost.model_validate(row.record) for row in rows)


class ReceiptRepository(Repository):
    """Receipts by version of the cut; version 0 is of a production that ended before any cut."""

    def save(self, production_id: str, receipt: Receipt, *, version: int = 0) -> None:
        """Keep the receipt; one of the same version is replaced."""
        record = receipt.model_dump(mode="json")
        self._write(ReceiptRow(production_id=production_id, version=version, record=record))

    def find(self, production_id: str) -> Receipt | None:
        """The receipt of the newest version, or None."""
        query = select(ReceiptRow).where(ReceiptRow.production_id == production_id)
        row = self._session.exec(query.order_by(col(ReceiptRow.version).desc()).limit(1)).first()
        return Receipt.model_validate(row.record) if row else None


class CalibrationRepository(Repository):
    """Measured speeds by weights, thread count and machine, so that a quote does not measure again."""

    def save(self, calibration: StoredCalibration) -> None:
        """Keep the measurement; a later one of the same key replaces it."""
        self._write(CalibrationRow(**calibration.model_dump()))

    def find(self, weights_sha256: str, num_threads: int, machine: str) -> StoredCalibration | None:
        """The measurement of that key, or None."""
        row = self._session.get(CalibrationRow, (weights_sha256, num_threads, machine))
        return StoredCalibration.model_validate(row.model_dump()) if row else None


def to_entry(row: ReservationRow) -> ReservationEntry:
    """The record of a row."""
    return ReservationEntry.model_validate(
        {
            "reservation": Reservation(id=row.id, seconds=row.seconds, eur=row.eur),
            "status": row.status,
            "spent_seconds": row.spent_seconds,
            "spent_eur": row.spent_eur,
        }
    )
