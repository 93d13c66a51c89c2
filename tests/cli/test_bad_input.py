"""Bad input gets one clear line and exit code 2, and leaves nothing behind."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from render_engine.api import RendererCard, RenderError
from tests.cli.office import BRIEF, Office
from tests.studio.fake_engine import FakeEngine

PROSE = "A dog, a cat and a bird run on a beach, 11 seconds."


class DamagedEngine(FakeEngine):
    """An engine whose weight file is not the one that its card names."""

    async def card(self) -> RendererCard:
        raise RenderError("transformer.safetensors: its sha256 is not the card's; restore the file")


class Usage(NamedTuple):
    """What `shutil.disk_usage` gives."""

    total: int
    used: int
    free: int


def left_behind(office: Office) -> list[str]:
    """What lies in the workspace, which was not there before."""
    return [path.name for path in office.home.rglob("*")] + ([office.home.name] if office.home.exists() else [])


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with briefs that cannot be worked from, which is the working folder."""
    folder = tmp_path / "briefs"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(b"not yours")
    (folder / "empty.md").write_text("  \n\n")
    (folder / "binary.md").write_bytes(bytes(range(256)) * 4)
    (folder / "long.md").write_text("A red sailboat at dawn. " * 8500)
    (folder / "missing.md").write_text(f"{PROSE}\n\n![logo](logo.png)\n")
    (folder / "climbing.md").write_text(f"{PROSE}\n\n![logo](../secret.png)\n")
    (folder / "unknown.yaml").write_text("brief: A dog on a beach\nlenght: 12\n")
    (folder / "torn.json").write_text('{"brief": "A dog')
    (folder / "mine").mkdir()
    (folder / "mine" / "notes.txt").write_text("mine")
    (folder / "theirs").mkdir()
    (folder / "theirs" / "manifest.json").write_text('{"production_id": "0b5e55ed-theirs"}')
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("produce", ""), "empty"),
        (("produce", "empty.md"), "empty"),
        (("produce", "binary.md"), "not text"),
        (("produce", "long.md"), "shorten it"),
        (("produce", "A dog on a beach, 0 seconds."), "0 seconds"),
        (("produce", "A dog on a beach for 10 hours."), "10 hours"),
        (("produce", "A dog on a beach, aspect ratio 7:3."), "7:3"),
        (("produce", BRIEF, "--budget", "0.5s"), "below the cheapest film"),
        (("produce", BRIEF, "--budget", "0.00001eur"), "below the cheapest film"),
        (("produce", BRIEF, "--budget", "a lot"), "such as 2.50eur or 120s"),
        (("produce", "missing.md"), "missing"),
        (("produce", "climbing.md"), "outside the brief's folder"),
        (("produce", "unknown.yaml"), "lenght"),
        (("produce", "torn.json"), "not valid JSON"),
        (("produce", "nowhere.md"), "no file"),
        (("produce", "."), "is a folder"),
        (("produce", BRIEF, "--project", "../other"), "cannot be named so"),
        (("produce", BRIEF, "--out", "empty.md"), "is a file"),
        (("produce", BRIEF, "--out", "mine"), "mine holds other files: choose an empty folder"),
        (("produce", BRIEF, "--out", "theirs"), "holds the film of production 0b5e55ed"),
        (
            ("produce", f'{BRIEF} End on the words "さようなら".', "--yes"),
            "cannot be shown: no letters for 'さようなら'",
        ),
        (("animatic", f'{BRIEF} End on the words "さようなら".'), "cannot be shown: no letters for 'さようなら'"),
        (("animatic", BRIEF, "--out", "mine"), "mine holds other files: choose an empty folder"),
        (("animatic", BRIEF, "--out", "theirs"), "theirs holds other files: choose an empty folder"),
        (("produce", BRIEF, "--tier", "gold"), "gold"),
        (("produce", BRIEF, "--seed", "-1"), "--seed"),
        (("produce",), "BRIEF"),
        (("produce", BRIEF, "--no-such-option"), "--no-such-option"),
        (("direct", BRIEF), "direct"),
        (("animatic", "empty.md"), "empty"),
        (("animatic", BRIEF, "--out", "empty.md"), "is a file"),
        (("resume", "../../etc"), "../../etc"),
        (("status", "0000"), "0000"),
        (("answer", "0000", "--gate", "plan"), "give one answer"),
        (("answer", "0000", "--gate", "plan", "--approve", "--decline"), "give one answer"),
        (("answer", "0000", "--gate", "final", "--approve"), "final"),
        (("review", "0000", "--approve", "--reject"), "give one verdict"),
        (("review", "0000", "--note", "larger"), "give one verdict"),
        (("review", "0000", "--needs-changes", "S1"), "--note TEXT of its own"),
        (("review", "0000", "--needs-changes", "first", "--note", "larger"), "names no shot"),
        (("review", "0000", "--reject"), "says why"),
        (("review", "0000", "--approve", "--note", " "), "empty"),
        (("review", "0000", "--approve", "--author", " "), "--author wants a name"),
        (("review", "0000", "--approve", "--author", "Policy:house"), "is no person"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, tuple) else None,
)
@pytest.mark.usefixtures("files")
def test_bad_input_gets_one_line_and_leaves_nothing_behind(office: Office, words: tuple[str, ...], says: str):
    ran = office.run(*words)
    assert ran.code == 2
    assert says in ran.complaint
    assert not ran.out
    assert left_behind(office) == []


