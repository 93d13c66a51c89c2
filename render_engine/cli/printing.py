"""Where words go: results on stdout, everything said on the way on stderr; none of them steers the terminal."""

import re
import sys
from collections.abc import Sequence

CONTROLS = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]")
"""What steers a terminal or turns a line's direction; tabs and newlines do neither."""
_MARK = "\ufffd"


def say(line: str) -> None:
    """One line to the person watching, on stderr."""
    sys.stderr.write(f"{CONTROLS.sub(_MARK, line)}\n")
    sys.stderr.flush()


def print_result(text: str) -> None:
    """Text that is the command's result."""
    sys.stdout.write(f"{CONTROLS.sub(_MARK, text)}\n")
    sys.stdout.flush()


def print_json(text: str) -> None:
    """JSON on stdout; it lets some control characters stand, which are written as escapes here."""
    print_result(CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines in which columns stand under each other; the first is to the left, the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(_placed(row, widths)).rstrip() for row in rows]


def _placed(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
