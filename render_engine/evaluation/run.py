"""The evaluation itself: prompt by prompt every way is made, kept and measured; then the scores are put together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from render_engine.api.values import RenderError
from render_engine.evaluation.judges import Judges, load_judges
from render_engine.evaluation.kept import Kept, Order
from render_engine.evaluation.measuring import Meter
from render_engine.evaluation.prompts import NUM_PROMPTS, Prompt, Size, Truth, evaluation_prompts, world_sha256
from render_engine.evaluation.rendering import NEED_A_GUIDE, NOT_KEPT, Maker, RenderSettings, Way, count_of
from render_engine.evaluation.report import EvaluationReport
from render_engine.evaluation.results import Results
from render_engine.evaluation.scores import critic_scores, motion_scores, picture_scores, reader_scores
from render_engine.evaluation.sheets import write_sheets
from render_engine.evaluation.timing import NUM_FRAMES as TIMED_FRAMES
from render_engine.evaluation.timing import time_clips
from render_engine.house_release import HouseRelease
from render_engine.releases import CRITIC_FILE, DISTILLED_FILE, READER_FILE, TRANSFORMER_FILE, VAE_FILE
from render_engine.renderer import LocalRenderer, compute_dtype
from render_engine.versions import find_versions

REPORT_FILE = "report.json"
NUM_FRAMES = 25
DoneFn = Callable[[str, int, int], None]
"""Hears of every clip: what is being done, clips done, clips in all."""


@dataclass(frozen=True)
class EvaluationOrder:
    """What is to be evaluated, on how many prompts, and where its clips, scores and sheets go."""

    release: HouseRelease
    out: Path
    num_prompts: int = NUM_PROMPTS
    settings: RenderSettings = field(default_factory=RenderSettings)
    num_threads: int = 2
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))


class Evaluation:
    """One evaluation; `run` does what is not done yet.

    Raises:
        RenderError: a file of the release is missing or damaged, or the folder cannot be used.
        ValueError: too few prompts.
    """

    def __init__(self, order: EvaluationOrder) -> None:
        self._order = order
        self._prompts = evaluation_prompts(order.num_prompts)
        card, self._size = order.release.card, size_of(order.release)
        self.kept = Kept(
            order.out,
            Order(
                transformer_sha256=card.files[TRANSFORMER_FILE],
                vae_sha256=card.files[VAE_FILE],
                distilled_sha256=card.files.get(DISTILLED_FILE),
                world_sha256=world_sha256(),
                **vars(self._size),
                settings=order.settings,
            ),
        )
        self._renderer = LocalRenderer(order.release, order.num_threads, order.device)
        self._judges: Judges = load_judges(order.release, order.device)
        self.maker = Maker(self._renderer.parts, self._size, order.settings)
        self._meter = Meter(self._judges, self.maker)

    def run(self, done: DoneFn = lambda _what, _step, _num_steps: None) -> EvaluationReport:
        """Make and measure what is missing, time clips, and write the report and the sheets.

        Raises:
            RenderError: a kept clip is damaged, or the folder has become unwritable.
        """
        try:
            return self._run(done)
        except OSError as error:
            raise RenderError(f"--out {self._order.out}: cannot be written ({error.strerror})") from error

    def _run(self, done: DoneFn) -> EvaluationReport:
        self.measure_clips(done)
        done("scores, times and sheets", 0, 0)
        results = Results.of(self._prompts, self.kept.measures(self._judges.key))
        report = self._report(results)
        write_sheets(self.kept, results, self._size)
        self.kept.write(REPORT_FILE, f"{report.to_json()}\n".encode())
        return report

    def measure_clips(self, done: DoneFn = lambda _what, _step, _num_steps: None) -> None:
        """Make and measure what is missing.

        Prompt by prompt, so that what an interrupted evaluation has is an evaluation of fewer prompts.
        """
        have = {(clip.way, clip.index) for clip in self.kept.measures(self._judges.key)}
        missing = [entry for entry in self._entries() if (entry[0], entry[1].index) not in have]
        truth: Truth | None = None
        for number, (way, prompt) in enumerate(missing):
            done(f"prompt {prompt.index + 1}, {way}", number, len(missing))
            if truth is None or truth.prompt != prompt:
                truth = Truth(prompt, self._size)
            self._measure(way, truth)

    def _entries(self) -> Iterator[tuple[Way, Prompt]]:
        for prompt in self._prompts:
            for way in self._ways():
                if prompt.index < count_of(way, len(self._prompts)):
                    yield way, prompt

    def _ways(self) -> list[Way]:
        return [way for way in Way if self.maker.is_guided or way not in NEED_A_GUIDE]

    def _measure(self, way: Way, truth: Truth) -> None:
        index = truth.prompt.index
        frames = self.kept.find_clip(way, index)
        if frames is None:
            frames = self._make(way, truth)
            if way not in NOT_KEPT:
                self.kept.keep_clip(way, index, frames)
        guided = self.kept.find_clip(Way.GUIDED, index) if way is Way.DISTILLED else None
        self.kept.keep_measures(self._meter.measure(way, frames, truth, guided))

    def _make(self, way: Way, truth: Truth) -> Tensor:
        try:
            return self.maker.make(way, truth)
        except ValueError as error:
            raise RenderError(f"{self._order.release.folder}: cannot render its own size: {error}") from error

    def _report(self, results: Results) -> EvaluationReport:
        order, card, size = self._order, self._order.release.card, self._size
        costs = time_clips(self._renderer, self._prompts[0], order.settings)
        scores = {
            **(reader_scores(results) if self._judges.reader else {}),
            **picture_scores(results),
            **motion_scores(results),
            **critic_scores(results, self._judges),
        }
        return EvaluationReport(
            release=card.name,
            version=card.version,
            weights_sha256=card.sha256,
            hashes=card.files,
            num_prompts=len(self._prompts),
            clip=f"{size.width}x{size.height}x{size.num_frames} at {size.fps:g} a second",
            settings=order.settings,
            num_threads=order.num_threads,
            device=str(order.device),
            compute_dtype=str(compute_dtype(order.device)).removeprefix("torch."),
            versions=find_versions(),
            counts={way.value: len(clips) for way, clips in results.clips.items()},
            not_measured=self._not_measured(),
            seconds_per_clip={tier: round(cost.seconds, 2) for tier, cost in costs.items()},
            peak_memory_bytes={tier: cost.peak_memory_bytes for tier, cost in costs.items() if cost.peak_memory_bytes},
            timed_frames=min(TIMED_FRAMES, card.max_num_frames),
            **scores,
        )

    def _not_measured(self) -> dict[str, str]:
        reasons: dict[str, str] = {}
        if not self.maker.is_guided:
            why = "the model takes no animatic beside its tokens"
            reasons |= {way.value: why for way in NEED_A_GUIDE}
        elif not self.maker.is_distilled:
            reasons["distilled adapter"] = f"the release has no {DISTILLED_FILE}: eight plain steps were taken instead"
        if self._judges.reader is None:
            reasons["adherence"] = f"the release has no {READER_FILE}"
        if self._judges.critic is None:
            reasons |= dict.fromkeys(("critic", "retrieval", "frechet"), f"the release has no {CRITIC_FILE}")
        if self.maker.parts.vae.linear_codec is None:
            reasons["vae.psnr_linear_db"] = "the autoencoder has no linear codec"
        return reasons


def size_of(release: HouseRelease) -> Size:
    """The wide clips of a release, of 25 frames where it renders as many."""
    width, height = release.card.native_sizes["16:9"]
    return Size(width, height, min(NUM_FRAMES, release.card.max_num_frames), release.card.native_fps)
