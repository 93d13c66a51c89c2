"""A shot list may ask for shots longer than one clip of the renderer: they are shown in parts, and that is said."""

import pytest

from aiprod_agents.brief_reading import read_brief
from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.house_writer.timing import LONGEST
from aiprod_agents.plan import Plan, PlanInput

TWO_LONG = """Shots:
1. Wide, a beach at dusk (6 s)
2. A red sailboat passes the lighthouse (5 s)
3. Close-up, the sea (3 s)
"""
NO_SECONDS = "Shots:\n1. A dog runs on a beach\n2. A cat sleeps in a room\n\nTotal 20 seconds."


async def plan_of(writer: HouseWriter, text: str, max_shots: int | None = None) -> Plan:
    question = PlanInput(brief=read_brief(text).brief, max_shots=max_shots)
    return await writer.ask("creative_director", question, Plan)


@pytest.mark.parametrize("text", [TWO_LONG, NO_SECONDS])
async def test_every_part_fits_a_clip_and_the_film_keeps_its_length(writer: HouseWriter, text: str):
    plan = await plan_of(writer, text)
    assert max(shot.seconds for shot in plan.storyboard.shots) <= LONGEST + 0.05
    assert plan.storyboard.seconds == pytest.approx(read_brief(text).brief.seconds, abs=0.5)
    assert any("in parts" in note for note in plan.notes)


async def test_parts_share_their_shot_and_do_not_repeat_its_words(writer: HouseWriter):
    shots = (await plan_of(writer, TWO_LONG)).storyboard.shots
    assert [shot.seconds for shot in shots] == [3.0, 3.0, 2.5, 2.5, 3.0]
    assert len({shot.description for shot in shots}) == len(shots)
    assert {shot.scene_id for shot in shots[:2]} == {shots[0].scene_id}
    assert shots[0].framing == "wide"


async def test_a_list_of_short_shots_stays_as_it_is(writer: HouseWriter):
    plan = await plan_of(writer, "Shots:\n1. A beach (4 s)\n2. A lighthouse (4 s)\n3. A boat (4 s)\n")
    assert [shot.seconds for shot in plan.storyboard.shots] == [4.0, 4.0, 4.0]
    assert not any("in parts" in note for note in plan.notes)


async def test_a_saving_may_still_take_fewer_shots(writer: HouseWriter):
    plan = await plan_of(writer, TWO_LONG, max_shots=4)
    assert len(plan.storyboard.shots) == 4
