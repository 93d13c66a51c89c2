"""The staged film written down: storyboard, concept and cast, in the brief's language."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from aiprod_agents.house_writer.beats import Beat
from aiprod_agents.house_writer.cards import Cards
from aiprod_agents.house_writer.coverage import cover
from aiprod_agents.house_writer.meaning import Meaning
from aiprod_agents.house_writer.naming import Names, Thing
from aiprod_agents.house_writer.narration import narrate
from aiprod_agents.house_writer.pictures import note_unused, open_shots
from aiprod_agents.house_writer.staging import Stage, Staged
from aiprod_agents.house_writer.wording import Wording, thing_phrase
from memory.records import Brief, CastMember, Concept, Scene, Shot, Storyboard
from render_engine.api import Mood


@dataclass(frozen=True)
class Draft:
    """A film that is staged and timed, but not yet in words; `seconds` and `shots` run side by side."""

    brief: Brief
    stage: Stage
    beats: Sequence[Beat]
    topic: str
    shots: tuple[Staged, ...]
    seconds: tuple[float, ...]
    cards: Cards
    left_to_draw: dict[str, str]
    """By shot id: what is asked of a shot and no storyboard can hold, such as a palette of its own."""


async def write_storyboard(draft: Draft, meaning: Meaning) -> tuple[Storyboard, list[str]]:
    """The storyboard, and a note for everything that was left out of it."""
    names, notes = Names(draft.brief.language), list[str]()
    scenes, scene_ids = _scenes(draft.shots, names)
    lines = _lines(draft, notes)
    wording = Wording(names, draft.stage)
    shots = [
        _shot(draft, wording, names, (index, scene_id, line))
        for index, (scene_id, line) in enumerate(zip(scene_ids, lines, strict=True))
    ]
    shots = open_shots(shots, draft.shots, draft.brief)
    shots = _with_words(shots, draft.cards, notes)
    shots = await cover(draft.brief, shots, scenes, draft.cards, meaning)
    storyboard = Storyboard(
        scenes=tuple(scenes),
        shots=tuple(shots),
        title_card=draft.cards.title,
        end_card=draft.cards.end,
        cast=_cast(draft.shots, names),
    )
    return storyboard, [*notes, *_note_unseen(draft, names), *note_unused(draft.brief, storyboard)]


def write_concept(draft: Draft) -> Concept:
    """Title, logline and mood; the brief's own title where it has one."""
    wording = Wording(Names(draft.brief.language), draft.stage)
    title = draft.brief.title or wording.title(draft.shots[0])
    return Concept(
        title=title,
        logline=wording.logline(draft.topic, draft.beats, draft.shots[0]),
        mood=cast(Mood, draft.stage.mood),
    )


def _note_unseen(draft: Draft, names: Names) -> list[str]:
    """A line for what the brief names and no shot shows."""
    seen = {shot.subject.value for shot in draft.shots}
    named = {thing.value: names.definite(thing) for beat in draft.beats for thing in beat.subjects}
    unseen = [phrase for value, phrase in named.items() if value not in seen]
    return [f"a shot shows one thing, and no shot is left for {', '.join(unseen)}"] if unseen else []


def _lines(draft: Draft, notes: list[str]) -> list[str]:
    """Narration, one line a shot."""
    brief = draft.brief
    if brief.language == "fr" and brief.wants_narration:
        notes.append("no narration: the house narrates in English only")
    if brief.language == "fr" or not brief.wants_narration or not draft.stage.changes.narration:
        return [""] * len(draft.shots)
    return narrate(brief, draft.stage, draft.shots, draft.seconds)


def _shot(draft: Draft, wording: Wording, names: Names, numbered: tuple[int, str, str]) -> Shot:
    index, scene_id, line = numbered
    shot, shot_id = draft.shots[index], f"S{index + 1}"
    return Shot(
        id=shot_id,
        scene_id=scene_id,
        seconds=draft.seconds[index],
        description=wording.describe(shot, index),
        subject=thing_phrase(shot.subject, names),
        colour=shot.colour,
        action=shot.action,
        camera=shot.camera,
        framing=shot.framing,
        side=shot.side,
        narration=line,
        change=draft.left_to_draw.get(shot_id, ""),
    )


def _scenes(staged: Sequence[Staged], names: Names) -> tuple[list[Scene], list[str]]:
    """One scene a place and time, and each shot's scene id."""
    ids: dict[tuple[str, str, str], str] = {}
    of_shots: list[str] = []
    for shot in staged:
        key = (_setting_words(shot.setting, names), shot.hour, shot.weather)
        of_shots.append(ids.setdefault(key, f"scene-{len(ids) + 1}"))
    scenes = [
        Scene(id=id_, setting=setting, hour=hour, weather=weather) for (setting, hour, weather), id_ in ids.items()
    ]
    return scenes, of_shots


def _setting_words(setting: Thing, names: Names) -> str:
    """The brief's own word where it stands for another, else the plain name without its article."""
    if not setting.exact and setting.words:
        return setting.words
    return names.place(setting).removeprefix("the ").removeprefix("la ").removeprefix("le ")


def _with_words(shots: list[Shot], cards: Cards, notes: list[str]) -> list[Shot]:
    """Lay the words that no card holds over shots: the title over the first, the others spread over the rest."""
    over = {0: cards.over_first} if cards.over_first else {}
    free = [index for index in range(len(shots)) if index not in over] or [0]
    words = list(cards.over)
    if len(words) > len(free):
        notes.append("more words on screen than shots: the last ones share a shot")
        words = [*words[: len(free) - 1], " · ".join(words[len(free) - 1 :])]
    step = len(free) / max(1, len(words))
    for number, text in enumerate(words):
        index = free[min(len(free) - 1, int((number + 1) * step) - 1)]
        over[index] = f"{over[index]} · {text}" if index in over else text
    return [shot.model_copy(update={"words": over.get(index, "")}) for index, shot in enumerate(shots)]


def _cast(staged: Sequence[Staged], names: Names) -> tuple[CastMember, ...]:
    """Everything that is in more than one shot."""
    counts = Counter(shot.subject.value for shot in staged)
    first = {shot.subject.value: shot for shot in reversed(staged)}
    return tuple(
        CastMember(
            name=names.definite(first[value].subject, first[value].colour),
            subject=thing_phrase(first[value].subject, names),
            colour=first[value].colour,
        )
        for value, count in counts.items()
        if count > 1
    )
