"""`aiprod animatic`: a brief drawn as an animatic and a page, before anything is rendered."""

from pathlib import Path

import typer

from aiprod_agents.cli.briefs import check_out, check_project, take_brief
from aiprod_agents.cli.desk import get_desk
from aiprod_agents.cli.exit_codes import ExitCode
from aiprod_agents.cli.options import (
    BriefArgument,
    FastOption,
    JsonOption,
    OutOption,
    ProjectOption,
    SeedOption,
    TierOption,
)
from aiprod_agents.cli.printing import print_json, print_result
from aiprod_agents.cli.running import watch_studio
from aiprod_agents.ids import digest_text
from aiprod_agents.state import Order


def animatic(  # noqa: PLR0913 - one parameter an option
    context: typer.Context,
    brief: BriefArgument,
    *,
    project: ProjectOption = None,
    tier: TierOption = "draft",
    seed: SeedOption = 0,
    out: OutOption = None,
    fast: FastOption = False,
    json: JsonOption = False,
) -> int:
    """Draw a brief's storyboard as an animatic and a page; nothing is rendered, priced or asked."""
    desk = get_desk(context)
    order = Order(project=check_project(project or desk.settings.project), tier=tier, seed=seed, fast=fast)
    folder = check_out(out)
    read = take_brief(brief)
    folder = folder or default_folder(desk.settings.workspace, read.brief.text, seed)
    preview = watch_studio(desk, lambda studio: studio.preview(read, order, folder))
    if json:
        print_json(preview)
        return ExitCode.DELIVERED
    print_result(f"{preview.title}: {preview.logline}")
    shots = "1 shot" if preview.num_shots == 1 else f"{preview.num_shots} shots"
    print_result(f"  {shots}, {preview.seconds:g} s")
    print_result(f"  animatic    {preview.animatic}")
    print_result(f"  storyboard  {preview.storyboard}")
    for note in preview.notes:
        print_result(f"  {note}")
    return ExitCode.DELIVERED


def default_folder(workspace: Path, text: str, seed: int) -> Path:
    """The same brief and seed are drawn into the same folder again."""
    return workspace / "animatics" / digest_text(f"{seed} {text}")[:12]
