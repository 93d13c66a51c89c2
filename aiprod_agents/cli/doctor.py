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
    checks = [
        *check_machine(desk.settings.workspace),
        *asyncio.run(check_engine(lambda: desk.open_engine(desk.settings))),
    ]
    well = all(check.ok for check in checks)
    if json:
        print_json({"ok": well, "checks": [check.model_dump(mode="json") for check in checks]})
    else:
        for check in checks:
            print_result(f"{'ok     ' if check.ok else 'problem'}  {check.name}: {check.detail}")
    return ExitCode.DELIVERED if well else ExitCode.FAILED


async def check_engine(open_engine: Callable[[], Engine]) -> list[Check]:
    """Start the engine, ask everything of it, stop it."""
    try:
        engine = open_engine()
    except (RenderError, StudioError, OSError) as error:
        return [Check(name="engine", ok=False, detail=str(error))]
    try:
        return await examine(engine)
    finally:
        await engine.aclose()
