"""What the house writer understands of a brief: events in order, hero, place, light, mood, and what it forbids."""

import re
from collections import Counter
from dataclasses import dataclass, replace

from aiprod_agents.brief_reading.prose import split_sentences, without_quotes
from aiprod_agents.house_writer.clauses import PREPOSITION, gist, has_pronoun, opens_on_pronoun, split_clauses
from aiprod_agents.house_writer.lexicon import Lexicon, Mention, get_lexicon, tokenise
from aiprod_agents.house_writer.naming import Thing, to_thing
from memory.records import Brief, BriefShot

Ban = tuple[str, str]
_NEVER = re.compile(
    r"\b(?:never|not|don't|avoid|nothing|nobody|no one|no|without|jamais|aucune?|sans|pas d[e'’]?|"
    r"évitez?|éviter|ni)\b",
    re.IGNORECASE,
)
HOLDS_THROUGHOUT = re.compile(
    r"\b(?:must|should|has to|needs? to|doit|doivent)\s+(?:always\s+|toujours\s+)?"
    r"(?:stay|be(?! (?:seen|shown|visible)\b)|remain|keep|look|feel|have|"
    r"rester|être(?! (?:vue?|visible)\b)|garder|avoir)\b",
    re.IGNORECASE,
)
"""A must that says how things are, not what happens."""
_IS_SEEN = re.compile(r"\b(?:must|should|doit|doivent)\s+(?:be|être)\s+(?:seen|shown|visible|vue?)\b", re.IGNORECASE)
"""A must that says where something is seen, not what it does."""
_FALLING = ("rain", "snow", "fog")


@dataclass(frozen=True)
class Beat:
    """One thing that the brief tells: its own words, and what they name; None is left open."""

    text: str
    subjects: tuple[Thing, ...] = ()
    colour: str | None = None
    setting: Thing | None = None
    hour: str | None = None
    weather: str | None = None
    action: str | None = None
    camera: str | None = None
    framing: str | None = None
    side: str | None = None
    seconds: float | None = None
    pronoun: bool = False
    """Who acts is a pronoun: whoever acted before; `subjects` are then what else is named."""
    elided: bool = False
    """The sentence opens on its verb."""
    settings: tuple[Thing, ...] = ()
    """Every place on its way, in order."""
    hours: tuple[str, ...] = ()
    place: str = ""
    """`start` or `end` when the brief says so."""


@dataclass(frozen=True)
class Reading:
    """A brief, understood. `named` are its words for what every film needs, None where it says nothing."""

    beats: tuple[Beat, ...]
    topic: str
    """What it says it is about, in its own words, or nothing."""
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
    moods: Counter[str]
    kinds: Counter[str]
    style: str | None
    palette: str | None
    palette_colours: tuple[str, ...]
    bans: frozenset[Ban]


def read(brief: Brief, banned: frozenset[Ban] = frozenset()) -> Reading:
    """Understand a brief by its language's lexicon; `banned` is what others forbid besides."""
    lexicon = get_lexicon(brief.language)
    nevers = [requirement.text for requirement in brief.requirements if requirement.kind == "never"]
    bans = banned | {ban for text in nevers for ban in find_bans(lexicon, text)}
    text = _without(brief.text, nevers)
    listed = tuple(_beat_of_shot(lexicon, shot) for shot in brief.shots)
    told_beats, topics, aside = _beats(lexicon, brief, text)
    beats = listed or told_beats
    fields = " ".join(
        f"{requirement.text}." for requirement in brief.requirements if requirement.kind in ("subject", "setting")
    )
    told = [*topics, *beats, _to_beat(lexicon, f"{fields} {text}")]
    look = " . ".join(r.text for r in brief.requirements if r.kind in ("palette", "mood"))
    return Reading(
        beats=tuple(_allowed(beat, bans) for beat in beats),
        topic=max((beat.text for beat in topics), key=len, default=""),
        listed=bool(brief.shots),
        subjects=_ranked(told, bans),
        colours=_colours(lexicon, f"{fields} {brief.text}", bans),
        setting=next(
            (beat.setting for beat in told if beat.setting and ("setting", beat.setting.value) not in bans), None
        ),
        hour=next(iter(_values(lexicon, aside, "hour", bans)), None),
        weather=next(iter(_values(lexicon, aside, "weather", bans)), None),
        moods=Counter(_values(lexicon, f"{look} . {aside} . {look} . {aside} . {text}", "mood", bans)),
        kinds=_kinds(lexicon, text),
        style=_look_value(lexicon, text, look, "style", bans),
        palette=_look_value(lexicon, "", look, "palette", bans),
        palette_colours=_palette_colours(lexicon, brief, bans),
        bans=bans,
    )


