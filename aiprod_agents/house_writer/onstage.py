"""Who acts in each event: named, meant by a pronoun, or whoever lives at the place before the hero is named."""

import re
from collections.abc import Sequence
from typing import Any

from aiprod_agents.house_writer.bans import Ban
from aiprod_agents.house_writer.beats import Beat
from aiprod_agents.house_writer.naming import Names, Thing, is_person
from prompts import load_words

_OF_PEOPLE = re.compile(
    r"^(?:the next \w+ )?(?:nobody|no one|someone|everyone|they|personne|quelqu'un)\b"
    r"|\b(?:one|none|both|each|l'un|l'une) (?:of them|d'eux|d'elles)\b",
    re.IGNORECASE,
)
"""Words for people who are not named again."""


class Onstage:
    """Follows who acts, event by event; ask in the film's order."""

    def __init__(self, hero: Thing, beats: Sequence[Beat], bans: frozenset[Ban]) -> None:
        self._hero = hero
        self._bans = bans
        self._seen: list[Thing] = []
        self._last: Thing | None = None
        self._dwells_at = ""
        self._hero_is_named = any(thing.value == hero.value for beat in beats for thing in beat.subjects)

    def acting(self, beat: Beat, setting: Thing, *, new: bool) -> Thing:
        """Who acts in the beat; `new` is False while the same beat goes on."""
        moved = self._dwells_at not in ("", setting.value)
        if new or moved or self._last is None:
            stays = self._dwells_at == setting.value and not beat.subjects and not beat.pronoun
            self._dwells_at = self._dwells_at if stays else ""
            if not stays or self._last is None:
                self._last = self._actor(beat, setting)
            self._seen += [thing for thing in beat.subjects if thing not in self._seen]
        return self._last

    def _actor(self, beat: Beat, setting: Thing) -> Thing:
        if beat.subjects and not beat.pronoun:
            return beat.subjects[0]
        if beat.pronoun:
            return self._meant(beat)
        if _OF_PEOPLE.search(beat.text):
            people = [thing for thing in (self._hero, *self._seen) if is_person(thing.value)]
            return people[-1] if people else self._hero
        is_due = bool(self._seen) or not self._hero_is_named
        if self._last is not None and self._last.words == "" and self._hero_is_named and self._last not in self._seen:
            return self._dweller(setting)
        stays = self._stays((self._last or self._hero).value, setting)
        if is_due and not (beat.setting and stays and self._hero_is_named):
            return self._last or self._hero
        return self._dweller(setting)

    def _stays(self, value: str, setting: Thing) -> bool:
        """Whether a thing cannot have gone to another place: a lighthouse no, a product only to another room."""
        rules: dict[str, Any] = load_words("house/structures")
        is_carried = value in rules["products"] and setting.value in rules["indoors"]
        return value in rules["immobile"] and not is_carried

    def _meant(self, beat: Beat) -> Thing:
        """`it` is the thing that acted last or else was last named; `he` and `she` are the person."""
        first = next(
            iter(re.findall(r"\b(?:it|he|she|they|i|we|il|elle|ils|elles|je|nous|on)\b", beat.text.lower())), ""
        )
        if first in ("il", "elle"):
            return self._of_gender(feminine=first == "elle")
        people = [thing for thing in self._seen if is_person(thing.value)]
        things = [thing for thing in self._seen if not is_person(thing.value)]
        last = self._last or self._hero
        if first == "it" and is_person(last.value) and things:
            return things[-1]
        if first in ("they", "ils", "elles"):
            everybody = [self._hero] if is_person(self._hero.value) else people
            return everybody[-1] if everybody else last
        if first in ("i", "we", "je", "nous", "on") and not is_person(last.value) and not people:
            return self._hero if is_person(self._hero.value) else self._someone()
        if (
            first in ("he", "she", "i", "we", "je", "nous", "on")
            and not is_person(last.value)
            and (people or is_person(self._hero.value))
        ):
            return people[-1] if people else self._hero
        return last

    def _someone(self) -> Thing:
        """Who says `I` without a name; whoever acts where people are forbidden."""
        is_free = ("subject", "person") not in self._bans
        return Thing("person", "", exact=True) if is_free else self._last or self._hero

    def _of_gender(self, *, feminine: bool) -> Thing:
        """`il` and `elle` are whoever acted or was named last and is of that gender."""
        known = [self._hero, *self._seen, *([self._last] if self._last else [])]
        names = Names("fr")
        fitting = [thing for thing in known if names.is_feminine(thing) == feminine]
        parts = load_words("house/structures")["colourless"]
        people = [thing for thing in fitting if is_person(thing.value) and thing.words not in parts]
        return (people or fitting or [self._last or self._hero])[-1]

    def _dweller(self, setting: Thing) -> Thing:
        rules: dict[str, Any] = load_words("house/structures")
        value = rules["dwellers"][setting.value]
        options = (value, "bird", "tree", self._hero.value)
        found = next((one for one in options if ("subject", one) not in self._bans), self._hero.value)
        self._dwells_at = setting.value
        return Thing(found, "", exact=True) if found != self._hero.value else self._hero
