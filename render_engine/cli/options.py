"""The options that several commands share, each described once."""

from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON on stdout.")]