def find_bans(lexicon: Lexicon, text: str) -> list[Ban]:
    """What a sentence forbids: everything drawable named after the word that forbids."""
    found: list[Ban] = []
    never = _NEVER.search(text)
    after = text[never.end() :] if never else text
    if re.search(r"\b(?:nobody|no one)\b", text, re.IGNORECASE):
        found.append(("subject", "person"))
    for attribute in ("subject", "setting", "hour", "weather", "style", "colour", "palette"):
        found += [(attribute, mention.value) for mention in lexicon.find(after, attribute)]
    if re.search(r"camera move|mouvement de caméra|moving camera", after, re.IGNORECASE):
        found += [("camera", "moving")]
    return found


def _beats(lexicon: Lexicon, brief: Brief, text: str) -> tuple[tuple[Beat, ...], tuple[Beat, ...], str]:
    """The events in order, what the brief says it is about, and the text that tells no event."""
    measures = [requirement.text for requirement in brief.requirements if requirement.kind in ("seconds", "aspect")]
    beats: list[Beat] = []
    topics: list[Beat] = []
    aside: list[str] = []
    for sentence in split_sentences(text):
        for number, clause in enumerate(split_clauses(lexicon, sentence)):
            told = gist(lexicon, _without(clause, measures))
            beat = _to_beat(lexicon, told)
            if number and _opens_on_verb(lexicon, told):
                beat = replace(beat, pronoun=True, elided=True)
            shows = bool(beat.subjects or beat.setting or (beat.action and len(told.split()) > 2))
            shows = shows or (bool(beats) and _goes_on(lexicon, beat))
            if not shows or HOLDS_THROUGHOUT.search(clause) or _IS_SEEN.search(clause):
                aside.append(clause)
            elif not beat.action and _speaks_of_film(lexicon, clause, told):
                topics.append(beat)
                aside.append(clause)
            else:
                beats.append(replace(beat, place=_place(lexicon, clause)))
    opening = [beat for beat in beats if beat.place == "start"][:1]
    ending = [beat for beat in beats if beat.place == "end" and beat not in opening][-1:]
    ordered = opening + [beat for beat in beats if beat not in opening + ending] + ending
    return tuple(ordered or topics), tuple(topics), " . ".join(aside)


def _place(lexicon: Lexicon, clause: str) -> str:
    if re.search(lexicon.words["ends_film"], clause, re.IGNORECASE):
        return "end"
    return "start" if re.search(lexicon.words["opens_film"], clause, re.IGNORECASE) else ""


def _speaks_of_film(lexicon: Lexicon, clause: str, told: str) -> bool:
    """More than a joining word was taken from the clause's head: it says what the film is about."""
    joined = re.sub(lexicon.words["openers"][0], "", without_quotes(clause).strip(), flags=re.IGNORECASE)
    return len(told) < len(joined) - 3 and not joined.startswith(told[:12])


def _goes_on(lexicon: Lexicon, beat: Beat) -> bool:
    """A short sentence of weather, or one of an hour in which a pronoun does something, goes on with what was told."""
    if len(beat.text.split()) < 4:
        return beat.weather in _FALLING
    return beat.hour is not None and has_pronoun(lexicon, beat.text)


def _opens_on_verb(lexicon: Lexicon, clause: str) -> bool:
    """A later clause of a French sentence whose first word is no article, pronoun, preposition or thing: a verb."""
    words = tokenise(clause)
    if lexicon.language != "fr" or not words:
        return False
    named = any(mention.start == 0 for mention in lexicon.find(clause, "subject", "setting", "hour", "weather"))
    return not named and words[0][0] not in lexicon.stop and not PREPOSITION.match(clause)


def _beat_of_shot(lexicon: Lexicon, shot: BriefShot) -> Beat:
    return replace(_to_beat(lexicon, shot.text), text=shot.text, seconds=shot.seconds)


def _to_beat(lexicon: Lexicon, text: str) -> Beat:
    first: dict[str, Mention] = {}
    for mention in lexicon.find(without_quotes(text)):
        first.setdefault(mention.attribute, mention)
    subjects = _actor_first(text, lexicon.find(without_quotes(text), "subject"), first.get("action"))
    places = lexicon.find(without_quotes(text), "setting")
    setting = next(iter(sorted(places, key=lambda m: not m.exact)), None)
    action = first.get("action")
    if action and _of_weather(lexicon, text, subjects, action):
        first.pop("action")

    def value(attribute: str) -> str | None:
        return first[attribute].value if attribute in first else None

    return Beat(
        text=text,
        subjects=tuple({m.value: to_thing(lexicon, text, m) for m in reversed(subjects)}.values())[::-1],
        colour=_colour_of(lexicon, text, subjects[0]) if subjects else None,
        setting=to_thing(lexicon, text, setting) if setting else None,
        hour=value("hour"),
        weather=value("weather"),
        action=value("action"),
        camera=value("camera"),
        framing=value("framing"),
        side=value("side"),
        pronoun=_by_pronoun(lexicon, without_quotes(text), subjects, first.get("action")),
        elided=action is not None and not text[: action.start].split(),
        settings=tuple({place.value: to_thing(lexicon, text, place) for place in reversed(places)}.values())[::-1],
        hours=tuple(mention.value for mention in lexicon.find(without_quotes(text), "hour")),
    )


