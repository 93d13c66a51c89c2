"""Budgets: a budget bounds the whole production, so what is left of it is less what was spent and what is set aside."""

from collections.abc import Mapping

from aiprod_agents.prices import PriceTable
from aiprod_agents.quoting import budget_seconds
from aiprod_agents.receipts import draw_bill, spent_by_reservation
from aiprod_agents.state import Commission
from memory import Repositories
from memory.records import Quote


def find_left(store: Repositories, commission: Commission, quotes: Mapping[str, Quote], prices: PriceTable) -> float:
    """Seconds of compute that the budget still bears; infinite without a budget, never less than none.

    A settled reservation has cost what was spent of it; an open one costs what is set aside, or what was spent where
    that is more.

    Args:
        store: memory, in a transaction.
        commission: whose budget it is.
        quotes: what was reserved, by reservation id; a reservation that is just being made is not yet among them.
        prices: turn money into seconds.
    """
    spent = spent_by_reservation(draw_bill(store, commission.production_id, quotes, prices))
    taken = 0.0
    for entry in store.reservations.list(commission.production_id):
        if entry.reservation.id in spent:
            aside = entry.reservation.seconds if entry.status == "reserved" else 0.0
            taken += max(aside, spent[entry.reservation.id])
    return max(budget_seconds(commission.budget, prices) - taken, 0.0)
