"""`aiprod models`: weights by name, what a file of weights holds, and fetching published ones."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from aiprod_agents.cli.desk import Desk, get_desk
from aiprod_agents.cli.exit_codes import ExitCode
from aiprod_agents.cli.fetching import Fetching, watch_fetching
from aiprod_agents.cli.models_showing import describe_report, show_models
from aiprod_agents.cli.options import JsonOption
from aiprod_agents.cli.printing import print_json, print_result, say
from aiprod_agents.errors import InputError, StudioError
from render_engine.api import Engine, RenderError

FOLDER = "models"
"""Where weights are kept, in the workspace."""
ResultT = TypeVar("ResultT")
Ask = Callable[[Engine], Awaitable[ResultT]]

FolderOption = Annotated[
    Path | None,
    typer.Option("--folder", metavar="FOLDER", help="Where weights are kept; `models` in the workspace by default."),
]
WeightsArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A .safetensors file, or a folder with some.")]
NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="A name of `aiprod models list`, or owner/name:file.safetensors.")
]


def build_models_app() -> typer.Typer:
    """The group of commands."""
    app = typer.Typer(help="List, inspect and fetch weights of the house model and of the LTX family.")
    app.command("list")(list_models)
    app.command("inspect")(inspect)
    app.command("pull")(pull)
    return app


def list_models(context: typer.Context, *, folder: FolderOption = None, json: JsonOption = False) -> int:
    """List the weights that ship, those that are published, and those that are here; no network is asked."""
    desk = get_desk(context)
    listed = ask_engine(desk, lambda engine: engine.list_models(find_folder(desk, folder)))
    if json:
        print_json(listed)
    else:
        show_models(listed)
    return ExitCode.DELIVERED


def inspect(context: typer.Context, file: WeightsArgument, *, json: JsonOption = False) -> int:
    """Tell what weights hold, by their headers alone, and whether the engine can load them."""
    path = file.expanduser().absolute()
    reports = ask_engine(get_desk(context), lambda engine: engine.inspect(path))
    if json:
        print_json([report.model_dump(mode="json") for report in reports])
    else:
        print_result("\n".join(line for report in reports for line in describe_report(report)))
    return ExitCode.DELIVERED


def pull(context: typer.Context, name: NameArgument, *, folder: FolderOption = None, json: JsonOption = False) -> int:
    """Fetch published weights, going on from where an earlier pull broke off, and check their hash."""
    desk = get_desk(context)
    with watch_fetching(name) as fetching:
        pulled = ask_engine(desk, lambda engine: engine.pull(name, find_folder(desk, folder), fetching.see), fetching)
    if json:
        print_json(pulled)
        return ExitCode.DELIVERED
    came = f"{pulled.bytes_fetched / 1e9:.2f} GB fetched" if pulled.bytes_fetched else "it was here"
    print_result(f"{pulled.path}\n  {came}, hash checked: {pulled.digest}")
    return ExitCode.DELIVERED


def find_folder(desk: Desk, given: Path | None) -> Path:
    """The folder of weights, absolute; nothing is made here."""
    return (given.expanduser() if given else desk.settings.workspace / FOLDER).absolute()


def ask_engine(desk: Desk, ask: Ask[ResultT], fetching: Fetching | None = None) -> ResultT:
    """Start the engine, ask one thing of it, stop it.

    Raises:
        InputError: it could not be begun.
        StudioError: it went wrong on the way; what was fetched is kept, and the message says how to go on.
    """
    try:
        return asyncio.run(_ask(desk, ask))
    except RenderError as error:
        raise (StudioError if fetching and fetching.has_begun else InputError)(str(error)) from error
    except KeyboardInterrupt:
        if fetching and fetching.has_begun:
            say("what was fetched is kept; pull again to go on from there")
        raise


async def _ask(desk: Desk, ask: Ask[ResultT]) -> ResultT:
    engine = desk.open_engine(desk.settings)
    try:
        return await ask(engine)
    finally:
        await engine.aclose()
