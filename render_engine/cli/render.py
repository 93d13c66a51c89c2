"""`aiprod-engine render`: one clip from one request.

The engine runs behind its worker, as it does under the studio, and not in this process: so Ctrl-C is heard at once and
stops it between two steps, threads are fixed before torch is there, the bytes are those of a production, and a worker
that dies for want of memory is one line.
"""

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from render_engine.api import Engine, EngineLostError, ProgressFn, RenderError, RenderResult
from render_engine.api.render import Pipeline
from render_engine.cli import asking
from render_engine.cli.exit_codes import ExitCode
from render_engine.cli.options import JsonOption, absolute
from render_engine.cli.printing import print_json, print_result
from render_engine.cli.progress import shown

if TYPE_CHECKING:
    from collections.abc import Callable

RequestArgument = Annotated[
    Path | None, typer.Argument(metavar="REQUEST", help="A JSON file with a request; the options count above it.")
]
PromptOption = Annotated[str | None, typer.Option("--prompt", help="What the clip shows.")]
NegativeOption = Annotated[str | None, typer.Option("--negative", help="What guidance leads away from.")]
SizeOption = Annotated[
    str | None, typer.Option("--size", metavar="WxH", help="Width x height in pixels; the model's own by default.")
]
FramesOption = Annotated[int | None, typer.Option("--frames", help="How many; as many as the model can by default.")]
FpsOption = Annotated[float | None, typer.Option("--fps", help="Frames a second; the model's own by default.")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Another seed is another clip; 0 by default.")]
StepsOption = Annotated[int | None, typer.Option("--steps", help=f"Steps; {asking.NUM_STEPS} by default.")]
GuidanceOption = Annotated[
    float | None, typer.Option("--guidance", help="How strongly words lead; 1, the default, is off.")
]
PipelineOption = Annotated[Pipeline | None, typer.Option("--pipeline", help="How stages follow; one_stage by default.")]
FirstFrameOption = Annotated[
    Path | None, typer.Option("--first-frame", metavar="PICTURE", help="The picture that the clip opens on.")
]
WeightsOption = Annotated[
    Path | None,
    typer.Option(
        "--weights",
        metavar="PATH",
        envvar="AIPROD_WEIGHTS",
        help="A folder of weights, or a checkpoint; those of the house model by default.",
    ),
]
ThreadsOption = Annotated[
    int, typer.Option("--threads", min=1, max=256, envvar="AIPROD_THREADS", help="Another count, other bytes.")
]
DeviceOption = Annotated[
    str,
    typer.Option(
        "--device", metavar="NAME", envvar="AIPROD_DEVICE", help="What renders: cpu, cuda, or a card such as cuda:1."
    ),
]
OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="The .mp4 to write; it must not be there yet.")]


def render(  # noqa: PLR0913 - one parameter an option: this is what the command line offers
    context: typer.Context,
    request: RequestArgument = None,
    *,
    out: OutOption,
    prompt: PromptOption = None,
    negative: NegativeOption = None,
    size: SizeOption = None,
    frames: FramesOption = None,
    fps: FpsOption = None,
    seed: SeedOption = None,
    steps: StepsOption = None,
    guidance: GuidanceOption = None,
    pipeline: PipelineOption = None,
    first_frame: FirstFrameOption = None,
    weights: WeightsOption = None,
    threads: ThreadsOption = 2,
    device: DeviceOption = "cpu",
    json: JsonOption = False,
) -> int:
    """Render one clip from a request: a JSON file, options, or both.

    Options count above the file. Animatics, keyframes, references and adapters
    stand in the file alone; its fields are those of `RenderRequest`.

    Progress goes to stderr. A render that is stopped or fails leaves no file.
    """
    wanted = check_out(out)
    options = {
        "prompt": prompt,
        "negative_prompt": negative,
        "num_frames": frames,
        "fps": fps,
        "seed": seed,
        "num_steps": steps,
        "guidance_scale": guidance,
        "pipeline": pipeline,
    }
    asked = asking.read_file(request) | asking.read_size(size)
    asked |= {name: value for name, value in options.items() if value is not None}
    asked = asking.check(asking.opening_on(first_frame, asked))
    open_engine = partial(
        cast("Callable[..., Engine]", context.obj), weights=weights, num_threads=threads, device=device
    )
    result = asyncio.run(Rendering(open_engine).run(asked, wanted))
    if json:
        print_json(result.model_dump_json(indent=2))
    else:
        print_result(describe(result))
    return ExitCode.DONE


def check_out(out: Path) -> Path:
    """Where the clip goes, absolute.

    Raises:
        RenderError: something is there, or nothing can be put there.
    """
    path = absolute(out)
    if path.suffix.lower() != ".mp4":
        raise RenderError(f"--out {out}: a clip is an .mp4; give it that ending")
    try:
        if path.exists():
            raise RenderError(f"--out {out}: is there already; choose another name, or take it away")
        if not path.parent.is_dir():
            raise RenderError(f"--out {out}: there is no folder {path.parent}; make it first")
    except OSError as error:
        raise RenderError(f"--out {out}: cannot be written ({error.strerror}); choose another place") from error
    return path


class Rendering:
    """One engine, opened for one render."""

    def __init__(self, open_engine: "Callable[..., Engine]") -> None:
        self._open_engine = open_engine

    async def run(self, asked: asking.Asked, out: Path) -> RenderResult:
        """Render beside the place and move the clip there when it is whole; what is unfinished goes with its folder.

        Raises:
            RenderError: it cannot be rendered so, or the place cannot be written.
        """
        with _room_beside(out) as folder, shown() as progress:
            return _moved(await self._render(asked, Path(folder), progress), out)

    async def _render(self, asked: asking.Asked, folder: Path, progress: ProgressFn) -> RenderResult:
        log = folder / "engine.log"
        engine = self._open_engine(log=log)
        try:
            request = asking.build_request(asked, asking.defaults_of(await engine.card()))
            return await engine.render(request, folder / "clip.mp4", progress)
        except EngineLostError as error:
            raise RenderError(f"{error}{_last_words(log)}") from error
        finally:
            await engine.aclose()


def _room_beside(out: Path) -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.stem}-")
    except OSError as error:
        raise RenderError(f"--out {out}: cannot be written ({error.strerror}); choose another folder") from error


def _moved(result: RenderResult, out: Path) -> RenderResult:
    result.clip.path.rename(out)
    return result.model_copy(update={"clip": result.clip.model_copy(update={"path": out})})


def _last_words(log: Path) -> str:
    """What a worker that died said last, for its log goes with the folder."""
    lines = log.read_text("utf-8", "replace").split("\n") if log.exists() else []
    words = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"; it said: {words}" if words else ""


def describe(result: RenderResult) -> str:
    """What was rendered, in two lines."""
    clip = result.clip
    cost = f"{result.seconds_elapsed:.1f} s on {result.num_threads} threads, {result.peak_memory_bytes / 2**30:.2f} GiB"
    return (
        f"{clip.path}\n  {clip.width} x {clip.height}, {clip.num_frames} frames at {clip.fps:g} a second; {cost}, "
        f"{result.compute_dtype or 'dtype not known'} on {result.device or 'a device not known'}"
    )
