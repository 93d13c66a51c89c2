"""One event of a brief: its own words, who acts and how, where and when."""

import re
from dataclasses import dataclass

from aiprod_agents.brief_reading.prose import without_quotes
from aiprod_agents.house_writer.clauses import has_pronoun, opens_on_pronoun
from aiprod_agents.house_writer.clock import find_hours
from aiprod_agents.house_writer.colours import colour_of
from aiprod_agents.house_writer.lexicon import Lexicon, Mention, tokenise
from aiprod_agents.house_writer.naming import Thing, to_thing

_NEGATED = re.compile(
    r"(?:\b\w+n['’]t|\b(?:not|never|nobody|no one|neither|cannot)|\bn(?:e\s|['’]))\s*(?:\w+\s+){0,1}$", re.IGNORECASE
)
_ARTICLE = re.compile(r"\b(?:an?|the|his|her|its|their|our|my)\s+$", re.IGNORECASE)


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
    first_frame: str | None = None
    """The name of the picture that it opens on, where a shot list gives it one."""
    pronoun: bool = False
    """Who acts is a pronoun: whoever acted before; `subjects` are then what else is named."""
    settings: tuple[Thing, ...] = ()
    """Every place on its way, in order."""
    hours: tuple[str, ...] = ()
    weathers: tuple[str, ...] = ()
    place: str = ""
    """`start` or `end` when the brief says so."""


def to_beat(lexicon: Lexicon, text: str) -> Beat:
    """What a clause tells; what it leaves open is None."""
    plain = without_quotes(text)
    first: dict[str, Mention] = {}
    for mention in lexicon.find(plain):
        first.setdefault(mention.attribute, mention)
    named = _seen(lexicon, plain)
    action = _action(lexicon, plain, named)
    subjects = _actor_first(text, named, action)
    places = lexicon.find(plain, "setting")
    setting = next(iter(sorted(places, key=lambda m: not m.exact)), None)
    hours = tuple(find_hours(lexicon, plain))

    def value(attribute: str) -> str | None:
        return first[attribute].value if attribute in first else None

    return Beat(
        text=text,
        subjects=tuple({m.value: to_thing(lexicon, text, m) for m in reversed(subjects)}.values())[::-1],
        colour=colour_of(lexicon, text, subjects[0]) if subjects else None,
        setting=to_thing(lexicon, text, setting) if setting else None,
        hour=next(iter(hours), None),
        weather=value("weather"),
        action=_done(plain, action),
        camera=value("camera"),
        framing=value("framing"),
        side=value("side"),
        pronoun=_by_pronoun(lexicon, plain, named, action),
        settings=tuple({place.value: to_thing(lexicon, text, place) for place in reversed(places)}.values())[::-1],
        hours=hours,
        weathers=tuple(mention.value for mention in lexicon.find(plain, "weather")),
    )


def _seen(lexicon: Lexicon, text: str) -> list[Mention]:
    """The things that are there to see; the moon that one walks on is a place."""
    places = lexicon.find(text, "setting")
    return [
        thing
        for thing in lexicon.find(text, "subject")
        if not any(
            place.start <= thing.start and thing.end <= place.end and place.end - place.start > thing.end - thing.start
            for place in places
        )
    ]


def _action(lexicon: Lexicon, text: str, subjects: list[Mention]) -> Mention | None:
    """The verb behind who acts, else the first, that is no thing (`leaves fall`, `a race`) nor done by the weather."""
    actions = lexicon.find(text, "action")
    if subjects and not has_pronoun(lexicon, text[: subjects[0].start]):
        actions.sort(key=lambda action: action.start < subjects[0].start)
    for action in actions:
        if lexicon.language == "en" and _ARTICLE.search(text[: action.start]):
            continue
        if any(subject.start <= action.start < subject.end for subject in subjects):
            continue
        if not _of_the_scene(lexicon, text, subjects, action):
            return action
    return None


def _done(text: str, action: Mention | None) -> str | None:
    """What is done: who does not move is still, who does not sleep does anything."""
    if action is None or " pas" in action.words or not _NEGATED.search(text[: action.start]):
        return action.value if action else None
    return "still" if action.value != "still" else None


def _actor_first(text: str, subjects: list[Mention], action: Mention | None) -> list[Mention]:
    """Things in order, but first the one that acts where a comma parts it from what came before."""
    acting = [subject for subject in subjects if action and subject.end <= action.start]
    if len(acting) < 2 or "," not in text[acting[0].end : acting[-1].start]:
        return subjects
    return [acting[-1], *(subject for subject in subjects if subject is not acting[-1])]


def _of_the_scene(lexicon: Lexicon, text: str, subjects: list[Mention], action: Mention) -> bool:
    """`Rain falls`, `steam rises` and `the city goes to sleep` move nobody."""
    before = text[: action.start]
    if any(subject.start < action.start for subject in subjects) or has_pronoun(lexicon, before):
        return False
    if lexicon.find(before, "weather", "hour"):
        return True
    words = [word for word, _, _ in tokenise(before)]
    adverbs = ("ly", "ment") if words else ()
    return not subjects and any(word not in lexicon.stop and not word.endswith(adverbs) for word in words)


def _by_pronoun(lexicon: Lexicon, text: str, subjects: list[Mention], action: Mention | None) -> bool:
    """Who acts is a pronoun or left out: no thing stands before it."""
    if opens_on_pronoun(lexicon, text):
        return True
    if subjects and has_pronoun(lexicon, text[: subjects[0].start]):
        return True
    if action is None or any(subject.start < action.start for subject in subjects):
        return False
    return not text[: action.start].split() or has_pronoun(lexicon, text[: action.start])
