"""What every repository is given: the open session, the workspace it works in, and a clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session

from memory.tables import Row

AnyRow = TypeVar("AnyRow", bound=Row)


@dataclass(frozen=True)
class Desk:
    """One transaction's working place."""

    session: Session
    workspace_id: str
    now: Callable[[], datetime]


class Repository:
    """Rows in, records out; never commits, the transaction at the edge does."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._session = desk.session

    def _write(self, row: AnyRow) -> AnyRow:
        """Insert the row or bring the stored one up to it; an equal row is not written again."""
        merged = self._session.merge(row)
        self._session.flush()
        return merged
