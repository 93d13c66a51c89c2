"""The base of every value that passes the engine's door: immutable, strict about unknown fields, free of torch."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable pydantic value; an unknown field is an error, so a misspelt setting never passes in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RenderError(Exception):
    """Something in the engine failed; the message is one line that says what to do."""


class EngineLostError(RenderError):
    """The engine itself ended while it worked, as by a kill or for want of memory; the same may be asked again."""
