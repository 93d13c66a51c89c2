"""The root of everything the studio refuses or cannot do."""


class StudioError(Exception):
    """A production cannot go on, or a command cannot be done; the message is one line that says what to do."""


class BusyError(StudioError):
    """Somebody else is working on the production."""


class InputError(StudioError):
    """What was asked cannot be begun: bad input, told before anything is left behind."""
