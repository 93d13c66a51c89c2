"""The cut list: which takes and cards follow each other, how they join, and where the narration lies.

A crossfade overlaps its item with the one before; the item is longer by as much, so the film keeps the planned seconds.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

from aiprod_agents.card_colours import card_colours
from aiprod_agents.ids import derive_seed
from aiprod_agents.state import Commission, SpokenLine
from memory.records import Aspect, Brief, Card, Concept, Look, Shot, Storyboard
from render_engine.api import CardItem, ClipItem, CutItem, CutList, NarrationCue, RendererCard, SoundPlan

FilmSizes = Mapping[Aspect, tuple[int, int]]
FILM_SIZES: FilmSizes = {"16:9": (1280, 720), "9:16": (720, 1280), "1:1": (720, 720)}
ANIMATIC_SIZES: FilmSizes = {"16:9": (640, 360), "9:16": (360, 640), "1:1": (360, 360)}
FILM_FPS = 24
SOFT_MOODS = frozenset({"calm", "warm", "sad", "mysterious"})
"""Moods whose scenes melt into each other; the others cut."""
CROSSFADE_SECONDS = 0.4
SHORTEST_CROSSFADE_SECONDS = 0.1
LINE_DELAY_SECONDS = 0.2
LINE_GAP_SECONDS = 0.15
ANIMATIC_LABEL = "Animatic"

AssetPaths = Mapping[str, Path]
"""Where assets lie, by the name that the caller knows them by."""


class FilmPlan(NamedTuple):
    """What a film is cut from, besides its clips."""

    commission: Commission
    brief: Brief
    concept: Concept
    look: Look
    storyboard: Storyboard
    sizes: FilmSizes = FILM_SIZES


def ordered_parts(storyboard: Storyboard) -> list[Shot | Card]:
    """Title card, shots, end card, those that are there."""
    parts = [storyboard.title_card, *storyboard.shots, storyboard.end_card]
    return [part for part in parts if part]


def part_name(part: Shot | Card) -> str:
    """What a person calls it: a shot by its id, a card by its role."""
    return f"{part.role} card" if isinstance(part, Card) else part.id


def find_crossfades(storyboard: Storyboard, concept: Concept, card: RendererCard) -> dict[str, float]:
    """By id: the seconds with which each part overlaps the one before it; 0 is a cut.

    Cards always melt; two shots do where the scene changes and the mood is soft. A shot's own length plus its
    crossfade never exceeds what the renderer lasts.
    """
    parts = ordered_parts(storyboard)
    longest = card.max_num_frames / card.native_fps
    crossfades = {parts[0].id: 0.0}
    for before, part in pairwise(parts):
        wanted = CROSSFADE_SECONDS if _melts(before, part, concept) else 0.0
        room = longest - part.seconds if isinstance(part, Shot) else wanted
        shortest = min(before.seconds, part.seconds) / 2
        seconds = min(wanted, room, shortest)
        crossfades[part.id] = round(seconds, 3) if seconds >= SHORTEST_CROSSFADE_SECONDS else 0.0
    return crossfades


def _melts(before: Shot | Card, part: Shot | Card, concept: Concept) -> bool:
    if isinstance(before, Card) or isinstance(part, Card):
        return True
    return concept.mood in SOFT_MOODS and before.scene_id != part.scene_id


def find_starts(storyboard: Storyboard) -> dict[str, float]:
    """By id: where each part begins in the film, in seconds."""
    parts = ordered_parts(storyboard)
    starts = [0.0, *accumulate(part.seconds for part in parts)]
    return {part.id: start for part, start in zip(parts, starts[:-1], strict=True)}


def place_lines(storyboard: Storyboard, sounds: Mapping[str, tuple[str, float]]) -> list[SpokenLine]:
    """Where each narrated line lies: with its shot, never over the line before it.

    Args:
        storyboard: its shots carry the lines.
        sounds: shot id -> (sha256, seconds) of the spoken line.
    """
    starts = find_starts(storyboard)
    lines: list[SpokenLine] = []
    free_from = 0.0
    for shot in storyboard.shots:
        if shot.id in sounds:
            sha256, seconds = sounds[shot.id]
            start = max(starts[shot.id] + LINE_DELAY_SECONDS, free_from)
            latest = max(free_from, storyboard.seconds - seconds)
            line = SpokenLine(
                shot_id=shot.id,
                text=shot.narration,
                start_seconds=round(min(start, latest), 3),
                seconds=seconds,
                sha256=sha256,
            )
            lines.append(line)
            free_from = line.start_seconds + seconds + LINE_GAP_SECONDS
    return lines


def build_cut_list(
    plan: FilmPlan,
    clips: AssetPaths,
    crossfades: Mapping[str, float],
    spoken: Sequence[tuple[SpokenLine, Path]],
    logos: AssetPaths,
) -> CutList:
    """The whole film.

    Args:
        plan: what was asked and planned.
        clips: shot id -> the clip that stands for it.
        crossfades: by id, as `find_crossfades` gives them.
        spoken: the lines with their sound files.
        logos: sha256 -> the picture of a card that asks for one.
    """
    width, height = plan.sizes[plan.brief.aspect]
    sound = SoundPlan(
        mood=plan.concept.mood,
        music=plan.brief.wants_music,
        seed=derive_seed(plan.commission.seed, "music", bits=31),
        narration=tuple(NarrationCue(path=path, start_seconds=line.start_seconds) for line, path in spoken),
    )
    items = [
        _shot_item(part, clips[part.id], crossfades[part.id])
        if isinstance(part, Shot)
        else _card_item(part, plan.look, crossfades[part.id], logos)
        for part in ordered_parts(plan.storyboard)
    ]
    return CutList(
        items=tuple(items),
        width=width,
        height=height,
        fps=FILM_FPS,
        sound=sound,
    )


def as_animatic(plan: FilmPlan) -> FilmPlan:
    """The same film from drawn clips: called so on the screen, and small, for it is there to be looked over."""
    return plan._replace(storyboard=label_shots(plan.storyboard), sizes=ANIMATIC_SIZES)


def label_shots(storyboard: Storyboard) -> Storyboard:
    """The same storyboard with every shot called an animatic on the screen, so that nobody takes it for the film."""
    shots = tuple(shot.model_copy(update={"words": label_words(shot.words)}) for shot in storyboard.shots)
    return storyboard.model_copy(update={"shots": shots})


def label_words(words: str) -> str:
    """What stands over a drawn shot: that it is an animatic, and the shot's own words."""
    return f"{ANIMATIC_LABEL}: {words}" if words else ANIMATIC_LABEL


def _shot_item(shot: Shot, clip: Path, crossfade: float) -> CutItem:
    seconds = shot.seconds + crossfade
    return ClipItem(shot_id=shot.id, path=clip, seconds=seconds, crossfade_seconds=crossfade, words=shot.words)


def _card_item(card: Card, look: Look, crossfade: float, logos: AssetPaths) -> CutItem:
    colours = card_colours(look.palette_colours)
    return CardItem(
        shot_id=card.id,
        words=card.words,
        logo=logos[card.logo] if card.logo else None,
        ground=colours.ground,
        ink=colours.ink,
        seconds=card.seconds + crossfade,
        crossfade_seconds=crossfade,
    )
