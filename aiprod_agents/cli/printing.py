"""Where words go: results on stdout, everything said on the way on stderr."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json
from rich.console import Console
from rich.table import Table
from rich.text import Text


def say(line: str) -> None:
    """One line to the person watching, on stderr."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def print_result(text: str) -> None:
    """Text that is the command's result."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_json(value: BaseModel | Mapping[str, Any] | Sequence[Any]) -> None:
    """One JSON value on stdout."""
    print_result(to_json(value, indent=2).decode("utf-8"))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table on stdout; the text is taken as it is, so that brackets in a brief stay brackets."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(file=sys.stdout, soft_wrap=False, highlight=False).print(table)
