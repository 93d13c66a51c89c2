"""Cancelling: how a long call learns that nobody waits for it any more."""

from collections.abc import Callable

from render_engine.api import RenderError

CancelledFn = Callable[[], bool]


class CancelledByCallerError(RenderError):
    """The caller withdrew the call; raised by the work itself, at the end of a step."""


def stop_if(cancelled: CancelledFn) -> None:
    """Raise `CancelledByCallerError` when the call was withdrawn."""
    if cancelled():
        raise CancelledByCallerError("cancelled by the caller")
