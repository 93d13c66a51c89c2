"""Engines are found by the entry point group `aiprod.engines`, so that the studio never imports one."""

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import cast

from aiprod_agents.errors import StudioError
from render_engine.api import Engine

GROUP = "aiprod.engines"
EngineOpener = Callable[[], Engine]


def find_engine(name: str = "house") -> EngineOpener:
    """The opener of the installed engine of that name; StudioError names those that are there."""
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        raise StudioError(f"there is no engine {name!r}: installed are {', '.join(sorted(found)) or 'none'}.")
    return cast(EngineOpener, found[name].load())
