"""Puts an edited animatic over a plan: it is held against the plan first, then seconds, scenes and words follow it."""

from typing import NamedTuple

from aiprod_agents.errors import InputError
from aiprod_agents.hand_edits.edits import AnimaticEdit, HandEdit, ShotEdit
from aiprod_agents.house_writer.translator import write_negative, write_prompt
from aiprod_agents.plan import Plan, ShotTranslation
from aiprod_agents.planning import SECONDS_TOLERANCE
from memory.records import Brief, Look, Shot, Storyboard
from render_engine.api import RendererCard, SceneSpec

SAME_SECONDS = 1e-3
"""A file writes its seconds shorter than a plan has them."""
STANDS: dict[str, str] = {"beside": "beside", "behind": "in front of", "before": "behind", "above": "below"}
"""How the subject stands to a companion that is there, in the words of the renderer's training captions."""

Phrases = dict[str, dict[str, str]]


class EditedShot(NamedTuple):
    """A shot with the hand's edits in it: what is rendered, what the translator had, and every value that was put."""

    translation: ShotTranslation
    planned: SceneSpec
    by_hand: tuple[HandEdit, ...]


def settle_edit(edit: AnimaticEdit, plan: Plan, brief: Brief, card: RendererCard) -> AnimaticEdit:
    """The file as it is put over that plan: seconds that are as planned are gone, and what is not taken over is noted.

    Raises:
        InputError: shots that the plan has not, in another order, or of lengths that cannot be rendered.
    """
    _check_shots(edit, plan.storyboard, card)
    shots = tuple(_settle_seconds(shot, plan.storyboard.shot(shot.id)) for shot in edit.shots)
    settled = edit.model_copy(update={"shots": shots, "notes": tuple(_list_notes(edit, plan))})
    _check_length(settled, plan.storyboard, brief)
    return settled


def edit_storyboard(storyboard: Storyboard, edit: AnimaticEdit) -> Storyboard:
    """The storyboard with the file's seconds; done twice, it is the same."""
    seconds = {shot.id: shot.seconds for shot in edit.shots if shot.seconds is not None}
    shots = tuple(
        shot.model_copy(update={"seconds": seconds[shot.id]}) if shot.id in seconds else shot
        for shot in storyboard.shots
    )
    return storyboard.model_copy(update={"shots": shots})


def edit_shot(
    translation: ShotTranslation, shot: Shot, edit: ShotEdit, first: SceneSpec | None, phrases: Phrases
) -> EditedShot:
    """One shot with the file's values in the place of the translator's; its words are written anew where they differ.

    Args:
        translation: the translator's, with what reviewers asked since in it.
        shot: of the storyboard.
        edit: what the file says of it.
        first: the shot's scene as it was first translated, before anybody asked for changes in it; None is now.
        phrases: the renderer's dialect.

    What a reviewer asks of a field later wins over the file: the newest word counts.
    """
    scene = translation.scene
    planned = first or scene
    asked = {field for field in edit.scene if getattr(scene, field) != getattr(planned, field)}
    put = {field: value for field, value in edit.scene.items() if field not in asked}
    edited = SceneSpec.model_validate({**scene.model_dump(), **put})
    by_hand = [HandEdit(field=field, planned=getattr(scene, field), edited=value) for field, value in put.items()]
    by_hand = [one for one in by_hand if one.planned != one.edited]
    seconds, before = edit.seconds, edit.planned_seconds
    if seconds is not None and before is not None and abs(seconds - before) >= SAME_SECONDS:
        by_hand.insert(0, HandEdit(field="seconds", planned=before, edited=seconds))
    if edited != scene:
        words = {"prompt": write_edited_prompt(edited, phrases), "negative_prompt": write_negative(edited, phrases)}
        translation = translation.model_copy(update={"scene": edited, **words})
    if by_hand:
        notes = (*translation.notes, *_describe(by_hand, shot))
        translation = translation.model_copy(update={"notes": notes})
    return EditedShot(translation, planned, tuple(by_hand))


def write_edited_prompt(scene: SceneSpec, phrases: Phrases) -> str:
    """The scene in the renderer's dialect, with its companion where the training captions have one."""
    if scene.companion is None:
        return write_prompt(scene, phrases)

    def say(attribute: str, value: str) -> str:
        return phrases.get(attribute, {}).get(value, value.replace("_", " "))

    other = f"{say('colour', scene.companion_colour)} {say('subject', scene.companion)}"
    article = "an" if other[:1] in "aeiou" else "a"
    place = f"{STANDS[scene.relation]} {article} {other} {say('setting', scene.setting)}"
    return write_prompt(scene, {**phrases, "setting": {scene.setting: place}})


