"""Which shots meet which requirement, so that every one of them is met somewhere or said to be unmet."""

from collections.abc import Sequence

from aiprod_agents.house_writer.cards import Cards
from aiprod_agents.house_writer.lexicon import get_lexicon, tokenise
from aiprod_agents.house_writer.meaning import Meaning
from aiprod_agents.house_writer.reading import HOLDS_THROUGHOUT
from memory.records import Brief, Requirement, Scene, Shot

_WHOLE_FILM = ("seconds", "aspect", "palette", "style", "never", "mood")


async def cover(
    brief: Brief, shots: Sequence[Shot], scenes: Sequence[Scene], cards: Cards, meaning: Meaning
) -> list[Shot]:
    """The shots, each with the requirements that it meets.

    What holds for the whole film is met by every shot; words by the card or shot that shows them; a must by the shots
    that show most of what it names, and of equals by the one that is likest in meaning.
    """
    by_scene = {scene.id: scene for scene in scenes}
    on_cards = {one for card in (cards.title, cards.end) if card for one in card.covers}
    covers: list[list[str]] = [[] for _ in shots]
    for requirement in brief.requirements:
        for index in await _meeting(brief, requirement, shots, by_scene, on_cards, meaning):
            covers[index].append(requirement.id)
    return [shot.model_copy(update={"covers": tuple(ids)}) for shot, ids in zip(shots, covers, strict=True)]


async def _meeting(
    brief: Brief,
    requirement: Requirement,
    shots: Sequence[Shot],
    scenes: dict[str, Scene],
    on_cards: set[str],
    meaning: Meaning,
) -> list[int]:
    """Indices of the shots that meet one requirement."""
    if requirement.kind in _WHOLE_FILM:
        return list(range(len(shots)))
    if requirement.kind == "words":
        over = [index for index, shot in enumerate(shots) if shot.words and shot.words in requirement.text]
        return over or ([] if requirement.id in on_cards else [len(shots) - 1])
    if requirement.id in on_cards:
        return []
    named = {(m.attribute, m.value) for m in get_lexicon(brief.language).find(requirement.text)}
    shown = [len(named & _shown(shot, scenes[shot.scene_id], brief)) for shot in shots]
    best = max(shown)
    if requirement.kind in ("subject", "setting") and best > 0:
        return [index for index, count in enumerate(shown) if count == best]
    subjects = {one for one in named if one[0] == "subject"}
    showing = [index for index, shot in enumerate(shots) if subjects <= _shown(shot, scenes[shot.scene_id], brief)]
    placed = _placed(brief, requirement, showing)
    if placed:
        return placed
    likeness = await meaning.likeness(requirement.text, [shot.description for shot in shots])
    ranked = max(range(len(shots)), key=lambda index: (shown[index], likeness[index]))
    return [ranked]


def _placed(brief: Brief, requirement: Requirement, showing: list[int]) -> list[int]:
    """Where a must itself says that it is met, among the shots that show its subject: throughout, first, last."""
    if not showing or HOLDS_THROUGHOUT.search(requirement.text):
        return showing
    words, tokens = get_lexicon(brief.language).words, {word for word, _, _ in tokenise(requirement.text)}
    first = showing[:1] if tokens & set(words["opening"]) else []
    last = showing[-1:] if tokens & set(words["ending"]) else []
    return sorted({*first, *last})


def _shown(shot: Shot, scene: Scene, brief: Brief) -> set[tuple[str, str]]:
    """Everything that a shot shows, as attribute and value."""
    lexicon = get_lexicon(brief.language)
    words = f"{shot.subject} . {scene.setting} . {shot.description}"
    found = {(m.attribute, m.value) for m in lexicon.find(words, "subject", "setting", "action")}
    plain = {("hour", scene.hour), ("weather", scene.weather), ("action", shot.action), ("framing", shot.framing)}
    return found | plain | {("camera", shot.camera), ("colour", shot.colour or "")}
