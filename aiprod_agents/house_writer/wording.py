"""Sentences of the storyboard: descriptions, logline and title, in the brief's language and from its own words."""

import re
from collections import Counter
from collections.abc import Sequence

from aiprod_agents.house_writer.beats import Beat
from aiprod_agents.house_writer.choice import choose
from aiprod_agents.house_writer.lexicon import get_lexicon
from aiprod_agents.house_writer.naming import Names, Thing, is_person
from aiprod_agents.house_writer.staging import Stage, Staged
from prompts import load_words

_GIST_WORDS = 26
_FEWEST_LOGLINE_WORDS = 4
_ECHO = re.compile(r"(?:neither|nor|nobody|so did|non plus|personne)\b", re.IGNORECASE)
"""A sentence that says nothing without the one before it."""
_LATER = re.compile(r"^(?:later|then|finally|first|and|puis|enfin|ensuite),? ", re.IGNORECASE)
"""What joins a sentence to the one before it, and nothing in a logline."""
_PRONOUN = {
    "fr": r"^()(?:il|elle)\b(?! (?:y|neige|neigeait|pleut|pleuvait|faut|faudra)\b)",
    "en": r"^((?:in|at|on|by|then|now|after)\b[^,.]{0,24}?,? )?\b(?:it(?! is\b| was\b)|he|she)\b(?!['’])",
}
"""A pronoun at a sentence's head, or behind when it happens; never the `it` of the weather."""


