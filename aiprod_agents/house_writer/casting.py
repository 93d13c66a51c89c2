"""Who dances once is a dancer in the whole film, under the same name: a person cannot be drawn dancing so well."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from aiprod_agents.house_writer.beats import Beat
from aiprod_agents.house_writer.lexicon import Lexicon
from aiprod_agents.house_writer.naming import Thing


def find_dancers(lexicon: Lexicon, beats: Sequence[Beat]) -> frozenset[str]:
    """The words of everybody who dances in some event, named there or meant by a pronoun."""
    return frozenset(_dancing(lexicon, beats))


def cast_dancers(lexicon: Lexicon, beat: Beat, dancers: frozenset[str]) -> Beat:
    """The beat with its dancers as such: `woman` is a `dancing woman`."""
    return replace(beat, subjects=tuple(_as_dancer(lexicon, thing, dancers) for thing in beat.subjects))


def dances(lexicon: Lexicon, text: str) -> bool:
    """Whether somebody dances in it; `a school of dance` and `la danse` are only of dancing."""
    return re.search(lexicon.words["dances"], text, re.IGNORECASE) is not None


def _dancing(lexicon: Lexicon, beats: Sequence[Beat]) -> Iterator[str]:
    last = ""
    for beat in beats:
        people = [thing.words for thing in beat.subjects if thing.value == "person"]
        actor = last if beat.pronoun else next(iter(people), "")
        if actor in lexicon.words["dancers"] and dances(lexicon, beat.text):
            yield actor
        last = people[-1] if people else last


def _as_dancer(lexicon: Lexicon, thing: Thing, dancers: frozenset[str]) -> Thing:
    if thing.value != "person" or thing.words not in dancers:
        return thing
    return replace(thing, value="dancer", words=lexicon.words["dancers"][thing.words])
