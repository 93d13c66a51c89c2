"""Receipts: quoted against spent, over all that was really computed; by shot and kind of work, and by reservation."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import fsum
from typing import NamedTuple

from aiprod_agents.prices import PriceTable
from memory import Repositories
from memory.records import Cost, CostKind, Quote, Receipt, ReceiptLine, Take

FILM_WORK: tuple[CostKind, ...] = ("assembly", "animatic", "measuring", "narration")
"""Kinds of work that belong to no single shot, in the order of their lines."""
LEFT_OUT = "planning, drawing and thumbnails, and measuring the machine once, are neither quoted nor billed"


class Bill(NamedTuple):
    """What a production reserved, and what it spent: failed and retaken takes count too."""

    quotes: Mapping[str, Quote]
    """By reservation id, in the order in which they were reserved."""
    takes: Sequence[Take]
    costs: Sequence[Cost]
    """Of all other work, and of takes that were stopped; what was found made bears none."""
    prices: PriceTable


def draw_bill(store: Repositories, production_id: str, quotes: Mapping[str, Quote], prices: PriceTable) -> Bill:
    """The bill as memory knows it: every take and cost, also those that no checkpoint knows yet."""
    return Bill(quotes, store.takes.list(production_id), store.costs.list(production_id), prices)


def spent_seconds(store: Repositories, production_id: str) -> float:
    """Everything that a production has computed so far."""
    takes, costs = store.takes.list(production_id), store.costs.list(production_id)
    return fsum([*(take.seconds_elapsed for take in takes), *(cost.seconds for cost in costs)])


def seconds_ahead(store: Repositories, production_id: str) -> float:
    """What follows on the newest quote until the package lies there, in seconds; 0 before any quote."""
    quotes = store.quotes.list(production_id)
    if not quotes:
        return 0.0
    animatic = next((quote.seconds_animatic for quote in reversed(quotes) if quote.seconds_animatic), 0.0)
    is_drawn = any(cost.what == "animatic" for cost in store.costs.list(production_id))
    is_quoted = quotes[-1].seconds_animatic > 0
    return quotes[-1].seconds + (0.0 if is_quoted or is_drawn else animatic)


def settle_bill(store: Repositories, production_id: str, bill: Bill, *, version: int) -> Receipt:
    """Put the receipt on record, and on each reservation what was spent of it; again, it writes the same.

    Args:
        store: memory, in a transaction.
        production_id: whose bill it is.
        bill: everything that was reserved and spent so far.
        version: of the cut that is settled; 0 where there is none yet.
    """
    for reservation_id, seconds in spent_by_reservation(bill).items():
        store.reservations.settle(
            production_id, reservation_id, spent_seconds=seconds, spent_eur=bill.prices.eur(seconds)
        )
    receipt = build_receipt(bill)
    store.receipts.save(production_id, receipt, version=version)
    return receipt


def free_unspent(store: Repositories, production_id: str) -> None:
    """Give back what was set aside in a step that never came to its end; what is settled stays."""
    for entry in store.reservations.list(production_id):
        if entry.status == "reserved":
            store.reservations.free(production_id, entry.reservation.id)


def build_receipt(bill: Bill) -> Receipt:
    """Every reserved quote against everything that was computed."""
    quotes = list(bill.quotes.values())
    shot_ids = {take.shot_id for take in bill.takes} | {shot.shot_id for quote in quotes for shot in quote.shots}
    shot_ids |= {cost.shot_id for cost in bill.costs if cost.shot_id}
    lines = [_shot_line(shot_id, bill) for shot_id in sorted(shot_ids, key=lambda shot_id: int(shot_id[1:]))]
    lines += [line for what in FILM_WORK if (line := _film_line(what, bill)).quoted_seconds or line.spent_seconds]
    quoted = sum(line.quoted_seconds for line in lines)
    spent = sum(line.spent_seconds for line in lines)
    return Receipt(
        lines=tuple(lines),
        quoted_seconds=quoted,
        spent_seconds=spent,
        quoted_eur=bill.prices.eur(quoted),
        spent_eur=bill.prices.eur(spent),
    )


def spent_by_reservation(bill: Bill) -> dict[str, float]:
    """By reservation id, in order: the seconds that were spent of it; together they are all that was spent.

    A reservation pays for one take of each shot that it quotes, a shot's takes in the order of their numbers, and for
    all other work that was done while it was the newest. What none foresaw is paid by the last one that could.
    """
    spent: dict[str, list[float]] = {reservation_id: [] for reservation_id in bill.quotes}
    for reservation_id, seconds in _payments(bill):
        spent[reservation_id].append(seconds)
    return {reservation_id: fsum(seconds) for reservation_id, seconds in spent.items()}


def _payments(bill: Bill) -> Iterator[tuple[str, float]]:
    """(reservation id, seconds) of each take and each other cost."""
    payers = list(bill.quotes)
    if not payers:
        return
    paid: Counter[str] = Counter()
    for take in sorted(bill.takes, key=lambda take: (take.shot_id, take.number, take.id)):
        mine = [name for name, quote in bill.quotes.items() if any(s.shot_id == take.shot_id for s in quote.shots)]
        mine = mine or payers
        yield mine[min(paid[take.shot_id], len(mine) - 1)], take.seconds_elapsed
        paid[take.shot_id] += 1
    for cost in bill.costs:
        payer = cost.reservation_id
        yield payer if payer and payer in bill.quotes else payers[-1], cost.seconds


def _shot_line(shot_id: str, bill: Bill) -> ReceiptLine:
    mine = [take for take in bill.takes if take.shot_id == shot_id]
    stopped = [cost.seconds for cost in bill.costs if cost.shot_id == shot_id]
    quotes = [shot for quote in bill.quotes.values() for shot in quote.shots if shot.shot_id == shot_id]
    return ReceiptLine(
        what=shot_id,
        quoted_seconds=sum(shot.seconds for shot in quotes),
        spent_seconds=fsum([*(take.seconds_elapsed for take in mine), *stopped]),
        takes=len(mine),
    )


def _film_line(what: CostKind, bill: Bill) -> ReceiptLine:
    return ReceiptLine(
        what=what,
        quoted_seconds=sum(quote.seconds_of(what) for quote in bill.quotes.values()),
        spent_seconds=fsum(cost.seconds for cost in bill.costs if cost.what == what),
        takes=0,
    )
