"""The engine's ports: what the studio may ask, as protocols; one engine implements them all.

Every call is awaited; long ones report `Progress` and stop within a step when their task is cancelled.
Files are written to the folder that the caller names, nowhere else. Errors are `RenderError`, one line each.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from render_engine.api.library import ModelList, PulledModel, WeightsReport
from render_engine.api.measures import MeasureRequest, Measures
from render_engine.api.media import AssembledFilm, CutList, Sound
from render_engine.api.render import Calibration, Clip, Progress, RendererCard, RenderRequest, RenderResult
from render_engine.api.scene import SceneSpec

ProgressFn = Callable[[Progress], None]


def ignore(progress: Progress) -> None:
    """Progress that nobody asked for."""
    del progress


class Renderer(Protocol):
    """Turns a request into a clip of generated pixels."""

    async def card(self) -> RendererCard:
        """What this renderer is and can do."""
        ...

    async def calibrate(self) -> Calibration:
        """Measure this machine, once per weights and thread count; takes seconds."""
        ...

    async def render(self, request: RenderRequest, out: Path, progress: ProgressFn) -> RenderResult:
        """Render into the file `out` (an .mp4)."""
        ...


class Animatic(Protocol):
    """Draws a scene without any model."""

    async def draw(  # noqa: PLR0913 - a size, a length and a rate are plain numbers at the door
        self,
        scene: SceneSpec,
        width: int,
        height: int,
        num_frames: int,
        fps: float,
        out: Path,
        *,
        picture: Path | None = None,
    ) -> Clip:
        """Draw into the file `out` (an .mp4); with a `picture`, the scene's camera moves over it instead."""
        ...


class Critic(Protocol):
    """Measures a file by decoding it."""

    async def measure(self, request: MeasureRequest, progress: ProgressFn = ignore) -> Measures:
        """Every measure that applies; what could not be measured is listed by name."""
        ...

    async def find_colours(self, path: Path) -> list[str]:
        """Up to five colours as "#rrggbb" that most of a still picture is made of, the largest first.

        None where nothing in it is opaque; `RenderError` when it is no still picture.
        """
        ...


class Assembler(Protocol):
    """Joins takes, cards and sounds into a film."""

    async def assemble(self, cut: CutList, out: Path, progress: ProgressFn) -> AssembledFilm:
        """Encode the film into the file `out` (an .mp4)."""
        ...

    async def check_words(self, words: Sequence[str], width: int, height: int) -> list[str]:
        """For each of the words: why a card or a lower third of that size cannot show them; empty when both can."""
        ...

    async def thumbnail(self, path: Path, seconds: float, width: int, out: Path) -> Path:
        """Write the frame of a media file at `seconds` as a JPEG of the given width."""
        ...

    async def probe(self, path: Path) -> Clip:
        """Decode a media file far enough to describe it; `RenderError` when it is neither picture nor clip.

        A picture is one frame at 1 frame a second.
        """
        ...


class Narrator(Protocol):
    """Speaks a line."""

    async def check_lines(self, lines: Sequence[str]) -> list[str]:
        """For each line: why the voice cannot speak it; empty when it can."""
        ...

    async def speak(self, text: str, out: Path) -> Sound:
        """Speak English into the file `out` (a .wav)."""
        ...


class TextEncoder(Protocol):
    """Turns sentences into unit vectors whose dot product is their likeness."""

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector of 384 floats a text."""
        ...


class ModelLibrary(Protocol):
    """Knows published weights by name, fetches them, and reads what a file of weights says of itself."""

    async def list_models(self, folder: Path) -> ModelList:
        """What ships, what is published, and what lies in `folder`; asks no network."""
        ...

    async def inspect(self, path: Path) -> list[WeightsReport]:
        """Read the headers of a file of weights, or of all that lie in a folder; `RenderError` when there are none.

        Of a file that is no whole safetensors file, `RenderError` names the fault; in a folder, its report does.
        """
        ...

    async def pull(self, source: str, folder: Path, progress: ProgressFn) -> PulledModel:
        """Fetch a model by its name, or `owner/name:file`, into `folder`, and check its hash.

        Progress is in bytes. What an interrupted pull has fetched is kept and gone on from. HF_ENDPOINT, HF_TOKEN and
        HF_HUB_OFFLINE count as for every program that uses the hub. `RenderError` says why not, and what to do.
        """
        ...


class Engine(Renderer, Animatic, Critic, Assembler, Narrator, TextEncoder, ModelLibrary, Protocol):
    """All ports behind one worker."""

    async def aclose(self) -> None:
        """Stop the worker and free its memory."""
        ...
