"""Recipes: a pipeline as data, which one render loop carries out."""

from dataclasses import dataclass

from render_engine.conditioning import ConditioningItem
from render_engine.flow.schedules import check_schedule
from render_engine.shapes import LatentShape


@dataclass(frozen=True)
class Stage:
    """One walk from noise to latents.

    `sigmas` is the whole schedule; conditioning may have it start later. `guidance_scale` 1 is off.
    """

    sigmas: tuple[float, ...]
    guidance_scale: float = 1.0
    conditioning: tuple[ConditioningItem, ...] = ()

    def __post_init__(self) -> None:
        check_schedule(self.sigmas)


@dataclass(frozen=True)
class Recipe:
    """One render: the words, the size, the noise's seed, and the stages in order.

    The first stage starts from noise at sigma 1; each later one from the latents before it, noised to its first sigma.
    """

    prompt: str
    shape: LatentShape
    fps: float
    seed: int
    stages: tuple[Stage, ...]
    negative_prompt: str = ""

    def __post_init__(self) -> None:
        if not self.stages or self.stages[0].sigmas[0] != 1:
            raise ValueError("a recipe needs a first stage whose sigmas start at 1")
