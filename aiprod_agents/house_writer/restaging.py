"""What is asked of single shots, made on the stage: the storyboard shows them as they will be drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from aiprod_agents.house_writer.asking import NOTHING, ShotName, find_not_understood
from aiprod_agents.house_writer.beats import Beat, to_beat
from aiprod_agents.house_writer.changes import Changes, apply_changes, fold, is_unwanted, parse_changes
from aiprod_agents.house_writer.lexicon import Lexicon, lexicons_of
from aiprod_agents.house_writer.look import LookPlan
from aiprod_agents.house_writer.naming import Names, Thing
from aiprod_agents.house_writer.staging import Stage, Staged, choose_colour, house_rules, moving
from memory.records import Language

_STAGED = ("hour", "weather", "action", "camera", "framing", "side", "colour")
_SHOWN = ("hour", "weather", "colour", "action")
_NOT_LIKED = ("too ", "trop ")


@dataclass(frozen=True)
class Restaged:
    """The shots as asked; by shot id what of it only the drawing can show; and a note for each thing not done."""

    shots: tuple[Staged, ...]
    left_to_draw: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def restage(
    shots: Sequence[Staged], asked: Mapping[ShotName, Sequence[str]], stage: Stage, look: LookPlan, language: Language
) -> Restaged:
    """Make what is asked of single shots, request by request."""
    staged, notes = list(shots), list[str]()
    looks = [{"style": look.style, "palette": look.palette} for _ in shots]
    for name, texts in asked.items():
        indices = _find(name, shots)
        if not indices:
            notes.append(f"a change is asked of {_say(name)}: no such one is among the film's {len(shots)} shots")
        for index in indices:
            for text in texts:
                staged[index], looks[index], missed = _restage(staged[index], looks[index], text, stage, language)
                notes += [f'of what is asked of S{index + 1}, "{piece}": {NOTHING}' for piece in missed]
    left = {f"S{index + 1}": _left_to_draw(values, look) for index, values in enumerate(looks)}
    return Restaged(tuple(staged), {shot_id: words for shot_id, words in left.items() if words}, tuple(notes))


def _find(name: ShotName, shots: Sequence[Staged]) -> list[int]:
    """Where the shots are that a request names; none when there are no such ones."""
    if isinstance(name, int):
        index = name - 1 if name > 0 else len(shots) + name
        return [index] if 0 <= index < len(shots) else []
    values = {one.value for lexicon in lexicons_of(name) for one in lexicon.find(name, "subject") if one.exact}
    shown = [(shot.subject.value in values or fold(shot.subject.words) == name) for shot in shots]
    return [index for index, is_it in enumerate(shown) if is_it]


def _say(name: ShotName) -> str:
    if isinstance(name, str):
        return f"the shot of the {name}"
    return f"shot {name}" if name > 0 else f"the shot {-name} from the end"


def _left_to_draw(values: Mapping[str, str], look: LookPlan) -> str:
    """A look of its own, in words that the translator takes up."""
    names = Names("en").words
    own = [
        names[attribute][values[attribute]]
        for attribute, shared in (("style", look.style), ("palette", look.palette))
        if values[attribute] != shared
    ]
    return ", ".join(f"in {words}" for words in own)


def _restage(
    shot: Staged, look: dict[str, str], text: str, stage: Stage, language: Language
) -> tuple[Staged, dict[str, str], list[str]]:
    """(the shot as asked, its style and palette, pieces of the request that ask for nothing the house can do)."""
    beat, changes = _read(text, language)
    subject = _subject(shot, beat, changes, stage)
    setting = beat.setting or shot.setting
    values = {name: getattr(shot, name) or "white" for name in _STAGED}
    values |= {"subject": subject.value, "setting": setting.value, **look}
    changed = apply_changes(values, changes, {"setting": stage.setting.value, "subject": subject.value})
    if changed["setting"] != setting.value:
        setting = Thing(changed["setting"], "", exact=True)
    new = replace(
        shot,
        subject=subject,
        setting=setting,
        hour=changed["hour"],
        weather=changed["weather"],
        action=changed["action"],
        camera=changed["camera"],
        framing=changed["framing"],
        side=changed["side"],
        colour=shot.colour if changed["colour"] == values["colour"] else changed["colour"],
    )
    new = _suited(new, shot, beat, changes, stage)
    missed = [piece for piece in find_not_understood(text) if not _says(_read(piece, language)[0])]
    return new, {name: changed[name] for name in look}, missed


def _suited(new: Staged, old: Staged, beat: Beat, changes: Changes, stage: Stage) -> Staged:
    """The shot with what follows from its changes: another subject's own colour and doing, a close subject's place."""
    if new.subject != old.subject:
        habits = house_rules()["habits"][new.subject.value]
        action = new.action if new.action in habits["can"] and not moving(new.action) else habits["likes"][0]
        new = replace(new, action=beat.action or str(action))
        if "colour" not in changes.wants:
            new = replace(new, colour=choose_colour(stage, new.subject, beat, new.setting))
    is_nearer = new.framing == "close" and old.framing != "close"
    if is_nearer and not moving(new.action) and "side" not in changes.wants:
        new = replace(new, side="centre")
    shows = any(getattr(new, name) != getattr(old, name) for name in (*_SHOWN, "subject", "setting"))
    resized = old.beat.framing is not None and new.framing != old.framing
    refilmed = old.beat.camera is not None and new.camera != old.camera
    return replace(new, restaged=old.restaged or shows or (old.first_of_beat and (resized or refilmed)))


def _subject(shot: Staged, beat: Beat, changes: Changes, stage: Stage) -> Thing:
    """Who is asked for; who is not wanted gives way to the hero or to whoever else the film has."""
    known = {thing.value: thing for thing in (*reversed(stage.subjects), stage.hero, shot.subject)}
    if beat.subjects:
        asked = beat.subjects[0]
        return known.get(asked.value, asked) if asked.exact else asked
    if "subject" in changes.wants:
        return Thing(changes.wants["subject"], "", exact=True)
    everyone = (shot.subject, stage.hero, *stage.subjects)
    return next((thing for thing in everyone if ("subject", thing.value) not in changes.bans), shot.subject)


def _read(text: str, language: Language) -> tuple[Beat, Changes]:
    """A request of one shot, read like a line of a shot list: what it names it wants, unless it wants less of it."""
    lexicons = sorted(lexicons_of(text), key=lambda one: (-len(one.find(text)), one.language != language))
    beat = to_beat(lexicons[0], _wanted(text, lexicons[0]))
    changes = parse_changes(text)
    named = {
        name: value
        for name in ("hour", "weather", "camera", "side")
        if (value := getattr(beat, name)) and (name, value) not in changes.bans
    }
    if beat.colour and beat.subjects:
        named["colour"] = beat.colour
    if beat.action and beat.subjects:
        named["action"] = beat.action
    if beat.subjects:
        named["subject"] = beat.subjects[0].value
    if beat.setting:
        named["setting"] = beat.setting.value
    return beat, replace(changes, wants={**changes.wants, **named})


def _wanted(text: str, lexicon: Lexicon) -> str:
    """The text with what it wants less of blanked, and what it says of the picture's size and light."""
    folded = fold(text)
    for mention in lexicon.find(text):
        if is_unwanted(folded, mention.start) or folded[: mention.start].endswith(_NOT_LIKED):
            text = f"{text[: mention.start]}{' ' * (mention.end - mention.start)}{text[mention.end :]}"
    return text


def _says(beat: Beat) -> bool:
    return bool(beat.subjects or beat.setting or beat.hour or beat.weather or beat.camera or beat.side)
