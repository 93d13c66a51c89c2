"""Where words go: results on stdout, everything said on the way on stderr; none of them steers the terminal."""

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json
from rich.console import Console
from rich.table import Table
from rich.text import Text

CONTROLS = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]")
"""What steers a terminal or turns a line's direction; tabs and newlines do neither."""


def defuse(text: str) -> str:
    """The text with a mark for each control character: a brief's or a reviewer's words are only words."""
    return CONTROLS.sub("\ufffd", text)


def say(line: str) -> None:
    """One line to the person watching, on stderr."""
    sys.stderr.write(f"{defuse(line)}\n")
    sys.stderr.flush()


def print_result(text: str) -> None:
    """Text that is the command's result."""
    sys.stdout.write(f"{defuse(text)}\n")
    sys.stdout.flush()


def print_json(value: BaseModel | Mapping[str, Any] | Sequence[Any]) -> None:
    """One JSON value on stdout; JSON lets some control characters stand, which are written as escapes here."""
    text = to_json(value, indent=2).decode("utf-8")
    print_result(CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table on stdout; the text is taken as it is, so that brackets in a brief stay brackets."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(defuse(cell)) for cell in row))
    Console(file=sys.stdout, soft_wrap=False, highlight=False).print(table)
