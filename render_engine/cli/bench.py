"""`aiprod-engine bench`: the networks at published sizes on random weights, timed against diffusers."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from render_engine.api import RenderError
from render_engine.cli.exit_codes import ExitCode
from render_engine.cli.printing import columns, print_result, say
from render_engine.threads import fix_threads

if TYPE_CHECKING:
    import torch

    from render_engine.benchmarks.report import BenchReport, Figure, Row


class Model(StrEnum):
    """Whose sizes."""

    TINY = "tiny"
    LTX_VIDEO_2B = "2b"
    LTX_VIDEO_13B = "13b"
    LTX_2 = "ltx-2"


class Piece(StrEnum):
    """What is timed."""

    STEP = "step"
    CFG = "cfg"
    STG = "cfg+stg"
    DECODE = "decode"


class Device(StrEnum):
    """Where to compute."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class Dtype(StrEnum):
    """What to compute in."""

    BF16 = "bf16"
    FP32 = "fp32"


GIB = 2**30
HEADINGS = ("", "ours min", "median", "diffusers min", "median", "ratio", "ours GiB", "diffusers GiB", "difference")

PresetsOption = Annotated[
    list[Model] | None,
    typer.Option("--preset", help="Whose sizes; repeatable; 2b by default. tiny runs on any machine in seconds."),
]
ClipsOption = Annotated[
    list[str] | None,
    typer.Option("--clip", metavar="WxHxF", help="Width, height and frames, as 704x480x97; repeatable."),
]
WorksOption = Annotated[
    list[Piece] | None,
    typer.Option("--work", help="What is timed: a step, a guided one, one guided by perturbation too, decoding; all."),
]
LayersOption = Annotated[int | None, typer.Option(min=1, max=64, help="Only so many of the transformer's blocks.")]
DeviceOption = Annotated[Device, typer.Option(help="Where to compute; auto is a graphics card where there is one.")]
DtypeOption = Annotated[Dtype, typer.Option(help="What weights and arithmetic are.")]
RoundsOption = Annotated[int, typer.Option(min=1, max=1000, help="How often each side runs, by turns.")]
MinutesOption = Annotated[float, typer.Option(min=0, help="What has not begun by then is not measured.")]
ThreadsOption = Annotated[int, typer.Option(min=1, max=256, help="How many threads compute on the processor.")]
JsonFileOption = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there as JSON, after every row.")
]


def bench(  # noqa: PLR0913 - one parameter an option
    *,
    preset: PresetsOption = None,
    clip: ClipsOption = None,
    work: WorksOption = None,
    layers: LayersOption = None,
    device: DeviceOption = Device.AUTO,
    dtype: DtypeOption = Dtype.BF16,
    rounds: RoundsOption = 7,
    minutes: MinutesOption = 8.0,
    threads: ThreadsOption = 2,
    json: JsonFileOption = None,
) -> int:
    """Time the networks at published sizes on random weights, against diffusers.

    Both sides hold the same weights, in memory once, and run by turns. Without
    diffusers ours is timed alone. What does not fit into free memory is left out.
    """
    fix_threads(threads)
    import torch

    from render_engine.benchmarks.contestants import Work
    from render_engine.benchmarks.run import Benchmark, BenchOrder
    from render_engine.benchmarks.sizes import PRESETS, ClipSize

    torch.set_num_threads(threads)
    try:
        order = BenchOrder(
            tuple(PRESETS[name].with_layers(layers) for name in preset or (Model.LTX_VIDEO_2B,)),
            choose_device(device),
            clips=tuple(ClipSize.parse(text) for text in clip or ()),
            works=tuple(Work(piece) for piece in work or Piece),
            dtype={Dtype.BF16: torch.bfloat16, Dtype.FP32: torch.float32}[dtype],
            num_rounds=rounds,
            minutes=minutes,
        )
    except ValueError as error:
        raise RenderError(str(error)) from error
    benchmark = Benchmark(order)
    say(describe_machine(benchmark.report()))
    for row in benchmark.rows():
        say(tell(row))
        write(benchmark.report(), json)
    show(benchmark.report())
    return ExitCode.DONE


def choose_device(device: Device) -> "torch.device":
    """RenderError when a graphics card is asked for and torch sees none."""
    import torch

    if device is Device.AUTO:
        device = Device.CUDA if torch.cuda.is_available() else Device.CPU
    if device is Device.CUDA and not torch.cuda.is_available():
        raise RenderError("--device cuda: torch sees no graphics card here; use --device cpu")
    return torch.device(device.value)


def write(report: "BenchReport", path: Path | None) -> None:
    """Replace the file as a whole, so that a benchmark that is cut off leaves what it found."""
    from render_engine.checkpoints.safetensors_files import write_atomically

    if path is None:
        return
    try:
        write_atomically(path, report.model_dump_json(indent=2).encode())
    except OSError as error:
        raise RenderError(f"{path}: cannot be written ({error.strerror}); choose another --json") from error


def tell(row: "Row") -> str:
    """A row as one line, for who waits for the next."""
    if row.ours is None:
        return f"{name_of(row)}: {row.note}"
    told = f"{name_of(row)}: ours {duration(row.ours.seconds_min)}"
    if row.reference is None:
        return f"{told}, alone"
    return f"{told}, diffusers {duration(row.reference.seconds_min)}"


def show(report: "BenchReport") -> None:
    """The table on stdout, with what it holds for."""
    print_result(describe_machine(report))
    for line in columns([HEADINGS, *(describe(row) for row in report.rows)]):
        print_result(line)
    for row in report.rows:
        if row.note:
            print_result(f"{name_of(row)}: {row.note}")


def describe_machine(report: "BenchReport") -> str:
    """One line on what the figures hold for."""
    threads = "1 thread" if report.num_threads == 1 else f"{report.num_threads} threads"
    return (
        f"{report.device_name} ({report.device}), {report.dtype}, {threads}, torch {report.torch_version}; "
        f"reference: {report.reference}"
    )


def describe(row: "Row") -> tuple[str, ...]:
    """A row's cells."""
    return (
        name_of(row),
        *times_of(row.ours),
        *times_of(row.reference),
        "-" if row.ratio is None else f"{row.ratio:.2f}",
        memory_of(row.ours),
        memory_of(row.reference),
        "-" if row.max_abs_difference is None else f"{row.max_abs_difference:.1e}",
    )


def name_of(row: "Row") -> str:
    """The model, how much of it, the clip, and what was timed."""
    blocks = f" {row.num_layers} blocks" if row.num_layers else " VAE"
    return f"{row.model}{blocks} {row.clip} {row.work}"


def times_of(figure: "Figure | None") -> tuple[str, str]:
    """Shortest and median time; a dash where nothing was measured."""
    return ("-", "-") if figure is None else (duration(figure.seconds_min), duration(figure.seconds_median))


def duration(seconds: float) -> str:
    """Seconds, or milliseconds where they are few."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def memory_of(figure: "Figure | None") -> str:
    """The most memory that was held."""
    if figure is None or figure.peak_memory_bytes is None:
        return "-"
    return f"{figure.peak_memory_bytes / GIB:.2f}"
