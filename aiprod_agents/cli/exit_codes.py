"""What the command line's exit codes mean, and which one a production's status gives."""

from enum import IntEnum

from memory.records import ProductionStatus


class ExitCode(IntEnum):
    """The exit codes; `--help` and the README list them."""

    DELIVERED = 0
    FAILED = 1
    BAD_INPUT = 2
    WAITS = 3
    REFUSED = 4
    INTERRUPTED = 130


MEANINGS: dict[ExitCode, str] = {
    ExitCode.DELIVERED: "delivered, or the command did what was asked",
    ExitCode.FAILED: "failed, or cancelled before it was delivered",
    ExitCode.BAD_INPUT: "bad input: one line says what to change, and nothing is left behind",
    ExitCode.WAITS: "waits for a person: see `aiprod answer` and `aiprod review`",
    ExitCode.REFUSED: "refused for its price, or rejected by a reviewer",
    ExitCode.INTERRUPTED: "stopped with Ctrl-C: what is finished is kept, see `aiprod resume`",
}

_BY_STATUS: dict[ProductionStatus, ExitCode] = {
    ProductionStatus.PLANNING: ExitCode.FAILED,
    ProductionStatus.RENDERING: ExitCode.FAILED,
    ProductionStatus.AWAITING_PLAN: ExitCode.WAITS,
    ProductionStatus.AWAITING_COST: ExitCode.WAITS,
    ProductionStatus.AWAITING_REVIEW: ExitCode.WAITS,
    ProductionStatus.DELIVERED: ExitCode.DELIVERED,
    ProductionStatus.REJECTED: ExitCode.REFUSED,
    ProductionStatus.REFUSED: ExitCode.REFUSED,
    ProductionStatus.CANCELLED: ExitCode.FAILED,
    ProductionStatus.FAILED: ExitCode.FAILED,
}


def exit_code_of(status: ProductionStatus) -> ExitCode:
    """The code of a command that took a production as far as `status`; one that stopped midway has failed."""
    return _BY_STATUS[status]


def describe_exit_codes() -> str:
    """All codes, for `--help`; the blank line keeps each on a line of its own."""
    return "Exit codes:\n\n" + "\n\n".join(f"{code.value}  {meaning}" for code, meaning in MEANINGS.items())
