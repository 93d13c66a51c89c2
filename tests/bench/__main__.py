"""The benchmark: a film of twelve seconds and its parts, timed on this machine, with the thread count.

    python -m tests.bench [TIER ...]          # draft, when no tier is named

Each tier has a workspace of its own. Its first film also pays for loading and calibration, its second is warm; the
second has another seed, so that nothing rendered is found again.
"""

import argparse
import asyncio
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from aiprod_agents.brief_reading import ReadBrief, read_brief
from aiprod_agents.cli.desk import open_installed_engine
from aiprod_agents.cli.settings import Settings, read_settings
from aiprod_agents.state import Order
from aiprod_agents.studio import open_studio
from aiprod_agents.tiers import TIERS
from memory.records import ProductionStatus, Tier
from render_engine.api import CardItem, ClipItem, CutItem, CutList, Engine, Progress, RenderRequest, SceneSpec

BRIEF = "Twelve seconds. A red sailboat leaves the harbour at dawn and passes the lighthouse. Calm, warm colours."
ResultT = TypeVar("ResultT")


@dataclass
class Timed:
    """One row of the report."""

    what: str
    seconds: float
    remark: str = ""


def show(row: Timed) -> None:
    """Print a row as soon as it is known."""
    sys.stdout.write(f"  {row.what:<42} {row.seconds:8.2f} s   {row.remark}\n")
    sys.stdout.flush()


async def clock(work: Awaitable[ResultT]) -> tuple[float, ResultT]:
    """How long it took, and what it gave."""
    started = time.perf_counter()
    result = await work
    return time.perf_counter() - started, result


async def main(tiers: list[Tier]) -> int:
    """Time the parts, then the films."""
    settings = read_settings()
    sys.stdout.write(
        f"{settings.threads} threads, {os.cpu_count()} cores, {platform.processor() or platform.machine()}\n"
    )
    with tempfile.TemporaryDirectory(prefix="aiprod-bench-") as folder:
        await time_parts(settings, Path(folder))
        for tier in tiers:
            await time_films(settings.model_copy(update={"home": Path(folder) / tier}), tier)
    return 0


async def time_parts(settings: Settings, folder: Path) -> None:
    """Loading, drawing, a step, decoding, assembling, each by itself."""
    engine = open_installed_engine(settings)
    try:
        seconds, card = await clock(engine.card())
        show(Timed("load", seconds, f"{card.name}, worker and weights"))
        await time_drawing_and_assembly(engine, folder)
        await time_render(engine, folder)
    finally:
        await engine.aclose()


async def time_drawing_and_assembly(engine: Engine, folder: Path) -> None:
    """An animatic of the model's own size and length, and a film of twelve seconds from such clips."""
    card = await engine.card()
    width, height = card.native_sizes["16:9"]
    clip_seconds = card.max_num_frames / card.native_fps
    seconds, clip = await clock(
        engine.draw(
            SceneSpec(subject="sailboat", setting="harbour", hour="dawn", action="move_right"),
            width,
            height,
            card.max_num_frames,
            card.native_fps,
            folder / "drawn.mp4",
        )
    )
    show(Timed("draw one shot", seconds, f"{clip.num_frames} frames, {clip.num_frames / seconds:.1f} frames/s"))
    shots: list[CutItem] = []
    while 10.0 - sum(item.seconds for item in shots) > 0.1:
        left = 10.0 - sum(item.seconds for item in shots)
        shots.append(ClipItem(shot_id=f"S{len(shots) + 1}", path=clip.path, seconds=min(clip_seconds, left)))
    cards = [CardItem(shot_id=name, words=("Bench",), seconds=1.0) for name in ("S90", "S91")]
    cut = CutList(items=(cards[0], *shots, cards[1]), width=1280, height=720)
    seconds, film = await clock(engine.assemble(cut, folder / "film.mp4", lambda _: None))
    show(Timed("assemble", seconds, f"{film.clip.seconds:.1f} s of film, interpolated, scaled, with music"))


async def time_render(engine: Engine, folder: Path) -> None:
    """One shot at the draft tier, from the moments at which its steps were reported."""
    card = await engine.card()
    width, height = card.native_sizes["16:9"]
    moments: list[float] = []

    def note(progress: Progress) -> None:
        if progress.step:
            moments.append(time.perf_counter())

    request = RenderRequest(
        prompt="a red sailboat in a harbour at dawn",
        width=width,
        height=height,
        num_frames=card.max_num_frames,
        fps=card.native_fps,
        seed=0,
        num_steps=TIERS["draft"].num_steps,
        guidance_scale=TIERS["draft"].guidance_scale,
    )
    await engine.render(request, folder / "warm.mp4", lambda _: None)
    seconds, _ = await clock(engine.render(request, folder / "take.mp4", note))
    ended = time.perf_counter()
    show(
        Timed(
            "render one shot", seconds, f"{request.num_frames} frames of {width} x {height}, {request.num_steps} steps"
        )
    )
    if len(moments) > 1:
        step = (moments[-1] - moments[0]) / (len(moments) - 1)
        show(Timed("  one step", step, "mean between reported steps"))
        show(Timed("  after the last step", ended - moments[-1], "decode and write"))


async def time_films(settings: Settings, tier: Tier) -> None:
    """The first film of a workspace, and a warm one."""
    read = read_brief(BRIEF)
    for seed, what in ((0, "first, with loading and calibration"), (1, "warm")):
        seconds = await time_film(settings, read, tier, seed)
        show(Timed(f"12 s of film, {tier}, {what}", seconds))
    sys.stdout.write(
        f"  peak memory, {tier}: studio {peak_gib(resource.RUSAGE_SELF):.2f} GiB, "
        f"worker {peak_gib(resource.RUSAGE_CHILDREN):.2f} GiB\n"
    )


def peak_gib(who: int) -> float:
    """The largest resident size so far of this process, or of any that it started and that has ended."""
    return resource.getrusage(who).ru_maxrss / 2**20


async def time_film(settings: Settings, read: ReadBrief, tier: Tier, seed: int) -> float:
    """Seconds from the command to the package, as `aiprod produce` takes them."""
    order = Order(project="bench", tier=tier, seed=seed, auto_approve=True)
    started = time.perf_counter()
    async with open_studio(settings.workspace, open_engine=lambda: open_installed_engine(settings)) as studio:
        outcome = await studio.produce(read, order)
    seconds = time.perf_counter() - started
    if outcome.status != ProductionStatus.DELIVERED:
        sys.stdout.write(f"  the film was not delivered: {outcome.status}, {outcome.reason or outcome.findings}\n")
    return seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Time a film and its parts.")
    parser.add_argument("tiers", nargs="*", metavar="TIER", help=f"{', '.join(TIERS)}; draft when none is named")
    named = parser.parse_args().tiers
    if unknown := set(named) - set(TIERS):
        parser.error(f"there is no tier {min(unknown)}")
    sys.exit(asyncio.run(main(named or ["draft"])))
