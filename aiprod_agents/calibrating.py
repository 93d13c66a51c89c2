"""The estimator of this machine: the renderer's card and speed, measured once per weights, threads and machine."""

import os
import platform

from aiprod_agents.context import StudioContext
from aiprod_agents.quoting import Estimator
from memory import utc_now
from memory.records import StoredCalibration
from render_engine.api import Calibration


async def open_estimator(context: StudioContext) -> Estimator:
    """What prices renders here; measures the machine when memory has not seen it with these weights."""
    card = await context.engine.card()
    machine = name_machine()
    with context.memory.transaction() as store:
        stored = store.calibrations.find(card.weights_sha256, card.num_threads, machine)
    if stored is None:
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
