"""What the house writer understands of a brief: events in order, hero, place, light, mood, and what it forbids."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from aiprod_agents.brief_reading.negation import speaks_of_sound
from aiprod_agents.brief_reading.prose import split_sentences, without_parts, without_quotes
from aiprod_agents.house_writer.bans import Ban, bans_of
from aiprod_agents.house_writer.beats import Beat, to_beat
from aiprod_agents.house_writer.casting import cast_dancers, find_dancers
from aiprod_agents.house_writer.clauses import (
    PREPOSITION,
    gist,
    has_pronoun,
    is_talk,
    narrates,
    opens_on_verb,
    split_clauses,
    subject_phrase,
)
from aiprod_agents.house_writer.clock import find_hours
from aiprod_agents.house_writer.colours import colours_of_things, palette_colours
from aiprod_agents.house_writer.lexicon import Lexicon, get_lexicon
from aiprod_agents.house_writer.naming import Thing, is_person
from aiprod_agents.house_writer.proper_names import find_proper_names, in_common_words
from memory.records import Attachment, Brief, BriefShot

HOLDS_THROUGHOUT = re.compile(
    r"\b(?:must|should|has to|needs? to|doit|doivent)\s+(?:always\s+|toujours\s+)?"
    r"(?:stay|be(?! (?:seen|shown|visible)\b)|remain|keep|look|feel|have|"
    r"rester|être(?! (?:vue?|visible)\b)|garder|avoir)\b",
    re.IGNORECASE,
)
"""A must that says how things are, not what happens."""
_IS_SEEN = re.compile(r"\b(?:must|should|doit|doivent)\s+(?:be|être)\s+(?:seen|shown|visible|vue?)\b", re.IGNORECASE)
"""A must that says where something is seen, not what it does."""
_FALLING = ("rain", "snow", "fog", "storm")
_SHORT = 6
"""Words of a sentence that only says how the weather turns."""
_LIGHT = re.compile(
    r"\b(?:lighting|(?:soft|hard|low|warm|cold|harsh|dim|raking|candle|flat|natural)[- ]?light|lit (?:by|with|from)|"
    r"éclairage|lumières? (?:douce|dure|rasante|basse|chaude|froide|naturelle)s?)\b",
    re.IGNORECASE,
)
_ADRIFT = re.compile(r"^(?:about|of|for|sur|pour)\s+", re.IGNORECASE)
"""At a sentence's head it says what the film is about, later where something is: `on the hill, then on the roof`."""


@dataclass(frozen=True)
class Reading:
    """A brief, understood. `named` are its words for what every film needs, None where it says nothing."""

    beats: tuple[Beat, ...]
    topic: str
    """What it says it is about, in its own words, or nothing."""
    left: str
    """The first words that tell no event and speak not of the film: all there is to go by when nothing is told."""
    listed: bool
    """The beats are the brief's own shot list."""
    subjects: tuple[Thing, ...]
    """All that it names, the hero first."""
    colours: dict[str, str]
    """Subject value -> colour."""
    setting: Thing | None
    hour: str | None
    """Hour and weather that it says of the whole film, not of one event."""
    weather: str | None
    camera: str | None
    """What it asks of the camera, of the whole film."""
    moods: Counter[str]
    kinds: Counter[str]
    style: str | None
    palette: str | None
    palette_colours: tuple[str, ...]
    bans: frozenset[Ban]
    pictures: tuple[Attachment, ...] = ()
    """All that came with it."""
    names: frozenset[str] = frozenset()
    """Proper names of its things."""
    names_light: bool = False
    """It says how the film is lit."""


