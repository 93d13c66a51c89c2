"""Cancelling: how a long call learns that nobody waits for it any more."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from render_engine.api import RenderError

CancelledFn = Callable[[], bool]
StepT = TypeVar("StepT")


class CancelledByCallerError(RenderError):
    """The caller withdrew the call; raised by the work itself, at the end of a step."""


def stop_if(cancelled: CancelledFn) -> None:
    """Raise `CancelledByCallerError` when the call was withdrawn."""
    if cancelled():
        raise CancelledByCallerError("cancelled by the caller")


def never() -> bool:
    """Of a call that nobody can withdraw."""
    return False


def heeded(steps: Iterable[StepT], cancelled: CancelledFn) -> Iterator[StepT]:
    """The steps one by one, until the call is withdrawn."""
    for step in steps:
        stop_if(cancelled)
        yield step
