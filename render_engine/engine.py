"""The house engine inside its worker: each call goes to the part that knows how, and parts load when needed."""

import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, assert_never

from render_engine import protocol as say
from render_engine.api import Calibration, Clip, ProgressFn
from render_engine.cancelling import CancelledFn, heeded, stop_if

if TYPE_CHECKING:
    from render_engine.media.narration import HouseNarrator
    from render_engine.models.text_encoder import MiniLMEncoder
    from render_engine.renderer import LocalRenderer

WordCall = say.CheckWordsCall | say.CheckLinesCall | say.EmbedCall
FileCall = say.DrawCall | say.ThumbnailCall | say.ProbeCall | say.FindColoursCall
LibraryCall = say.ListModelsCall | say.InspectCall | say.PullCall
ShortCall = say.CardCall | say.SpeakCall | WordCall | FileCall


class WorkerEngine(Protocol):
    """What a worker serves: answers one call at a time, reports progress, and asks whether it is still wanted."""

    def answer(self, call: say.Call, progress: ProgressFn, cancelled: CancelledFn) -> object:
        """The answer to a call, of the type that `protocol.ANSWERS` gives for it."""
        ...


class HouseEngine:
    """Renderer, animatic, critic, assembler, narrator and text encoder of the house."""

    def __init__(self, weights: Path | None, num_threads: int, device: str = "cpu") -> None:
        self._weights = weights
        self._num_threads = num_threads
        self._device = device

    def answer(self, call: say.Call, progress: ProgressFn, cancelled: CancelledFn) -> object:
        """Answer one call."""
        match call:
            case say.RenderCall():
                return self._renderer.render(call.request, call.out, progress, cancelled)
            case say.AssembleCall():
                from render_engine.media.assemble import assemble

                return assemble(call.cut, call.out, progress, cancelled, self._renderer.enlarger)
            case say.MeasureCall():
                from render_engine.critic.measures import measure

                return measure(call.request, progress, cancelled)
            case say.CalibrateCall():
                return self._calibrate(cancelled)
            case say.ListModelsCall() | say.InspectCall() | say.PullCall():
                return look_up(call, progress, cancelled)
            case _:
                return self._answer_short(call, cancelled)

    def _answer_short(self, call: ShortCall, cancelled: CancelledFn) -> object:
        """The calls that take seconds and report no progress."""
        match call:
            case say.CardCall():
                return self._renderer.card()
            case say.SpeakCall():
                return self._narrator.speak(call.text, call.out, cancelled)
            case say.EmbedCall():
                return self._embed(call.texts)
            case say.CheckWordsCall() | say.CheckLinesCall():
                return check_text(call)
            case _:
                return work_on_file(call, cancelled)

    def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._encoder.sentence(texts).tolist()
        return vectors

    def _calibrate(self, cancelled: CancelledFn) -> Calibration:
        from render_engine.media.narration import HouseNarrator
        from render_engine.media.timing import time_film_work

        with tempfile.TemporaryDirectory(prefix="aiprod-calibration-") as folder:
            # renders first: the memory that they take is seen only before anything heavier
            render = self._renderer.calibrate(Path(folder), cancelled)
            stop_if(cancelled)
            film = time_film_work(Path(folder), HouseNarrator(), cancelled, self._renderer.enlarger)
        return Calibration(**render.model_dump(), film=film, peak_memory_bytes=self._renderer.peak_memory_bytes())

    @cached_property
    def _renderer(self) -> "LocalRenderer":
        from render_engine.checkpoints.header import reading
        from render_engine.machine import find_device
        from render_engine.releases import DEFAULT_RELEASE
        from render_engine.renderer import LocalRenderer, open_release

        device = find_device(self._device)
        with reading(self._weights or DEFAULT_RELEASE):
            release = open_release(self._weights)
        return LocalRenderer(release, self._num_threads, device)

    @cached_property
    def _narrator(self) -> "HouseNarrator":
        from render_engine.media.narration import HouseNarrator

        return HouseNarrator()

    @cached_property
    def _encoder(self) -> "MiniLMEncoder":
        from render_engine.models.text_encoder import MiniLMEncoder

        return MiniLMEncoder.load()


def check_text(call: say.CheckWordsCall | say.CheckLinesCall) -> list[str]:
    """The calls that look at words alone."""
    match call:
        case say.CheckWordsCall():
            from render_engine.media.titles import find_fault

            return [find_fault(words, call.width, call.height) for words in call.words]
        case say.CheckLinesCall():
            from render_engine.media.narration import find_fault as find_unspeakable

            return [find_unspeakable(line) for line in call.lines]
        case _:
            assert_never(call)


def work_on_file(call: FileCall, cancelled: CancelledFn) -> object:
    """The calls that read or write a file and need no engine."""
    match call:
        case say.DrawCall():
            return draw_clip(call, cancelled)
        case say.ThumbnailCall():
            from render_engine.media.assemble import thumbnail

            return thumbnail(call.path, call.seconds, call.width, call.out, cancelled)
        case say.ProbeCall():
            from render_engine.media.read import probe

            return probe(call.path)
        case say.FindColoursCall():
            from render_engine.critic.dominant import find_colours

            return find_colours(call.path)
        case _:
            assert_never(call)


def look_up(call: LibraryCall, progress: ProgressFn, cancelled: CancelledFn) -> object:
    """The calls about weights by name; they load none."""
    match call:
        case say.ListModelsCall():
            from render_engine.library.listing import list_models

            return list_models(call.folder)
        case say.InspectCall():
            from render_engine.library.inspect import inspect

            return inspect(call.path)
        case say.PullCall():
            from render_engine.library.pull import pull

            return pull(call.source, call.folder, progress, cancelled)
        case _:
            assert_never(call)


def draw_clip(call: say.DrawCall, cancelled: CancelledFn) -> Clip:
    """Draw a shot's animatic into an .mp4, a frame at a time."""
    from render_engine.animatic import draw_animatic
    from render_engine.media.write import write_clip

    stop_if(cancelled)
    frames = draw_animatic(call.scene, call.picture, (call.width, call.height), call.num_frames, call.fps, cancelled)
    return write_clip(call.out, heeded(frames.numpy(), cancelled), call.fps)
