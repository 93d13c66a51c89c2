"""Staging: the brief's events become shots with a place, a light, a framing, a camera and a screen direction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiprod_agents.house_writer.bans import Ban
from aiprod_agents.house_writer.beats import Beat
from aiprod_agents.house_writer.changes import Changes, change_framing, change_hour
from aiprod_agents.house_writer.choice import choose, number_of
from aiprod_agents.house_writer.naming import Thing
from aiprod_agents.house_writer.onstage import Onstage
from aiprod_agents.house_writer.slots import Slots
from prompts import load_words

_ASKED = 5.0
"""How a camera scores that the brief asks for, before it wears out."""


@dataclass(frozen=True)
class Staged:
    """One shot on the stage, all values the renderer's own except the things, which keep the brief's names."""

    beat: Beat
    role: str
    """open, event, detail, away, neighbour, close."""
    first_of_beat: bool
    subject: Thing
    colour: str | None
    setting: Thing
    hour: str
    weather: str
    action: str
    camera: str = "static"
    framing: str = "medium"
    side: str = "centre"
    restaged: bool = False
    """It shows otherwise than its event's words tell, for it was asked to."""


@dataclass(frozen=True)
class Stage:
    """What the whole film shares while it is staged."""

    kind: str
    mood: str
    hero: Thing
    subjects: tuple[Thing, ...]
    colours: dict[str, str]
    palette_colours: tuple[str, ...]
    """Colours that the brief asks of its palette: things that have none of their own take theirs from these."""
    setting: Thing
    hour: str | None
    """What the brief says of the whole film; `usual_hour` is the mood's."""
    usual_hour: str
    weather: str
    camera: str | None
    """What the brief asks of the camera for no single event."""
    bans: frozenset[Ban]
    changes: Changes
    listed: bool
    names: frozenset[str]
    """Proper names of its things."""
    key: tuple[object, ...]
    """What free choices depend on: the seed and the brief's words."""


def house_rules() -> dict[str, Any]:
    """The tables of `prompts/house/structures.yaml`."""
    rules: dict[str, Any] = load_words("house/structures")
    return rules


def stage_shots(stage: Stage, beats: Sequence[Beat], slots: Slots) -> list[Staged]:
    """Every shot of the film, staged; neighbours differ in framing or camera."""
    setting, weather = _first_place(stage, beats[0]), stage.weather
    hours = _hours(stage, slots)
    onstage = Onstage(stage.hero, beats, stage.bans)
    shots: list[Staged] = []
    for index, (beat, turn) in enumerate(slots):
        role = _role(stage, index, len(slots), turn)
        if "setting" not in stage.changes.wants:
            setting = _place(beat, turn, _turns(slots, beat), setting)
        subject = onstage.acting(beat, setting, new=turn == 0)
        setting = find_outdoors(stage, beat, subject, setting)
        if stage.kind == "comparison" and turn == 0 and beat.setting:
            weather = stage.weather  # the other world has its own sky
        weather = _told_weather(beat, turn, _turns(slots, beat)) or weather
        shown = _shown(stage, beat, subject, setting, role, turn)
        shot = Staged(
            beat=beat,
            role=_named_role(role, shown, subject, beat),
            first_of_beat=turn == 0,
            subject=shown,
            colour=choose_colour(stage, shown, beat if turn == 0 or shown == subject else None, setting),
            setting=setting,
            hour=hours[index],
            weather=stage.changes.wants.get("weather") or _weather_at(stage, beat, setting, weather),
            action=_action(stage, beat if shown == subject else None, shown, role, (index, turn)),
        )
        shots.append(_framed(stage, shot, shots))
    return shots


