"""The arguments and options that several commands share, each described once."""

from pathlib import Path
from typing import Annotated

import typer

from memory.records import Tier

BriefArgument = Annotated[
    str, typer.Argument(metavar="BRIEF", help="A brief's file, its words in quotes, or - for stdin.")
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A production's id, or an unambiguous beginning of it.")]
ProjectOption = Annotated[
    str | None,
    typer.Option("--project", help="The project whose look and lessons are remembered; AIPROD_PROJECT by default."),
]
TierOption = Annotated[Tier, typer.Option("--tier", help="How much is spent on the render.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, max=2**63 - 1, help="Another seed is another film.")]
FastOption = Annotated[bool, typer.Option("--fast", metavar="", help="Plan on the fast track, whatever the brief.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FOLDER", help="Where the result goes; the workspace by default.")
]
AnimaticOption = Annotated[
    Path | None,
    typer.Option("--animatic", metavar="FILE", help="An animatic.yaml, edited by hand, in the place of the plan's."),
]
JsonOption = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON on stdout.")]
