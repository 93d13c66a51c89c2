"""What the house translator does about a reviewer's notes, and what it says of those that it can do nothing about."""

from aiprod_agents.house_writer import HouseWriter
from tests.writer.test_translating import board, translate


async def test_a_note_of_which_nothing_can_be_done_is_named_as_it_was_asked(writer: HouseWriter) -> None:
    shot = await translate(writer, board(change="the dog must juggle torches"), "closer", "the dog must juggle torches")
    assert shot.unanswered == ("the dog must juggle torches",)
    assert shot.scene.framing == "close"


async def test_a_change_that_is_also_a_note_is_made_once(writer: HouseWriter) -> None:
    once = await translate(writer, board(hour="day", change="darker"))
    both = await translate(writer, board(hour="day", change="darker"), "darker")
    assert once.scene.hour == both.scene.hour == "dawn"
    assert once.unanswered == both.unanswered == ()


async def test_a_note_that_is_understood_in_part_says_which_part_is_not(writer: HouseWriter) -> None:
    shot = await translate(writer, board(), "closer, with more sparkle")
    assert shot.scene.framing == "close"
    assert shot.notes == (
        "'closer, with more sparkle' is taken up",
        "but of it, 'with more sparkle': nothing in it that the house can act on",
    )
    assert shot.unanswered == ()