def read(brief: Brief, banned: frozenset[Ban] = frozenset()) -> Reading:
    """Understand a brief by its language's lexicon; `banned` is what others forbid besides."""
    lexicon = get_lexicon(brief.language)
    nevers = [requirement.text for requirement in brief.requirements if requirement.kind == "never"]
    text = without_parts(brief.text, nevers)
    bans = banned | bans_of(lexicon, nevers, text)
    names = find_proper_names(lexicon, text)
    listed = tuple(_beat_of_shot(lexicon, shot, names) for shot in brief.shots)
    told_beats, topics, aside, gist_left = _beats(lexicon, brief, text, names)
    beats = listed or told_beats
    fields = " ".join(
        f"{requirement.text}." for requirement in brief.requirements if requirement.kind in ("subject", "setting")
    )
    shown = without_parts(text, [clause for clause, said, _ in _clauses(lexicon, text, []) if is_talk(lexicon, said)])
    dancers = find_dancers(lexicon, beats) if ("subject", "dancer") not in bans else frozenset()
    beats = tuple(cast_dancers(lexicon, beat, dancers) for beat in beats)
    whole = cast_dancers(lexicon, _to_beat(lexicon, f"{fields} {shown}", names), dancers)
    told = [*(cast_dancers(lexicon, beat, dancers) for beat in topics), *beats, whole]
    colours = colours_of_things(lexicon, f"{fields} {brief.text}", bans)
    if dancers and "person" in colours:
        colours.setdefault("dancer", colours["person"])
    look = " . ".join(dict.fromkeys(r.text for r in brief.requirements if r.kind in ("palette", "style", "mood")))
    return Reading(
        beats=tuple(_allowed(beat, bans) for beat in beats),
        names=frozenset(names),
        names_light=_LIGHT.search(without_quotes(text)) is not None,
        left=gist_left,
        topic=max((beat.text for beat in topics), key=len, default=""),
        listed=bool(brief.shots),
        subjects=_ranked(told, bans),
        colours=colours,
        setting=next(
            (beat.setting for beat in told if beat.setting and ("setting", beat.setting.value) not in bans), None
        ),
        hour=next((hour for hour in find_hours(lexicon, without_quotes(aside)) if ("hour", hour) not in bans), None),
        weather=next(iter(_values(lexicon, aside, "weather", bans)), None),
        camera=next(iter(_values(lexicon, aside, "camera", bans)), None),
        moods=Counter(_values(lexicon, f"{look} . {aside} . {look} . {aside} . {text}", "mood", bans)),
        kinds=_kinds(lexicon, text),
        style=_look_value(lexicon, (text, aside), look, "style", bans),
        palette=_look_value(lexicon, ("", aside), look, "palette", bans),
        palette_colours=palette_colours(lexicon, brief, bans),
        bans=bans,
        pictures=brief.attachments,
    )


def _beats(
    lexicon: Lexicon, brief: Brief, text: str, names: dict[str, str]
) -> tuple[tuple[Beat, ...], tuple[Beat, ...], str, str]:
    """The events in order, what the brief says it is about, the text that tells no event, and its first words."""
    measures = [requirement.text for requirement in brief.requirements if requirement.kind in ("seconds", "aspect")]
    beats: list[Beat] = []
    topics: list[Beat] = []
    aside: list[str] = []
    left: list[str] = []
    for clause, told, number in _clauses(lexicon, text, measures):
        beat = _to_beat(lexicon, told, names)
        goes_on = number > 0 and beat.action is None and PREPOSITION.match(told) is not None
        beat = replace(beat, pronoun=True) if goes_on else beat
        turns = number > 0 and bool(beat.hour or beat.weather) and len(told.split()) <= _SHORT
        if turns:
            beats.append(beat)
        elif is_talk(lexicon, told) or speaks_of_sound(clause) or not _shows(lexicon, clause, beat, is_first=not beats):
            aside.append(clause)
            left += [told] if re.search(r"[^\W\d_]{3}", told) and not is_talk(lexicon, told) else []
        elif not beat.action and _places(lexicon, clause) == [""] and _speaks_of_film(lexicon, clause, told):
            topics.append(beat)
            aside.append(clause)
        else:
            beats += [replace(beat, place=place) for place in _places(lexicon, clause)]
    for must in _musts_apart(brief):
        told_must = replace(_to_beat(lexicon, gist(lexicon, must), names), place=_places(lexicon, must)[-1])
        if _shows(lexicon, must, told_must, is_first=True):
            beats.insert(len(beats) if told_must.place else max(0, len(beats) - 1), told_must)
    opening = [beat for beat in beats if beat.place == "start"][:1]
    ending = [beat for beat in beats if beat.place == "end" and beat not in opening][-1:]
    ordered = opening + [beat for beat in beats if beat not in opening + ending] + ending
    return tuple(ordered or topics), tuple(topics), " . ".join(aside), next(iter(left), "")


