"""The `aiprod` command: its commands, and the edge at which every error becomes one line and an exit code."""

import os
import sys
from collections.abc import Callable, Sequence

import structlog
import typer
from typer.exceptions import TyperException

from aiprod_agents.cli.animatic import animatic
from aiprod_agents.cli.desk import Desk
from aiprod_agents.cli.doctor import doctor
from aiprod_agents.cli.exit_codes import ExitCode, describe_exit_codes
from aiprod_agents.cli.gates import answer, review
from aiprod_agents.cli.graph import graph
from aiprod_agents.cli.log import log_to_stderr
from aiprod_agents.cli.models import build_models_app
from aiprod_agents.cli.printing import say
from aiprod_agents.cli.produce import produce, resume
from aiprod_agents.cli.productions import cancel, list_productions, status
from aiprod_agents.cli.running import InterruptedWork
from aiprod_agents.errors import InputError, StudioError

HELP = "A producer writes a brief and receives a finished film."


def build_app() -> typer.Typer:
    """All commands; each lives in the file of its group."""
    app = typer.Typer(
        name="aiprod",
        help=f"{HELP}\n\n{describe_exit_codes()}",
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.command("produce")(produce)
    app.command("animatic")(animatic)
    app.command("status")(status)
    app.command("list")(list_productions)
    app.command("answer")(answer)
    app.command("review")(review)
    app.command("resume")(resume)
    app.command("cancel")(cancel)
    app.command("graph")(graph)
    app.command("doctor")(doctor)
    app.add_typer(build_models_app(), name="models")
    return app


def main(arguments: Sequence[str] | None = None, lay: Callable[[], Desk] = Desk) -> int:
    """Run one command and give its exit code; no error passes this edge.

    Args:
        arguments: the words after `aiprod`; None takes the process's own.
        lay: lays the desk that the commands work at.
    """
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    log_to_stderr()
    try:
        check_words(words)
        return int(build_app()(args=words, prog_name="aiprod", standalone_mode=False, obj=lay()) or 0)
    except TyperException as error:
        return complain(f"{error.format_message().rstrip('.')}. See: aiprod --help", ExitCode.BAD_INPUT)
    except StudioError as error:
        return complain(str(error), ExitCode.BAD_INPUT if isinstance(error, InputError) else ExitCode.FAILED)
    except (KeyboardInterrupt, InterruptedWork, typer.Abort):
        return complain("stopped", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains as it ends
        return ExitCode.FAILED
    except Exception as error:  # noqa: BLE001 - the edge: a fault of the program is told, and its trace kept
        structlog.get_logger().critical("a fault of the program", words=words, exc_info=True)
        return complain(f"a fault of the program itself, {type(error).__name__}: {error}", ExitCode.FAILED)


def check_words(words: Sequence[str]) -> None:
    """Every argument is text; InputError names the one that is not, which the shell gave as bytes of another kind."""
    for word in words:
        if not word.isascii() and any("\ud800" <= letter <= "\udfff" for letter in word):
            shown = word.encode("utf-8", "replace").decode()
            raise InputError(f"the argument {shown[:60]!r} is no UTF-8 text: write it in UTF-8")


def complain(message: str, code: ExitCode) -> ExitCode:
    """One line on stderr."""
    say(f"aiprod: {' '.join(message.split())}")
    return code
