"""Delivery builds the package of an approved cut and writes what the production taught."""

from typing import TypedDict

from langgraph.runtime import Runtime

from aiprod_agents.context import Event, StudioContext
from aiprod_agents.learning import record_lessons
from aiprod_agents.manifest import Package
from aiprod_agents.package import assemble_animatic, choose_folder, write_package
from aiprod_agents.receipts import draw_bill, settle_bill
from aiprod_agents.state import State
from memory.records import Deliverable, ProductionStatus, Receipt


class DeliveryOutput(TypedDict):
    """The package, and the receipt that lies in it."""

    deliverable: Deliverable
    receipt: Receipt
    status: ProductionStatus


async def deliver(state: Package, runtime: Runtime[StudioContext]) -> DeliveryOutput:
    """Write the package, whole or not at all, and put it on record."""
    context, commission = runtime.context, state["commission"]
    context.emit(Event(commission.production_id, State.DELIVERY, "writing the package"))
    folder = choose_folder(commission, state["cut"].version, context.workspace)
    receipt = await close_bill(state, context)
    deliverable = await write_package({**state, "receipt": receipt}, folder, context)
    with context.memory.transaction() as store:
        store.deliverables.save(commission.production_id, deliverable)
        store.productions.set_package(commission.production_id, folder)
    record_lessons(context, commission.production_id, state["findings"], state["review"])
    context.emit(Event(commission.production_id, State.DELIVERY, f"the package lies in {folder}"))
    return {"deliverable": deliverable, "receipt": receipt, "status": ProductionStatus.DELIVERED}


async def close_bill(state: Package, context: StudioContext) -> Receipt:
    """The receipt with the last that is computed for the package in it, the animatic's assembly."""
    await assemble_animatic(state, context)
    production_id = state["commission"].production_id
    with context.memory.transaction() as store:
        bill = draw_bill(store, production_id, state["quotes"], context.prices)
        return settle_bill(store, production_id, bill, version=state["cut"].version)
