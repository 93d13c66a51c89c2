"""Quotes: what a render should cost, from requests and the measured speed of this machine; arithmetic only."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from aiprod_agents.prices import PriceTable
from aiprod_agents.state import PricedOption
from aiprod_agents.tiers import TIER_ORDER, TIERS
from memory.records import Aspect, Budget, Quote, ShotQuote, Tier
from render_engine.api import Calibration, RendererCard, RenderRequest

LONGEST_SHOT_SECONDS = 4.0
"""How long the shots of an estimated film are taken to be."""

PacedKind = Literal["rendering", "assembly"]
"""The kinds of work whose real pace is followed; all other work on the film goes at the assembly's."""


class Work(NamedTuple):
    """What is to be done: shots to render, by id, and the film that they go into."""

    requests: Mapping[str, RenderRequest]
    film_seconds: float
    lines: Sequence[str] = ()
    """Narration that is to be spoken."""
    with_animatic: bool = False
    """Whether an animatic is still to be assembled for the package."""


def num_frames_for(seconds: float, card: RendererCard) -> int:
    """The smallest valid number of frames (`temporal compression * k + 1`) that lasts at least `seconds`."""
    frames = max(1, math.ceil(seconds * card.native_fps - 1e-6))
    step = card.temporal_compression
    return math.ceil((frames - 1) / step) * step + 1


def budget_seconds(budget: Budget, prices: PriceTable) -> float:
    """A budget as seconds of compute, by the price table; infinite where there is no limit."""
    by_money = math.inf if budget.eur is None else budget.eur / prices.eur_per_second
    return min(by_money, math.inf if budget.seconds is None else budget.seconds)


def at_tier(request: RenderRequest, tier: Tier) -> RenderRequest:
    """The request with the steps of that tier: for pricing only, its conditioning is the translator's business."""
    settings = TIERS[tier]
    return request.model_copy(update={"num_steps": settings.num_steps, "guidance_scale": settings.guidance_scale})


