"""Delivery builds the package of an approved cut and writes what the production taught."""

from typing import TypedDict

from langgraph.runtime import Runtime

from aiprod_agents.context import Event, StudioContext
from aiprod_agents.learning import record_lessons
from aiprod_agents.manifest import Package
from aiprod_agents.package import choose_folder, write_package
from aiprod_agents.state import State
from memory.records import Deliverable, ProductionStatus


class DeliveryOutput(TypedDict):
    """The package."""

    deliverable: Deliverable
    status: ProductionStatus


async def deliver(state: Package, runtime: Runtime[StudioContext]) -> DeliveryOutput:
    """Write the package, whole or not at all, and put it on record."""
    context, commission = runtime.context, state["commission"]
    context.emit(Event(commission.production_id, State.DELIVERY, "writing the package"))
    folder = choose_folder(commission, state["cut"].version, context.workspace)
    deliverable = await write_package(state, folder, context)
    with context.memory.transaction() as store:
        store.deliverables.save(commission.production_id, deliverable)
        store.productions.set_package(commission.production_id, folder)
    record_lessons(context, commission.production_id, state["findings"], state["review"])
    context.emit(Event(commission.production_id, State.DELIVERY, f"the package lies in {folder}"))
    return {"deliverable": deliverable, "status": ProductionStatus.DELIVERED}
