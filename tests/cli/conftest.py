"""The office that the command tests work in."""

from pathlib import Path

import pytest

from tests.cli.office import Office


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return Office(tmp_path, capsys)
