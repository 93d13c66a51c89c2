"""A change that speaks of one shot changes that shot alone, and the storyboard shows it as it will be drawn."""

import pytest

from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.house_writer.asking import ShotName, find_not_understood, split_by_shot
from aiprod_agents.house_writer.changes import Changes, parse_changes
from aiprod_agents.plan import Plan, Translation, TranslationInput
from memory.records import Storyboard
from render_engine.api import SceneSpec
from tests.writer.test_planning import plan_of

TEXT = "A dog runs on the beach at dusk. Then it sleeps by a lighthouse. 15 seconds."
FRENCH = "Un chien court sur la plage. Il revient au port. 12 secondes."


def facts(board: Storyboard, shot_id: str) -> tuple[str, ...]:
    """Everything of a shot that is drawn."""
    shot = board.shot(shot_id)
    scene = next(scene for scene in board.scenes if scene.id == shot.scene_id)
    own = (shot.subject, shot.colour or "", shot.action, shot.framing, shot.camera, shot.side, shot.change)
    return (*own, scene.setting, scene.hour, scene.weather)


async def changed(writer: HouseWriter, text: str, asked: str) -> tuple[Plan, list[str]]:
    """The plan as asked, and the ids of the shots that are others than without the change."""
    old, new = await plan_of(writer, text), await plan_of(writer, text, change_request=asked)
    ids = [shot.id for shot in old.storyboard.shots]
    assert [shot.id for shot in new.storyboard.shots] == ids
    return new, [one for one in ids if facts(old.storyboard, one) != facts(new.storyboard, one)]


async def scenes_of(writer: HouseWriter, plan: Plan) -> dict[str, SceneSpec]:
    scope = tuple(shot.id for shot in plan.storyboard.shots)
    question = TranslationInput(storyboard=plan.storyboard, look=plan.look, scope=scope, phrases={})
    return {one.shot_id: one.scene for one in (await writer.ask("visual_translator", question, Translation)).shots}


@pytest.mark.parametrize(
    ("asked", "shot_id", "values"),
    [
        (
            "the last shot should be a close-up of the lighthouse, in fog",
            "S5",
            {"framing": "close", "subject": "lighthouse", "weather": "fog", "hour": "dusk"},
        ),
        ("Make the first shot at night", "S1", {"hour": "night", "subject": "dog"}),
        ("The second shot in the rain, please", "S2", {"weather": "rain"}),
        ("shot 3: a close-up", "S3", {"framing": "close"}),
        ("Shot 2: step back.", "S2", {"framing": "medium"}),
        ("shot 2: a wide shot", "S2", {"framing": "wide"}),
        ("S4: the dog is blue", "S4", {"colour": "blue"}),
        ("make the last shot neon", "S5", {"style": "neon"}),
        ("In the third shot the camera should pan left", "S3", {"camera": "pan_left"}),
        ("no dog in the second shot", "S2", {"subject": "lighthouse"}),
    ],
)
async def test_one_shot_changes_alone_and_is_drawn_as_the_storyboard_says(
    writer: HouseWriter, asked: str, shot_id: str, values: dict[str, str]
) -> None:
    plan, others = await changed(writer, TEXT, asked)
    assert others == [shot_id]
    drawn = (await scenes_of(writer, plan))[shot_id].model_dump()
    assert {name: drawn[name] for name in values} == values
    told = facts(plan.storyboard, shot_id)
    assert set(values.values()) - {values.get("style")} <= set(told)
    assert f'change asked: "{asked}"' in plan.notes
    assert not any("act on" in note for note in plan.notes)


@pytest.mark.parametrize(
    ("asked", "shot_id", "fact"),
    [
        ("le dernier plan en gros plan, dans la brume", "S5", "close"),
        ("Le premier plan de nuit", "S1", "night"),
        ("plan 2 : sous la neige", "S2", "snow"),
    ],
)
async def test_a_shot_is_named_in_french_too(writer: HouseWriter, asked: str, shot_id: str, fact: str) -> None:
    plan, others = await changed(writer, FRENCH, asked)
    assert others == [shot_id]
    assert fact in facts(plan.storyboard, shot_id)


async def test_a_step_closer_is_one_step_in_plan_and_picture(writer: HouseWriter) -> None:
    old = await plan_of(writer, TEXT)
    wide = next(shot.id for shot in old.storyboard.shots if shot.framing == "wide")
    plan, others = await changed(writer, TEXT, f"{wide}: closer")
    assert others == [wide]
    assert plan.storyboard.shot(wide).framing == "medium"
    assert (await scenes_of(writer, plan))[wide].framing == "medium"


async def test_what_is_asked_of_a_shot_is_told_in_its_description(writer: HouseWriter) -> None:
    plan, _ = await changed(writer, TEXT, "Make the first shot at night")
    told = plan.storyboard.shots[0].description
    assert "night" in told.lower()
    assert "dusk" not in told
    later, _ = await changed(writer, TEXT, "Make it night.")
    assert "dusk" not in later.storyboard.shots[0].description


