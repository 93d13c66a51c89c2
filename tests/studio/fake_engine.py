"""A fake engine that behaves: it implements every port, writes small real files, remembers, and fails on order.

A clip is a JSON file that says what it shows; the critic reads it back, so a fault ordered for a shot is found by
measuring its file. Every call is a line in `log`, a file, so that a killed process leaves its count behind.
"""

import asyncio
import hashlib
import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import Field

from render_engine.api import (
    AssembledFilm,
    Calibration,
    Clip,
    ClipItem,
    CutItem,
    CutList,
    FilmSpeed,
    ListedModel,
    MeasureRequest,
    Measures,
    ModelList,
    PartReport,
    Placed,
    PlacedMeasures,
    Progress,
    ProgressFn,
    PulledModel,
    RendererCard,
    RenderError,
    RenderRequest,
    RenderResult,
    SceneSpec,
    Sound,
    Value,
    WeightsReport,
    ignore,
)

WEIGHTS = "ab" * 32
PUBLISHED = ListedModel(
    name="ltxv-spatial-upscaler-0.9.8",
    repo="Lightricks/LTX-Video",
    file="ltxv-spatial-upscaler-0.9.8.safetensors",
    part="upsampler",
    version="0.9.8",
    num_bytes=1000,
    licence="the publisher's",
    about="twice the rows",
)
CARD = RendererCard(
    name="fake",
    weights_sha256=WEIGHTS,
    native_fps=8.0,
    spatial_compression=16,
    temporal_compression=8,
    native_sizes={"16:9": (256, 144), "9:16": (144, 256), "1:1": (192, 192)},
    max_num_frames=41,
    phrases={"subject": {"dog": "a dog"}},
    num_threads=1,
    text_encoder_sha256="ef" * 32,
    voice="heart",
    versions={"torch": "2.13.0", "av": "18.1.0"},
    limits=("faces have no features",),
)
SPEED = Calibration(
    weights_sha256=WEIGHTS,
    num_threads=1,
    seconds_fixed=0.5,
    seconds_per_token_step=0.0005,
    seconds_per_token_codec=0.001,
    seconds_load=1.0,
    memory_fixed_bytes=10**8,
    memory_per_token_bytes=10**5,
    film=FilmSpeed(
        seconds_per_film_second=0.25,
        seconds_per_animatic_second=0.125,
        seconds_per_measured_film_second=0.0625,
        seconds_per_measured_take_second=0.03125,
        seconds_to_load_voice=0.5,
        seconds_per_spoken_character=0.015625,
    ),
    peak_memory_bytes=10**8,
)


