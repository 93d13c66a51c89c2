"""Proper names stand for the things that the brief gives them to."""

import pytest

from aiprod_agents.brief_reading import read_brief
from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.house_writer.lexicon import get_lexicon
from aiprod_agents.house_writer.proper_names import find_proper_names, in_common_words
from aiprod_agents.plan import Plan, PlanInput

ENGLISH = [
    ("Milo is a small orange cat. Milo wakes.", {"Milo": "the small cat"}),
    ("We follow Mia, a girl who lives by the sea. Mia swims.", {"Mia": "the girl"}),
    ("An old sailboat called Aurora leaves. Aurora is fast.", {"Aurora": "the old sailboat"}),
    ("A man and Rex, his dog, walk. Rex runs ahead.", {"Rex": "the dog"}),
    ("Milo is a cat. He sleeps.", {}),
    ("In Bruges, a boat glides. Bruges sleeps.", {}),
    ("Suddenly, a dog barks. Suddenly, a bird flies.", {}),
    ("Northwind is a coffee brand. Northwind opens at dawn.", {}),
    ("Rain is a sailboat's friend. Rain falls.", {}),
]
FRENCH = [
    ("Léa, une petite fille, marche. Léa chante.", {"Léa": "la fille"}),
    ("Un chat nommé Félix dort. Félix rêve.", {"Félix": "le chat"}),
    ("Un chien qui s'appelle Max court. Max saute.", {"Max": "le chien"}),
]


@pytest.mark.parametrize(("text", "names"), ENGLISH)
def test_a_name_stands_for_the_thing_that_bears_it(text: str, names: dict[str, str]):
    assert find_proper_names(get_lexicon("en"), text) == names


@pytest.mark.parametrize(("text", "names"), FRENCH)
def test_names_are_given_in_french(text: str, names: dict[str, str]):
    assert find_proper_names(get_lexicon("fr"), text) == names


def test_a_name_is_put_in_common_words_where_it_is_the_whole_word():
    assert in_common_words("Max and Maxine", {"Max": "the dog"}) == "the dog and Maxine"


async def test_who_bears_a_name_is_in_the_shots_that_name_it(writer: HouseWriter):
    text = "Milo is a small orange cat. Milo wakes in the living room. Milo meets a dog. 12 seconds."
    plan = await writer.ask("creative_director", PlanInput(brief=read_brief(text).brief), Plan)
    assert {(shot.subject, shot.colour) for shot in plan.storyboard.shots} == {("small cat", "orange")}
    assert "Milo meets a dog" in plan.concept.logline
    assert any("Milo meets a dog" in shot.description for shot in plan.storyboard.shots)