def _told_weather(beat: Beat, turn: int, num_turns: int) -> str | None:
    """Weather that turns within one event turns shot by shot."""
    many = len(beat.weathers) > 1 and num_turns > 1
    return beat.weathers[min(len(beat.weathers) - 1, turn * len(beat.weathers) // num_turns)] if many else beat.weather


def _weather_at(stage: Stage, beat: Beat, setting: Thing, weather: str) -> str:
    """The weather goes on from shot to shot, but not through a roof."""
    indoors = setting.value in house_rules()["indoors"] and beat.weather is None and stage.weather == "clear"
    return "clear" if indoors and ("weather", "clear") not in stage.bans else weather


def _first_place(stage: Stage, beat: Beat) -> Thing:
    """A thing on a table is no street's before the brief goes out into the street."""
    home = house_rules()["homes"][stage.hero.value]
    is_product = stage.hero.value in house_rules()["products"]
    waits = beat.setting is None and is_product and beat.subjects[:1] == (stage.hero,)
    is_inside = stage.setting.value in (home, *house_rules()["indoors"])
    is_told_later = waits and not is_inside and not stage.changes.wants.get("setting")
    return Thing(home, "", exact=True) if is_told_later and ("setting", home) not in stage.bans else stage.setting


def find_outdoors(stage: Stage, beat: Beat, subject: Thing, setting: Thing) -> Thing:
    """A taxi at the jazz club stands in the street, and who walks between trees walks outside."""
    rules = house_rules()
    named = (subject, *(() if beat.setting else beat.subjects))
    outdoors = (*rules["outdoors"], *(() if beat.setting else ("tree",)))
    outside = next((thing for thing in named if thing.exact and thing.value in outdoors), None)
    if outside is None or setting.value != "room" or (setting.exact and beat.setting):
        return setting
    home = rules["homes"][outside.value]
    return Thing(home, "", exact=True) if ("setting", home) not in stage.bans else setting


def _turns(slots: Sequence[tuple[Beat, int]], beat: Beat) -> int:
    return sum(1 for other, _ in slots if other is beat)


def _place(beat: Beat, turn: int, num_turns: int, before: Thing) -> Thing:
    """Where a beat's shot plays: along its places in order; another word for the place we are at is the same place."""
    if not beat.settings and beat.setting is None:
        return before
    places = beat.settings or (before,)
    exact = tuple(place for place in places if place.exact)
    if len(places) > 1 and len(places) <= num_turns + 1:
        found = places[min(len(places) - 1, turn * len(places) // num_turns)]
    else:
        found = beat.setting or places[0]
    shared = house_rules()["shared_places"].get(found.words, ())
    same = found.value == before.value and not exact
    return before if same or before.value in shared else found


def moving(action: str) -> bool:
    """Whether the subject crosses the frame."""
    return action in ("move_left", "move_right")


def _role(stage: Stage, index: int, num_shots: int, turn: int) -> str:
    if index == 0:
        return "open"
    if index == num_shots - 1 and num_shots > 1:
        return "close"
    if turn == 0:
        return "event"
    develop = house_rules()["kinds"][stage.kind]["develop"]
    return str(develop[(turn - 1) % len(develop)])


def _named_role(role: str, shown: Thing, subject: Thing, beat: Beat) -> str:
    """A shot of what the brief does not name stands beside the story."""
    named = shown.value == subject.value or any(thing.value == shown.value for thing in beat.subjects)
    return role if named else "neighbour"


def _hours(stage: Stage, slots: Sequence[tuple[Beat, int]]) -> list[str]:
    """The hour of each shot: as told; between two told ones the first holds, and from dawn to dusk day passes."""
    told = [_told_hour(beat, turn, _turns(slots, beat)) for beat, turn in slots]
    if stage.kind == "journey" and stage.hour is None and not any(told) and len(told) >= 6:
        told = [("dawn", "day", "dusk")[3 * index // len(told)] for index in range(len(told))]
        told = [None if ("hour", hour) in stage.bans else hour for hour in told]
    current = _first_hour(stage, told)
    hours: list[str] = []
    for index, hour in enumerate(told):
        current = hour or _last_hour(slots, index, current)
        ahead = next((later for later in told[index + 1 :] if later), current)
        run = index - max((back for back in range(index + 1) if told[back]), default=0)
        gap = next((later for later in range(index + 1, len(told)) if told[later]), len(told)) - index
        goes_by = current in ("dawn", "morning") and ahead in ("golden", "dusk", "night")
        passes = goes_by and run >= gap and ("hour", "day") not in stage.bans
        hours.append(change_hour("day" if passes and not hour else current, stage.changes))
    return hours


def _last_hour(slots: Sequence[tuple[Beat, int]], index: int, current: str) -> str:
    """Behind an event that goes from one hour to another it is the other."""
    before = slots[index - 1][0] if index else None
    return before.hours[-1] if before and before.hours and slots[index][0] is not before else current


def _told_hour(beat: Beat, turn: int, num_turns: int) -> str | None:
    if len(beat.hours) > 1 and num_turns > 1:
        return beat.hours[min(len(beat.hours) - 1, turn * len(beat.hours) // num_turns)]
    return beat.hour


def _first_hour(stage: Stage, told: Sequence[str | None]) -> str:
    """The hour the film opens in: told of the whole, or what comes before the first one that an event names."""
    if stage.hour:
        return stage.hour
    first = next((hour for hour in told if hour), None)
    if first is None:
        return stage.usual_hour
    before = house_rules()["hour_before"][first]
    return first if told[0] or ("hour", before) in stage.bans else str(before)


def _shown(stage: Stage, beat: Beat, subject: Thing, setting: Thing, role: str, turn: int) -> Thing:
    """Who is seen: the beat's subject; a detail may show what else it names, a long film a neighbour."""
    if turn == 0 or stage.listed:
        return subject
    others = [thing for thing in beat.subjects if thing.value != subject.value]
    if others and role == "detail":
        return others[(turn - 1) % len(others)]
    if role == "away" and turn >= 4:
        values = [
            v
            for v in house_rules()["neighbours"][setting.value]
            if v != subject.value and ("subject", v) not in stage.bans
        ]
        if values:
            return Thing(values[(turn // 4) % len(values)], "", exact=True)
    return subject


def choose_colour(stage: Stage, thing: Thing, beat: Beat | None, setting: Thing) -> str | None:
    """The thing's colour: as told, else one that reads well where the film plays; the same through the film."""
    if thing.words in house_rules()["colourless"]:
        return None
    wanted = stage.changes.wants.get("colour")
    if wanted and thing.value == stage.hero.value:
        return wanted
    told = stage.colours.get(thing.value) or (
        beat.colour if beat and beat.subjects and beat.subjects[0] == thing else None
    )
    if told and ("colour", told) not in stage.bans:
        return told
    rules = house_rules()
    own = rules["natural_colours"].get(thing.words.rpartition(" ")[2])
    natural = list(stage.palette_colours) or ([own] if own else rules["subject_colours"].get(thing.value, []))
    options = natural or rules["colours"][stage.setting.value]
    hero = stage.hero.value
    taken = {
        colour for value, colour in stage.colours.items() if value != thing.value and (value == hero or not natural)
    }
    spare = (*options, *rules["colours"][setting.value], "white", "blue", "red")
    allowed = [colour for colour in spare if ("colour", colour) not in stage.bans and colour not in taken]
    return (
        str(allowed[0 if natural else number_of(*stage.key, "colour", thing.value) % min(2, len(allowed))])
        if allowed
        else None
    )


def _action(stage: Stage, beat: Beat | None, shown: Thing, role: str, index_and_turn: tuple[int, int]) -> str:
    """What the subject does: as told, else what it likes to do; `beat` is None when it is not the beat's actor."""
    index, turn = index_and_turn
    asked = beat.action if beat else None
    habits = house_rules()["habits"][shown.value]
    if not shown.exact:
        calm = [one for one in habits["likes"] if one not in ("bounce", "rise")]
        habits = {**habits, "likes": calm or ["still"]}
    if (shown.value == "balloon" and not shown.exact) or shown.words in house_rules()["colourless"]:
        habits = {**habits, "likes": ["still", "sway"]}
    told = asked if turn == 0 or role == "event" or moving(asked or "") else None
    if told and (told in habits["can"] or turn == 0):
        return told if told in habits["can"] or stage.listed else str(habits["likes"][0])
    likes = ["still"] if asked == "still" else list(habits["likes"])
    if role == "detail" and len(likes) > 1:
        likes = likes[1:]
    if role == "close":
        ends = ["sway"] if shown.value in house_rules()["airborne"] else ["still", "sway"]
        likes = [action for action in (*ends, *likes) if action in habits["can"]][:2]
    return str(choose(likes, *stage.key, "action", index))


def _framed(stage: Stage, shot: Staged, before: Sequence[Staged]) -> Staged:
    """Give framing, camera and side; told ones stand, the others give way until the cut to this shot is no jump."""
    kind = house_rules()["kinds"][stage.kind]
    role = "detail" if shot.role == "neighbour" else shot.role
    told = shot.beat if shot.first_of_beat else None
    own = told.framing if told and "framing" not in stage.changes.wants else None
    framings = [own] if own else _framings(stage, kind["framing"][role], shot, before)
    cameras = [told.camera] if told and told.camera else _cameras(stage, kind["camera"][role], shot, before)
    pairs = [(framing, camera) for framing in framings for camera in cameras]
    last = before[-1] if before else None
    pairs = [pair for pair in pairs if last is None or pair != (last.framing, last.camera)] or pairs
    framing, camera = pairs[0]
    return replace(shot, framing=framing, camera=camera, side=_side(stage, shot, framing, before))


def _framings(stage: Stage, likes: Sequence[str], shot: Staged, before: Sequence[Staged]) -> list[str]:
    """Framings in order of liking; after a shot of the same thing in the same place another size comes first."""
    is_small = shot.subject.value in house_rules()["small"]
    if shot.role == "event" and shot.subject.value != stage.hero.value and is_small:
        likes = ("close", "medium")
    if "framing" in stage.changes.wants:
        return [stage.changes.wants["framing"]]
    order = [change_framing(framing, stage.changes) for framing in (*likes, "medium", "wide", "close")]
    order = [one for one in dict.fromkeys(order) if ("framing", one) not in stage.bans] or ["medium"]
    liking = {framing: float(place) for place, framing in enumerate(order)}
    last = before[-1] if before else None
    same = last is not None and last.subject.value == shot.subject.value and last.setting == shot.setting
    recent = [one.framing for one in before[-2:]]
    worn = {
        framing: 3.0 * (same and framing == recent[-1]) + 1.2 * (framing in recent[-1:]) + 0.3 * recent.count(framing)
        for framing in order
    }
    return sorted(order, key=lambda framing: liking[framing] + worn[framing])


def _cameras(stage: Stage, likes: Sequence[str], shot: Staged, before: Sequence[Staged]) -> list[str]:
    """Cameras that the action motivates, those first that kind and mood like and that are not worn out."""
    if stage.changes.camera == "still" or ("camera", "moving") in stage.bans:
        return ["static"]
    rules = house_rules()
    motive = "move" if moving(shot.action) else shot.action
    motivated = [_along(camera, shot.action) for camera in rules["motivated"][motive]]
    liked = [_along(camera, shot.action) for camera in likes]
    mood = rules["mood_camera"][stage.mood]
    motivated = [one for one in motivated if one not in rules["rare_cameras"] or one in (*mood, *liked)]
    scored = {
        camera: (camera in liked) * 1.5
        + (camera in mood)
        + number_of(*stage.key, "camera", len(before), camera) % 100 / 60
        - 1.4 * sum(shot.camera == camera for shot in before[-3:])
        for camera in motivated
    }
    if stage.camera:
        worn = sum(shot.camera == stage.camera for shot in before[-3:])
        scored[stage.camera] = _ASKED - 1.4 * worn
    if stage.changes.camera == "moving":
        scored["static"] = -1.0
    if wanted := stage.changes.wants.get("camera"):
        scored[wanted] = 9.0
    return sorted(scored, key=lambda camera: -scored[camera])


def _along(camera: str, action: str) -> str:
    """A pan goes the way that its subject goes."""
    return "pan_left" if camera == "pan_right" and action == "move_left" else camera


def _side(stage: Stage, shot: Staged, framing: str, before: Sequence[Staged]) -> str:
    """By thirds: a traveller has room before it; who stands keeps its side through a scene; close is centred."""
    if shot.first_of_beat and shot.beat.side:
        return shot.beat.side
    if "side" in stage.changes.wants:
        return stage.changes.wants["side"]
    if moving(shot.action):
        return "left" if shot.action == "move_right" else "right"
    if framing == "close" or shot.action in ("approach", "recede", "circle"):
        return "centre"
    kept = [
        s.side
        for s in before
        if s.setting == shot.setting and s.subject.value == shot.subject.value and s.side != "centre"
    ]
    return (
        kept[-1] if kept else str(choose(("left", "right"), *stage.key, "side", shot.subject.value, shot.setting.value))
    )
