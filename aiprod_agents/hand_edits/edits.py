"""What a person wrote into an animatic's file: plain values, with the line of each shot so that a fault can name it."""

from typing import Self, get_args

from pydantic import Field

from memory.records import Record, ShotId
from render_engine.api import ATTRIBUTES, SceneSpec

Drawable = str | int | None
"""The value of one field of a scene; None is no companion."""
NONE = "none"
"""How a file says that there is no companion."""
FIELD_VALUES: dict[str, tuple[str, ...]] = {
    **ATTRIBUTES,
    "companion": (NONE, *ATTRIBUTES["subject"]),
    "companion_colour": ATTRIBUTES["colour"],
    "relation": get_args(SceneSpec.model_fields["relation"].annotation),
}
"""Every field of a scene that takes one of a list of values, in the file's order; besides them it has a seed."""
SCENE_FIELDS = (*FIELD_VALUES, "seed")


class ShotEdit(Record):
    """One shot as the file has it; what it leaves out is as planned."""

    id: ShotId
    seconds: float | None = Field(default=None, gt=0)
    planned_seconds: float | None = None
    """How long the plan had it, once the file was held against a plan."""
    scene: dict[str, Drawable] = Field(default_factory=dict)
    line: int = 0


class AnimaticEdit(Record):
    """A whole file; without shots it changes nothing, and only its notes stand."""

    name: str
    title: str = ""
    look: dict[str, str] = Field(default_factory=dict)
    plan: str = ""
    """Under which key the workspace keeps the plan that the file was written from."""
    shots: tuple[ShotEdit, ...] = ()
    notes: tuple[str, ...] = ()
    """What of it is not taken over, a line each."""

    def find(self, shot_id: str) -> ShotEdit | None:
        """The shot of that id, where the file has it."""
        return next((shot for shot in self.shots if shot.id == shot_id), None)

    def over(self, earlier: Self | None) -> Self:
        """This file over an earlier one of the same plan: what it leaves out is as the earlier one had it."""
        if earlier is None or not earlier.shots:
            return self
        both = {shot.id: shot for shot in earlier.shots}
        for shot in self.shots:
            both[shot.id] = _join(both[shot.id], shot) if shot.id in both else shot
        return self.model_copy(update={"shots": tuple(both.values())})

    def put_aside(self) -> Self:
        """What is left of the file once a later change in words made another plan."""
        note = f"{self.name} was put aside by the later change in words: edit the new plan's file, and give that"
        return self.model_copy(update={"shots": (), "notes": (note,) if self.shots else self.notes})


def is_edited(edit: AnimaticEdit | None) -> bool:
    """Whether a file's shots stand over the plan."""
    return edit is not None and bool(edit.shots)


class HandEdit(Record):
    """One value that a person put in the place of the plan's."""

    field: str
    """Of the scene, or `seconds`."""
    planned: str | int | float | None
    edited: str | int | float | None

    def __str__(self) -> str:
        return f"{self.field.replace('_', ' ')} {_say(self.edited)} instead of {_say(self.planned)}"


def _say(value: str | int | float | None) -> str:
    return NONE if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _join(earlier: ShotEdit, later: ShotEdit) -> ShotEdit:
    planned = later.planned_seconds if earlier.planned_seconds is None else earlier.planned_seconds
    return later.model_copy(
        update={
            "seconds": later.seconds or earlier.seconds,
            "planned_seconds": planned,
            "scene": {**earlier.scene, **later.scene},
        }
    )
