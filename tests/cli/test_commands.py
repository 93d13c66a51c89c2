"""The commands, from brief to verdict, as a person or a script uses them."""

import gc
import getpass
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiprod_agents.cli.gates import name_author
from aiprod_agents.context import Event
from tests.cli.office import BRIEF, Office, produce, read_json

KEYS = {"production_id", "status", "package", "film", "seconds_elapsed", "quote", "receipt", "findings"}


def test_a_brief_is_produced_into_the_folder_that_was_asked(office: Office, tmp_path: Path):
    ran = office.run("produce", BRIEF, "--yes", "--out", str(tmp_path / "out" / "film"))
    assert ran.code == 0, ran.err
    film = tmp_path / "out" / "film" / "film.mp4"
    assert film.is_file()
    assert f"film     {film}" in ran.out
    assert "render_executor S1" in ran.err, "progress goes to stderr"
    assert "EUR so far" in ran.err
    assert "S1 measuring take 1 " in ran.err
    assert "measuring the film " in ran.err
    assert "left" in ran.err, "the quote tells what is left"


def test_with_json_stdout_is_one_object_with_the_promised_keys(office: Office):
    ran = office.run("produce", BRIEF, "--yes", "--json")
    given = read_json(ran.out)
    assert given.keys() >= KEYS
    assert given["status"] == "delivered"
    assert Path(given["film"]).is_file()
    assert given["receipt"]["spent_seconds"] > 0


def test_a_production_waits_for_its_plan_its_price_and_its_film(office: Office):
    waiting = office.run("produce", BRIEF)
    assert waiting.code == 3
    assert "answer with: aiprod answer" in waiting.out
    production_id = read_json(office.run("list", "--json").out)[0]["id"]
    assert office.run("answer", production_id[:8], "--gate", "plan", "--approve").code == 3
    priced = office.run("answer", production_id, "--gate", "cost", "--approve")
    assert priced.code == 3
    assert f"judge with: aiprod review {production_id[:8]} --approve" in priced.out
    shown = office.run("review", production_id)
    assert shown.code == 0
    assert "film" in shown.out
    assert office.run("review", production_id, "--approve").code == 0
    assert "delivered" in office.run("status", production_id).out


def test_a_change_of_plan_asks_again_and_a_decline_ends(office: Office):
    production_id = produce(office)["production_id"]
    changed = office.run("answer", production_id, "--gate", "plan", "--change", "more sea", "--json")
    assert changed.code == 3
    assert read_json(changed.out)["question"]["gate"] == "plan"
    declined = office.run("answer", production_id, "--gate", "plan", "--decline")
    assert declined.code == 4
    assert office.engine.calls("render") == []


def test_a_delivered_film_can_still_be_sent_back_for_one_shot(office: Office):
    production_id = produce(office, "--yes")["production_id"]
    before = len(office.engine.calls("render"))
    ran = office.run("review", production_id, "--needs-changes", "s2", "--note", "the cat should be larger")
    assert ran.code in {0, 3}, ran.err
    assert len(office.engine.calls("render")) == before + 1
    reviews = read_json(office.run("review", production_id, "--json").out)["reviews"]
    assert [note["text"] for review in reviews for note in review["notes"]] == ["the cat should be larger"]


def test_a_rejected_film_is_exit_code_4(office: Office):
    production_id = produce(office)["production_id"]
    for gate in ("plan", "cost"):
        office.run("answer", production_id, "--gate", gate, "--approve")
    assert office.run("review", production_id, "--reject", "--note", "not our boat").code == 4


