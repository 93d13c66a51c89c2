"""`aiprod produce` and `aiprod resume`: take a production as far as it goes without a person."""

from pathlib import Path
from typing import Annotated

import typer

from aiprod_agents.cli.briefs import check_out, check_project, parse_budget, take_brief
from aiprod_agents.cli.desk import get_desk
from aiprod_agents.cli.options import (
    AnimaticOption,
    BriefArgument,
    FastOption,
    IdArgument,
    JsonOption,
    OutOption,
    ProjectOption,
    SeedOption,
    TierOption,
)
from aiprod_agents.cli.running import run_production
from aiprod_agents.hand_edits.reading import read_edit_file
from aiprod_agents.state import Order

BudgetOption = Annotated[
    str | None, typer.Option("--budget", help="The most it may cost, in money or compute: 2.50eur, 120s.")
]
YesOption = Annotated[
    bool, typer.Option("--yes", metavar="", help="Approve plan and cost, and let the house's policy judge the film.")
]


def produce(  # noqa: PLR0913 - one parameter an option: this is what the command line offers
    context: typer.Context,
    brief: BriefArgument,
    *,
    project: ProjectOption = None,
    tier: TierOption = "draft",
    seed: SeedOption = 0,
    budget: BudgetOption = None,
    animatic: AnimaticOption = None,
    out: OutOption = None,
    yes: YesOption = False,
    fast: FastOption = False,
    json: JsonOption = False,
) -> int:
    """Turn a brief into a finished film, with progress on stderr and the result on stdout."""
    desk = get_desk(context)
    order = Order(
        project=check_project(project or desk.settings.project),
        tier=tier,
        seed=seed,
        budget=parse_budget(budget),
        auto_approve=yes,
        fast=fast,
        out=_as_text(check_out(out)),
    )
    read = take_brief(brief)
    edit = read_edit_file(animatic) if animatic else None
    return run_production(desk, lambda studio: studio.produce(read, order, edit), json=json)


def resume(context: typer.Context, production_id: IdArgument, *, json: JsonOption = False) -> int:
    """Go on where a stopped production was; finished shots are not rendered again."""
    return run_production(get_desk(context), lambda studio: studio.resume(production_id), json=json)


def _as_text(path: Path | None) -> str | None:
    return None if path is None else str(path)
