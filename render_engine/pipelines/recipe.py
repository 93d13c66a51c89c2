"""Recipes: a pipeline as data, which one render loop carries out."""

from dataclasses import dataclass
from enum import StrEnum

from render_engine.conditioning import ConditioningItem
from render_engine.flow.guidance import Guider
from render_engine.flow.schedules import check_schedule
from render_engine.models.lora import Lora
from render_engine.shapes import LatentShape


class Sampler(StrEnum):
    """How a stage steps; `pipelines.samplers` makes the stepper."""

    EULER = "euler"
    STOCHASTIC = "stochastic"
    ANCESTRAL = "ancestral"
    GRADIENT_ESTIMATING = "gradient_estimating"
    RES_2S = "res_2s"


@dataclass(frozen=True)
class Stage:
    """One walk from noise to latents of `shape`.

    `sigmas` is the whole schedule; conditioning may have it start later. `loras` are adapters with their strengths.
    """

    shape: LatentShape
    sigmas: tuple[float, ...]
    guider: Guider
    conditioning: tuple[ConditioningItem, ...] = ()
    sampler: Sampler = Sampler.EULER
    loras: tuple[tuple[Lora, float], ...] = ()

    def __post_init__(self) -> None:
        check_schedule(self.sigmas)


@dataclass(frozen=True)
class Recipe:
    """One render: the words, the rate, the noise's seed, and the stages in order.

    The first stage starts from noise at sigma 1. Each later one starts from the latents before it, enlarged by the
    latent upsampler where its shape is larger, and noised to its first sigma; `match_statistics` is how far enlarged
    latents are held to the statistics of those before. `tone_compression` is applied before decoding, and frames
    are scaled to `output_size` (width, height) after it.
    """

    prompt: str
    fps: float
    seed: int
    stages: tuple[Stage, ...]
    negative_prompt: str = ""
    match_statistics: float = 0.0
    tone_compression: float = 0.0
    output_size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if not self.stages or self.stages[0].sigmas[0] != 1:
            raise ValueError("a recipe needs a first stage whose sigmas start at 1")

    @property
    def num_steps(self) -> int:
        """Steps of all stages, but for those that conditioning spares."""
        return sum(len(stage.sigmas) - 1 for stage in self.stages)
