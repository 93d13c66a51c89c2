"""Runs one production in a process of its own, which the fake engine may kill in the middle of a render."""

import asyncio
import sys
from pathlib import Path

from aiprod_agents.studio import open_studio
from tests.studio.conftest import make_brief, make_order
from tests.studio.fake_engine import FakeEngine, Script
from tests.studio.scripted_writer import ScriptedWriter


async def run(folder: Path, script: Script) -> None:
    engine = FakeEngine(folder / "engine.log", script)
    writer = ScriptedWriter(folder / "writer.log", num_shots=4)
    async with open_studio(folder / "home", open_engine=lambda: engine, open_writer=lambda _engine: writer) as studio:
        await studio.produce(make_brief(), make_order())


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), Script.model_validate_json(sys.argv[2])))