def test_who_judged_is_on_record_by_login_name_or_by_the_name_given(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOGNAME", "ada")
    production_id = produce(office, "--yes")["production_id"]
    office.run("review", production_id, "--needs-changes", "S1", "--note", "larger")
    ran = office.run("review", production_id, "--reject", "--note", "not ours", "--author", " Grace  Hopper ")
    assert ran.code == 4, ran.err
    reviews = read_json(office.run("review", production_id, "--json").out)["reviews"]
    assert [(review["verdict"], review["author"]) for review in reviews] == [
        ("approved", "policy:house"),
        ("needs_changes", "ada"),
        ("rejected", "Grace Hopper"),
    ]
    assert reviews[-1]["notes"] == [{"shot_id": None, "text": "not ours"}]


def test_who_answered_the_plan_and_its_price_is_on_record(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOGNAME", "ada")
    production_id = produce(office)["production_id"]
    office.run("answer", production_id, "--gate", "plan", "--approve")
    ran = office.run("answer", production_id, "--gate", "cost", "--decline", "--author", "Grace", "--json")
    said = read_json(ran.out)["approvals"]
    assert [(item["gate"], item["choice"], item["author"]) for item in said] == [
        ("plan", "approve", "ada"),
        ("cost", "decline", "Grace"),
    ]
    refused = office.run("answer", production_id, "--gate", "cost", "--approve", "--author", "policy:yes")
    assert refused.code == 2
    assert "is no person" in refused.err


def test_a_package_whose_approval_is_void_is_shown_as_such(office: Office):
    production_id = produce(office, "--yes")["production_id"]
    assert "void" not in office.run("status", production_id).out
    office.run("review", production_id, "--reject", "--note", "not ours", "--author", "Ada")
    assert "(its approval is void: rejected by Ada)" in office.run("status", production_id).out


def test_somebody_without_a_login_name_has_a_name_all_the_same(monkeypatch: pytest.MonkeyPatch):
    def find_nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4242")

    monkeypatch.setattr(getpass, "getuser", find_nobody)
    assert name_author(None) == "somebody"


def test_a_failed_production_is_exit_code_1_and_says_how_to_go_on(office: Office):
    office.writer.fail = "creative_director"
    office.writer.fail = "fast_track_optimizer"
    ran = office.run("produce", BRIEF, "--yes", "--fast")
    assert ran.code == 1
    assert "not reachable" in ran.out
    production_id = read_json(office.run("list", "--json").out)[0]["id"]
    assert f"aiprod resume {production_id[:8]}" in ran.out
    office.writer.fail = ""
    assert office.run("resume", production_id).code == 0


def test_a_failure_that_going_on_cannot_mend_does_not_advise_it(office: Office):
    office.writer.fail = "seconds"
    ran = office.run("produce", BRIEF, "--yes")
    assert ran.code == 1
    assert "a plan that cannot be filmed" in ran.out
    assert "aiprod resume" not in ran.out
    assert "it would fail again: change the brief, and produce that" in ran.out
    production_id = read_json(office.run("list", "--json").out)[0]["id"]
    assert "aiprod resume" not in office.run("status", production_id).out


def test_an_engine_is_spoken_of_only_where_one_starts(office: Office):
    starts = "the engine starts"
    begun = office.run("produce", BRIEF)
    assert begun.err.count(starts) == 1
    production_id = read_json(office.run("list", "--json").out)[0]["id"]
    for words in (
        ("resume", production_id),
        ("status", production_id),
        ("answer", production_id, "--gate", "cost", "--approve"),
        ("review", production_id, "--approve"),
        ("cancel", production_id),
    ):
        ran = office.run(*words)
        assert starts not in ran.err, words


def test_what_the_reader_assumed_is_said(office: Office):
    waiting = office.run("produce", "A dog, a cat and a bird run on a beach.")
    drawn = office.run("animatic", "A dog, a cat and a bird run on a beach.")
    for ran in (waiting, drawn):
        assert "the brief gives no length: 12 seconds are assumed" in ran.out
        assert "the brief names no shape: 16:9 is assumed" in ran.out


@pytest.fixture
def uncollected() -> Iterator[None]:
    """What a cancel leaves behind stays until the end: nothing may hang on when it is collected."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C reaches the program, also where a shell began the tests in the background, which ignores it there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("uncollected", "interruptible")
@pytest.mark.parametrize("as_json", [False, True])
def test_ctrl_c_keeps_what_is_finished_and_says_how_to_resume(office: Office, *, as_json: bool):
    office.script(seconds_per_render=0.2)

    def press_ctrl_c(_event: Event) -> None:
        if len(office.engine.calls("render")) == 1:
            office.on_event = lambda _event: None
            os.kill(os.getpid(), signal.SIGINT)

    office.on_event = press_ctrl_c
    stopped = office.run("produce", BRIEF, "--yes", *(["--json"] if as_json else []))
    assert stopped.code == 130
    production_id = read_json(office.run("list", "--json").out)[0]["id"]
    assert f"aiprod resume {production_id[:8]}" in stopped.err
    if as_json:
        assert read_json(stopped.out)["production_id"] == production_id
    else:
        assert not stopped.out
    assert office.run("resume", production_id).code == 0
    assert sorted(office.engine.calls("render")) == ["bird", "cat", "dog"], "no finished shot is rendered again"


def test_what_waits_can_be_cancelled(office: Office):
    production_id = produce(office)["production_id"]
    cancelled = office.run("cancel", production_id, "--json")
    assert cancelled.code == 0
    assert read_json(cancelled.out)["status"] == "cancelled"
    for command in ("status", "resume"):
        told = office.run(command, production_id).out
        assert ": cancelled by a person\n" in told
        assert told.endswith("its finished takes are kept; produce the brief again for a film\n")
    again = office.run("cancel", production_id)
    assert again.code == 2
    assert "nothing to stop" in again.complaint


def test_the_list_is_plain_and_speaks_when_it_is_empty(office: Office):
    assert "no productions yet" in office.run("list").out
    production_id = produce(office, "--project", "ferry")["production_id"]
    assert production_id[:8] in office.run("list").out
    assert read_json(office.run("list", "--json", "--project", "other").out) == []


def test_an_animatic_is_drawn_without_a_production(office: Office, tmp_path: Path):
    ran = office.run("animatic", BRIEF, "--out", str(tmp_path / "board"), "--json")
    assert ran.code == 0, ran.err
    given = read_json(ran.out)
    assert Path(given["animatic"]).is_file()
    assert "Nothing is rendered yet" in Path(given["storyboard"]).read_text("utf-8")
    assert "Animatic: dog" in Path(given["animatic"]).read_text(), "the screen says what it is"
    assert office.engine.calls("render") == []
    assert read_json(office.run("list", "--json").out) == []
    told = office.run("animatic", BRIEF)
    assert str(office.home / "animatics") in told.out


def test_the_graph_shows_the_eight_states(office: Office):
    diagram = office.run("graph").out
    states = ("intake", "creative_director", "fast_track_optimizer", "visual_translator")
    states += ("financial_orchestrator", "render_executor", "semantic_qa", "delivery")
    assert all(state in diagram for state in states)
    assert read_json(office.run("graph", "--json").out)["mermaid"].strip() == diagram.strip()


def test_without_words_the_help_is_shown(office: Office):
    ran = office.run()
    assert ran.code == 0
    assert "produce" in ran.out
    assert "waits for a person" in ran.out


def test_the_log_is_in_the_workspace_and_a_json_object_a_line(office: Office):
    produce(office, "--yes")
    lines = (office.home / "aiprod.log").read_text("utf-8").splitlines()
    states = {json.loads(line)["state"] for line in lines}
    assert {"render_executor", "delivery"} <= states


def test_a_fault_of_the_program_is_one_line_with_its_trace_in_the_log(office: Office):
    def break_down(event: Event) -> None:
        if event.production_id:
            raise ZeroDivisionError("on purpose")

    office.on_event = break_down
    ran = office.run("produce", BRIEF, "--yes")
    assert ran.code == 1
    assert "a fault of the program itself, ZeroDivisionError: on purpose" in ran.complaint
    assert not ran.out
    assert "Traceback" in (office.home / "aiprod.log").read_text("utf-8")


def test_a_fault_before_anything_began_leaves_its_trace_on_stderr_and_no_workspace(office: Office):
    def break_down(_event: Event) -> None:
        raise ZeroDivisionError("on purpose")

    office.on_event = break_down
    ran = office.run("produce", BRIEF, "--yes")
    assert ran.code == 1
    assert "ZeroDivisionError: on purpose" in ran.complaint
    assert "Traceback" in ran.err
    assert not office.home.exists()