def translate_edit(edit: AnimaticEdit, phrases: Phrases) -> dict[str, ShotTranslation]:
    """The file by itself, without the plan that it was of; InputError where a shot says too little to be drawn."""
    translated = {}
    for shot in edit.shots:
        missing = [field for field in ("subject", "setting") if field not in shot.scene]
        if missing or shot.seconds is None:
            field = [*missing, "seconds"][0]
            raise InputError(
                f"{edit.name} line {shot.line}: {shot.id} has no {field}, and its plan is not here: give it"
            )
        scene = SceneSpec.model_validate(shot.scene)
        words = {"prompt": write_edited_prompt(scene, phrases), "negative_prompt": write_negative(scene, phrases)}
        translated[shot.id] = ShotTranslation(shot_id=shot.id, scene=scene, **words)
    return translated


def _check_shots(edit: AnimaticEdit, storyboard: Storyboard, card: RendererCard) -> None:
    ids = [shot.id for shot in storyboard.shots]
    longest = card.max_num_frames / card.native_fps
    before = -1
    for shot in edit.shots:
        where = f"{edit.name} line {shot.line}"
        if shot.id not in ids:
            raise InputError(
                f"{where}: the plan has no {shot.id}: its shots are {', '.join(ids)}, and none can be added"
            )
        if ids.index(shot.id) < before:
            raise InputError(f"{where}: {shot.id} stands after {ids[before]}: shots cannot be moved, keep their order")
        before = ids.index(shot.id)
        if shot.seconds is not None and shot.seconds > longest + SAME_SECONDS:
            raise InputError(
                f"{where}: {shot.id}: seconds {shot.seconds:g}: {card.name} renders at most {longest:.2f} at a time"
            )


def _check_length(edit: AnimaticEdit, storyboard: Storyboard, brief: Brief) -> None:
    """The film keeps its length, which was asked; a file that leaves every shot's seconds alone is not at fault."""
    changed = [shot for shot in edit.shots if shot.seconds is not None]
    seconds = edit_storyboard(storyboard, edit).seconds
    if not changed or abs(seconds - brief.seconds) <= SECONDS_TOLERANCE + 1e-9:
        return
    cards = storyboard.seconds - sum(shot.seconds for shot in storyboard.shots)
    raise InputError(
        f"{edit.name} line {changed[0].line}: seconds: the film would last {seconds:.2f} s where the brief asks for "
        f"{brief.seconds:.2f} s: make the shots add up to {brief.seconds - cards:.2f} s"
    )


def _settle_seconds(edit: ShotEdit, shot: Shot) -> ShotEdit:
    is_same = edit.seconds is None or abs(edit.seconds - shot.seconds) < SAME_SECONDS
    return edit.model_copy(update={"seconds": None if is_same else edit.seconds, "planned_seconds": shot.seconds})


def _list_notes(edit: AnimaticEdit, plan: Plan) -> list[str]:
    kept = [shot.id for shot in plan.storyboard.shots if edit.find(shot.id) is None]
    notes = [f"{edit.name} leaves out {', '.join(kept)}: as planned, for a file cannot remove shots"] if kept else []
    if edit.title and edit.title != " ".join(plan.concept.title.split()):
        notes.append(f"{edit.name} has another title, which is not taken over: ask for it in words")
    told = tell_look(plan.look)
    if any(words != told[field] for field, words in edit.look.items()):
        notes.append(f"{edit.name} has another look, which is not taken over: change the shots' style and palette")
    return notes


def tell_look(look: Look) -> dict[str, str]:
    """The look in the fields of a file."""
    return {"style": " ".join(look.style.split()), "palette": " ".join(look.palette.split())}


def _describe(by_hand: list[HandEdit], shot: Shot) -> list[str]:
    lines = [f"edited by hand: {', '.join(map(str, by_hand))}"]
    hidden = [one.field.replace("_", " ") for one in by_hand if one.field not in {"camera", "seconds"}]
    if shot.first_frame and hidden:
        lines.append(f"it opens on the brief's own picture, so that {', '.join(hidden)} is in its words alone")
    return lines
