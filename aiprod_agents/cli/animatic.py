"""`aiprod animatic`: a brief, or an edited file, drawn as an animatic and a page, before anything is rendered."""

from pathlib import Path
from typing import TYPE_CHECKING

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
from aiprod_agents.errors import InputError
from aiprod_agents.hand_edits.reading import find_edit_file, read_edit_file
from aiprod_agents.ids import digest_text
from aiprod_agents.state import Order

if TYPE_CHECKING:
    from aiprod_agents.previewing import Preview


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
    """Draw a brief's storyboard, or an edited animatic.yaml, as an animatic and a page; nothing is rendered."""
    if file := find_edit_file(brief):
        return draw_again(context, file, out, json=json)
    desk = get_desk(context)
    order = Order(project=check_project(project or desk.settings.project), tier=tier, seed=seed, fast=fast)
    folder = check_out(out)
    read = take_brief(brief)
    folder = folder or default_folder(desk.settings.workspace, read.brief.text, seed)
    preview = watch_studio(desk, lambda studio: studio.preview(read, order, folder))
    return show_preview(preview, json=json)


def draw_again(context: typer.Context, file: Path, out: Path | None, *, json: bool) -> int:
    """Draw an edited file, beside it where nothing but its animatic lies, and else where a preview goes."""
    from aiprod_agents.previewing import is_preview_folder

    check_options(context)
    desk = get_desk(context)
    folder = check_out(out)
    edit = read_edit_file(file)
    beside = file.resolve().parent
    if folder is None:
        fresh = default_folder(desk.settings.workspace, f"{edit.plan} {file.resolve()}", 0)
        folder = beside if is_preview_folder(beside) else fresh
    target = folder
    return show_preview(watch_studio(desk, lambda studio: studio.redraw(edit, file, target)), json=json)


def check_options(context: typer.Context) -> None:
    """What belongs to a brief is not asked of a file; InputError names it."""
    for name in ("project", "tier", "seed", "fast"):
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise InputError(f"--{name} belongs to a brief: an animatic's file is drawn as its plan was")


def show_preview(preview: "Preview", *, json: bool) -> int:
    """Print what was drawn and where it lies."""
    if json:
        print_json(preview)
        return ExitCode.DELIVERED
    print_result(f"{preview.title}: {preview.logline}")
    shots = "1 shot" if preview.num_shots == 1 else f"{preview.num_shots} shots"
    print_result(f"  {shots}, {preview.seconds:g} s")
    print_result(f"  animatic    {preview.animatic}")
    print_result(f"  storyboard  {preview.storyboard}")
    print_result(f"  to edit     {preview.file}")
    for note in preview.notes:
        print_result(f"  {note}")
    return ExitCode.DELIVERED


def default_folder(workspace: Path, text: str, seed: int) -> Path:
    """The same brief and seed are drawn into the same folder again."""
    return workspace / "animatics" / digest_text(f"{seed} {text}")[:12]
