"""The worker's language: one JSON value a line, questions on its stdin, answers and progress on its stdout.

A question carries a number and a call; a call is a typed value named after its port's method. What comes back carries
the same number: any number of `progress`, then one of `answer`, `error` or `cancelled`.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from render_engine.api import (
    AssembledFilm,
    Calibration,
    Clip,
    CutList,
    MeasureRequest,
    Measures,
    ModelList,
    Progress,
    PulledModel,
    RendererCard,
    RenderRequest,
    RenderResult,
    SceneSpec,
    Sound,
    Value,
    WeightsReport,
)


class CardCall(Value):
    """`Renderer.card`."""

    call: Literal["card"] = "card"


class CalibrateCall(Value):
    """`Renderer.calibrate`."""

    call: Literal["calibrate"] = "calibrate"


class RenderCall(Value):
    """`Renderer.render`."""

    call: Literal["render"] = "render"
    request: RenderRequest
    out: Path


class DrawCall(Value):
    """`Animatic.draw`."""

    call: Literal["draw"] = "draw"
    scene: SceneSpec
    width: int
    height: int
    num_frames: int
    fps: float
    out: Path
    picture: Path | None = None


class MeasureCall(Value):
    """`Critic.measure`."""

    call: Literal["measure"] = "measure"
    request: MeasureRequest


class AssembleCall(Value):
    """`Assembler.assemble`."""

    call: Literal["assemble"] = "assemble"
    cut: CutList
    out: Path


class CheckWordsCall(Value):
    """`Assembler.check_words`."""

    call: Literal["check_words"] = "check_words"
    words: tuple[str, ...]
    width: int
    height: int


class ThumbnailCall(Value):
    """`Assembler.thumbnail`."""

    call: Literal["thumbnail"] = "thumbnail"
    path: Path
    seconds: float
    width: int
    out: Path


class ProbeCall(Value):
    """`Assembler.probe`."""

    call: Literal["probe"] = "probe"
    path: Path


class FindColoursCall(Value):
    """`Critic.find_colours`."""

    call: Literal["find_colours"] = "find_colours"
    path: Path


class CheckLinesCall(Value):
    """`Narrator.check_lines`."""

    call: Literal["check_lines"] = "check_lines"
    lines: tuple[str, ...]


class SpeakCall(Value):
    """`Narrator.speak`."""

    call: Literal["speak"] = "speak"
    text: str
    out: Path


class EmbedCall(Value):
    """`TextEncoder.embed`."""

    call: Literal["embed"] = "embed"
    texts: tuple[str, ...]


class ListModelsCall(Value):
    """`ModelLibrary.list_models`."""

    call: Literal["list_models"] = "list_models"
    folder: Path


class InspectCall(Value):
    """`ModelLibrary.inspect`."""

    call: Literal["inspect"] = "inspect"
    path: Path


class PullCall(Value):
    """`ModelLibrary.pull`."""

    call: Literal["pull"] = "pull"
    source: str
    folder: Path


Call = Annotated[
    CardCall
    | CalibrateCall
    | RenderCall
    | DrawCall
    | MeasureCall
    | AssembleCall
    | CheckWordsCall
    | ThumbnailCall
    | ProbeCall
    | FindColoursCall
    | CheckLinesCall
    | SpeakCall
    | EmbedCall
    | ListModelsCall
    | InspectCall
    | PullCall,
    Field(discriminator="call"),
]

ANSWERS: dict[str, TypeAdapter[Any]] = {
    "card": TypeAdapter(RendererCard),
    "calibrate": TypeAdapter(Calibration),
    "render": TypeAdapter(RenderResult),
    "draw": TypeAdapter(Clip),
    "measure": TypeAdapter(Measures),
    "assemble": TypeAdapter(AssembledFilm),
    "check_words": TypeAdapter(list[str]),
    "thumbnail": TypeAdapter(Path),
    "probe": TypeAdapter(Clip),
    "find_colours": TypeAdapter(list[str]),
    "check_lines": TypeAdapter(list[str]),
    "speak": TypeAdapter(Sound),
    "embed": TypeAdapter(list[list[float]]),
    "list_models": TypeAdapter(ModelList),
    "inspect": TypeAdapter(list[WeightsReport]),
    "pull": TypeAdapter(PulledModel),
}
"""What each call's answer is."""


class Question(Value):
    """A call, numbered by the caller."""

    number: int
    call: Call


class Cancel(Value):
    """Nobody waits for the question of this number any more."""

    cancel: int


class Reply(Value):
    """What the worker says of one question; exactly one of its fields besides the number is set."""

    number: int
    progress: Progress | None = None
    answer: Any = None
    error: str | None = None
    cancelled: bool = False


FROM_STUDIO: TypeAdapter[Question | Cancel] = TypeAdapter(Question | Cancel)


def one_line(message: str) -> str:
    """A message without its line breaks."""
    return " ".join(message.split())
