"""Quotes: what a render should cost, from requests and the measured speed of this machine; arithmetic only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aiprod_agents.prices import PriceTable
from aiprod_agents.state import PricedOption
from aiprod_agents.tiers import TIER_ORDER, TIERS
from memory.records import Aspect, Budget, Quote, ShotQuote, Tier
from render_engine.api import Calibration, RendererCard, RenderRequest

LONGEST_SHOT_SECONDS = 4.0
"""How long the shots of an estimated film are taken to be."""


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

    def render_seconds(self, request: RenderRequest) -> float:
        """Seconds of one render, by the formula of `Calibration`; guidance makes two passes of a step."""
        scale = self.card.spatial_compression
        frames = (request.num_frames - 1) // self.card.temporal_compression + 1
        tokens = (request.height // scale) * (request.width // scale) * frames
        passes = request.num_steps * (2 if request.guidance_scale > 1 else 1)
        per_token = self.calibration.seconds_per_token_step * passes + self.calibration.seconds_per_token_codec
        return self.calibration.seconds_fixed + tokens * per_token

    def quote(self, requests: dict[str, RenderRequest], film_seconds: float, tier: Tier) -> Quote:
        """Price the given shots, by shot id, and one assembly of the film."""
        memory = self.calibration.peak_memory_bytes
        shots = []
        for shot_id, request in requests.items():
            seconds = self.render_seconds(request)
            shots.append(
                ShotQuote(shot_id=shot_id, seconds=seconds, eur=self.prices.eur(seconds), peak_memory_bytes=memory)
            )
        assembly = film_seconds * self.calibration.seconds_per_film_second
        seconds = sum(shot.seconds for shot in shots) + assembly
        return Quote(
            tier=tier,
            shots=tuple(shots),
            seconds_assembly=assembly,
            seconds=seconds,
            eur=self.prices.eur(seconds),
            peak_memory_bytes=memory,
        )

    def options(self, requests: dict[str, RenderRequest], film_seconds: float) -> list[PricedOption]:
        """The same storyboard at each tier, the lowest first."""
        options = []
        for tier in TIER_ORDER:
            priced = {shot_id: at_tier(request, tier) for shot_id, request in requests.items()}
            quote = self.quote(priced, film_seconds, tier)
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
        shot = self.render_seconds(at_tier(request, "draft"))
        return num_shots * shot + seconds * self.calibration.seconds_per_film_second

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