async def test_changes_of_one_shot_add_up_and_the_newest_wins(writer: HouseWriter) -> None:
    plan, others = await changed(writer, TEXT, "shot 1: in the rain\nshot 1: at night\nthe first shot in fog")
    assert others == ["S1"]
    assert facts(plan.storyboard, "S1")[-2:] == ("night", "fog")
    assert sum(note.startswith("change asked: ") for note in plan.notes) == 3


async def test_what_is_not_understood_is_said_clause_by_clause(writer: HouseWriter) -> None:
    asked = "warmer, with more sparkle on it. Shot 1: at night, and more soul. Shot 9: closer."
    plan = await plan_of(writer, TEXT, change_request=asked)
    assert plan.look.palette == "warm colours"
    said = [note for note in plan.notes if "act on" in note]
    assert said == [
        'of what is asked, "with more sparkle on it": nothing in it that the house can act on',
        'of what is asked of S1, "more soul": nothing in it that the house can act on',
    ]
    assert "a change is asked of shot 9: no such one is among the film's 5 shots" in plan.notes


async def test_a_shot_is_named_by_what_it_shows(writer: HouseWriter) -> None:
    text = "A dog runs on the beach. A lighthouse stands there. A red balloon rises over the sea. 12 seconds."
    plan, others = await changed(writer, text, "The shot of the lighthouse should be at night")
    assert {plan.storyboard.shot(one).subject for one in others} == {"lighthouse"}
    french, others = await changed(writer, FRENCH, "le plan du phare de nuit")
    assert others == []
    assert any("the shot of the phare" in note for note in french.notes)


async def test_a_framing_is_asked_for_outright_or_by_a_step(writer: HouseWriter) -> None:
    close = await plan_of(writer, TEXT, change_request="make it a close-up")
    assert {shot.framing for shot in close.storyboard.shots} == {"close"}
    french = await plan_of(writer, FRENCH, change_request="en plan large")
    assert {shot.framing for shot in french.storyboard.shots} == {"wide"}
    closer = await plan_of(writer, TEXT, change_request="closer")
    assert {shot.framing for shot in closer.storyboard.shots} == {"medium", "close"}


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("call it Away", "Away"),
        ("title: Away", "Away"),
        ("Warmer, and call it The Long Way Home.", "The Long Way Home"),
        ('the title should be "far away", please', "far away"),
        ("titre : Au loin", "Au loin"),
        ("Change the title to Away", "Away"),
        ("name the film Away", "Away"),
        ("appelez-le « Loin »", "Loin"),
    ],
)
async def test_the_film_is_renamed(writer: HouseWriter, asked: str, title: str) -> None:
    assert (await plan_of(writer, TEXT, change_request=asked)).concept.title == title


async def test_a_new_title_stands_where_the_brief_shows_the_old_one(writer: HouseWriter) -> None:
    text = 'A film titled "Dog". A dog runs. Then it sleeps. 20 seconds.'
    old = (await plan_of(writer, text)).storyboard.title_card
    new = (await plan_of(writer, text, change_request="call it Away")).storyboard.title_card
    assert old is not None
    assert new is not None
    assert (old.words, new.words) == (("Dog",), ("Away",))
    assert new.covers == old.covers


def test_a_small_word_of_one_language_names_nothing_of_the_other() -> None:
    assert parse_changes("remove the narration") == Changes(narration=False)
    assert parse_changes("don't show the cat").bans == {("subject", "cat")}
    assert parse_changes("make it red or blue").wants == {"colour": "red"}


@pytest.mark.parametrize(
    ("text", "general", "by_shot"),
    [
        ("Make it warmer and make the last shot at night", "Make it warmer", {-1: "make it at night"}),
        ("Closer and darker in shot 2", "", {2: "Closer, darker"}),
        ("shots 2 and 3 in the rain", "", {2: "in the rain", 3: "in the rain"}),
        ("make the last two shots neon", "", {-1: "make it neon", -2: "make it neon"}),
        ("shots 2 to 4: closer", "", {2: "closer", 3: "closer", 4: "closer"}),
        ("Le premier plan de nuit et le plan 2 plus lent", "", {1: "de nuit", 2: "plus lent"}),
        ("shot 1: at night, everything else brighter", "everything else brighter", {1: "at night"}),
        ("Black and white.", "Black and white.", {}),
        ("Warmer, and the last shot at night", "Warmer", {-1: "at night"}),
        ("Plus chaud, et le dernier plan plus serré", "Plus chaud", {-1: "plus serré"}),
        ("the first and last shots at night", "", {1: "at night", -1: "at night"}),
        ("can you make the second to last shot darker", "", {-2: "can you make it darker"}),
        ("the ending should be at night", "", {-1: "should be at night"}),
        ("every shot closer", "every shot closer", {}),
        ("The shot of the lighthouse should be closer", "", {"lighthouse": "should be closer"}),
    ],
)
def test_words_go_to_the_shots_that_they_speak_of(text: str, general: str, by_shot: dict[ShotName, str]) -> None:
    assert split_by_shot(text) == (general, by_shot)
    assert find_not_understood(general) == []
