"""Receipts: quoted against spent, by shot and for the assembly, over all takes that were really rendered."""

from collections.abc import Iterable

from aiprod_agents.prices import PriceTable
from aiprod_agents.state import AssemblyCost
from memory.records import Quote, Receipt, ReceiptLine, Take

ASSEMBLY = "assembly"


def build_receipt(
    quotes: Iterable[Quote], takes: Iterable[Take], assemblies: Iterable[AssemblyCost], prices: PriceTable
) -> Receipt:
    """The bill: every reserved quote, every take (failed and retaken ones too), every assembly."""
    quotes, takes, assemblies = list(quotes), list(takes), list(assemblies)
    shot_ids = {take.shot_id for take in takes} | {shot.shot_id for quote in quotes for shot in quote.shots}
    lines = [_shot_line(shot_id, quotes, takes) for shot_id in sorted(shot_ids, key=lambda shot_id: int(shot_id[1:]))]
    if quotes:
        lines.append(
            ReceiptLine(
                what=ASSEMBLY,
                quoted_seconds=sum(quote.seconds_assembly for quote in quotes),
                spent_seconds=sum(assembly.seconds for assembly in assemblies),
                takes=0,
            )
        )
    quoted = sum(line.quoted_seconds for line in lines)
    spent = sum(line.spent_seconds for line in lines)
    return Receipt(
        lines=tuple(lines),
        quoted_seconds=quoted,
        spent_seconds=spent,
        quoted_eur=prices.eur(quoted),
        spent_eur=prices.eur(spent),
    )


def _shot_line(shot_id: str, quotes: list[Quote], takes: list[Take]) -> ReceiptLine:
    mine = [take for take in takes if take.shot_id == shot_id]
    return ReceiptLine(
        what=shot_id,
        quoted_seconds=sum(shot.seconds for quote in quotes for shot in quote.shots if shot.shot_id == shot_id),
        spent_seconds=sum(take.seconds_elapsed for take in mine),
        takes=len(mine),
    )
