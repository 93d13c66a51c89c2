"""The benchmark itself: each network is made once, raced at every clip size, and freed before the next."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import torch

from render_engine.benchmarks.contestants import OURS, REFERENCE, AutoencoderNetwork, Network, TransformerNetwork, Work
from render_engine.benchmarks.memory_need import fits
from render_engine.benchmarks.ours import Inputs
from render_engine.benchmarks.race import Race, Run, race
from render_engine.benchmarks.reference import find_reference
from render_engine.benchmarks.report import BenchReport, Row
from render_engine.benchmarks.sizes import ClipSize, Preset
from render_engine.machine import Machine

_GIB = 2**30


@dataclass(frozen=True)
class BenchOrder:
    """What is to be timed, where, and for how long at most; an empty `clips` means each preset's own.

    ValueError when a clip does not fit a preset; the message names the nearest that does.
    """

    presets: tuple[Preset, ...]
    device: torch.device
    clips: tuple[ClipSize, ...] = ()
    works: tuple[Work, ...] = tuple(Work)
    dtype: torch.dtype = torch.bfloat16
    num_rounds: int = 7
    minutes: float = 8.0

    def __post_init__(self) -> None:
        for preset in self.presets:
            for clip in self.clips:
                preset.latent_shape(clip)


@dataclass(frozen=True)
class _Heat:
    """One network at the clip sizes that it is to be timed at."""

    preset: Preset
    network: Callable[[Preset, torch.device, torch.dtype], Network]
    entries: tuple[tuple[ClipSize, Work], ...]


class Benchmark:
    """One run of an order."""

    def __init__(self, order: BenchOrder) -> None:
        self._order = order
        self._machine = Machine(order.device)
        self._reference = find_reference()
        self._rows: list[Row] = []
        self._started = time.monotonic()
        self._heats = tuple(_heats(order))
        self._num_left = sum(len(heat.entries) for heat in self._heats)

    def rows(self) -> Iterator[Row]:
        """Time all that was ordered and fits into time and memory, and give each row as soon as it is known."""
        for heat in self._heats:
            for row in self._time(heat):
                self._rows.append(row)
                self._num_left -= 1
                yield row
            gc.collect()  # what is left of a network goes before the next one is made

    def report(self) -> BenchReport:
        """What is known so far."""
        return BenchReport(
            device=self._order.device.type,
            device_name=self._machine.name,
            dtype=str(self._order.dtype).removeprefix("torch."),
            num_threads=torch.get_num_threads(),
            seconds_elapsed=time.monotonic() - self._started,
            torch_version=version("torch"),
            reference=self._reference.name,
            rows=tuple(self._rows),
        )

    def _time(self, heat: _Heat) -> Iterator[Row]:
        network = heat.network(heat.preset, self._order.device, self._order.dtype)
        reason = self._why_not(network.weight_bytes)
        if not reason:
            network.fill(with_reference=self._reference.is_there)
        for clip, work in heat.entries:
            row = Row(
                model=heat.preset.autoencoder.name if network.num_layers is None else heat.preset.name,
                num_layers=network.num_layers,
                clip=str(clip),
                num_tokens=heat.preset.latent_shape(clip).num_tokens,
                work=work,
                note=reason,
            )
            yield row if reason else self._race(row, network, heat.preset, clip)

    def _race(self, row: Row, network: Network, preset: Preset, clip: ClipSize) -> Row:
        work = Work(row.work)
        reason = self._why_not(network.need_bytes(work, preset.latent_shape(clip)))
        if reason:
            return row.model_copy(update={"note": reason})
        contestants = network.contestants(work, Inputs.random(preset, clip, self._order.device, self._order.dtype))
        raced, fault = self._attempt(contestants)
        if raced is not None:
            return _filled(row, raced, network.remark(work))
        if REFERENCE in contestants:
            raced, own_fault = self._attempt({OURS: contestants[OURS]})
            if raced is not None:
                return _filled(row, raced, f"the reference failed: {fault}")
            fault = own_fault
        return row.model_copy(update={"note": f"not measured: {fault}"})

    def _attempt(self, contestants: Mapping[str, Run]) -> tuple[Race | None, str]:
        """The race, or why it broke off."""
        now, end = time.monotonic(), self._started + self._order.minutes * 60
        deadline = now + (end - now) / self._num_left
        try:
            return race(contestants, self._machine, num_rounds=self._order.num_rounds, deadline=deadline), ""
        except RuntimeError as error:  # so torch says that memory is short or a kernel is missing; the others go on
            return None, " ".join(str(error).split())[:200]

    def _why_not(self, need_bytes: int) -> str:
        """Why something is not begun; empty when it may be."""
        if time.monotonic() - self._started >= self._order.minutes * 60:
            return f"not measured: the {self._order.minutes:g} minutes were used up"
        free = self._machine.free_bytes()
        if free is None or fits(need_bytes, free):
            return ""
        return f"not measured: needs about {need_bytes / _GIB:.1f} GiB, {free / _GIB:.1f} GiB are free"


def _heats(order: BenchOrder) -> Iterator[_Heat]:
    """Transformers first; an autoencoder that several presets share is timed once a clip."""
    for preset in order.presets:
        works = [work for work in order.works if work is not Work.DECODE]
        entries = tuple((clip, work) for clip in order.clips or preset.clips for work in works)
        if entries:
            yield _Heat(preset, TransformerNetwork, entries)
    timed: set[tuple[str, ClipSize]] = set()
    for preset in order.presets if Work.DECODE in order.works else ():
        clips = [clip for clip in order.clips or preset.clips if (preset.autoencoder.name, clip) not in timed]
        timed |= {(preset.autoencoder.name, clip) for clip in clips}
        if clips:
            yield _Heat(preset, AutoencoderNetwork, tuple((clip, Work.DECODE) for clip in clips))


def _filled(row: Row, raced: Race, remark: str) -> Row:
    ours, reference = raced.figures[OURS], raced.figures.get(REFERENCE)
    if reference is None:
        return row.model_copy(update={"ours": ours, "note": remark})
    expected = raced.outputs[REFERENCE].float()
    return row.model_copy(
        update={
            "ours": ours,
            "reference": reference,
            "ratio": ours.seconds_min / reference.seconds_min,
            "ratio_of_medians": ours.seconds_median / reference.seconds_median,
            "max_abs_difference": float((raced.outputs[OURS].float() - expected).abs().max()),
            "reference_deviation": float(expected.std()),
        }
    )
