"""The cut: takes, cards and sounds in order, and what the assembler makes of them."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from render_engine.api.render import Clip, Sha256
from render_engine.api.values import Value

Mood = Literal["calm", "warm", "bright", "tense", "sad", "epic", "playful", "mysterious"]
HexColour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


class ClipItem(Value):
    """One take in the cut; seconds of the take's own time, before interpolation to the film's frame rate."""

    kind: Literal["clip"] = "clip"
    shot_id: str
    path: Path
    seconds_in: float = Field(default=0.0, ge=0)
    seconds: float = Field(gt=0)
    crossfade_seconds: float = Field(default=0.0, ge=0, le=2)
    """Overlap with the item before; it shortens the film by itself."""
    words: str = ""
    """Words shown over the lower third of this take."""


class CardItem(Value):
    """A title or end card: words (the first line is set large) or a logo on a plain ground."""

    kind: Literal["card"] = "card"
    shot_id: str
    words: tuple[str, ...] = ()
    logo: Path | None = None
    ground: HexColour = "#101418"
    ink: HexColour = "#f4f1ea"
    seconds: float = Field(gt=0)
    crossfade_seconds: float = Field(default=0.0, ge=0, le=2)


CutItem = Annotated[ClipItem | CardItem, Field(discriminator="kind")]


class NarrationCue(Value):
    """One spoken line that starts `start_seconds` into the film."""

    path: Path
    start_seconds: float = Field(ge=0)


class SoundPlan(Value):
    """The film's sound: a bed of music made for the mood and the length, narration over it, one loudness."""

    mood: Mood = "calm"
    music: bool = True
    seed: int = Field(default=0, ge=0)
    narration: tuple[NarrationCue, ...] = ()
    loudness_lufs: float = -16.0


class CutList(Value):
    """A whole film, ready to assemble: items in order, size, frame rate, sound."""

    items: tuple[CutItem, ...] = Field(min_length=1)
    width: int = Field(gt=0, multiple_of=2)
    height: int = Field(gt=0, multiple_of=2)
    fps: int = Field(default=24, gt=0)
    sound: SoundPlan = SoundPlan()


class Placed(Value):
    """Where an item really lies in the film, in frames; `frame_out` is exclusive."""

    shot_id: str
    frame_in: int
    frame_out: int


class AssembledFilm(Value):
    """The encoded film and where its shots lie."""

    clip: Clip
    placed: tuple[Placed, ...]
    upscaled_from: tuple[int, int] | None
    upscaler_sha256: Sha256 | None = None
    """Of the trained network that enlarged takes; None where none did."""
    interpolated_from_fps: float | None
    loudness_lufs: float
    seconds_elapsed: float


class Sound(Value):
    """A sound file on disk."""

    path: Path
    seconds: float
    sample_rate: int


class Cue(Value):
    """One caption: seconds from the film's start."""

    start_seconds: float
    end_seconds: float
    text: str
