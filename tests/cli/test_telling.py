"""What the commands tell: notes, work in progress, each gate's way on, and words that stay words."""

import pytest

from aiprod_agents.cli.printing import print_table
from aiprod_agents.cli.showing import describe, describe_finding
from aiprod_agents.locks import hold_production
from aiprod_agents.outcome import ProductionOutcome
from memory.records import Finding, ProductionStatus
from tests.cli.office import BRIEF, Office, produce, read_json


def test_what_another_process_works_on_is_said_to_be_worked_on_and_offers_nothing_else(office: Office):
    office.writer.fail = "visual_translator"
    office.run("produce", BRIEF)
    production_id = read_json(office.run("list", "--json").out)[0]["id"]
    assert "0.0 s" in office.run("status", production_id).out
    with hold_production(office.home, production_id):
        words = office.run("status", production_id).out
        given = read_json(office.run("status", production_id, "--json").out)
    assert words.splitlines()[0].endswith(": failed; it is being worked on")
    assert "aiprod resume" not in words
    assert "0.0 s" not in words
    assert (given["running"], given["can_resume"], given["receipt"]) == (True, False, None)
    assert "aiprod resume" in office.run("status", production_id).out, "looking at it has held nobody up"


def test_a_gate_that_somebody_is_answering_is_not_offered_again(office: Office):
    production_id = produce(office)["production_id"]
    with hold_production(office.home, production_id):
        given = read_json(office.run("status", production_id, "--json").out)
    assert (given["running"], given["question"]) == (True, None)
    assert office.run("answer", production_id, "--gate", "plan", "--approve").code == 3


def test_a_first_try_that_failed_leaves_no_receipt_of_nothing_at_a_later_gate(office: Office):
    office.writer.fail = "visual_translator"
    production_id = produce(office)["production_id"]
    office.writer.fail = ""
    office.run("resume", production_id)
    shown = office.run("answer", production_id, "--gate", "plan", "--approve").out
    assert "awaiting cost" in shown
    assert "quote    " in shown
    assert "spent" not in shown


def test_what_was_bent_and_assumed_reaches_the_shell_each_line_once(office: Office):
    brief = "A dog, a cat and a bird run on a beach."
    made = office.run("produce", brief, "--yes").out
    assert "  note     the brief gives no length: 12 seconds are assumed" in made
    assert "  note     S1, S2, S3: the beach stands in for a lagoon" in made
    given = read_json(office.run("list", "--json").out)[0]["id"]
    notes = read_json(office.run("status", given, "--json").out)["notes"]
    assert notes.count("nothing was left out") == 1
    waiting = office.run("produce", brief).out
    assert waiting.count("12 seconds are assumed") == 1, "the question has it already"


def test_of_many_notes_twelve_are_printed():
    outcome = ProductionOutcome(
        production_id="p",
        project="beach",
        title="",
        status=ProductionStatus.DELIVERED,
        notes=tuple(f"this is bent {number}" for number in range(15)),
    )
    lines = describe(outcome)
    assert sum(line.startswith("  note     ") for line in lines) == 12
    assert lines[-1] == "  and 3 more on the storyboard page"


def test_each_command_explains_its_own_approval_and_flags_take_no_value(office: Office):
    answer, review = (office.run(command, "--help").out for command in ("answer", "review"))
    assert "--note" not in answer
    assert "--note says" in review
    for shown in (answer, review, office.run("produce", "--help").out):
        flags = [line for line in shown.splitlines() if "<bool>" in line]
        assert all("--help" in line for line in flags), flags


def test_words_of_a_reviewer_cannot_steer_the_terminal(office: Office):
    evil = "wide\x1b[2J\x07\x9b31m\u202e gnp"
    production_id = produce(office, "--yes")["production_id"]
    ran = office.run("review", production_id, "--needs-changes", "S1", "--note", evil)
    shown = office.run("review", production_id).out
    for text in (ran.out, ran.err, shown):
        assert not set(text) & {"\x1b", "\x07", "\x9b", "\u202e"}
    assert "wide\ufffd[2J\ufffd\ufffd31m\ufffd gnp" in shown
    as_json = office.run("review", production_id, "--json").out
    assert not set(as_json) & {"\x1b", "\x07", "\x9b", "\u202e"}
    assert read_json(as_json)["reviews"][-1]["notes"][0]["text"] == evil, "JSON tells them as they are, escaped"


def test_a_table_s_cells_are_only_words(capsys: pytest.CaptureFixture[str]):
    print_table(("title",), [("a\x1b[31mred\u2066",)])
    assert "a\ufffd[31mred\ufffd" in capsys.readouterr().out


def test_a_change_that_the_budget_does_not_bear_is_told_at_the_final_gate(office: Office):
    production_id = produce(office)["production_id"]
    office.run("answer", production_id, "--gate", "plan", "--approve")
    office.run("answer", production_id, "--gate", "cost", "--approve")
    office.run("review", production_id, "--needs-changes", "S1", "--note", "larger")
    turned = office.run("answer", production_id, "--gate", "cost", "--decline").out
    assert "  not rendered: the changes were declined for their price\n" in turned


def test_what_a_film_was_approved_with_is_told_as_such(office: Office):
    production_id = produce(office, "--yes")["production_id"]
    office.run("review", production_id, "--needs-changes", "S1", "--note", "larger")
    office.run("answer", production_id, "--gate", "cost", "--approve")
    office.run("review", production_id, "--approve", "--note", "client wants it silent")
    first = office.run("status", production_id).out.splitlines()[0]
    assert first.endswith(": delivered; approved with: client wants it silent")


def test_the_gate_says_when_no_other_plan_can_be_asked_for(office: Office):
    production_id = produce(office)["production_id"]
    said = "plan: no more changes: approve or decline"
    for number in range(3):
        assert said not in office.run("status", production_id).out
        office.run("answer", production_id, "--gate", "plan", "--change", f"more sea {number}")
    assert said in office.run("status", production_id).out
    assert said in office.run("answer", production_id, "--gate", "plan", "--approve").out


def test_the_plan_gate_shows_what_each_shot_is_rendered_from(office: Office):
    shown = office.run("produce", BRIEF).out
    assert "    S2: 3.0 s, a cat runs\n    S2: rendered from: cat on a beach\n" in shown


def test_a_note_is_not_told_twice_in_one_line():
    note = Finding(
        id="f", shot_id="S1", category="note", severity="major", message="larger", change="larger", author="a"
    )
    assert describe_finding(note) == "major on S1: larger"
    assert describe_finding(note.model_copy(update={"message": "is dark"})) == "major on S1: is dark (larger)"
