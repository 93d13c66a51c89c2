"""Receipts: quoted against spent, over all takes that were really rendered; by shot, and by reservation."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import fsum
from typing import NamedTuple

from aiprod_agents.prices import PriceTable
from aiprod_agents.state import AssemblyCost
from memory import Repositories
from memory.records import Quote, Receipt, ReceiptLine, Take

ASSEMBLY = "assembly"


class Bill(NamedTuple):
    """What a production reserved, and what it spent: failed and retaken takes count too."""

    quotes: Mapping[str, Quote]
    """By reservation id, in the order in which they were reserved."""
    takes: Sequence[Take]
    assemblies: Sequence[AssemblyCost]
    prices: PriceTable


def settle_bill(store: Repositories, production_id: str, bill: Bill, *, version: int) -> None:
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
    store.receipts.save(production_id, build_receipt(bill), version=version)


def free_unspent(store: Repositories, production_id: str) -> None:
    """Give back what was set aside in a step that never came to its end; what is settled stays."""
    for entry in store.reservations.list(production_id):
        if entry.status == "reserved":
            store.reservations.free(production_id, entry.reservation.id)


def build_receipt(bill: Bill) -> Receipt:
    """Every reserved quote against every take and every assembly."""
    quotes, takes = list(bill.quotes.values()), bill.takes
    shot_ids = {take.shot_id for take in takes} | {shot.shot_id for quote in quotes for shot in quote.shots}
    lines = [_shot_line(shot_id, quotes, takes) for shot_id in sorted(shot_ids, key=lambda shot_id: int(shot_id[1:]))]
    if quotes:
        lines.append(
            ReceiptLine(
                what=ASSEMBLY,
                quoted_seconds=sum(quote.seconds_assembly for quote in quotes),
                spent_seconds=sum(assembly.seconds for assembly in bill.assemblies),
                takes=0,
            )
        )
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

    A reservation pays for one take of each shot that it quotes and for one assembly; a shot's takes are paid for in the
    order of their numbers. What no reservation foresaw is paid by the last one that could.
    """
    spent: dict[str, list[float]] = {reservation_id: [] for reservation_id in bill.quotes}
    for reservation_id, seconds in _payments(bill):
        spent[reservation_id].append(seconds)
    return {reservation_id: fsum(seconds) for reservation_id, seconds in spent.items()}


def _payments(bill: Bill) -> Iterator[tuple[str, float]]:
    """(reservation id, seconds) of each take and each assembly."""
    payers = list(bill.quotes)
    if not payers:
        return
    paid: Counter[str] = Counter()
    for take in sorted(bill.takes, key=lambda take: (take.shot_id, take.number, take.id)):
        mine = [name for name, quote in bill.quotes.items() if any(s.shot_id == take.shot_id for s in quote.shots)]
        mine = mine or payers
        yield mine[min(paid[take.shot_id], len(mine) - 1)], take.seconds_elapsed
        paid[take.shot_id] += 1
    for index, assembly in enumerate(bill.assemblies):
        yield payers[min(index, len(payers) - 1)], assembly.seconds


def _shot_line(shot_id: str, quotes: Sequence[Quote], takes: Sequence[Take]) -> ReceiptLine:
    mine = [take for take in takes if take.shot_id == shot_id]
    return ReceiptLine(
        what=shot_id,
        quoted_seconds=sum(shot.seconds for quote in quotes for shot in quote.shots if shot.shot_id == shot_id),
        spent_seconds=sum(take.seconds_elapsed for take in mine),
        takes=len(mine),
    )