@pytest.mark.usefixtures("files")
def test_with_json_bad_input_keeps_stdout_empty(office: Office):
    ran = office.run("produce", "empty.md", "--json")
    assert (ran.code, ran.out) == (2, "")


def test_a_full_disk_is_said_before_anything_is_begun(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**12, 10**12 - 4096, 4096))
    ran = office.run("produce", BRIEF, "--yes")
    assert ran.code == 2
    assert "full" in ran.complaint
    assert left_behind(office) == []


def test_a_workspace_that_cannot_be_written_is_said(office: Office):
    office.home = Path("/proc/aiprod")
    ran = office.run("produce", BRIEF, "--yes")
    assert ran.code == 2
    assert "/proc/aiprod" in ran.complaint


def test_a_damaged_weight_file_is_named_and_nothing_is_begun(office: Office):
    office.engine = DamagedEngine(office.engine.log)
    ran = office.run("produce", BRIEF, "--yes")
    assert ran.code == 2
    assert "transformer.safetensors" in ran.complaint
    assert left_behind(office) == []


def test_what_goes_wrong_while_an_animatic_is_drawn_is_bad_input_for_nothing_was_begun(office: Office):
    office.writer.fail = "seconds"
    ran = office.run("animatic", BRIEF)
    assert ran.code == 2
    assert "a plan that cannot be filmed: it lasts" in ran.complaint
    assert left_behind(office) == []


def test_checkpoints_that_are_no_database_are_one_line_that_says_what_to_do(office: Office):
    office.home.mkdir()
    (office.home / "checkpoints.db").write_bytes(b"no database at all " * 64)
    ran = office.run("produce", BRIEF, "--yes")
    assert ran.code == 2
    assert "checkpoints.db refused: file is not a database. Move it away" in ran.complaint
    assert office.engine.calls("render") == []


def test_a_picture_that_is_none_is_refused_by_decoding_it(office: Office, tmp_path: Path):
    (tmp_path / "logo.png").write_bytes(b"no picture at all")
    (tmp_path / "brief.md").write_text(f"{PROSE}\n\n![logo](logo.png)\n")
    office.script(no_pictures=True)
    ran = office.run("produce", str(tmp_path / "brief.md"), "--yes")
    assert ran.code == 2
    assert "logo.png" in ran.complaint
    assert left_behind(office) == []


def test_a_setting_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    from aiprod_agents.cli.app import main

    monkeypatch.setenv("AIPROD_THREADS", "many")
    assert main(["list"]) == 2
    assert "AIPROD_THREADS" in capsys.readouterr().err
