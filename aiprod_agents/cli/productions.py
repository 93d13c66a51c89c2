"""`aiprod status`, `aiprod list` and `aiprod cancel`: what is there, where it stands, and stopping it."""

from typing import TYPE_CHECKING, Annotated

import typer

from aiprod_agents.cli.desk import get_desk
from aiprod_agents.cli.exit_codes import ExitCode
from aiprod_agents.cli.options import IdArgument, JsonOption
from aiprod_agents.cli.printing import print_json, print_result, print_table
from aiprod_agents.cli.running import ask_studio
from aiprod_agents.cli.showing import SHORT_ID, show_outcome

if TYPE_CHECKING:
    from aiprod_agents.studio import Studio
    from memory.entries import Production


def status(context: typer.Context, production_id: IdArgument, *, json: JsonOption = False) -> int:
    """Tell where a production stands, and what it waits for."""
    show_outcome(ask_studio(get_desk(context), lambda studio: studio.status(production_id)), json=json)
    return ExitCode.DELIVERED


def cancel(context: typer.Context, production_id: IdArgument, *, json: JsonOption = False) -> int:
    """Stop a production within a step, wherever it runs, and keep what is finished."""
    show_outcome(ask_studio(get_desk(context), lambda studio: studio.cancel(production_id)), json=json)
    return ExitCode.DELIVERED


def list_productions(
    context: typer.Context,
    *,
    project: Annotated[str | None, typer.Option("--project", help="Only the productions of this project.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest first.")] = 20,
    json: JsonOption = False,
) -> int:
    """List the productions of the workspace, the newest first."""

    async def read(studio: "Studio") -> "tuple[Production, ...]":
        return studio.list(project, limit=limit)

    productions = ask_studio(get_desk(context), read)
    if json:
        print_json([production.model_dump(mode="json") for production in productions])
    elif productions:
        rows = [
            (one.id[:SHORT_ID], one.status.value, one.tier, one.project, f"{one.created_at:%Y-%m-%d %H:%M}", one.title)
            for one in productions
        ]
        print_table(("id", "status", "tier", "project", "begun, UTC", "title"), rows)
    else:
        print_result("no productions yet; begin one with: aiprod produce BRIEF")
    return ExitCode.DELIVERED
