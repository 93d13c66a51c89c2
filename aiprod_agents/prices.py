"""The price table: turns seconds of compute into money, the same way before and after the render."""

import tomllib
from importlib import resources

from memory.records import Record


class PriceTable(Record):
    """Prices in euro."""

    eur_per_second: float

    def eur(self, seconds: float) -> float:
        """What `seconds` of compute cost, in euro."""
        return seconds * self.eur_per_second


def load_prices() -> PriceTable:
    """Read the committed table."""
    table = tomllib.loads(resources.files("aiprod_agents").joinpath("prices.toml").read_text("utf-8"))
    return PriceTable(eur_per_second=table["compute"]["eur_per_second"])
