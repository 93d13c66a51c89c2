"""What the nodes are given besides their slice of the state: the collaborators, passed in by the composition root."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from aiprod_agents.language_models.port import LanguageModel
from aiprod_agents.metering import Meter
from aiprod_agents.prices import PriceTable
from memory import Memory
from render_engine.api import Engine


@dataclass(frozen=True)
class Event:
    """Something a person watching wants to see now; what belongs to no production or no state leaves those empty."""

    production_id: str
    state: str
    message: str
    shot_id: str | None = None
    step: int = 0
    num_steps: int = 0
    seconds_spent: float = 0.0
    """Compute spent by the finished part of this call; the display turns it into money."""


@dataclass(frozen=True)
class StudioContext:
    """The collaborators of one running studio."""

    engine: Engine
    language_model: LanguageModel
    memory: Memory
    prices: PriceTable
    workspace: Path
    meter: Meter
    """Charges what is computed to the production at work."""
    render_slots: asyncio.Semaphore
    """How many shots render at once; held inside the node, so that finished shots persist (LangGraph)."""
    emit: Callable[[Event], None]

    def charged_to(self, production_id: str) -> Self:
        """The same collaborators at work for one production, which pays for what they compute."""
        return replace(self, meter=Meter(self.memory, production_id))
