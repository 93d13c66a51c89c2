"""`aiprod doctor`: whether this machine has what a film needs."""

import asyncio
from collections.abc import Callable

import typer

from aiprod_agents.cli.checks import Check, check_machine, examine
from aiprod_agents.cli.desk import get_desk
from aiprod_agents.cli.exit_codes import ExitCode
from aiprod_agents.cli.options import JsonOption
from aiprod_agents.cli.printing import print_json, print_result
from aiprod_agents.errors import StudioError
from render_engine.api import Engine, RenderError


def doctor(context: typer.Context, *, json: JsonOption = False) -> int:
    """Look whether this machine has what a film needs, and say what to do about what it lacks."""
    desk = get_desk(context)
    checks = check_machine(desk.settings.workspace)
    for check in () if json else checks:
        print_check(check)
    checks += asyncio.run(check_engine(lambda: desk.open_engine(desk.settings), keep_still if json else print_check))
    well = all(check.ok for check in checks)
    if json:
        print_json({"ok": well, "checks": [check.model_dump(mode="json") for check in checks]})
    return ExitCode.DELIVERED if well else ExitCode.FAILED


def print_check(check: Check) -> None:
    """One line, as soon as it is known: some checks take a while."""
    print_result(f"{'ok     ' if check.ok else 'problem'}  {check.name}: {check.detail}")


def keep_still(_check: Check) -> None:
    """JSON is printed once, at the end."""


async def check_engine(open_engine: Callable[[], Engine], tell: Callable[[Check], None]) -> list[Check]:
    """Start the engine, ask everything of it, stop it."""
    try:
        engine = open_engine()
    except (RenderError, StudioError, OSError) as error:
        missing = Check(name="engine", ok=False, detail=str(error))
        tell(missing)
        return [missing]
    checks = []
    try:
        async for check in examine(engine):
            tell(check)
            checks.append(check)
    finally:
        await engine.aclose()
    return checks
