"""The client: every port of the engine's door, answered by a worker process; free of torch itself."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from render_engine import protocol as say
from render_engine.api import (
    AssembledFilm,
    Calibration,
    Clip,
    CutList,
    Engine,
    MeasureRequest,
    Measures,
    ModelList,
    ProgressFn,
    PulledModel,
    RendererCard,
    RenderRequest,
    RenderResult,
    SceneSpec,
    Sound,
    WeightsReport,
    ignore,
)
from render_engine.threads import thread_environment
from render_engine.worker_process import WorkerProcess

Answer = TypeVar("Answer")
NO_TELEMETRY = "HF_HUB_DISABLE_TELEMETRY"


def open_engine(
    weights: Path | None = None, num_threads: int = 2, log: Path | None = None, device: str = "cpu"
) -> Engine:
    """An engine whose worker starts at the first call.

    Args:
        weights: folder of weights; the house model's by default.
        num_threads: threads that compute; part of what a film is made from.
        log: file that the worker's stderr is appended to; without it what the worker prints is dropped.
        device: what renders: "cpu", "cuda", or the number of a card, as "cuda:1".
    """
    options = ["--threads", str(num_threads), "--device", device, *(["--weights", str(weights)] if weights else [])]
    command = [sys.executable, "-m", "render_engine.worker", *options]
    return WorkerClient(command, thread_environment(num_threads) | hub_environment(), log)


def hub_environment() -> dict[str, str]:
    """What a hub is told of this machine: nothing, unless somebody has said otherwise.

    `huggingface_hub` would name torch's version, and ask the hub for a list of programs to find the one that calls it.
    """
    return {NO_TELEMETRY: os.environ.get(NO_TELEMETRY, "1")}


class WorkerClient:
    """Every port of the engine, by a worker that starts when needed and again when it has died.

    A call raises `RenderError` when the engine says so or dies; cancelling the task that awaits it stops the work.
    """

    def __init__(self, command: Sequence[str], environment: dict[str, str], log: Path | None) -> None:
        self._command = command
        self._environment = environment
        self._log = log
        self._process: WorkerProcess | None = None
        self._starting = asyncio.Lock()

    async def card(self) -> RendererCard:
        """What this renderer is and can do."""
        return await self._ask(RendererCard, say.CardCall())

    async def calibrate(self) -> Calibration:
        """Measure this machine; takes tens of seconds."""
        return await self._ask(Calibration, say.CalibrateCall())

    async def render(self, request: RenderRequest, out: Path, progress: ProgressFn) -> RenderResult:
        """Render into the file `out`."""
        return await self._ask(RenderResult, say.RenderCall(request=request, out=out), progress)

    async def draw(  # noqa: PLR0913 - the port's signature
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
        """Draw into the file `out`."""
        size = {"width": width, "height": height, "num_frames": num_frames, "fps": fps}
        call = say.DrawCall(scene=scene, out=out, picture=picture, **size)
        return await self._ask(Clip, call)

    async def measure(self, request: MeasureRequest, progress: ProgressFn = ignore) -> Measures:
        """Every measure that applies."""
        return await self._ask(Measures, say.MeasureCall(request=request), progress)

    async def assemble(self, cut: CutList, out: Path, progress: ProgressFn) -> AssembledFilm:
        """Encode the film into the file `out`."""
        return await self._ask(AssembledFilm, say.AssembleCall(cut=cut, out=out), progress)

    async def check_words(self, words: Sequence[str], width: int, height: int) -> list[str]:
        """Why words cannot be shown, by word."""
        return await self._ask(list[str], say.CheckWordsCall(words=tuple(words), width=width, height=height))

    async def thumbnail(self, path: Path, seconds: float, width: int, out: Path) -> Path:
        """Write one frame of a media file as a JPEG."""
        return await self._ask(Path, say.ThumbnailCall(path=path, seconds=seconds, width=width, out=out))

    async def probe(self, path: Path) -> Clip:
        """Describe a picture or a clip."""
        return await self._ask(Clip, say.ProbeCall(path=path))

    async def find_colours(self, path: Path) -> list[str]:
        """The colours that most of a still picture is made of."""
        return await self._ask(list[str], say.FindColoursCall(path=path))

    async def check_lines(self, lines: Sequence[str]) -> list[str]:
        """Why lines cannot be spoken, by line."""
        return await self._ask(list[str], say.CheckLinesCall(lines=tuple(lines)))

    async def speak(self, text: str, out: Path) -> Sound:
        """Speak English into the file `out`."""
        return await self._ask(Sound, say.SpeakCall(text=text, out=out))

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector of 384 floats a text."""
        return await self._ask(list[list[float]], say.EmbedCall(texts=tuple(texts)))

    async def list_models(self, folder: Path) -> ModelList:
        """What ships, what is published, and what lies in `folder`."""
        return await self._ask(ModelList, say.ListModelsCall(folder=folder))

    async def inspect(self, path: Path) -> list[WeightsReport]:
        """What files of weights say of themselves."""
        return await self._ask(list[WeightsReport], say.InspectCall(path=path))

    async def pull(self, source: str, folder: Path, progress: ProgressFn) -> PulledModel:
        """Fetch a model into `folder` and check its hash."""
        return await self._ask(PulledModel, say.PullCall(source=source, folder=folder), progress)

    async def aclose(self) -> None:
        """Stop the worker and free its memory; the next call would start it again."""
        process, self._process = self._process, None
        if process is not None and process.is_running:
            await process.stop()

    async def _ask(self, kind: type[Answer], call: say.Call, progress: ProgressFn = ignore) -> Answer:
        process = await self._running()
        return TypeAdapter(kind).validate_python(await process.ask(call, progress))

    async def _running(self) -> WorkerProcess:
        async with self._starting:
            if self._process is None or not self._process.is_running:
                self._process = await WorkerProcess.start(self._command, self._environment, self._log)
            return self._process
