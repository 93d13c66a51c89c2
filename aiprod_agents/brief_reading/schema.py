"""The fields that a brief in YAML, JSON or front matter may have; anything else is an error that names the field."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from aiprod_agents.brief_reading.values import Role


def _one_or_many(value: object) -> object:
    """A single string stands for a list of one."""
    return [value] if isinstance(value, str) else value


def _shot(value: object) -> object:
    """A shot may be a bare sentence."""
    return {"text": value} if isinstance(value, str) else value


def _picture(value: object) -> object:
    """A picture may be a bare path, then it is a reference."""
    return {"path": value} if isinstance(value, str) else value


def _text_of_number(value: object) -> object:
    """`seconds: 12` is as good as `seconds: 12 seconds`, and a YAML `1:30` arrives as the number 90."""
    return f"{value} seconds" if isinstance(value, int | float) and not isinstance(value, bool) else value


def _aspect_text(value: object) -> object:
    """YAML reads an unquoted `16:9` as the base-60 number 969; undo it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value // 60}:{value % 60}"
    return value


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ShotField(_Fields):
    """One line of a shot list, how long it lasts, and the picture that it opens on, by path as in `PictureField`."""

    text: str = Field(min_length=1)
    seconds: float | None = None
    first_frame: str | None = Field(default=None, min_length=1)


class PictureField(_Fields):
    """A picture beside the brief, by path relative to the brief's folder."""

    path: str = Field(min_length=1)
    role: Role = "reference"


Lines = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]


class BriefFields(_Fields):
    """A brief in fields.

    `brief` is prose and is read like any prose; the other fields say plainly what prose says in a sentence.
    """

    brief: str | None = None
    title: str | None = None
    seconds: Annotated[str | None, BeforeValidator(_text_of_number)] = None
    aspect: Annotated[str | None, BeforeValidator(_aspect_text)] = None
    language: str | None = None
    mood: str | None = None
    palette: Lines = ()
    style: str | None = None
    subject: str | None = None
    setting: str | None = None
    words_on_screen: Lines = ()
    must: Lines = ()
    never: Lines = ()
    shots: tuple[Annotated[ShotField, BeforeValidator(_shot)], ...] = ()
    pictures: tuple[Annotated[PictureField, BeforeValidator(_picture)], ...] = ()
    narration: bool | None = None
    music: bool | None = None
