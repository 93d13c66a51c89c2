"""Sentences of the storyboard: descriptions, logline and title, in the brief's language and from its own words."""

import re
from collections.abc import Sequence

from aiprod_agents.house_writer.choice import choose
from aiprod_agents.house_writer.naming import Names, Thing
from aiprod_agents.house_writer.reading import Beat
from aiprod_agents.house_writer.staging import Stage, Staged

_GIST_WORDS = 26


class Wording:
    """Writes in one language; the same key gives the same words."""

    def __init__(self, names: Names, stage: Stage) -> None:
        self._names = names
        self._stage = stage
        self._words = names.words

    def describe(self, shot: Staged, index: int) -> str:
        """One shot as a person would read it aloud: size, what is seen, what the camera does."""
        key = (*self._stage.key, "describe", index)
        size = self._words["framing"][shot.framing]
        camera = choose(self._words["camera"][shot.camera], *key)
        if self._stage.listed:
            head, tail = f"{size}. " * (shot.beat.framing is None), f" {camera}" * (shot.beat.camera is None)
            return f"{head}{_sentence(shot.beat.text)}{tail}"
        told = self._told(shot)
        developed = (
            f"seen_{shot.framing}" if not shot.first_of_beat and shot.role in ("detail", "away", "event") else ""
        )
        templates = self._words["describe"][told or developed or shot.role]
        seen = self._fill(choose(templates, *key), shot, key)
        if shot.first_of_beat and not told and shot.role != "event":
            seen = f"{_sentence(self._own_words(shot))} {seen}"
        return f"{size}. {seen} {camera}"

    def logline(self, topic: str, beats: Sequence[Beat], shot: Staged) -> str:
        """The film in one line: what the brief says it is about, else its first and last event."""
        key = (*self._stage.key, "logline")
        text = choose(self._words["logline"][self._stage.kind], *key)
        ends = [beats[0].text] if len(beats) == 1 else [beats[0].text, beats[-1].text]
        ends = [topic] if len(topic.split()) > 3 else ends
        gist = " ... ".join(_short(_lower(end.rstrip("."))) for end in ends)
        return self._fill(text, shot, key, gist)

    def title(self, shot: Staged) -> str:
        """A title for a film whose brief has none."""
        key = (*self._stage.key, "title")
        words = self._words
        text = choose(words["title"], *key)
        place = self._names.place(shot.setting)
        title = text.format(
            subject=self._names.noun(shot.subject, None),
            Subject=_upper(self._names.definite(shot.subject, shot.colour)),
            Hour=words["hour_name"][shot.hour],
            Setting=_upper(place),
            at=self._names.at(shot.setting),
            when=words["hour"][shot.hour],
        )
        return title if self._names.language == "fr" else _headline(title)

    def _told(self, shot: Staged) -> str:
        """`told` when the brief's own sentence says all that there is to see."""
        beat = shot.beat
        says_it = beat.action == shot.action and (beat.pronoun or (beat.subjects and beat.subjects[0] == shot.subject))
        return "told" if shot.first_of_beat and says_it else ""

    def _fill(self, text: str, shot: Staged, key: tuple[object, ...], gist: str | None = None) -> str:
        words, names = self._words, self._names
        a, the = names.indefinite(shot.subject, shot.colour), names.definite(shot.subject, shot.colour)
        place, light = names.place(shot.setting), words["light"][shot.hour]
        when, sky = words["hour"][shot.hour], words["weather"][shot.weather]
        own = self._own_words(shot) if gist is None else gist
        filled = text.format(
            a=a, A=_upper(a), the=the, The=_upper(the), place=place, Place=_upper(place), place_only=place,
            at=names.at(shot.setting), when=when, When=_upper(when), sky=f" {sky}" if sky else "",
            light=light, Light=_upper(light), does=self._does(shot, key), gist=own, Gist=_upper(own.rstrip(".")),
        )  # fmt: skip
        return filled.replace("..", ".") if " ... " not in filled else filled

    def _own_words(self, shot: Staged) -> str:
        """The brief's sentence, with the thing's name for a pronoun at its head, so that the shot stands alone."""
        pattern = (
            r"^()(?:il|elle)\b(?! y)"
            if self._names.language == "fr"
            else r"^((?:in|at|on|by|then|now|after)\b[^,.]{0,24}?,? )?\b(?:it|he|she)\b(?!')"
        )
        text = shot.beat.text
        if not shot.beat.pronoun:
            return text
        name = self._names.definite(shot.subject, shot.colour)
        named = re.sub(pattern, lambda match: f"{match[1] or ''}{name}", text, flags=re.IGNORECASE)
        if named == text and shot.beat.elided:
            named = f"{name} {_lower(text)}"
        if self._names.language == "en":
            named = re.sub(rf"^({re.escape(name)}) must (\w+)", r"\1 \2s", named)
            named = re.sub(rf"^({re.escape(name)}) (\w+?[^s])(?= )", r"\1 \2s", named) if shot.beat.elided else named
        return named

    def _does(self, shot: Staged, key: tuple[object, ...]) -> str:
        verbs = self._words["does"]
        of_subject = verbs.get(shot.subject.value, {}) if shot.subject.exact else {}
        return str(choose(of_subject.get(shot.action) or verbs["default"][shot.action], *key, "does"))


def thing_phrase(thing: Thing, names: Names) -> str:
    """What a record's free field holds: the brief's own word, or the plain name."""
    return thing.phrase or names.subject(thing.value)


def _sentence(text: str) -> str:
    """One sentence with a capital and a full stop."""
    return f"{_upper(text.rstrip(' .,;'))}."


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    """Lower the first letter, unless the word is all capitals or a name by its second letter."""
    first = text.split(" ", 1)[0]
    return text if first.isupper() and len(first) > 1 else text[:1].lower() + text[1:]


def _short(text: str) -> str:
    words = text.split()
    return text if len(words) <= _GIST_WORDS else " ".join(words[:_GIST_WORDS]) + " …"


def _headline(text: str) -> str:
    small = {"a", "an", "and", "the", "of", "in", "on", "at", "by"}
    words = text.split()
    return " ".join(word if index and word.lower() in small else _upper(word) for index, word in enumerate(words))
