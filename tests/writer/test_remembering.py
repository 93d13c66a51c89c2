"""Memory in a new film: the brief's own words go first, a story's particulars stay in their film, and all is said."""

import pytest

from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.plan import Plan
from memory.records import RecalledLine
from tests.writer.test_planning import plan_of

MEASURED = "colours are measured only where the brief asks for them, and nothing else of it names a look"
BALLOON = "the balloon should be red and it should be at dusk"


def note(text: str, place: str = "shot S2") -> RecalledLine:
    return RecalledLine(kind="note", text=text, source=f"production 1 review 2 {place}")


def look(text: str) -> RecalledLine:
    return RecalledLine(kind="look", text=text, source="production 1 look")


def hours(plan: Plan) -> set[str]:
    return {scene.hour for scene in plan.storyboard.scenes}


def said_of(plan: Plan, words: str) -> list[str]:
    return [line for line in plan.notes if line.startswith("from memory") and words in line]


async def test_a_story_s_particulars_stay_in_their_film(writer: HouseWriter) -> None:
    plain = await plan_of(writer, "A film about a dog. 12 seconds.")
    plan = await plan_of(writer, "A film about a dog. 12 seconds.", recall=(note(BALLOON),))
    assert plan.storyboard == plain.storyboard
    assert said_of(plan, BALLOON) == [
        f"from memory (production 1 review 2 shot S2): {BALLOON}; not used: colour red, hour dusk (that film's own)"
    ]


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("A dog runs on the beach at sunrise. 12 seconds.", "dawn"),
        ("A dog runs on the beach at night. 12 seconds.", "night"),
        ("Un chien court sur la plage à l'aube. 12 secondes.", "dawn"),
    ],
)
@pytest.mark.parametrize(
    "remembered", [BALLOON, "too dark", "darker please", "make it day", "not at night, not at dawn"]
)
async def test_the_brief_s_hour_wins_over_memory(writer: HouseWriter, text: str, hour: str, remembered: str) -> None:
    for place in ("shot S2", "film"):
        plan = await plan_of(writer, text, recall=(note(remembered, place),))
        assert hours(plan) == {hour}
        assert "not used" in said_of(plan, remembered)[0]


async def test_the_brief_s_weather_wins_over_a_remembered_never(writer: HouseWriter) -> None:
    text = "A dog walks in the city in the rain. 12 seconds."
    plan = await plan_of(writer, text, recall=(note("slower, and no rain", "film"),))
    assert {scene.weather for scene in plan.storyboard.scenes} == {"rain"}
    assert said_of(plan, "no rain")[0].endswith("; used: slower; not used: no rain (the brief's own words come first)")


async def test_a_never_and_a_look_hold_for_every_film(writer: HouseWriter) -> None:
    recall = (note("never show people"), note("make it neon, and warmer"), note("no narration"), note("static camera"))
    plan = await plan_of(writer, "A quiet city. 12 seconds.", recall=recall)
    assert "person" not in {shot.subject for shot in plan.storyboard.shots}
    assert (plan.look.style, plan.look.palette) == ("glowing neon", "warm colours")
    assert not any(shot.narration for shot in plan.storyboard.shots)
    assert {shot.camera for shot in plan.storyboard.shots} == {"static"}
    assert not any("not used" in line for line in plan.notes)
    own = await plan_of(writer, "A woman in a quiet city. Soft pastel, cool colours. 12 seconds.", recall=recall)
    assert "woman" in {shot.subject for shot in own.storyboard.shots}
    assert (own.look.style, own.look.palette) == ("soft pastel", "cool colours")


async def test_a_shot_s_framing_is_no_rule_for_films_but_a_film_s_is(writer: HouseWriter) -> None:
    text = "A dog runs on the beach. 12 seconds."
    plain = await plan_of(writer, text)
    for words in ("closer", "make it a close-up", "the last shot closer"):
        plan = await plan_of(writer, text, recall=(note(words),))
        assert plan.storyboard == plain.storyboard
    closer = await plan_of(writer, text, recall=(note("closer", "film"),))
    assert "wide" not in {shot.framing for shot in closer.storyboard.shots}


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("A balloon rises over the meadow by day. 12 seconds.", "red"),
        ("A blue balloon rises over the meadow by day. 12 seconds.", "blue"),
        ("Un ballon monte au-dessus du pré en plein jour. 12 secondes.", "red"),
    ],
)
async def test_the_same_thing_keeps_its_colour_where_the_brief_gives_it_none(
    writer: HouseWriter, text: str, colour: str
) -> None:
    plan = await plan_of(writer, text, recall=(note(BALLOON),))
    assert {shot.colour for shot in plan.storyboard.shots if shot.subject in ("balloon", "ballon")} == {colour}
    assert hours(plan) == {"day"}
    assert ("used: colour red;" in said_of(plan, BALLOON)[0]) == (colour == "red")


async def test_a_fox_is_not_the_dog_of_another_film(writer: HouseWriter) -> None:
    recall = (note("the dog should be blue"),)
    fox = await plan_of(writer, "A fox runs on the beach. 12 seconds.", recall=recall)
    assert "blue" not in {shot.colour for shot in fox.storyboard.shots}
    dog = await plan_of(writer, "A dog runs on the beach. 12 seconds.", recall=recall)
    assert "blue" in {shot.colour for shot in dog.storyboard.shots}


async def test_a_remembered_look_fills_what_the_brief_leaves_open(writer: HouseWriter) -> None:
    recall = (
        look("style: soft pastel"),
        look("palette: cool colours"),
        look("colours: #112233"),
        look("lighting: low and warm"),
    )
    plan = await plan_of(writer, "A tense chase in the city. 12 seconds.", recall=recall)
    assert (plan.look.style, plan.look.palette) == ("soft pastel", "cool colours")
    assert plan.look.lighting == "low and warm"
    assert plan.look.palette_colours == ()
    assert [line.partition("): ")[2] for line in said_of(plan, "look")] == [
        "style pastel",
        "palette cool",
        f"colours: #112233; not used: {MEASURED}",
        "lighting low and warm",
    ]
    own = await plan_of(writer, "A tense chase. Neon, warm colours, harsh light. 12 seconds.", recall=recall)
    assert (own.look.style, own.look.palette) == ("glowing neon", "warm colours")
    assert own.look.lighting != "low and warm"
    assert [line.partition("not used: ")[2] for line in said_of(own, "look")] == [
        "the brief names its own style",
        "the brief names its own palette",
        MEASURED,
        "the brief names its own light",
    ]


async def test_a_change_asked_of_this_film_goes_before_its_brief(writer: HouseWriter) -> None:
    text = "A dog runs on the beach in the morning. 12 seconds."
    plan = await plan_of(writer, text, recall=(note(BALLOON),), change_request="make it night")
    assert hours(plan) == {"night"}
