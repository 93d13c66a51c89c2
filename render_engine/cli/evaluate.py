"""`aiprod-engine evaluate`: how well a release of the house's does on prompts that no training has seen."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from render_engine.api import Progress, ProgressFn, RenderError
from render_engine.cli.exit_codes import ExitCode
from render_engine.cli.options import JsonOption, absolute
from render_engine.cli.printing import columns, print_json, print_result, say
from render_engine.cli.progress import shown
from render_engine.threads import fix_threads

if TYPE_CHECKING:
    from render_engine.evaluation.report import EvaluationReport
    from render_engine.house_release import HouseRelease

SECONDS_BETWEEN_LINES = 60
WAYS = {
    "text": "adherence",
    "guided": "adherence_guided",
    "8 steps": "adherence_distilled",
    "30 steps": "adherence_guided_30",
    "no model": "adherence_identity",
    "reworded": "adherence_paraphrased",
    "codec": "adherence_codec",
    "drawn": "adherence_drawn",
}
"""What the table calls the reports' fields."""
GROUPS = ("vae", "critic", "retrieval", "frechet", "flicker", "grid", "first_frame", "keyframe", "draft_final")

PromptsOption = Annotated[
    int, typer.Option(min=4, max=10_000, help="How many; fewer are the first of more, so that scores compare.")
]
ReleaseOption = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="A house model's folder of weights; the one that ships by default."),
]
OutOption = Annotated[
    Path, typer.Option(metavar="FOLDER", help="Gets clips, scores and sheets; what is there is not made again.")
]
StepsOption = Annotated[int, typer.Option(min=1, max=200, help="Steps at the standard tier.")]
GuidanceOption = Annotated[float, typer.Option(min=1, max=20, help="How strongly words lead there; 1 is off.")]
StrengthOption = Annotated[float, typer.Option(min=0.01, max=1, help="How strongly the animatic guides there.")]
ThreadsOption = Annotated[int, typer.Option(min=1, max=256, envvar="AIPROD_THREADS", help="On the processor.")]
DeviceOption = Annotated[
    str, typer.Option(metavar="NAME", envvar="AIPROD_DEVICE", help="What computes: cpu, cuda, or a card: cuda:1.")
]


def evaluate(  # noqa: PLR0913 - one parameter an option
    *,
    prompts: PromptsOption = 512,
    release: ReleaseOption = None,
    out: OutOption = Path("out/evaluation"),
    steps: StepsOption = 16,
    guidance: GuidanceOption = 1.5,
    strength: StrengthOption = 0.75,
    threads: ThreadsOption = 2,
    device: DeviceOption = "cpu",
    json: JsonOption = False,
) -> int:
    """Score a house model on prompts that no training has seen, with contact sheets.

    An independent reader tells from the clips what was asked; pictures, motion
    and the critic are measured too. 512 prompts take hours on two cores. Stopped,
    it goes on where it was: clips and scores are kept in --out, and report.json.
    """
    fix_threads(threads)
    import torch

    from render_engine.evaluation.rendering import RenderSettings
    from render_engine.evaluation.run import Evaluation, EvaluationOrder
    from render_engine.machine import find_device

    torch.set_num_threads(threads)
    order = EvaluationOrder(
        release=open_house_release(release),
        out=absolute(out),
        num_prompts=prompts,
        settings=RenderSettings(num_steps=steps, guidance_scale=guidance, strength=strength),
        num_threads=threads,
        device=find_device(device),
    )
    with watching() as progress:
        report = Evaluation(order).run(
            lambda what, step, num_steps: progress(Progress(phase=what, step=step, num_steps=num_steps))
        )
    say(f"{order.out}: report.json, prompts.png, swaps.png, blind.png")
    if json:
        print_json(report.to_json())
    else:
        show(report)
    return ExitCode.DONE


def open_house_release(folder: Path | None) -> "HouseRelease":
    """The release in a folder.

    Raises:
        RenderError: there is no such folder, or its weights are not the house's.
    """
    from render_engine.checkpoints.header import reading
    from render_engine.house_release import HouseRelease
    from render_engine.releases import DEFAULT_RELEASE

    path = DEFAULT_RELEASE if folder is None else absolute(folder)
    with reading(path):
        if not path.is_dir():
            raise RenderError(f"--release {folder}: there is no such folder; give one that has a card.json")
    return HouseRelease.read(path)


@contextmanager
def watching() -> Iterator[ProgressFn]:
    """A bar on a terminal, elsewhere a line a minute with what is left."""
    if not sys.stderr.isatty():
        yield minutely()
        return
    with shown() as progress:
        yield progress


def minutely() -> ProgressFn:
    """Lines that say how far it is, and how long the rest takes at this pace."""
    started = time.monotonic()
    last = started - SECONDS_BETWEEN_LINES

    def tell(now: Progress) -> None:
        nonlocal last
        if time.monotonic() - last < SECONDS_BETWEEN_LINES:
            return
        last = time.monotonic()
        pace = (last - started) / now.step if now.step else 0.0
        left = f", about {pace * (now.num_steps - now.step) / 60:.0f} minutes left" if now.step else ""
        say(f"{now.phase}: {now.step} of {now.num_steps} clips{left}" if now.num_steps else now.phase)

    return tell


def show(report: "EvaluationReport") -> None:
    """The scores as tables on stdout."""
    print_result(
        f"{report.release} {report.version}: {report.num_prompts} prompts, {report.clip}; "
        f"{report.device}, {report.compute_dtype}, {report.num_threads} threads"
    )
    for line in columns(adherence_rows(report)) if report.adherence else ():
        print_result(line)
    for line in columns(single_rows(report)):
        print_result(line)
    for name, motion in (report.motion or {}).items():
        print_result(f"motion, {name}: {motion.error_px:.2f} px off, {motion.still_px:.2f} px if nothing moved")
    for what, why in report.not_measured.items():
        print_result(f"not measured: {what}: {why}")


def adherence_rows(report: "EvaluationReport") -> list[tuple[str, ...]]:
    """Attributes by ways, in percent, the intervals of both main ways beside."""
    found = {name: getattr(report, field) for name, field in WAYS.items() if getattr(report, field)}
    rows = [("right, %", *(cell for name in found for cell in _headings(name)))]
    for attribute in report.adherence or {}:
        cells: list[str] = []
        for name in found:
            cells.append(f"{100 * found[name][attribute]:.1f}")
            if name in ("text", "guided"):
                low, high = getattr(report, f"{WAYS[name]}_interval")[attribute]
                cells.append(f"{100 * low:.0f}-{100 * high:.0f}")
        rows.append((attribute, *cells))
    return rows


def single_rows(report: "EvaluationReport") -> list[tuple[str, str]]:
    """Every other score, a line each."""
    rows = [
        (name.replace("_", " "), f"{value:.3f}")
        for name in type(report).model_fields
        if isinstance(value := getattr(report, name), float)
    ]
    for name in ("swapped", "swapped_to_board", "swapped_drawn", *GROUPS, "seconds_per_clip"):
        values = getattr(report, name) or {}
        rows += [(f"{name} {key}".replace("_", " "), f"{value:.3f}") for key, value in values.items()]
    return rows


def _headings(name: str) -> tuple[str, ...]:
    return (name, "95 %") if name in ("text", "guided") else (name,)