class Wording:
    """Writes one film in one language; the same key gives the same words, and none twice while others are left."""

    def __init__(self, names: Names, stage: Stage) -> None:
        self._names = names
        self._stage = stage
        self._words = names.words
        self._used: Counter[str] = Counter()

    def describe(self, shot: Staged, index: int) -> str:
        """One shot as a person would read it aloud: size, what is seen, what the camera does."""
        key = (*self._stage.key, "describe", index)
        size = self._words["framing"][shot.framing]
        camera = self._fresh(self._words["camera"][shot.camera], key)
        if shot.restaged or self._strays(shot):
            return f"{size}. {self._fill(self._fresh(self._words['describe']['restaged'], key), shot, key)} {camera}"
        if self._stage.listed:
            is_sized = shot.beat.framing is not None and shot.first_of_beat
            head, tail = f"{size}. " * (not is_sized), f" {camera}" * (shot.beat.camera is None)
            told = _sentence(shot.beat.text) if shot.first_of_beat else self._fresh(self._words["goes_on"], key)
            return f"{head}{told}{tail}"
        told = self._told(shot)
        developed = (
            f"seen_{shot.framing}" if not shot.first_of_beat and shot.role in ("detail", "away", "event") else ""
        )
        templates = self._words["describe"][told or developed or shot.role]
        seen = self._fill(self._fresh(templates, key), shot, key)
        if shot.first_of_beat and not told and shot.role != "event":
            seen = f"{_sentence(self._own_words(shot))} {seen}"
        return f"{size}. {seen} {camera}"

    def _strays(self, shot: Staged) -> bool:
        """Whether a change of the whole film shows otherwise than the event's own words tell."""
        changes, beat = self._stage.changes, shot.beat
        if not changes or not shot.first_of_beat:
            return False
        named = {(one.attribute, one.value) for one in get_lexicon(self._names.language).find(beat.text)}
        shown = {"weather": shot.weather, "setting": shot.setting.value, "colour": shot.colour, "hour": shot.hour}
        asked = {*changes.wants, *(["hour"] if changes.light else [])} & set(shown)
        told = {name: {value for other, value in named if other == name} for name in asked}
        return bool(named & changes.bans) or any(told[name] and shown[name] not in told[name] for name in asked)

    def logline(self, topic: str, beats: Sequence[Beat], shot: Staged) -> str:
        """The film in one line: what the brief says it is about, else its first and last event."""
        key = (*self._stage.key, "logline")
        whole = [beat for beat in beats if len(beat.text.split()) >= _FEWEST_LOGLINE_WORDS] or [beats[0]]
        whole = [beat for beat in whole if beat.subjects or beat.pronoun] or whole
        named = next((index for index, beat in enumerate(whole) if beat.subjects and not beat.pronoun), 0)
        told = [beat.text for beat in whole[named:] if not _ECHO.match(beat.text)] or [whole[0].text]
        ends = [topic] if len(topic.split()) >= _FEWEST_LOGLINE_WORDS else list(dict.fromkeys([told[0], told[-1]]))
        if len(ends) > 1:
            gist, last = (_short(self._lower(_LATER.sub("", end.rstrip(".!?")))) for end in ends)
            return self._fill(choose(self._words["logline"]["turn"], *key), shot, key, gist, last)
        return self._fill(
            choose(self._words["logline"][self._stage.kind], *key), shot, key, _short(self._lower(ends[0]))
        )

    def _lower(self, text: str) -> str:
        """Lower the first letter, unless the word is all capitals or a proper name."""
        first = re.split(r"\W", text, maxsplit=1)[0]
        is_name = first in self._stage.names or (first.isupper() and len(first) > 1)
        return text if is_name else text[:1].lower() + text[1:]

    def title(self, shot: Staged) -> str:
        """A title for a film whose brief has none: of its hero and its place."""
        key = (*self._stage.key, "title")
        words, hero, place = self._words, self._stage.hero, self._stage.setting
        others = [thing for thing in self._stage.subjects if thing.value != hero.value]
        names_place = bool(place.words) or place.value == shot.setting.value
        texts = [
            *(words["title"]["two"] if others else []),
            *(words["title"]["place"] if names_place else []),
            *words["title"]["one"],
        ]
        title = choose(texts, *key).format(
            subject=self._names.noun(hero, None),
            Subject=_upper(self._names.definite(hero, self._stage.colours.get(hero.value))),
            other=self._names.definite(others[0]) if others else "",
            Hour=words["hour_name"][shot.hour],
            Setting=_upper(self._names.place(place)),
            at=self._names.at(place),
        )
        return title if self._names.language == "fr" else _headline(title)

    def _fresh(self, options: Sequence[str], key: tuple[object, ...]) -> str:
        """One of the options that were used least so far."""
        least = min(self._used[option] for option in options)
        chosen = choose([option for option in options if self._used[option] == least], *key)
        self._used[chosen] += 1
        return chosen

    def _told(self, shot: Staged) -> str:
        """`told` when the brief's own sentence says all that there is to see."""
        beat = shot.beat
        names_it = beat.pronoun or (bool(beat.subjects) and beat.subjects[0] == shot.subject)
        is_whole = beat.action is not None or len(beat.text.split()) >= _FEWEST_LOGLINE_WORDS
        return "told" if shot.first_of_beat and names_it and is_whole else ""

    def _fill(self, text: str, shot: Staged, key: tuple[object, ...], gist: str | None = None, last: str = "") -> str:
        words, names = self._words, self._names
        a, the = names.indefinite(shot.subject, shot.colour), names.definite(shot.subject, shot.colour)
        place, light = names.place(shot.setting), words["light"][shot.hour]
        when, sky = words["hour"][shot.hour], words["weather"][shot.weather]
        own = self._own_words(shot) if gist is None else gist
        filled = text.format(
            a=a, A=_upper(a), the=the, The=_upper(the), place=place, Place=_upper(place), place_only=place,
            at=names.at(shot.setting), when=when, When=_upper(when), sky=f" {sky}" if sky else "",
            light=light, Light=_upper(light), does=self._does(shot, key), gist=own, Gist=_upper(own.rstrip(".")),
            last=last, Last=_upper(last), it=words["it"].get(shot.subject.value, words["it"]["default"]),
        )  # fmt: skip
        return re.sub(r"(?<=[…!?])\.", "", re.sub(r"\.\.(?!\.)", ".", filled))

    def _own_words(self, shot: Staged) -> str:
        """The brief's sentence, with the thing's name for a pronoun at its head, so that the shot stands alone."""
        if not shot.beat.pronoun:
            return shot.beat.text
        name = self._names.definite(shot.subject, shot.colour)
        pattern = _PRONOUN[self._names.language]
        named = re.sub(pattern, lambda match: f"{match[1] or ''}{name}", shot.beat.text, count=1, flags=re.IGNORECASE)
        return re.sub(rf"^({re.escape(name)}) must (\w+)", r"\1 \2s", named) if self._names.language == "en" else named

    def _does(self, shot: Staged, key: tuple[object, ...]) -> str:
        verbs = self._words["does"]
        is_part = shot.subject.words in load_words("house/structures")["colourless"]
        is_itself = shot.subject.exact or (is_person(shot.subject.value) and not is_part)
        of_subject = verbs.get(shot.subject.value, {}) if is_itself else {}
        return self._fresh(of_subject.get(shot.action) or verbs["default"][shot.action], (*key, "does"))


def thing_phrase(thing: Thing, names: Names) -> str:
    """What a record's free field holds: the brief's own word, or the plain name."""
    return thing.phrase or names.subject(thing.value)


def _sentence(text: str) -> str:
    """One sentence with a capital and a full stop."""
    plain = _upper(text.rstrip(" .,;'"))
    return plain if plain.endswith(("!", "?", "…")) else f"{plain}."


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _short(text: str) -> str:
    words = text.split()
    return text if len(words) <= _GIST_WORDS else " ".join(words[:_GIST_WORDS]) + " …"


def _headline(text: str) -> str:
    small = {"a", "an", "and", "the", "of", "in", "on", "at", "by"}
    words = text.split()
    return " ".join(word if index and word.lower() in small else _upper(word) for index, word in enumerate(words))
