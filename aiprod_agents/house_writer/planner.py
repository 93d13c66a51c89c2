"""The house's plan: reading, staging, seconds, cards, words and cover, joined into one storyboard."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import cast, get_args

from aiprod_agents.house_writer.assuming import note_assumed, note_style
from aiprod_agents.house_writer.bans import Ban
from aiprod_agents.house_writer.beats import Beat
from aiprod_agents.house_writer.cards import Cards, plan_cards
from aiprod_agents.house_writer.choice import choose
from aiprod_agents.house_writer.lexicon import get_lexicon
from aiprod_agents.house_writer.look import plan_look
from aiprod_agents.house_writer.meaning import Meaning
from aiprod_agents.house_writer.naming import Thing
from aiprod_agents.house_writer.reading import Reading, read
from aiprod_agents.house_writer.requests import Requests, gather_requests, rename
from aiprod_agents.house_writer.restaging import restage
from aiprod_agents.house_writer.screenplay import Draft, write_concept, write_storyboard
from aiprod_agents.house_writer.slots import Slots, repeat, spread
from aiprod_agents.house_writer.staging import Stage, Staged, house_rules, stage_shots
from aiprod_agents.house_writer.subjects import find_hero, find_setting, name_by_meaning
from aiprod_agents.house_writer.timing import LONGEST, count_parts, count_shots, share_seconds
from aiprod_agents.plan import Plan, PlanInput
from memory.records import Brief
from render_engine.api import Mood

MOODS: tuple[Mood, ...] = get_args(Mood)
_FAST_SHOTS = 4
_WORD_WEIGHT = 0.06
"""What one word for a mood weighs against likeness of meaning."""


async def write_plan(question: PlanInput, meaning: Meaning, *, fast: bool) -> Plan:
    """Write the plan that a brief asks for; `fast` takes the fewest shots that still tell it."""
    requests = gather_requests(question)
    question = rename(question, requests.changes.title)
    brief = question.brief
    reading = await _understand(brief, requests.changes.bans, meaning)
    notes = list(requests.notes)
    kind = _kind(reading)
    mood = await _mood(reading, brief, kind, meaning)
    look = plan_look(reading, kind, mood, requests.changes, question.recall, brief.language)
    notes += [*look.notes, *note_style(brief, reading, look)]
    stage = await _stage(question, reading, (kind, mood), requests, meaning, notes)
    left = reading.left or brief.text.strip()[:200]
    beats = reading.beats or (Beat(text=left, subjects=(stage.hero,), setting=stage.setting),)
    cards = plan_cards(brief, kind, _cards_room(reading, brief))
    shots, seconds = _shots_and_seconds(question, stage, beats, cards, fast=fast)
    if stage.listed and len(shots) > len(beats):
        notes.append(f"shots of the list longer than {LONGEST:g} s, the renderer's longest clip, are shown in parts")
    if max(seconds) > LONGEST + 0.05:
        notes.append(f"shots of up to {max(seconds):g} s are longer than the renderer's longest clip of {LONGEST:g} s")
    if fast:
        notes.append(f"fast track: {len(shots)} shots; fewer cuts and plainer cameras are what is saved on")
    restaged = restage(shots, requests.by_shot, stage, look, brief.language)
    notes += [*restaged.notes, *note_assumed(reading, stage, shots)]
    told = (brief, stage, beats, reading.topic)
    draft = Draft(*told, restaged.shots, tuple(seconds), cards, restaged.left_to_draw)
    storyboard, said = await write_storyboard(draft, meaning)
    return Plan(
        concept=write_concept(draft), look=look.look, storyboard=storyboard, notes=tuple(dict.fromkeys([*notes, *said]))
    )


async def _understand(brief: Brief, bans: frozenset[Ban], meaning: Meaning) -> Reading:
    """The reading, its events with what they name by words that no lexicon knows."""
    reading, lexicon = read(brief, bans), get_lexicon(brief.language)
    beats = [await name_by_meaning(beat, lexicon, reading.bans, meaning) for beat in reading.beats]
    return replace(reading, beats=tuple(beats))


def _kind(reading: Reading) -> str:
    """What kind of film this is: what its words say most, else a tale where things happen, else a mood."""
    kinds = Counter({kind: count for kind, count in reading.kinds.items() if kind != "story"})
    if kinds:
        order = ("countdown", "comparison", "explainer", "announcement", "mood_piece", "product", "portrait", "journey")
        return max(order, key=lambda kind: (kinds[kind], -order.index(kind)))
    num_events = sum(1 for beat in reading.beats if beat.action)
    if num_events >= 2 or reading.kinds["story"]:
        return "story"
    if any(thing.value in house_rules()["products"] for thing in reading.subjects[:1]):
        return "product"
    places = {beat.setting.value for beat in reading.beats if beat.setting}
    return "journey" if len(places) >= 3 else "mood_piece" if num_events == 0 else "story"


async def _mood(reading: Reading, brief: Brief, kind: str, meaning: Meaning) -> Mood:
    """The mood that words name; a single word in the tale weighs little, and the encoder has its say."""
    ranked = reading.moods.most_common()
    if ranked and (ranked[0][1] > 1 or brief.language == "fr"):
        return cast(Mood, ranked[0][0])
    if brief.language == "fr":
        return cast(Mood, house_rules()["mood_of_kind"][kind])
    films: dict[str, str] = house_rules()["moods"]
    likeness = await meaning.likeness(brief.text[:500], list(films.values()))
    scores = {mood: like + _WORD_WEIGHT * reading.moods[mood] for mood, like in zip(films, likeness, strict=True)}
    return cast(Mood, max(scores, key=lambda mood: scores[mood]))


async def _stage(
    question: PlanInput,
    reading: Reading,
    kind_and_mood: tuple[str, str],
    requests: Requests,
    meaning: Meaning,
    notes: list[str],
) -> Stage:
    """Decide what the whole film shares."""
    kind, mood = kind_and_mood
    changes = requests.changes
    rules = house_rules()
    setting = await find_setting(question.brief, reading, changes, meaning, notes)
    hero = await find_hero(question.brief, reading, setting, changes, meaning, notes)
    setting = setting or Thing(_free_setting(_home_of(hero, kind), reading), "", exact=True)
    hour = rules["hour_of_mood"][mood]
    usual = next((h for h in (hour, "day", "dusk", "dawn", "night") if ("hour", h) not in reading.bans), hour)
    weather = reading.weather or ("clear" if ("weather", "clear") not in reading.bans else "cloudy")
    return Stage(
        kind=kind,
        mood=mood,
        hero=hero,
        subjects=reading.subjects,
        colours={**requests.colours, **reading.colours},
        palette_colours=tuple(colour for colour in reading.palette_colours if not colour.startswith("#")),
        setting=setting,
        hour=reading.hour,
        usual_hour=usual,
        weather=weather,
        camera=reading.camera,
        bans=reading.bans,
        changes=changes,
        listed=reading.listed,
        names=reading.names,
        key=(question.seed, question.brief.text),
    )


def _home_of(hero: Thing, kind: str) -> str:
    """Where the hero is at home; a product that is shown for itself stands in a studio."""
    rules = house_rules()
    if kind == "product" and hero.value in rules["products"]:
        return str(rules["product_setting"])
    return str(rules["homes_by_word"].get(hero.words, rules["homes"][hero.value]))


def _free_setting(home: str, reading: Reading) -> str:
    options = (home, "meadow", "beach", "city", "forest")
    return next((one for one in options if ("setting", one) not in reading.bans), home)


def _cards_room(reading: Reading, brief: Brief) -> float | None:
    """What a shot list with all its seconds leaves for cards; None without one."""
    if not reading.listed or any(shot.seconds is None for shot in brief.shots):
        return None
    return max(0.0, round(brief.seconds - sum(shot.seconds or 0.0 for shot in brief.shots), 3))


def _shots_and_seconds(
    question: PlanInput, stage: Stage, beats: Sequence[Beat], cards: Cards, *, fast: bool
) -> tuple[list[Staged], list[float]]:
    """Stage the shots and share the seconds that cards leave."""
    total = question.brief.seconds - cards.seconds
    slots = _listed(question, beats, total) if stage.listed else _counted(question, stage, beats, total, fast=fast)
    shots = stage_shots(stage, beats, slots)
    return shots, share_seconds(total, _weights(stage, shots), _fixed(stage, beats, slots))


def _listed(question: PlanInput, beats: Sequence[Beat], total: float) -> Slots:
    """A shot list as it is, its long shots in parts; fewer where only so many are allowed."""
    counts = count_parts(total, [beat.seconds for beat in beats])
    if question.max_shots and sum(counts) > question.max_shots:
        return spread(beats, question.max_shots)
    return repeat(beats, counts)


def _counted(question: PlanInput, stage: Stage, beats: Sequence[Beat], total: float, *, fast: bool) -> Slots:
    """As many shots as kind, mood and pace want for so many seconds."""
    rules = house_rules()
    pace = rules["kinds"][stage.kind]["pace"] * stage.changes.pace / stage.changes.shots
    wanted, most = rules["mood_seconds"][stage.mood] * pace, question.max_shots
    if fast:
        wanted, most = LONGEST, most or max(_FAST_SHOTS, math.ceil(total / LONGEST))
    return spread(beats, count_shots(total, wanted, math.ceil(len(beats) * max(1.0, stage.changes.shots)), most))


def _fixed(stage: Stage, beats: Sequence[Beat], slots: Slots) -> list[float | None]:
    """The seconds that a shot list gives, shared by the parts of a shot; none when shots of the list are left out."""
    num_parts = Counter(id(beat) for beat, _ in slots)
    if not stage.listed or len(num_parts) < len(beats):
        return [None] * len(slots)
    return [None if beat.seconds is None else round(beat.seconds / num_parts[id(beat)], 3) for beat, _ in slots]


def _weights(stage: Stage, shots: Sequence[Staged]) -> list[float]:
    """How long each shot wants to be: by its role, and by how much its sentence tells; a countdown quickens."""
    by_role = house_rules()["kinds"][stage.kind]["weight"]
    weights = []
    for index, shot in enumerate(shots):
        weight = by_role["away" if shot.role == "neighbour" else shot.role]
        weight *= 0.85 + min(0.3, len(shot.beat.text.split()) / 60)
        if stage.kind == "countdown":
            weight *= 1.4 - 0.8 * index / len(shots)
        weights.append(weight * (0.95 + choose((0.0, 0.05, 0.1, 0.15), *stage.key, "length", index)))
    return weights
