"""The doctor: what is well is said with what was seen, what is not with what to do."""

import json
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from aiprod_agents.cli import checks
from aiprod_agents.cli.desk import Desk
from aiprod_agents.cli.settings import Settings
from aiprod_agents.errors import StudioError
from render_engine.api import Clip, CutList, Engine, RenderError, Sound
from render_engine.api.media import AssembledFilm
from render_engine.api.ports import ProgressFn
from tests.cli.office import Office
from tests.studio.fake_engine import FakeEngine


class HonestEngine(FakeEngine):
    """A fake that probes what it drew, and embeds words by what they share."""

    async def embed(self, texts):
        seas = [sum(word in text for word in ("sailboat", "ship", "sea")) for text in texts]
        return [[1.0, 0.0] if sea else [0.0, 1.0] for sea in seas]


class SickEngine(HonestEngine):
    """An engine whose narrator and sound are broken."""

    async def speak(self, text: str, out: Path) -> Sound:
        raise RenderError(f"nobody can speak {text!r} into {out.name}; install hibari-tts again")

    async def assemble(self, cut: CutList, out: Path, progress: ProgressFn) -> AssembledFilm:
        film = await super().assemble(cut, out, progress)
        return film.model_copy(update={"clip": film.clip.model_copy(update={"has_sound": False})})

    async def probe(self, path: Path) -> Clip:
        return (await super().probe(path)).model_copy(update={"num_frames": 3})

    async def embed(self, texts):
        return [[0.0, 1.0] if "ship" in text else [1.0, 0.0] for text in texts]


class SoundEngine(HonestEngine):
    """An engine whose films have sound."""

    async def assemble(self, cut: CutList, out: Path, progress: ProgressFn) -> AssembledFilm:
        film = await super().assemble(cut, out, progress)
        return film.model_copy(update={"clip": film.clip.model_copy(update={"has_sound": True})})


def test_a_healthy_machine_is_exit_code_0_and_nothing_is_left_in_the_workspace(office: Office):
    office.engine = SoundEngine(office.engine.log)
    ran = office.run("doctor")
    assert ran.code == 0, ran.out
    assert "problem" not in ran.out
    for name in ("python", "torch", "workspace", "disk", "weights", "sentence encoder", "video", "titles and sound"):
        assert f"ok       {name}: " in ran.out
    assert not office.home.exists()
    assert office.engine.is_closed


def test_every_fault_is_told_at_once_with_what_to_do(office: Office):
    office.engine = SickEngine(office.engine.log)
    ran = office.run("doctor", "--json")
    assert ran.code == 1
    told = json.loads(ran.out)
    assert told["ok"] is False
    sick = {check["name"]: check["detail"] for check in told["checks"] if not check["ok"]}
    assert sick.keys() == {"sentence encoder", "video", "titles and sound", "narrator"}
    assert all("install" in detail for detail in sick.values())


def test_an_engine_that_is_not_there_is_a_problem_not_a_crash(office: Office):
    def open_engine(_settings: Settings) -> Engine:
        raise StudioError("there is no engine 'big': installed are house.")

    office.lay = lambda: Desk(Settings(home=office.home), open_engine=open_engine)  # type: ignore[method-assign]
    assert office.run("doctor").code == 1


def test_a_full_disk_and_a_closed_workspace_are_problems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(checks, "MIN_FREE_BYTES", 2**62)
    assert "make room" in checks.check_disk(tmp_path / "new" / "home").detail
    closed = checks.check_workspace(Path("/proc/aiprod"))
    assert not closed.ok
    assert "AIPROD_HOME" in closed.detail


def test_a_missing_or_another_torch_is_a_problem(monkeypatch: pytest.MonkeyPatch):
    assert checks.check_torch().ok
    monkeypatch.setattr(checks, "version", lambda _name: "1.0.0+cpu")
    assert checks.check_torch().detail == "1.0.0+cpu is installed; run: pip install torch==2.13.0"

    def find_nothing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(checks, "version", find_nothing)
    assert "is not installed" in checks.check_torch().detail


def test_an_old_python_is_a_problem(monkeypatch: pytest.MonkeyPatch):
    assert checks.check_python().ok
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    assert "too old" in checks.check_python().detail