class Script(Value):
    """What the engine is ordered to do wrong."""

    faults: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By subject, one a render: "ok", "error", "frozen", "black", "short", "cut", "flicker", "palette"."""
    film_fault: str = ""
    """"silent", "quiet", "jump", "short", "black", "frozen" or "flicker"."""
    kill_at_render: int | None = None
    """The number of the render, over all processes, in the middle of which the process kills itself."""
    seconds_per_render: float = 0.0
    stuck: str = ""
    """A subject whose render never comes to an end."""
    no_pictures: bool = False
    hub: str = ""
    """What is wrong with the hub: "away", "breaks" in the middle of the next pull, or a person stops it: "ctrl-c"."""


class FakeEngine:
    """See the module."""

    def __init__(self, log: Path, script: Script | None = None) -> None:
        self.log = log
        self.script = script or Script()
        self.is_closed = False
        self.weights = WEIGHTS
        self.num_threads = 1
        self.compute_dtype = "float32"
        self.slowness = 1.0
        self.seconds_per_take = 2.0
        self.speeds: list[float] = []
        """How slow the machine is from each look at the card on; prices rise and fall with it."""

    # ---- what it remembers ---------------------------------------------------------------------------------------

    def note(self, call: str, detail: str = "") -> None:
        with self.log.open("a") as file:
            file.write(f"{call} {detail}\n")

    def calls(self, call: str) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.partition(" ")[2] for line in lines if line.partition(" ")[0] == call]

    # ---- renderer ------------------------------------------------------------------------------------------------

    async def card(self) -> RendererCard:
        if self.speeds:
            self.slowness = self.speeds.pop(0)
            self.weights = hashlib.sha256(repr(self.slowness).encode()).hexdigest()
        made_by = {"num_threads": self.num_threads, "compute_dtype": self.compute_dtype}
        return CARD.model_copy(update={"weights_sha256": self.weights, **made_by})

    async def calibrate(self) -> Calibration:
        self.note("calibrate")
        step = SPEED.seconds_per_token_step * self.slowness
        return SPEED.model_copy(update={"weights_sha256": self.weights, "seconds_per_token_step": step})

    async def render(self, request: RenderRequest, out: Path, progress: ProgressFn) -> RenderResult:
        subject = request.prompt.split()[0]
        number = len(self.calls("begin"))
        fault = self._fault(subject)
        self.note("begin", subject)
        progress(Progress(phase="denoising", step=1, num_steps=request.num_steps))
        await asyncio.sleep(600.0 if self.script.stuck == subject else self.script.seconds_per_render)
        if self.script.kill_at_render == number:
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "error":
            raise RenderError(f"out of memory while rendering {subject}: close something.")
        frames = request.num_frames - 8 if fault == "short" else request.num_frames
        shown = {"prompt": request.prompt, "seed": request.seed, "steps": request.num_steps, "fault": fault}
        clip = self._write(out, shown, request.width, request.height, frames, request.fps)
        self.note("render", subject)
        return RenderResult(
            clip=clip,
            weights_sha256=self.weights,
            seconds_elapsed=self.seconds_per_take,
            peak_memory_bytes=10**9,
            num_threads=self.num_threads,
            compute_dtype=self.compute_dtype,
        )

    def _fault(self, subject: str) -> str:
        order = self.script.faults.get(subject, ())
        count = self.calls("begin").count(subject)
        return order[count] if count < len(order) else "ok"

    # ---- the other ports -----------------------------------------------------------------------------------------

    async def draw(
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
        self.note("draw", f"{scene.subject} over {hash_file(picture)}" if picture else scene.subject)
        shown = {"scene": scene.model_dump(), "picture": picture and hash_file(picture)}
        return self._write(out, shown, width, height, num_frames, fps)

    async def measure(self, request: MeasureRequest, progress: ProgressFn = ignore) -> Measures:
        self.note("measure", request.path.name)
        progress(Progress(phase="measure", step=1, num_steps=1))
        shown = json.loads(request.path.read_text())
        frames, fault = shown["num_frames"], shown.get("fault", "")
        return Measures(
            width=shown["width"],
            height=shown["height"],
            fps=shown["fps"],
            num_frames=frames,
            seconds=frames / shown["fps"],
            black_frames=tuple(range(frames)) if fault == "black" else (),
            frozen_runs=((0, frames),) if fault == "frozen" else (),
            cuts=(5,) if fault in {"cut", "jump"} else (),
            flicker=0.5 if fault == "flicker" else 0.0,
            placed=tuple(
                PlacedMeasures(**one.model_dump(), flicker=0.5 if fault == "flicker" else 0.0) for one in request.placed
            ),
            palette_distance=(90.0 if fault == "palette" else 5.0) if request.palette else None,
            palette_paleness=0.0 if request.palette else None,
            palette_shares=(0.2,) * len(request.palette),
            has_sound=shown.get("has_sound", False),
            loudness_lufs={"quiet": -30.0}.get(fault, -16.0) if shown.get("has_sound") else None,
            silent_seconds=0.0,
            not_measured=("words on screen",),
        )

    async def assemble(self, cut: CutList, out: Path, progress: ProgressFn) -> AssembledFilm:
        self.note("assemble")
        progress(Progress(phase="encoding", step=1, num_steps=1))
        await asyncio.sleep(0)
        placed, start = [], 0.0
        for item in cut.items:
            begin = max(0.0, start - item.crossfade_seconds)
            start = begin + item.seconds
            placed.append(
                Placed(shot_id=item.shot_id, frame_in=round(begin * cut.fps), frame_out=round(start * cut.fps))
            )
        fault = self.script.film_fault
        frames = round(start * cut.fps) - (24 if fault == "short" else 0)
        items = [self._describe(item) for item in cut.items]
        sound = cut.sound.model_dump(mode="json", exclude={"narration"})
        lines = [[hash_file(cue.path), cue.start_seconds] for cue in cut.sound.narration]
        shown = {"items": items, "sound": sound, "lines": lines, "fault": fault, "has_sound": fault != "silent"}
        clip = self._write(out, shown, cut.width, cut.height, frames, cut.fps)
        return AssembledFilm(
            clip=clip,
            placed=tuple(placed),
            upscaled_from=(256, 144),
            interpolated_from_fps=8.0,
            loudness_lufs=-16.0,
            seconds_elapsed=3.0,
        )

    def _describe(self, item: CutItem) -> list[object]:
        if isinstance(item, ClipItem):
            return [item.shot_id, hash_file(item.path), item.seconds, item.crossfade_seconds, item.words]
        logo = item.logo and hash_file(item.logo)
        return [item.shot_id, *item.words, item.seconds, item.crossfade_seconds, logo]

    async def check_words(self, words: Sequence[str], width: int, height: int) -> list[str]:
        """It knows Latin letters, and words of no more characters than the picture has rows and columns."""
        most = width + height
        return [
            f"no letters for {text!r}" if not text.isascii() else f"{text!r} does not fit" if len(text) > most else ""
            for text in words
        ]

    async def check_lines(self, lines: Sequence[str]) -> list[str]:
        return ["" if line.isascii() else f"cannot read {line!r}" for line in lines]

    async def thumbnail(self, path: Path, seconds: float, width: int, out: Path) -> Path:
        shown = hash_file(path)
        Image.new("RGB", (width, width // 2), f"#{shown[:6]}").save(out, "JPEG")
        assert seconds >= 0
        return out

    async def probe(self, path: Path) -> Clip:
        if self.script.no_pictures:
            raise RenderError(f"{path.name} is no picture: give a PNG or JPEG file.")
        num_frames, fps = (1, 1.0) if path.suffix.lower() == ".png" else (9, 8.0)
        return Clip(path=path, sha256=hash_file(path), width=256, height=144, fps=fps, num_frames=num_frames)

    async def find_colours(self, path: Path) -> list[str]:
        """A picture is one flat colour here, by its content."""
        return [f"#{hash_file(path)[:6]}"]

    async def speak(self, text: str, out: Path) -> Sound:
        self.note("speak", text)
        write(out, f"spoken: {text}")
        return Sound(path=out, seconds=len(text) / 15, sample_rate=16000)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[1.0] + [0.0] * 383 for _ in texts]

    # ---- model library -------------------------------------------------------------------------------------------

    async def list_models(self, folder: Path) -> ModelList:
        target = folder / PUBLISHED.repo / PUBLISHED.file
        begun = {"bytes_fetched": partial_of(target).stat().st_size} if partial_of(target).exists() else {}
        published = PUBLISHED.model_copy(update=begun | ({"path": target} if target.exists() else {}))
        house = ListedModel(name="house fake", part="model", licence="ours", about="ships", path=self.log.parent)
        return ModelList(folder=folder, free_bytes=10**9, models=(house, published))

    async def inspect(self, path: Path) -> list[WeightsReport]:
        """Every file is an upsampler that loads, but for one that says it is damaged."""
        return [inspect_fake(path)]

    async def pull(self, source: str, folder: Path, progress: ProgressFn) -> PulledModel:
        """One model is published; half of it comes before the hub breaks."""
        content, target = bytes(PUBLISHED.num_bytes or 0), folder / PUBLISHED.repo / PUBLISHED.file
        if source != PUBLISHED.name:
            raise RenderError(f"no published model is called {source!r}: list them")
        if self.script.hub == "away":
            raise RenderError("the hub cannot be reached; connect this machine")
        have = target.stat().st_size if target.exists() else 0
        have = have or (partial_of(target).stat().st_size if partial_of(target).exists() else 0)
        self.note("pull", str(have))
        progress(Progress(phase="fetching", step=have, num_steps=len(content)))
        target.parent.mkdir(parents=True, exist_ok=True)
        if self.script.hub:
            partial_of(target).write_bytes(content[: len(content) // 2])
            await self._break_off()
        target.write_bytes(content)
        partial_of(target).unlink(missing_ok=True)
        progress(Progress(phase="fetching", step=len(content), num_steps=len(content)))
        facts = {"digest": hash_file(target), "num_bytes": len(content), "bytes_fetched": len(content) - have}
        return PulledModel(name=source, path=target, **facts)

    async def _break_off(self) -> None:
        if self.script.hub == "ctrl-c":
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(600.0)
        raise RenderError("the connection broke after 500 of 1000 bytes; pull again to go on from there")

    async def aclose(self) -> None:
        self.is_closed = True

    def _write(self, out: Path, shown: dict[str, Any], width: int, height: int, num_frames: int, fps: float) -> Clip:
        size = {"width": width, "height": height, "num_frames": num_frames, "fps": fps}
        out.write_text(json.dumps({**shown, **size}, sort_keys=True))
        return Clip(path=out, sha256=hash_file(out), **size)


def inspect_fake(path: Path) -> WeightsReport:
    if not path.exists():
        raise RenderError(f"{path}: no such file or folder")
    report = WeightsReport(path=path, num_bytes=path.stat().st_size, dtypes={"F32": 1})
    if path.read_bytes() == b"damaged":
        return report.model_copy(update={"fault": f"{path}: not whole"})
    part = PartReport(part="upsampler", num_tensors=1, num_parameters=1500, loads=True, config={"dims": 3})
    facts = {"family": "ltx-video", "version": "0.9.0", "naming": "original", "precision": "plain", "parts": (part,)}
    return report.model_copy(update=facts)


def partial_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.partial")


def write(path: Path, text: str) -> None:
    path.write_text(text)


def hash_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
