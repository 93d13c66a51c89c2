"""The bounds of every loop of the graph, in one place: this is why every production ends."""

from memory.records import Tier

MAX_SAVINGS = 2
"""Passes through the optimizer because of the price."""
MAX_PLAN_CHANGES = 3
"""Changes of plan that a person may ask for."""
MAX_REVIEW_ROUNDS = 8
"""Rounds of changes that a reviewer may ask for; then a cut is approved or rejected."""
MAX_RETAKES: dict[Tier, int] = {"draft": 1, "standard": 2, "premium": 2}
"""Retakes of one shot that the critic may order between two judgements of a person."""
RETAKE_ALLOWANCE = 0.5
"""Of an approved price, what retakes may cost besides without asking again; at least the dearest shot's retakes."""

FAST_SECONDS = 30.0
FAST_SCENES = 3
FAST_SENTENCES = 3
"""A brief of at most this length, this many sentences and this many shots of its own is simple."""
