"""Projects: what productions share, and the wall between them."""

import unicodedata
from uuid import UUID, uuid5

from sqlmodel import select

from memory.errors import StoreError
from memory.repositories.repository import Repository
from memory.tables import ProjectRow

MAX_NAME_CHARS = 80


def checked_project_name(name: str) -> str:
    """The name as it is stored: composed (NFC), no blanks around it.

    Raises:
        StoreError: when it is not 1 to 80 characters, or has control characters, line breaks or path separators.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(name) <= MAX_NAME_CHARS:
        raise StoreError(f"A project's name has 1 to {MAX_NAME_CHARS} characters; this one has {len(name)}.")
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name):
        raise StoreError("A project's name has no control characters or line breaks: choose another name.")
    if name in {".", ".."} or "/" in name or "\\" in name:
        raise StoreError(f"A project's name is no path: leave the separators out of {name!r}.")
    return name


class ProjectRepository(Repository):
    """Projects by name."""

    def ensure(self, name: str) -> str:
        """Open the project of that name, or begin it; gives the name as stored."""
        return self.ensure_row(name).name

    def list(self) -> tuple[str, ...]:
        """The names of all projects, sorted."""
        return tuple(sorted(self._session.exec(select(ProjectRow.name)).all()))

    def ensure_row(self, name: str) -> ProjectRow:
        """The row of that project, made when it is new."""
        name = checked_project_name(name)
        project_id = str(uuid5(UUID(self._desk.workspace_id), f"project {name}"))
        row = self._session.get(ProjectRow, project_id)
        return row or self._write(ProjectRow(id=project_id, name=name, created_at=self._desk.now()))

    def find_row(self, name: str) -> ProjectRow | None:
        """The row of that project, or None."""
        return self._session.exec(select(ProjectRow).where(ProjectRow.name == checked_project_name(name))).first()
