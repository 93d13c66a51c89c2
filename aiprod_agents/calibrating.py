"""The estimator of this machine: the renderer's card and speed, measured once, and how the work since then went.

A machine is measured once per version, weights, threads and host. From then on every take and every film moves the
calibration's pace a part of the way towards what it really took, so that a quote follows a machine that has become
slower or faster.
"""

import os
import platform
from collections.abc import Callable
from importlib.metadata import version

from pydantic import ValidationError

from aiprod_agents.context import Event, StudioContext
from aiprod_agents.quoting import Estimator, PacedKind
from aiprod_agents.state import State
from memory import utc_now
from memory.records import StoredCalibration
from render_engine.api import Calibration, RendererCard

PACE_WEIGHT = 0.3
"""How far one piece of work moves the pace, as a share of the way in logarithms."""
MOST_BENT = 10.0
"""No single piece of work says more than that the machine is ten times slower, or faster."""


async def open_estimator(context: StudioContext, state: State, production_id: str = "") -> Estimator:
    """What prices renders here; measures the machine, and says so, when memory has not seen it with these weights.

    Args:
        context: the engine that is measured, and memory.
        state: who asks, for those who watch.
        production_id: for whom; empty before a production begins.
    """
    card = await context.engine.card()
    estimator = find_estimator(context, card)
    if estimator is None:
        context.emit(Event(production_id, state, "measuring this machine, once: it takes up to a minute"))
        measured = await context.engine.calibrate()
        stored = StoredCalibration(
            weights_sha256=card.weights_sha256,
            num_threads=card.num_threads,
            machine=name_machine(),
            value=measured.model_dump(mode="json"),
            measured_at=utc_now(),
        )
        with context.memory.transaction() as store:
            store.calibrations.save(stored)
        estimator = Estimator(card=card, calibration=measured, prices=context.prices)
    return estimator


def find_estimator(context: StudioContext, card: RendererCard) -> Estimator | None:
    """The estimator from memory; None when this machine was not measured, or not all that is measured today."""
    stored = _find_stored(context, card)
    if stored is None:
        return None
    try:
        calibration = Calibration.model_validate(stored.value)
    except ValidationError:
        return None
    return Estimator(card=card, calibration=calibration, prices=context.prices, paces=stored.paces)


def follow_pace(
    context: StudioContext,
    card: RendererCard,
    what: PacedKind,
    estimate: Callable[[Estimator], float],
    seconds: float,
) -> None:
    """Let the calibration learn from a finished piece of work.

    Args:
        context: memory.
        card: of the renderer that was calibrated.
        what: kind of the work.
        estimate: what an estimator would have said of it, in seconds.
        seconds: what it took.
    """
    estimator, stored = find_estimator(context, card), _find_stored(context, card)
    if estimator is None or stored is None:
        return
    expected = estimate(estimator)
    if min(expected, seconds) <= 0:
        return
    bent = min(max(seconds / expected, 1 / MOST_BENT), MOST_BENT)
    paces = {**stored.paces, what: estimator.pace(what) * bent**PACE_WEIGHT}
    with context.memory.transaction() as store:
        store.calibrations.save(stored.model_copy(update={"paces": paces}))


def _find_stored(context: StudioContext, card: RendererCard) -> StoredCalibration | None:
    with context.memory.reading() as store:
        return store.calibrations.find(card.weights_sha256, card.num_threads, name_machine())


def name_machine() -> str:
    """What tells this machine, under this version of the project, from another whose speed differs."""
    return f"{platform.node()} {platform.machine()} {os.cpu_count()} cores, aiprod {version('aiprod')}"
