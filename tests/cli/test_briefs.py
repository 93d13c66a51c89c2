"""What BRIEF and its options may say, and the one line that a bad one gets."""

import io
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiprod_agents.cli.briefs import check_out, check_project, parse_budget, take_brief
from aiprod_agents.errors import InputError
from memory.records import Budget

PROSE = "Ten seconds. A red sailboat leaves the harbour at dawn."


def test_a_brief_is_a_file_or_words_or_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "brief.md"
    file.write_text(PROSE, "utf-8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PROSE.encode())))
    read = [take_brief(given).brief for given in (str(file), PROSE, "-")]
    assert read[0].text == read[1].text == read[2].text
    assert read[0].seconds == 10


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "empty"),
        ("   \n ", "empty"),
        ("missing.md", "no file missing.md"),
        ("no/such/brief.yaml", "no file"),
        ("binary.md", "not text"),
        ("long.md", "shorten it"),
        ("folder", "is a folder"),
        ("A red boat, 0 seconds.", "0 seconds"),
        ("A red boat for 10 hours.", "10 hours"),
        ("A red boat, aspect ratio 7:3, ten seconds.", "7:3"),
        ("picture.md", "missing"),
        ("climbing.md", "outside the brief's folder"),
    ],
)
def test_a_bad_brief_gets_one_line_that_says_what_to_do(
    given: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    Path("binary.md").write_bytes(bytes(range(256)))
    Path("long.md").write_text("A red sailboat. " * 12_500, "utf-8")
    Path("picture.md").write_text(f"{PROSE}\n\n![logo](gone.png)\n", "utf-8")
    Path("climbing.md").write_text(f"{PROSE}\n\n![logo](../secret.png)\n", "utf-8")
    with pytest.raises(InputError) as caught:
        take_brief(given)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "budget"),
    [
        (None, Budget()),
        ("2.50eur", Budget(eur=2.5)),
        ("2,50 €", Budget(eur=2.5)),
        ("120s", Budget(seconds=120)),
        ("2min", Budget(seconds=120)),
        ("1 EUR", Budget(eur=1)),
    ],
)
def test_a_budget_is_money_or_time(given: str | None, budget: Budget):
    assert parse_budget(given) == budget


@pytest.mark.parametrize(
    "given", ["9" * 400 + "s", "", "0eur", "-3eur", "12", "a lot", "1e400s", "3 pounds", "5eurs", "nan s"]
)
def test_any_other_budget_is_refused(given: str):
    with pytest.raises(InputError, match=r"such as 2\.50eur or 120s"):
        parse_budget(given)


@given(st.floats(min_value=0.01, max_value=1e6))
def test_every_written_budget_reads_back(seconds: float):
    written = f"{seconds:.2f}"
    assert parse_budget(f"{written}s").seconds == float(written)


@pytest.mark.parametrize("name", ["", "../other", "a/b", ".hidden", "x" * 81, "tab\there"])
def test_a_project_cannot_be_named_like_a_path(name: str):
    with pytest.raises(InputError, match="cannot be named so"):
        check_project(name)


@pytest.mark.parametrize("name", ["default", "Fähre 2", "client-7.b", "ville_été"])
def test_a_project_may_have_a_name_of_any_script(name: str):
    assert check_project(name) == name


@pytest.mark.parametrize("given", ["examples/briefs/frist_film", "brief.docx", "./brief", "/dev/fd/199"])
def test_one_word_that_is_a_path_is_no_brief(given: str):
    with pytest.raises(InputError, match="there is no file"):
        take_brief(given)


def test_a_pipe_is_read_like_a_file():
    reading, writing = os.pipe()
    os.write(writing, PROSE.encode())
    os.close(writing)
    try:
        assert take_brief(f"/dev/fd/{reading}").brief == take_brief(PROSE).brief
    finally:
        os.close(reading)


def test_nothing_is_read_from_a_standard_input_that_is_closed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="standard input is closed"):
        take_brief("-")


def test_out_is_no_place_that_a_package_cannot_replace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for out in (Path(), tmp_path, Path("/proc")):
        with pytest.raises(InputError, match="cannot be replaced by a package"):
            check_out(out)
    with pytest.raises(InputError, match="more than 200 bytes"):
        check_out(tmp_path / ("x" * 201))
    assert check_out(tmp_path / "x" / ".." / "film") == tmp_path / "film"


def test_out_may_be_new_and_nothing_is_made_by_asking(tmp_path: Path):
    assert check_out(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert not list(tmp_path.iterdir())
    assert check_out(None) is None


def test_out_cannot_be_a_file_nor_a_place_that_nobody_can_write_to(tmp_path: Path):
    file = tmp_path / "film.mp4"
    file.touch()
    with pytest.raises(InputError, match="is a file"):
        check_out(file)
    with pytest.raises(InputError, match="cannot be written to"):
        check_out(Path("/proc/aiprod"))
