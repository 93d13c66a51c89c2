"""What a plan assumes or bends is said: place and hour, a style that is only stood in for, words without a verb."""

import pytest

from aiprod_agents.brief_reading import read_brief
from aiprod_agents.house_writer import HouseWriter
from tests.writer.test_planning import plan_of


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("A sad fox. 6 seconds.", "the brief names no place and no hour: a forest at dusk is assumed"),
        ("A dog at night. 8 seconds.", "the brief names no place: a meadow is assumed"),
        ("A calm film of a dog on the beach. 8 seconds.", "the brief names no hour: dawn is assumed"),
        ("A calm train. 8 seconds.", "the brief names no place and no hour: the mountains at dawn are assumed"),
        (
            "The journey of a train. Then it climbs. Then it waits. Then it returns. 24 seconds.",
            "the brief names no place and no hour: the mountains from dawn to dusk are assumed",
        ),
    ],
)
async def test_place_and_hour_that_nobody_named_are_one_note(writer: HouseWriter, text: str, note: str) -> None:
    assert [line for line in (await plan_of(writer, text)).notes if "assumed" in line] == [note]


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("A dog runs on the beach at dawn. 8 seconds.", ""),
        ("Shots:\n1. a dog runs on the beach\n2. at night it sleeps\n", ""),
        ("Un chien court sur la plage à l'aube. 8 secondes.", ""),
        ("A dog. 8 seconds.", "set it in the desert, at night"),
    ],
)
async def test_what_is_named_is_not_assumed(writer: HouseWriter, text: str, change: str) -> None:
    notes = (await plan_of(writer, text, change_request=change)).notes
    assert not [line for line in notes if "assumed" in line]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            "A gouache film: a fox walks at dawn. 8 s.",
            "'gouache' cannot be drawn: loose watercolour stands in for it",
        ),
        ("Un renard à l'aube, en linogravure. 8 s.", "'linogravure' cannot be drawn: a woodcut print stands in for it"),
        ("A fox at dawn. Stop-motion. 8 s.", "'Stop-motion' cannot be drawn: paper cut-outs stand in for it"),
        ("A calm fox at dawn. Claymation. 8 s.", "'Claymation' cannot be drawn: soft pastel stands in for it"),
    ],
)
async def test_a_style_that_another_stands_in_for_is_a_note(writer: HouseWriter, text: str, note: str) -> None:
    assert note in (await plan_of(writer, text)).notes


@pytest.mark.parametrize(
    "style",
    [
        "Soft pastel.", "Paper cut-outs.", "Neon.", "Flat design.", "Black and white.", "", "Watercolour.", "Woodcut.",
        "A blueprint.",
    ],
)  # fmt: skip
async def test_a_style_that_is_drawn_is_no_note(writer: HouseWriter, style: str) -> None:
    notes = (await plan_of(writer, f"A fox walks in the forest at dawn. {style} 8 s.")).notes
    assert not [line for line in notes if "stand" in line]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('Fox in snow. 6 s. Sad. "Gone."', "Gone."),
        ('A man at the window. "Never again." 9 s', "Never again."),
        ("Un renard dans la neige. « Parti. » 6 s.", "Parti."),
        ('A house at night. "Home" 8 seconds', "Home"),
    ],
)
async def test_a_sentence_that_is_a_quotation_is_shown(writer: HouseWriter, text: str, words: str) -> None:
    brief = read_brief(text).brief
    assert brief.words_on_screen == (words,)
    assert [one.kind for one in brief.requirements if words in one.text] == ["words"]
    board = (await plan_of(writer, text)).storyboard
    shown = [*(shot.words for shot in board.shots), *(board.end_card.words if board.end_card else ())]
    assert words in shown


@pytest.mark.parametrize(
    "text",
    [
        'A fox. The narrator speaks. "Gone." 8 s',
        'A man waits. He whispers: "Soon." "Very soon." 8 s',
        'A dog sleeps. Voice-over:\n- "One."\n- "Two."\n\n12 s',
        "Un chien. Il murmure. « Bientôt. » 8 s",
    ],
)
def test_a_quotation_that_somebody_speaks_is_not_shown(text: str) -> None:
    assert read_brief(text).brief.words_on_screen == ()