def _actor_first(text: str, subjects: list[Mention], action: Mention | None) -> list[Mention]:
    """Things in order, but first the one that acts where a comma parts it from what came before."""
    acting = [subject for subject in subjects if action and subject.end <= action.start]
    if len(acting) < 2 or "," not in text[acting[0].end : acting[-1].start]:
        return subjects
    return [acting[-1], *(subject for subject in subjects if subject is not acting[-1])]


def _of_weather(lexicon: Lexicon, text: str, subjects: list[Mention], action: Mention) -> bool:
    """`Rain falls` moves nobody."""
    acting = any(subject.start < action.start for subject in subjects) or has_pronoun(lexicon, text[: action.start])
    return not acting and bool(lexicon.find(text[: action.start], "weather", "hour"))


def _by_pronoun(lexicon: Lexicon, text: str, subjects: list[Mention], action: Mention | None) -> bool:
    """Who acts is a pronoun or left out: no thing stands before the verb."""
    if opens_on_pronoun(lexicon, text):
        return True
    if action is None or any(subject.start < action.start for subject in subjects):
        return False
    return not text[: action.start].split() or has_pronoun(lexicon, text[: action.start])


def _colour_of(lexicon: Lexicon, text: str, subject: Mention) -> str | None:
    """The colour word beside a subject: before it in English, after it in French, or after `is`."""
    for colour in lexicon.find(text, "colour"):
        before = text[colour.end : subject.start] if colour.end <= subject.start else None
        after = text[subject.end : colour.start] if colour.start >= subject.end else None
        if (
            lexicon.language == "en"
            and before is not None
            and len(before.split()) <= 2
            and not re.search(r"[,.;]", before)
        ):
            return colour.value
        near = after is not None and len(after.split()) <= 2 and not re.search(r"[,.;]", after)
        if near and (
            lexicon.language == "fr" or re.search(r"\b(?:is|are|painted|in|stays?|must be|be)\b", after or "")
        ):
            return colour.value
    return None


def _colours(lexicon: Lexicon, text: str, bans: frozenset[Ban]) -> dict[str, str]:
    colours: dict[str, str] = {}
    for sentence in split_sentences(text):
        for subject in lexicon.find(sentence, "subject"):
            colour = _colour_of(lexicon, sentence, subject)
            if colour and ("colour", colour) not in bans:
                colours.setdefault(subject.value, colour)
    return colours


def _ranked(beats: list[Beat], bans: frozenset[Ban]) -> tuple[Thing, ...]:
    """Everything named and allowed, most told first; what is named first wins a tie."""
    weights: dict[str, float] = {}
    things: dict[str, Thing] = {}
    for beat in beats:
        for position, thing in enumerate(beat.subjects):
            if ("subject", thing.value) not in bans:
                weights[thing.value] = weights.get(thing.value, 0.0) + (1.0 if position == 0 else 0.4)
                things.setdefault(thing.value, thing)
    if "person" in weights:
        weights["person"] += sum(1.0 for beat in beats if re.match(r"(?:he|she)\b", beat.text, re.IGNORECASE))
    order = list(weights)
    return tuple(things[value] for value in sorted(order, key=lambda value: (-weights[value], order.index(value))))


def _values(lexicon: Lexicon, text: str, attribute: str, bans: frozenset[Ban]) -> tuple[str, ...]:
    mentions = lexicon.find(without_quotes(text), attribute)
    return tuple(m.value for m in mentions if (attribute, m.value) not in bans)


def _look_value(lexicon: Lexicon, text: str, look: str, attribute: str, bans: frozenset[Ban]) -> str | None:
    """What is asked of the look weighs first; in the rest only the exact words count."""
    asked = _values(lexicon, look, attribute, bans)
    if asked:
        return asked[0]
    exact = [m.value for m in lexicon.find(without_quotes(text), attribute) if m.exact]
    return next((value for value in exact if (attribute, value) not in bans), None)


def _palette_colours(lexicon: Lexicon, brief: Brief, bans: frozenset[Ban]) -> tuple[str, ...]:
    """What the brief asks of its palette: "#rrggbb" as written, else colour values."""
    asked = " ".join(requirement.text for requirement in brief.requirements if requirement.kind == "palette")
    hexes = tuple(match.lower() for match in re.findall(r"#[0-9a-fA-F]{6}\b", asked))
    return hexes or tuple(dict.fromkeys(_values(lexicon, asked, "colour", bans)))


def _kinds(lexicon: Lexicon, text: str) -> Counter[str]:
    return Counter(mention.value for mention in lexicon.find(text, "genre"))


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


def _without(text: str, parts: list[str]) -> str:
    for part in parts:
        text = text.replace(part, " ")
    return text