@dataclass(frozen=True)
class Estimator:
    """Prices renders on this machine: the renderer's card, its measured speed, and the price table."""

    card: RendererCard
    calibration: Calibration
    prices: PriceTable
    paces: Mapping[str, float] = field(default_factory=dict)
    """By `PacedKind`: real seconds a calibrated one; 1 where no work has shown it yet."""

    def pace(self, what: PacedKind) -> float:
        """How slow the machine goes at that kind of work, against its calibration."""
        return self.paces.get(what, 1.0)

    def render_seconds(self, request: RenderRequest) -> float:
        """Seconds of one render, by the formula of `RenderSpeed`; guidance makes two passes of a step."""
        passes = request.num_steps * (2 if request.guidance_scale > 1 else 1)
        per_token = self.calibration.seconds_per_token_step * passes + self.calibration.seconds_per_token_codec
        seconds = self.calibration.seconds_fixed + self.num_tokens(request) * per_token
        return seconds * self.pace("rendering")

    def render_memory_bytes(self, request: RenderRequest) -> int:
        """The most memory that one render holds, by the formula of `RenderSpeed`."""
        per_token = self.calibration.memory_per_token_bytes
        return self.calibration.memory_fixed_bytes + round(self.num_tokens(request) * per_token)

    def num_tokens(self, request: RenderRequest) -> int:
        """How many latents a clip has."""
        scale = self.card.spatial_compression
        frames = (request.num_frames - 1) // self.card.temporal_compression + 1
        return (request.height // scale) * (request.width // scale) * frames

    def assembly_seconds(self, film_seconds: float) -> float:
        """Seconds of one assembly of a film of that length."""
        return film_seconds * self.calibration.film.seconds_per_film_second * self.pace("assembly")

    def quote(self, work: Work, tier: Tier) -> Quote:
        """Price shots and all that follows on them: one assembly, its measuring, and what else is to be made."""
        shots = tuple(self._quote_shot(shot_id, request) for shot_id, request in work.requests.items())
        speed, pace = self.calibration.film, self.pace("assembly")
        take_seconds = sum(request.num_frames / request.fps for request in work.requests.values())
        measuring = (
            work.film_seconds * speed.seconds_per_measured_film_second
            + take_seconds * speed.seconds_per_measured_take_second
        )
        characters = sum(len(line) for line in work.lines)
        speaking = speed.seconds_to_load_voice + characters * speed.seconds_per_spoken_character
        parts = {
            "seconds_assembly": self.assembly_seconds(work.film_seconds),
            "seconds_animatic": work.film_seconds * speed.seconds_per_animatic_second * pace * work.with_animatic,
            "seconds_measuring": measuring * pace,
            "seconds_narration": speaking * pace if characters else 0.0,
        }
        seconds = sum(shot.seconds for shot in shots) + sum(parts.values())
        memory = max([self.calibration.peak_memory_bytes, *(shot.peak_memory_bytes for shot in shots)])
        eur = self.prices.eur(seconds)
        return Quote(tier=tier, shots=shots, seconds=seconds, eur=eur, peak_memory_bytes=memory, **parts)

    def _quote_shot(self, shot_id: str, request: RenderRequest) -> ShotQuote:
        seconds, memory = self.render_seconds(request), self.render_memory_bytes(request)
        return ShotQuote(shot_id=shot_id, seconds=seconds, eur=self.prices.eur(seconds), peak_memory_bytes=memory)

    def options(self, work: Work) -> list[PricedOption]:
        """The same storyboard at each tier, the lowest first."""
        options = []
        for tier in TIER_ORDER:
            priced = {shot_id: at_tier(request, tier) for shot_id, request in work.requests.items()}
            quote = self.quote(work._replace(requests=priced), tier)
            options.append(PricedOption(tier=tier, seconds=quote.seconds, eur=quote.eur, quality=TIERS[tier].quality))
        return options

    def cheapest_film_seconds(self, aspect: Aspect, seconds: float) -> float:
        """What a film of that length costs at the draft tier, in seconds of compute; no card can make it cheaper."""
        num_shots = max(1, math.ceil(seconds / LONGEST_SHOT_SECONDS))
        width, height = self.card.native_sizes[aspect]
        frames = min(num_frames_for(seconds / num_shots, self.card), self.card.max_num_frames)
        request = RenderRequest(
            prompt="estimate",
            width=width,
            height=height,
            num_frames=frames,
            fps=self.card.native_fps,
            seed=0,
            num_steps=1,
        )
        shots = {f"S{number}": at_tier(request, "draft") for number in range(1, num_shots + 1)}
        return self.quote(Work(shots, seconds, with_animatic=True), "draft").seconds

    def describe(self, seconds: float) -> str:
        """A price in one phrase."""
        return f"{seconds:.1f} s of compute, {self.prices.eur(seconds):.4f} EUR"

    def name_nearest(
        self, options: Sequence[PricedOption], aspect: Aspect, film_seconds: float, limit_seconds: float
    ) -> str:
        """The nearest plan that fits the limit, with its price, in one line.

        First the same storyboard at the best tier that fits, then the longest film at draft, then the cheapest film.
        """
        fitting = [option for option in options if option.seconds <= limit_seconds]
        if fitting:
            return f"the same storyboard at tier {fitting[-1].tier} fits: {self.describe(fitting[-1].seconds)}"
        for seconds in range(math.ceil(film_seconds) - 1, 0, -1):
            price = self.cheapest_film_seconds(aspect, float(seconds))
            if price <= limit_seconds:
                return f"a film of {seconds} s at tier draft fits: {self.describe(price)}"
        price = self.cheapest_film_seconds(aspect, 1.0)
        return f"nothing fits: the cheapest film, 1 s at tier draft, costs {self.describe(price)}"
