"""What memory brings back acts in the order in which it was said, and what was let pass acts not at all."""

from aiprod_agents.house_writer.requests import Requests, gather_requests
from aiprod_agents.plan import PlanInput
from memory.records import Brief, RecalledLine

BRIEF = Brief(text="A dog walks on the beach.", language="en", seconds=12)


def recalled(*lines: tuple[str, str], **asked: str) -> Requests:
    """The requests of lines as recall gives them, (kind, text), the newest first."""
    recall = [
        RecalledLine.model_validate({"kind": kind, "text": text, "source": f"review {number}"})
        for number, (kind, text) in enumerate(lines)
    ]
    return gather_requests(PlanInput(brief=BRIEF, recall=tuple(recall), **asked))


def test_an_old_note_never_beats_a_newer_one() -> None:
    assert recalled(("note", "warmer"), ("note", "cooler")).changes.palette == "warm"
    assert recalled(("note", "cooler"), ("note", "warmer")).changes.palette == "cool"
    assert recalled(("note", "make it neon"), ("note", "no neon")).changes.wants == {"style": "neon"}
    assert ("style", "neon") in recalled(("note", "no neon"), ("note", "make it neon")).changes.bans


def test_a_note_beats_a_lesson_and_what_is_asked_now_beats_both() -> None:
    lines = (("note", "warmer"), ("lesson", "cooler"))
    assert recalled(*lines).changes.palette == "warm"
    assert recalled(*lines, change_request="more muted").changes.palette == "muted"


def test_the_notes_name_what_was_remembered_with_the_oldest_first() -> None:
    notes = recalled(("look", "style: ink"), ("note", "warmer"), ("note", "cooler")).notes
    assert notes == ("from memory (review 2): cooler", "from memory (review 1): warmer")


def test_what_was_let_pass_is_named_and_asks_for_nothing() -> None:
    requests = recalled(("accepted", "The sky is too dark. (ada let it pass: it is night)"))
    assert not requests.changes
    assert requests.notes == (
        "from memory (review 0): The sky is too dark. (ada let it pass: it is night); it asks for nothing",
    )
    assert recalled(("note", "The sky is too dark.")).changes.light == 1
