"""The `aiprod-engine` command: its commands, and the edge at which every error becomes one line and an exit code."""

import logging
import os
import sys
from collections.abc import Callable, Sequence

import typer
from typer.exceptions import TyperException

from render_engine.api import Engine, RenderError
from render_engine.cli.bench import bench
from render_engine.cli.evaluate import evaluate
from render_engine.cli.exit_codes import ExitCode, describe_exit_codes
from render_engine.cli.inspect import inspect
from render_engine.cli.printing import say
from render_engine.cli.render import render
from render_engine.client import open_engine

HELP = "The engine without the studio: render a clip, tell what weights hold, time the networks, score a model."


def build_app() -> typer.Typer:
    """All commands; each lives in its own file."""
    app = typer.Typer(
        name="aiprod-engine",
        help=f"{HELP}\n\n{describe_exit_codes()}",
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.command("render")(render)
    app.command("inspect")(inspect)
    app.command("bench")(bench)
    app.command("evaluate")(evaluate)
    return app


def main(arguments: Sequence[str] | None = None, opener: Callable[..., Engine] = open_engine) -> int:
    """Run one command and give its exit code; no error passes this edge.

    Args:
        arguments: the words after `aiprod-engine`; None takes the process's own.
        opener: opens the engine that renders, given `weights`, `num_threads`, `device` and `log`.
    """
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        code = int(build_app()(args=words, prog_name="aiprod-engine", standalone_mode=False, obj=opener) or 0)
        return complain("stopped", ExitCode.INTERRUPTED) if code == ExitCode.INTERRUPTED else code
    except TyperException as error:
        return complain(f"{error.format_message().rstrip('.')}. See: aiprod-engine --help", ExitCode.REFUSED)
    except RenderError as error:
        return complain(str(error), ExitCode.REFUSED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains as it ends
        return ExitCode.FAILED
    except Exception as error:  # the edge: a fault of the program is told, and its trace kept
        logging.getLogger("aiprod-engine").exception("a fault of the program")
        return complain(f"a fault of the program itself, {type(error).__name__}: {error}", ExitCode.FAILED)


def complain(message: str, code: ExitCode) -> ExitCode:
    """One line on stderr."""
    say(f"aiprod-engine: {' '.join(message.split())}")
    return code
