"""A command line in a folder of its own, with the fake engine and the scripted writer, run in this process."""

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aiprod_agents.cli.app import main
from aiprod_agents.cli.desk import Desk
from aiprod_agents.cli.settings import Settings
from aiprod_agents.context import Event
from aiprod_agents.studio import Studio, open_studio
from tests.studio.fake_engine import FakeEngine, Script
from tests.studio.scripted_writer import ScriptedWriter

BRIEF = "A dog, a cat and a bird run on a beach, 11 seconds."


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line that was said about what is wrong."""
        lines = [line for line in self.err.splitlines() if line.startswith("aiprod: ")]
        assert len(lines) == 1, self.err
        return lines[0]


class Office:
    """Runs commands against one workspace; each has a studio of its own, as each process has."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = folder / "home"
        self.engine = FakeEngine(folder / "engine.log")
        self.writer = ScriptedWriter(folder / "writer.log")
        self.on_event: Callable[[Event], None] = lambda _event: None
        self._capsys = capsys

    def script(self, **orders: object) -> None:
        """Order faults of the engine."""
        self.engine.script = Script.model_validate(orders)

    def run(self, *words: str) -> Ran:
        """Run `aiprod` with these words."""
        self._capsys.readouterr()
        code = main(words, self.lay)
        written = self._capsys.readouterr()
        return Ran(int(code), written.out, written.err)

    def lay(self) -> Desk:
        """The desk of one run."""
        return Desk(Settings(home=self.home), self._open_studio, lambda _settings: self.engine)

    def _open_studio(self, settings: Settings, emit: Callable[[Event], None]) -> AbstractAsyncContextManager[Studio]:
        def see(event: Event) -> None:
            emit(event)
            self.on_event(event)

        return open_studio(
            settings.workspace,
            open_engine=lambda: self.engine,
            open_writer=lambda _engine: self.writer,
            emit=see,
        )


def read_json(text: str) -> Any:  # noqa: ANN401 - a test looks into what it gets
    """The one JSON value that stdout is."""
    value, end = json.JSONDecoder().raw_decode(text)
    assert not text[end:].strip(), "stdout holds more than one JSON value"
    return value


def produce(office: Office, *options: str) -> Any:  # noqa: ANN401 - the same
    """What `aiprod produce` gives as JSON."""
    return read_json(office.run("produce", BRIEF, "--json", *options).out)
