"""The estimator of this machine: the renderer's card and speed, measured once per weights, threads and machine."""

import os
import platform

from aiprod_agents.context import Event, StudioContext
from aiprod_agents.quoting import Estimator
from aiprod_agents.state import State
from memory import utc_now
from memory.records import StoredCalibration
from render_engine.api import Calibration


async def open_estimator(context: StudioContext, state: State, production_id: str = "") -> Estimator:
    """What prices renders here; measures the machine, and says so, when memory has not seen it with these weights.

    Args:
        context: the engine that is measured, and memory.
        state: who asks, for those who watch.
        production_id: for whom; empty before a production begins.
    """
    card = await context.engine.card()
    machine = name_machine()
    with context.memory.transaction() as store:
        stored = store.calibrations.find(card.weights_sha256, card.num_threads, machine)
    if stored is None:
        context.emit(Event(production_id, state, "measuring this machine, once"))
        measured = await context.engine.calibrate()
        stored = StoredCalibration(
            weights_sha256=card.weights_sha256,
            num_threads=card.num_threads,
            machine=machine,
            value=measured.model_dump(mode="json"),
            measured_at=utc_now(),
        )
        with context.memory.transaction() as store:
            store.calibrations.save(stored)
    return Estimator(card=card, calibration=Calibration.model_validate(stored.value), prices=context.prices)


def name_machine() -> str:
    """What tells this machine from another whose speed differs."""
    return f"{platform.node()} {platform.machine()} {os.cpu_count()} cores"