def _musts_apart(brief: Brief) -> list[str]:
    """Musts that stand in a field of their own and not in the brief's text."""
    return [one.text for one in brief.requirements if one.kind == "must" and one.text.rstrip(".") not in brief.text]


def _clauses(lexicon: Lexicon, text: str, measures: list[str]) -> Iterator[tuple[str, str, int]]:
    """(clause, what it tells, its number in its sentence) of each clause.

    One that leaves out who acts takes it from its sentence's first.
    """
    for sentence in split_sentences(text):
        actor = ""
        for number, clause in enumerate(split_clauses(lexicon, sentence)):
            told = gist(lexicon, without_parts(clause, measures))
            if number and _ADRIFT.sub("", clause).lower() == told.lower():
                told = clause
            if number and actor and opens_on_verb(lexicon, told):
                told = f"{actor} {told}"
            if not actor or lexicon.first(told, "action"):
                actor = subject_phrase(lexicon, told) or actor
            yield clause, told, number


def _shows(lexicon: Lexicon, clause: str, beat: Beat, *, is_first: bool) -> bool:
    """Whether a clause tells an event, rather than how the film is."""
    if HOLDS_THROUGHOUT.search(clause) or _IS_SEEN.search(clause):
        return False
    if beat.subjects or beat.setting:
        return True
    is_noun = re.match(r"(?:an?|the|une?|le|la|les)\b", beat.text, re.IGNORECASE) and not narrates(lexicon, beat.text)
    if beat.action and len(beat.text.split()) > 2 and not is_noun:
        return True
    does_something = bool(lexicon.find(beat.text, "action"))
    if does_something and (beat.weather in _FALLING or narrates(lexicon, beat.text)):
        return True
    return not is_first and (
        (does_something and beat.hour is not None) or _goes_on(lexicon, beat) or narrates(lexicon, beat.text)
    )


def _places(lexicon: Lexicon, clause: str) -> list[str]:
    """Where the brief itself puts an event: at the start, at the end, at both, or nowhere."""
    ends = re.search(lexicon.words["ends_film"], clause, re.IGNORECASE)
    starts = re.search(lexicon.words["opens_film"], clause, re.IGNORECASE)
    found = [place for place, is_there in (("start", starts), ("end", ends)) if is_there]
    is_both = len(found) == 2 and re.search(lexicon.words["both_ends"], clause, re.IGNORECASE)
    return found if is_both else found[-1:] or [""]


def _speaks_of_film(lexicon: Lexicon, clause: str, told: str) -> bool:
    """What was taken from the clause's head says that the rest is what the film is about."""
    joined = re.sub(lexicon.words["openers"][0], "", without_quotes(clause).strip(), flags=re.IGNORECASE)
    is_cut = len(told) < len(joined) - 3 and not joined.startswith(told[:12])
    head = joined[: joined.rfind(told)] if told in joined else joined
    return is_cut and bool(re.search(lexicon.words["topic_head"], head, re.IGNORECASE))


def _goes_on(lexicon: Lexicon, beat: Beat) -> bool:
    """A short sentence of weather, or one of an hour in which a pronoun does something, goes on with what was told."""
    if len(beat.text.split()) < 4:
        return beat.weather is not None
    if (
        beat.weather in _FALLING
        and len(beat.text.split()) <= _SHORT
        and not lexicon.find(beat.text, "style", "palette")
    ):
        return True
    return beat.hour is not None and has_pronoun(lexicon, beat.text)


