"""What a plan assumes where the brief says nothing: the place and the hour, in one note."""

from collections.abc import Sequence

from aiprod_agents.house_writer.naming import Names, article_of
from aiprod_agents.house_writer.reading import Reading
from aiprod_agents.house_writer.staging import Stage, Staged

_HOURS = {"dawn": "dawn", "day": "daylight", "dusk": "dusk", "night": "night"}
_AT = {"dawn": "at dawn", "day": "by day", "dusk": "at dusk", "night": "at night"}
_PLURAL = "mountains"


def note_assumed(reading: Reading, stage: Stage, shots: Sequence[Staged]) -> list[str]:
    """The note of a place and an hour that nobody named; none when both are."""
    has_place = (
        bool(stage.setting.words) or any(beat.setting for beat in reading.beats) or "setting" in stage.changes.wants
    )
    has_hour = bool(stage.hour or any(beat.hour for beat in reading.beats) or "hour" in stage.changes.wants)
    hours = list(dict.fromkeys(shot.hour for shot in shots))
    place = _place(shots[0].setting.value)
    if has_place and has_hour:
        return []
    if has_place:
        return [f"the brief names no hour: {_through(hours, _HOURS)} is assumed"]
    verb = "are" if place == f"the {_PLURAL}" else "is"
    if has_hour:
        return [f"the brief names no place: {place} {verb} assumed"]
    when = _AT[hours[0]] if len(hours) == 1 else f"from {_through(hours, _HOURS)}"
    return [f"the brief names no place and no hour: {place} {when} {verb} assumed"]


def _through(hours: Sequence[str], names: dict[str, str]) -> str:
    return names[hours[0]] if len(hours) == 1 else f"{names[hours[0]]} to {names[hours[-1]]}"


def _place(setting: str) -> str:
    name = str(Names("en").words["setting"][setting]).removeprefix("the ")
    return f"the {name}" if name == _PLURAL else f"{article_of(name)} {name}"
