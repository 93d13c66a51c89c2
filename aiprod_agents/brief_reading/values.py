"""What reading a brief gives: the brief with paths in place of stored pictures, or one line that says what to do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from memory.records import Attachment, Brief, Record

Role = Literal["first_frame", "reference", "logo"]


class BriefError(ValueError):
    """The brief cannot be worked from; the message is one line that says what to do."""


class AttachedPicture(Record):
    """A picture that came with the brief, as a file that exists, not yet stored."""

    role: Role
    name: str
    path: Path


class ReadBrief(Record):
    """A brief as read: `brief` lacks only its attachments, which are in `pictures` until someone stores them.

    `notes` has a line for everything that was assumed.
    """

    brief: Brief
    pictures: tuple[AttachedPicture, ...] = ()
    notes: tuple[str, ...] = ()

    def with_attachments(self, attachments: Sequence[Attachment]) -> Brief:
        """The brief with its pictures as stored."""
        return self.brief.model_copy(update={"attachments": tuple(attachments)})
