"""Captions: the spoken lines as an SRT file, split so that they can be read; no line reads as a time or as a tag."""

from collections.abc import Iterable, Iterator
from itertools import count
from textwrap import wrap

from aiprod_agents.state import SpokenLine

LINE_CHARS = 42
CAPTION_LINES = 2
PLAIN = {"-->": "\u2192", "<": "\u2039", ">": "\u203a"}
"""What a player would take for a time or a tag, and what is shown for it."""


def write_srt(lines: Iterable[SpokenLine]) -> str:
    """The SRT text; a line too long for two rows becomes several captions that share its time by their length."""
    numbers = count(1)
    return "".join(
        f"{next(numbers)}\n{_clock(start)} --> {_clock(end)}\n{text}\n\n"
        for line in lines
        for start, end, text in _split(line)
    )


def _split(line: SpokenLine) -> Iterator[tuple[float, float, str]]:
    rows = wrap(make_plain(line.text), LINE_CHARS)
    captions = ["\n".join(rows[first : first + CAPTION_LINES]) for first in range(0, len(rows), CAPTION_LINES)]
    per_character = line.seconds / sum(len(caption) for caption in captions)
    start = line.start_seconds
    for caption in captions:
        end = start + len(caption) * per_character
        yield start, end, caption
        start = end


def make_plain(text: str) -> str:
    """The words without SRT's own signs."""
    for sign, shown in PLAIN.items():
        text = text.replace(sign, shown)
    return text


def _clock(seconds: float) -> str:
    """Hours, minutes, seconds and milliseconds: 00:01:02,345."""
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d},{rest % 1000:03d}"