def _beat_of_shot(lexicon: Lexicon, shot: BriefShot, names: dict[str, str]) -> Beat:
    beat = _to_beat(lexicon, shot.text, names)
    return replace(beat, seconds=shot.seconds, first_frame=shot.first_frame)


def _to_beat(lexicon: Lexicon, text: str, names: dict[str, str]) -> Beat:
    """The beat in the brief's own words, proper names understood."""
    return replace(to_beat(lexicon, in_common_words(text, names)), text=text)


def _ranked(beats: list[Beat], bans: frozenset[Ban]) -> tuple[Thing, ...]:
    """Everything named and allowed, most told first; what is named first wins a tie.

    Lamp, thread and machine are drawn alike and are not one hero for it.
    """
    weights: dict[str, float] = {}
    things: dict[str, Thing] = {}
    for beat in beats:
        for position, thing in enumerate(beat.subjects):
            if ("subject", thing.value) not in bans:
                first = things.setdefault(thing.value, thing)
                again = 1.0 if first.words == thing.words or is_person(thing.value) else 0.3
                weights[thing.value] = weights.get(thing.value, 0.0) + again * (1.0 if position == 0 else 0.4)
    someone = max(filter(is_person, weights), key=lambda value: weights[value], default=None)
    if someone:
        weights[someone] += sum(1.0 for beat in beats if re.match(r"(?:he|she)\b", beat.text, re.IGNORECASE))
    order = list(weights)
    return tuple(things[value] for value in sorted(order, key=lambda value: (-weights[value], order.index(value))))


def _values(lexicon: Lexicon, text: str, attribute: str, bans: frozenset[Ban]) -> tuple[str, ...]:
    mentions = lexicon.find(without_quotes(text), attribute)
    return tuple(m.value for m in mentions if (attribute, m.value) not in bans)


def _look_value(
    lexicon: Lexicon, texts: tuple[str, str], look: str, attribute: str, bans: frozenset[Ban]
) -> str | None:
    """What is asked of the look weighs first, then exact words, then what tells no event."""
    text, aside = texts
    asked = _values(lexicon, look, attribute, bans)
    exact = [m.value for m in lexicon.find(without_quotes(text), attribute) if m.exact]
    free = [value for value in exact if (attribute, value) not in bans]
    return next(iter([*asked, *free, *_values(lexicon, aside, attribute, bans)]), None)


def _kinds(lexicon: Lexicon, text: str) -> Counter[str]:
    """Kinds of film by the words that name them; what it is said not to be like does not count."""
    wanted = re.sub(r"\b(?:not|never|pas|jamais)\s+(?:like|comme|be|feel)?\s*(?:an?|the|une?|la|le)\s+\w+", " ", text)
    return Counter(mention.value for mention in lexicon.find(wanted, "genre"))


def _allowed(beat: Beat, bans: frozenset[Ban]) -> Beat:
    """The beat without what is forbidden."""

    def kept(attribute: str, value: str | None) -> str | None:
        return None if value is None or (attribute, value) in bans else value

    settings = tuple(place for place in beat.settings if ("setting", place.value) not in bans)
    hours = tuple(hour for hour in beat.hours if ("hour", hour) not in bans)
    setting = None if beat.setting and ("setting", beat.setting.value) in bans else beat.setting
    subjects = tuple(thing for thing in beat.subjects if ("subject", thing.value) not in bans)
    return replace(
        beat,
        setting=setting,
        subjects=subjects,
        settings=settings,
        hours=hours,
        hour=kept("hour", beat.hour),
        weather=kept("weather", beat.weather),
        colour=kept("colour", beat.colour),
        camera=kept("camera", beat.camera),
        framing=kept("framing", beat.framing),
    )
