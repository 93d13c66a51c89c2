"""The tiers: how strongly the animatic guides a render, in how many steps, and what a lower tier costs in quality."""

import re
from typing import cast

from memory.records import Record, Tier


class TierSettings(Record):
    """Render settings of one tier.

    `animatic_strength` s starts the render at sigma = 1 - s from the animatic's latents; `guidance_scale` 1 is off.
    """

    animatic_strength: float
    num_steps: int
    guidance_scale: float
    quality: str


TIERS: dict[Tier, TierSettings] = {
    "draft": TierSettings(
        animatic_strength=0.8,
        num_steps=8,
        guidance_scale=1.0,
        quality="8 steps close to the animatic, unguided: the cleanest picture, the least of the model's own",
    ),
    "standard": TierSettings(
        animatic_strength=0.75,
        num_steps=16,
        guidance_scale=1.5,
        quality="16 guided steps, a little freer of the animatic: more brushed texture",
    ),
    "premium": TierSettings(
        animatic_strength=0.65,
        num_steps=30,
        guidance_scale=2.0,
        quality="30 strongly guided steps, the freest of the animatic: most texture, with flecks of colour at edges",
    ),
}

_ASKED = re.compile(
    r"(?:(?:at|in|use|take|make it) )?(?:the )?(?:tier )?(draft|standard|premium)(?: tier)?(?:,? please)?[.!]?",
    re.IGNORECASE,
)

TIER_ORDER: tuple[Tier, ...] = ("draft", "standard", "premium")


def lower_tiers(tier: Tier) -> tuple[Tier, ...]:
    """The tiers below `tier`, the highest first."""
    return TIER_ORDER[: TIER_ORDER.index(tier)][::-1]


def find_tier(words: str) -> Tier | None:
    """The tier that words ask for and nothing else, such as `standard` or `the premium tier, please`."""
    asked = _ASKED.fullmatch(" ".join(words.split()))
    return cast(Tier, asked[1].lower()) if asked else None
