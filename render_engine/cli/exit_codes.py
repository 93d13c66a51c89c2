"""What the exit codes of `aiprod-engine` mean: those of `aiprod`, as far as the engine alone can end."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes; `--help` lists them."""

    DONE = 0
    FAILED = 1
    REFUSED = 2
    INTERRUPTED = 130


MEANINGS: dict[ExitCode, str] = {
    ExitCode.DONE: "the command did what was asked",
    ExitCode.FAILED: "a fault of the program",
    ExitCode.REFUSED: "one line says what to change, and nothing is left behind",
    ExitCode.INTERRUPTED: "stopped with Ctrl-C; an unfinished clip is not left behind",
}


def describe_exit_codes() -> str:
    """All codes, for `--help`; the blank line keeps each on a line of its own."""
    return "Exit codes:\n\n" + "\n\n".join(f"{code.value}  {meaning}" for code, meaning in MEANINGS.items())
