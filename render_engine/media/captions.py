"""Captions: cues as SubRip text, at most two lines of at most 42 characters, long lines split in time."""

import textwrap
from collections.abc import Iterable

from render_engine.api.media import Cue

MAX_COLUMNS = 42
MAX_LINES = 2


def to_srt(cues: Iterable[Cue]) -> str:
    """SubRip text of the cues in order of time; a cue too long for two lines becomes several in its own span."""
    parts = [part for cue in sorted(cues, key=lambda cue: cue.start_seconds) for part in split_cue(cue)]
    return "".join(
        f"{number}\n{_time(part.start_seconds)} --> {_time(part.end_seconds)}\n{part.text}\n\n"
        for number, part in enumerate(parts, start=1)
    )


def split_cue(cue: Cue) -> list[Cue]:
    """Cues of at most two lines each, sharing the cue's span by their length in characters."""
    lines = textwrap.wrap(" ".join(cue.text.split()), MAX_COLUMNS)
    pages = [_balanced(" ".join(lines[at : at + MAX_LINES])) for at in range(0, len(lines), MAX_LINES)]
    total, span = sum(map(len, pages)), cue.end_seconds - cue.start_seconds
    start, parts = cue.start_seconds, []
    for page in pages:
        end = start + span * len(page) / total
        parts.append(Cue(start_seconds=start, end_seconds=end, text=page))
        start = end
    return parts


def _balanced(text: str) -> str:
    """Break into as few lines as fit, then as evenly as those allow: a lone last word reads badly."""
    fewest = textwrap.wrap(text, MAX_COLUMNS)
    for columns in range(len(text) // len(fewest), MAX_COLUMNS):
        lines = textwrap.wrap(text, columns, break_long_words=False)
        if len(lines) == len(fewest) and max(map(len, lines)) <= MAX_COLUMNS:
            return "\n".join(lines)
    return "\n".join(fewest)


def _time(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02},{rest % 1000:03}"
