"""Who acts in each event: named, meant by a pronoun, or whoever lives at the place before the hero is named."""

from collections.abc import Sequence
from typing import Any

from aiprod_agents.house_writer.naming import Thing
from aiprod_agents.house_writer.reading import Ban, Beat
from prompts import load_words

_IMMOBILE = ("cup", "bottle", "lighthouse", "tree")


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
        is_due = bool(self._seen) or not self._hero_is_named
        if self._last is not None and self._last.words == "" and self._hero_is_named and self._last not in self._seen:
            return self._dweller(setting)
        if is_due and not (beat.setting and (self._last or self._hero).value in _IMMOBILE and self._hero_is_named):
            return self._last or self._hero
        return self._dweller(setting)

    def _meant(self, beat: Beat) -> Thing:
        """`it` is the thing that acted last or else was last named; `he` and `she` are the person."""
        first = beat.text.split(" ", 1)[0].lower()
        people = [thing for thing in self._seen if thing.value == "person"]
        things = [thing for thing in self._seen if thing.value != "person"]
        last = self._last or self._hero
        if first == "it" and last.value == "person" and things:
            return things[-1]
        if first in ("he", "she") and last.value != "person" and (people or self._hero.value == "person"):
            return people[-1] if people else self._hero
        return last

    def _dweller(self, setting: Thing) -> Thing:
        rules: dict[str, Any] = load_words("house/structures")
        value = rules["dwellers"][setting.value]
        options = (value, "bird", "tree", self._hero.value)
        found = next((one for one in options if ("subject", one) not in self._bans), self._hero.value)
        self._dwells_at = setting.value
        return Thing(found, "", exact=True) if found != self._hero.value else self._hero
