"""What is drawn for very different briefs differs too: a reader of the prompts alone finds the brief of each."""

import asyncio

import pytest

from aiprod_agents.brief_reading import read_brief
from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.house_writer.meaning import Embed
from aiprod_agents.plan import Plan, PlanInput, Translation, TranslationInput
from render_engine.world import phrases
from tests.writer.conftest import twenty_briefs
from tests.writer.test_twenty_briefs import dot


@pytest.fixture(scope="module")
def drawn(embed: Embed) -> list[tuple[str, Translation]]:
    """(brief, its shots in the renderer's dialect) of each."""

    async def translate(text: str) -> Translation:
        writer = HouseWriter(embed)
        plan = await writer.ask("creative_director", PlanInput(brief=read_brief(text).brief), Plan)
        scope = tuple(shot.id for shot in plan.storyboard.shots)
        question = TranslationInput(storyboard=plan.storyboard, look=plan.look, scope=scope, phrases=phrases())
        return await writer.ask("visual_translator", question, Translation)

    return [(item["text"], asyncio.run(translate(item["text"]))) for item in twenty_briefs()]


async def test_a_reader_of_the_prompts_finds_the_brief(drawn: list[tuple[str, Translation]], embed: Embed):
    """The reader knows English, and may guess twice, for much cannot be drawn; chance is right two times of sixteen."""
    drawn = [(text, film) for text, film in drawn if read_brief(text).brief.language == "en"]
    briefs = await embed([text for text, _ in drawn])
    films = await embed([" ".join(shot.prompt for shot in film.shots) for _, film in drawn])
    hits = 0
    for index, film in enumerate(films):
        likeness = [dot(brief, film) for brief in briefs]
        hits += sum(other > likeness[index] for other in likeness) < 2
    assert hits >= 11, f"{hits} of {len(drawn)}"


def test_what_is_drawn_is_not_one_scene_over_and_over(drawn: list[tuple[str, Translation]]):
    scenes = [shot.scene for _, film in drawn for shot in film.shots]
    assert len({(scene.subject, scene.setting, scene.hour) for scene in scenes}) >= 40
    assert len({scene.subject for scene in scenes}) >= 10
    assert len({scene.setting for scene in scenes}) >= 7
