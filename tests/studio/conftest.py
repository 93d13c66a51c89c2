"""One workspace a test, with a fake engine and a scripted language model."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from aiprod_agents.brief_reading import ReadBrief
from aiprod_agents.context import Event
from aiprod_agents.outcome import ProductionOutcome
from aiprod_agents.plan import TranslationInput
from aiprod_agents.state import Order
from aiprod_agents.studio import Studio, open_studio
from memory.records import Brief, Budget, Requirement
from render_engine.api import RenderRequest
from tests.studio.fake_engine import FakeEngine, Script
from tests.studio.scripted_writer import ScriptedWriter


class Bench:
    """What a test works with: a workspace folder, and what was seen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = FakeEngine(folder / "engine.log")
        self.writer = ScriptedWriter(folder / "writer.log")
        self.events: list[Event] = []

    def script(self, **orders: object) -> None:
        self.engine.script = Script.model_validate(orders)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Studio]:
        async with open_studio(
            self.folder / "home",
            open_engine=lambda: self.engine,
            open_writer=lambda _engine: self.writer,
            emit=self.events.append,
        ) as studio:
            yield studio

    def trail(self) -> list[str]:
        """The states in the order in which they were at work, repeats in a row as one."""
        states = [str(event.state) for event in self.events if event.state]
        return [state for before, state in zip(["", *states], states, strict=False) if state != before]

    def scopes(self) -> list[tuple[str, ...]]:
        """The shots of each translation that was asked for."""
        return [question.scope for question in self.writer.questions if isinstance(question, TranslationInput)]

    def messages(self, state: str) -> list[str]:
        return [event.message for event in self.events if event.state == state]


PATIENCE_SECONDS = 60


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - what is waited for is written to a file, which sets no event
            await asyncio.sleep(0.01)


def read_json(outcome: ProductionOutcome, name: str) -> dict[str, Any]:
    """A file of the package."""
    return cast(dict[str, Any], json.loads((Path(outcome.package or "") / name).read_text()))


def list_files(outcome: ProductionOutcome) -> dict[str, bytes]:
    """The package's files by name."""
    return {path.name: path.read_bytes() for path in Path(outcome.package or "").iterdir()}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def make_brief(seconds: float = 11.0, **changes: object) -> ReadBrief:
    values = {
        "text": "A dog, a cat and a bird run on a beach.",
        "language": "en",
        "seconds": seconds,
        "requirements": (
            Requirement(id="R1", kind="seconds", text=f"{seconds} seconds"),
            Requirement(id="R2", kind="subject", text="a dog"),
            Requirement(id="R3", kind="palette", text="warm"),
        ),
        **changes,
    }
    return ReadBrief(brief=Brief.model_validate(values))


def make_order(**changes: object) -> Order:
    values = {"project": "beach", "tier": "standard", "seed": 7, "auto_approve": True, "budget": Budget(), **changes}
    return Order.model_validate(values)


def make_request(**changes: object) -> RenderRequest:
    values = {"prompt": "a dog", "width": 256, "height": 144, "num_frames": 33, "fps": 8.0, "seed": 1, "num_steps": 8}
    return RenderRequest.model_validate({**values, **changes})
