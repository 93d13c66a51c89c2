"""`aiprod models`: what is printed, what goes to stderr, and the exit codes."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress as Bars

from aiprod_agents.cli.fetching import Fetching, watch_fetching
from aiprod_agents.cli.models_showing import count_of, describe_report, describe_state, show_models, size
from render_engine.api import ListedModel, ModelList, Progress, WeightsReport
from tests.cli.office import Office, read_json
from tests.studio.fake_engine import PUBLISHED


def test_the_list_says_what_is_here_what_can_be_had_and_where_it_goes(office: Office):
    ran = office.run("models", "list")
    assert ran.code == 0, ran.err
    assert "house fake" in ran.out
    assert PUBLISHED.name in ran.out
    assert f"weights are kept in {office.home / 'models'}, 1 GB free" in ran.out
    assert "Lightricks/LTX-Video (licence: the publisher's)" in ran.out
    assert office.engine.is_closed
    assert not office.home.exists()


def test_what_was_pulled_is_listed_as_here(office: Office, tmp_path: Path):
    folder = str(tmp_path / "weights")
    assert office.run("models", "pull", PUBLISHED.name, "--folder", folder).code == 0
    listed = read_json(office.run("models", "list", "--folder", folder, "--json").out)
    assert listed["folder"] == folder
    (published,) = [model for model in listed["models"] if model["repo"]]
    assert published["path"] == str(tmp_path / "weights" / PUBLISHED.repo / PUBLISHED.file)


def test_a_pull_prints_where_it_lies_and_its_hash_and_tells_the_way_on_stderr(office: Office):
    ran = office.run("models", "pull", PUBLISHED.name)
    assert ran.code == 0, ran.err
    target = office.home / "models" / PUBLISHED.repo / PUBLISHED.file
    assert ran.out.splitlines()[0] == str(target)
    assert "hash checked: " in ran.out
    assert f"fetching {PUBLISHED.name}: 100 %" in ran.err
    assert "it was here" in office.run("models", "pull", PUBLISHED.name).out
    again = read_json(office.run("models", "pull", PUBLISHED.name, "--json").out)
    assert (again["path"], again["bytes_fetched"]) == (str(target), 0)


def test_what_cannot_be_begun_is_bad_input_and_what_breaks_on_the_way_has_failed(office: Office):
    unknown = office.run("models", "pull", "nothing")
    assert unknown.code == 2
    assert "no published model is called 'nothing'" in unknown.complaint
    office.script(hub="away")
    away = office.run("models", "pull", PUBLISHED.name)
    assert away.code == 2
    assert "cannot be reached; connect this machine" in away.complaint
    office.script(hub="breaks")
    broken = office.run("models", "pull", PUBLISHED.name)
    assert broken.code == 1
    assert "pull again to go on from there" in broken.complaint
    listed = read_json(office.run("models", "list", "--json").out)["models"]
    assert [model["bytes_fetched"] for model in listed if model["repo"]] == [500]
    office.script()
    assert read_json(office.run("models", "pull", PUBLISHED.name, "--json").out)["bytes_fetched"] == 500


def test_ctrl_c_keeps_what_was_fetched_and_says_so(office: Office):
    office.script(hub="ctrl-c")
    ran = office.run("models", "pull", PUBLISHED.name)
    assert ran.code == 130
    assert "what was fetched is kept; pull again to go on from there" in ran.err
    assert office.engine.is_closed
    office.script()
    office.run("models", "pull", PUBLISHED.name)
    assert office.engine.calls("pull") == ["0", "500"]


def test_a_file_is_inspected_in_words_and_as_json(office: Office, tmp_path: Path):
    path = tmp_path / "up.safetensors"
    path.write_bytes(b"weights")
    ran = office.run("models", "inspect", str(path))
    assert ran.code == 0
    assert "family      ltx-video 0.9.0 or later" in ran.out
    assert "upsampler   loads" in ran.out
    assert "1 tensors, 1.5 k parameters" in ran.out
    assert "dims 3" in ran.out
    (report,) = read_json(office.run("models", "inspect", str(path), "--json").out)
    assert report["parts"][0]["loads"] is True
    path.write_bytes(b"damaged")
    assert "not known   " in office.run("models", "inspect", str(path)).out
    missing = office.run("models", "inspect", str(tmp_path / "nowhere"))
    assert missing.code == 2
    assert "no such file or folder" in missing.complaint


def test_the_group_has_help_and_an_unknown_command_is_bad_input(office: Office):
    assert office.run("models", "--help").code == 0
    assert office.run("models", "eat").code == 2


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "twice the rows"),
        ({"path": Path("/there")}, "here; twice the rows"),
        ({"bytes_fetched": 400}, "400 bytes fetched; twice the rows"),
        ({"num_bytes": 3 * 10**9}, "no room: 3 GB to come; twice the rows"),
        ({"num_bytes": 3 * 10**9, "bytes_fetched": 25 * 10**8}, "2.5 GB fetched; twice the rows"),
        ({"num_bytes": None, "about": ""}, ""),
    ],
)
def test_the_list_says_of_each_model_how_it_stands(changes: dict[str, object], state: str):
    model: ListedModel = PUBLISHED.model_copy(update=changes)
    assert describe_state(model, ModelList(folder=Path("/models"), free_bytes=10**9, models=(model,))) == state


def test_consent_is_asked_for_where_the_models_stand(capsys: pytest.CaptureFixture[str]):
    models = (PUBLISHED.model_copy(update={"needs_consent": True}),)
    show_models(ModelList(folder=Path("/models"), free_bytes=10**9, models=models))
    assert "(licence: the publisher's; accept its terms there and set HF_TOKEN)" in capsys.readouterr().out


def test_a_version_that_is_stated_is_told_as_it_is():
    report = WeightsReport(path=Path("/x"), num_bytes=5, family="ltx-2", version="2.3", is_version_stated=True)
    assert "  family      ltx-2 2.3" in describe_report(report)
    assert "  family      house" in describe_report(report.model_copy(update={"family": "house", "version": ""}))


def test_sizes_and_counts_are_told_for_people():
    assert [size(number) for number in (None, 7, 2000, 505 * 10**6, 28.6 * 10**9)] == [
        "not known",
        "7 bytes",
        "2 kB",
        "505 MB",
        "28.6 GB",
    ]
    assert [count_of(number) for number in (7, 2000, 9_225_856, 13_040_000_000)] == ["7", "2 k", "9.23 M", "13 G"]


def test_a_person_watching_sees_a_bar_for_each_phase(monkeypatch: pytest.MonkeyPatch):
    screen = io.StringIO()
    with Bars(console=Console(file=screen, force_terminal=True, width=80)) as bars:
        fetching = Fetching("small", bars)
        for phase, step in (("fetching", 1), ("fetching", 4), ("checking", 4)):
            fetching.see(Progress(phase=phase, step=step, num_steps=4))
    assert [(task.description, task.completed) for task in bars.tasks] == [("fetching small", 4), ("checking small", 4)]
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with watch_fetching("small") as watched:
        watched.see(Progress(phase="fetching", step=1, num_steps=4))
    assert watched.has_begun
