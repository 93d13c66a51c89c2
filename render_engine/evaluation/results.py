"""Everything that was measured, way by way, beside the prompts that it was measured on."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from render_engine.evaluation.measuring import Measured
from render_engine.evaluation.prompts import Prompt
from render_engine.evaluation.rendering import Way


@dataclass(frozen=True)
class Results:
    """Measured clips, in the order of their prompts."""

    prompts: Sequence[Prompt]
    clips: dict[Way, list[Measured]]

    @classmethod
    def of(cls, prompts: Sequence[Prompt], measured: Iterable[Measured]) -> "Results":
        """Put clips in order; those of prompts beyond are left out."""
        by_way: dict[Way, dict[int, Measured]] = defaultdict(dict)
        for clip in measured:
            if clip.index < len(prompts):
                by_way[clip.way][clip.index] = clip
        return cls(prompts, {way: [clips[index] for index in sorted(clips)] for way, clips in by_way.items()})

    def of_way(self, way: Way, among: Callable[[Prompt], bool] = lambda _: True) -> list[Measured]:
        """The clips of a way, of the prompts that are asked for."""
        return [clip for clip in self.clips.get(way, []) if among(self.prompts[clip.index])]

    def prompts_of(self, clips: Sequence[Measured]) -> list[Prompt]:
        """The prompt of each clip."""
        return [self.prompts[clip.index] for clip in clips]

    def shared(self, one: Way, other: Way) -> tuple[list[Measured], list[Measured]]:
        """The clips of two ways, of the prompts that both have."""
        both = {clip.index for clip in self.of_way(one)} & {clip.index for clip in self.of_way(other)}
        first, second = ([clip for clip in self.of_way(way) if clip.index in both] for way in (one, other))
        return first, second

    def mean(self, way: Way, number: str) -> float | None:
        """A number's mean over the clips that have it; None where none has."""
        values = [clip.numbers[number] for clip in self.of_way(way) if number in clip.numbers]
        return fmean(values) if values else None
