"""What a plan assumes where the brief says nothing, and what stands in for a style that cannot be drawn."""

from collections.abc import Sequence

from aiprod_agents.brief_reading.prose import without_quotes
from aiprod_agents.house_writer.lexicon import get_lexicon, tokenise
from aiprod_agents.house_writer.look import LookPlan
from aiprod_agents.house_writer.naming import Names, article_of
from aiprod_agents.house_writer.reading import Reading
from aiprod_agents.house_writer.staging import Stage, Staged
from memory.records import Brief

_LONGEST = 60
"""Characters of a style asked for that a note cites."""
_HOURS = {
    "dawn": "dawn",
    "morning": "morning",
    "day": "daylight",
    "golden": "golden hour",
    "dusk": "dusk",
    "night": "night",
}
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
    when = str(Names("en").words["hour"][hours[0]]) if len(hours) == 1 else f"from {_through(hours, _HOURS)}"
    return [f"the brief names no place and no hour: {place} {when} {verb} assumed"]


def note_style(brief: Brief, reading: Reading, look: LookPlan) -> list[str]:
    """A note for a style that another one only stands in for, or that is not known at all."""
    lexicon = get_lexicon(brief.language)
    asked = [one.text for one in brief.requirements if one.kind == "style"]
    text = without_quotes(" . ".join((*asked, brief.text)))
    named = [one for one in lexicon.find(text, "style") if one.value == look.style == reading.style]
    techniques = {_plain(words) for words in lexicon.words["stood_in"]}
    stood_in = [one.words for one in named if {_plain(one.words), _plain(one.words).removesuffix("s")} & techniques]
    if stood_in and len(stood_in) == len(named):
        return [_stands_in(stood_in[0], look)]
    unknown = [one for one in asked if reading.style is None and len(one) <= _LONGEST]
    return [_stands_in(one.strip(" .,;"), look) for one in unknown[:1]]


def _plain(words: str) -> str:
    return " ".join(word for word, _, _ in tokenise(words))


def _stands_in(words: str, look: LookPlan) -> str:
    name = Names("en").words["style"][look.style]
    return f"'{words}' cannot be drawn: {name} {'stand' if name.endswith('s') else 'stands'} in for it"


def _through(hours: Sequence[str], names: dict[str, str]) -> str:
    return names[hours[0]] if len(hours) == 1 else f"{names[hours[0]]} to {names[hours[-1]]}"


def _place(setting: str) -> str:
    name = str(Names("en").words["setting"][setting]).removeprefix("the ")
    return f"the {name}" if name == _PLURAL else f"{article_of(name)} {name}"
