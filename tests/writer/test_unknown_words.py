"""What a brief names by words that no lexicon knows, and what its film has no room for."""

import pytest

from aiprod_agents.brief_reading import read_brief
from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.house_writer.lexicon import get_lexicon
from aiprod_agents.house_writer.meaning import Embed
from aiprod_agents.plan import Plan, PlanInput, Translation, TranslationInput


async def plan_of(writer: HouseWriter, text: str) -> Plan:
    return await writer.ask("creative_director", PlanInput(brief=read_brief(text).brief), Plan)


async def test_an_unknown_thing_of_one_event_is_drawn_as_the_nearest_by_meaning_and_said(embed: Embed):
    writer = HouseWriter(embed)
    plan = await plan_of(writer, "A pagoda by the lake at dusk; a bird flies over it. 8 seconds.")
    assert [shot.subject for shot in plan.storyboard.shots] == ["pagoda", "pagoda", "bird"]
    question = TranslationInput(storyboard=plan.storyboard, look=plan.look, scope=("S1",), phrases={})
    first = (await writer.ask("visual_translator", question, Translation)).shots[0]
    assert first.scene.subject == "lighthouse"
    assert "'pagoda' cannot be drawn: lighthouse is nearest in meaning and stands in for it" in first.notes


async def test_an_unknown_word_that_is_near_to_nothing_is_no_thing(embed: Embed):
    plan = await plan_of(HouseWriter(embed), "A quiet moment by the lake at dusk. A bird flies over it. 8 seconds.")
    assert "moment" not in " ".join(shot.subject for shot in plan.storyboard.shots)


async def test_what_no_shot_is_left_for_is_a_note(writer: HouseWriter):
    plan = await plan_of(writer, "A dog runs on the beach and carries a ball. 6 seconds.")
    assert "a shot shows one thing, and no shot is left for the ball" in plan.notes


@pytest.mark.parametrize(
    ("text", "things"), [("It guards the door", ["door"]), ("she rings at noon", []), ("they dance", [])]
)
def test_what_stands_behind_a_pronoun_is_what_it_does(text: str, things: list[str]):
    assert [mention.words for mention in get_lexicon("en").find(text, "subject")] == things
