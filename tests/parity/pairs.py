"""Parity pairs: our tensor beside the reference's, held to a tolerance and written down for `make parity`.

A plugin of pytest that `tests/conftest.py` loads: the fixture `parity` for every test, and the option `--parity FILE`,
which runs only the tests that use the fixture, prints their pairs as a table and writes them to FILE.
"""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SPREAD = (0.3, 3.0)
"""A reference with a standard deviation outside of this makes an absolute tolerance say too little or too much."""


@dataclass(frozen=True)
class Pair:
    max_abs_diff: float
    tolerance: float
    deviation: float
    spread: tuple[float, float]

    @property
    def holds(self) -> bool:
        return self.max_abs_diff <= self.tolerance and self.spread[0] <= self.deviation <= self.spread[1]

    def __str__(self) -> str:
        verdict = "ok" if self.holds else "FAILED"
        return f"{self.max_abs_diff:10.2e}  {self.tolerance:9.0e}  {self.deviation:9.2f}  {verdict}"


@dataclass
class Parity:
    """What a test calls: `parity(name, reference, ours, tolerance)`. Of a name told twice the worse pair is kept."""

    pairs: dict[str, Pair] = field(default_factory=dict)

    def __call__(self, name, reference, ours, tolerance, *, spread=SPREAD):
        """Hold our tensor to the reference's: shape, values, and a reference of a sound spread.

        Args:
            name: of the pair, as the table shows it: "LTX-Video 0.9.5 / transformer".
            reference: the other implementation's tensor.
            ours: our tensor for the same input and weights.
            tolerance: the largest absolute difference allowed.
            spread: the smallest and largest standard deviation of `reference` that the test accepts.
        """
        assert ours.shape == reference.shape
        pair = Pair(_largest_difference(reference, ours), tolerance, reference.double().std().item(), spread)
        self.pairs[name] = min(pair, self.pairs.get(name, pair), key=lambda pair: (pair.holds, -pair.max_abs_diff))
        assert pair.max_abs_diff <= tolerance, f"{name}: differs by {pair.max_abs_diff:.2e}, allowed is {tolerance:.0e}"
        assert pair.holds, f"{name}: the reference's deviation is {pair.deviation:.3g}, not within {spread}"

    def table(self) -> list[str]:
        width = max(map(len, self.pairs), default=4)
        head = f"{'pair':<{width}}  {'max |diff|':>10}  {'tolerance':>9}  {'deviation':>9}"
        return [head, *(f"{name:<{width}}  {pair}" for name, pair in sorted(self.pairs.items()))]

    def dump(self) -> str:
        """The pairs as JSON; a difference that is not a number is null, for JSON has no infinity."""
        values = {
            name: {
                "max_abs_diff": pair.max_abs_diff if math.isfinite(pair.max_abs_diff) else None,
                "tolerance": pair.tolerance,
            }
            for name, pair in sorted(self.pairs.items())
        }
        return json.dumps(values, indent=2) + "\n"


def _largest_difference(reference, ours) -> float:
    difference = (ours.double() - reference.double()).abs().max().item()
    return math.inf if math.isnan(difference) else difference


_PARITY = pytest.StashKey[Parity]()


@pytest.fixture
def parity(pytestconfig) -> Parity:
    return pytestconfig.stash[_PARITY]


def pytest_addoption(parser):
    parser.addoption("--parity", type=Path, metavar="FILE", help="run the parity pairs, print them, write FILE")


def pytest_configure(config):
    config.stash[_PARITY] = Parity()


def pytest_collection_modifyitems(config, items):
    if config.option.parity is not None:
        others = [item for item in items if "parity" not in item.fixturenames]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if "parity" in item.fixturenames]


def pytest_terminal_summary(terminalreporter, config):
    if config.option.parity is not None:
        terminalreporter.section("parity")
        for line in config.stash[_PARITY].table():
            terminalreporter.write_line(line)


def pytest_sessionfinish(session):
    path = session.config.option.parity
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(session.config.stash[_PARITY].dump(), "utf-8")
