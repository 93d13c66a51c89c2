"""The options that several commands share, each described once."""

from pathlib import Path
from typing import Annotated

import typer

from render_engine.api import RenderError

JsonOption = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON on stdout.")]


def absolute(path: Path) -> Path:
    """The same from the root, with `~` as the folder of a user.

    Raises:
        RenderError: there is no such user.
    """
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise RenderError(f"{path}: {path.parts[0]} is no user of this machine; give the folder itself") from error
