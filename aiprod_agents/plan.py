"""What the crew's language models are asked and answer: typed inputs and outputs of each role."""

from typing import Literal

from pydantic import Field

from memory.records import Brief, Concept, Look, RecalledLine, Record, ShotId, Storyboard
from render_engine.api import SceneSpec


class PlanInput(Record):
    """What the creative director and the fast-track optimizer plan from.

    `previous` and `change_request` are there when a person or the budget asked for another plan; `change_request` has a
    line for each change asked so far, the newest last, and all of them hold. `max_shots` is what a saving allows.
    """

    brief: Brief
    recall: tuple[RecalledLine, ...] = ()
    seed: int = 0
    previous: "Plan | None" = None
    change_request: str = ""
    max_shots: int | None = None


class Plan(Record):
    """A whole plan: the idea, the look, the storyboard, and what was understood or left out, a line each."""

    concept: Concept
    look: Look
    storyboard: Storyboard
    notes: tuple[str, ...] = ()


class TranslationInput(Record):
    """What the visual translator works from: the shots in scope, and the words that the renderer knows.

    `phrases` is the renderer's dialect: attribute -> value -> the words of its training captions.
    """

    storyboard: Storyboard
    look: Look
    scope: tuple[ShotId, ...]
    phrases: dict[str, dict[str, str]]
    seed: int = 0
    notes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By shot id: what a critic or reviewer wants changed."""


class ShotTranslation(Record):
    """One shot in the renderer's dialect."""

    shot_id: ShotId
    scene: SceneSpec
    prompt: str
    negative_prompt: str = ""
    notes: tuple[str, ...] = ()
    """One line for each thing that cannot be drawn, and what stands in for it."""
    unanswered: tuple[str, ...] = ()
    """What a critic or reviewer wants changed and nothing was done about, each as it stands in the question's notes."""


class Translation(Record):
    """The shots in scope, translated."""

    shots: tuple[ShotTranslation, ...]


Task = Literal["creative_director", "fast_track_optimizer", "visual_translator"]
