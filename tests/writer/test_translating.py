"""The house translator: vocabulary, dialect, seeds, and what a critic or reviewer wants changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiprod_agents.brief_reading import read_brief
from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.house_writer.asking import split_by_shot
from aiprod_agents.house_writer.changes import parse_changes
from aiprod_agents.house_writer.translator import write_prompt
from aiprod_agents.plan import Plan, PlanInput, ShotTranslation, Translation, TranslationInput
from memory.records import Look, Scene, Shot, Storyboard
from render_engine.api import ATTRIBUTES, SceneSpec
from tests.writer.conftest import twenty_briefs

PHRASES = {attribute: {value: f"{value} {attribute}" for value in values} for attribute, values in ATTRIBUTES.items()}
LOOK = Look(style="paper", palette="warm")


def board(**changes: str) -> Storyboard:
    shot = Shot(id="S1", scene_id="a", seconds=3, description="x", subject="dog", colour="red", action="move_right")
    scene = Scene(id="a", setting="beach", hour="dusk", weather="clear")
    of_scene = {key: changes.pop(key) for key in ("setting", "hour", "weather") if key in changes}
    return Storyboard(scenes=(scene.model_copy(update=of_scene),), shots=(shot.model_copy(update=changes),))


async def translate(writer: HouseWriter, storyboard: Storyboard, *notes: str, look: Look = LOOK) -> ShotTranslation:
    question = TranslationInput(storyboard=storyboard, look=look, scope=("S1",), phrases=PHRASES, notes={"S1": notes})
    return (await writer.ask("visual_translator", question, Translation)).shots[0]


async def test_a_shot_in_the_vocabulary_is_itself(writer: HouseWriter):
    shot = await translate(writer, board())
    scene = shot.scene
    assert (scene.subject, scene.colour, scene.setting, scene.hour) == ("dog", "red", "beach", "dusk")
    assert (scene.style, scene.palette, scene.action) == ("paper", "warm", "move_right")
    assert shot.notes == ()
    assert shot.prompt.startswith("A red colour dog subject move_right action beach setting dusk hour, clear weather, ")
    assert shot.prompt.endswith("static camera, paper style, warm palette.")
    assert shot.negative_prompt == "day hour, cool palette"


@pytest.mark.parametrize(
    ("said", "value", "noted"),
    [
        ({"subject": "old fisherman"}, ("subject", "person"), True),
        ({"subject": "voilier"}, ("subject", "sailboat"), False),
        ({"subject": "a little dog"}, ("subject", "dog"), False),
        ({"setting": "cathedral"}, ("setting", "city"), True),
        ({"setting": "port"}, ("setting", "harbour"), False),
        ({"subject": "doggo"}, ("subject", "dog"), True),
        ({"hour": "first light"}, ("hour", "dawn"), False),
        ({"camera": "tracking shot"}, ("camera", "follow"), False),
        ({"action": "she runs"}, ("action", "move_right"), False),
    ],
)
async def test_free_words_are_mapped_and_stand_ins_are_said(
    writer: HouseWriter,
    said: dict[str, str],
    value: tuple[str, str],
    noted: bool,  # noqa: FBT001 - a table
):
    shot = await translate(writer, board(**said))
    assert getattr(shot.scene, value[0]) == value[1]
    assert bool(shot.notes) == noted


@pytest.mark.parametrize(
    ("note", "attribute", "value"),
    [
        ("too dark", "hour", "dawn"),
        ("darker please", "hour", "night"),
        ("make it night", "hour", "night"),
        ("closer", "framing", "close"),
        ("wider", "framing", "wide"),
        ("less red", "colour", "white"),
        ("make the dog blue", "colour", "blue"),
        ("cooler", "palette", "cool"),
        ("too garish", "palette", "muted"),
        ("camera is too shaky", "camera", "static"),
        ("slower", "camera", "static"),
        ("too static", "camera", "push_in"),
        ("plus large", "framing", "wide"),
        ("in the rain", "weather", "rain"),
    ],
)
async def test_a_note_changes_the_shot(writer: HouseWriter, note: str, attribute: str, value: str):
    shot = await translate(writer, board(camera="static" if "static" in note else "follow"), note)
    assert getattr(shot.scene, attribute) == value
    assert any(note in line for line in shot.notes)


async def test_light_that_cannot_grow_by_the_hour_grows_by_the_palette(writer: HouseWriter):
    assert (await translate(writer, board(hour="day"), "brighter")).scene.palette == "vivid"


async def test_a_note_that_is_not_understood_is_said(writer: HouseWriter):
    shot = await translate(writer, board(), "more soul")
    assert "nothing in it that the house can act on" in shot.notes[0]
    assert shot.scene == (await translate(writer, board())).scene


async def test_a_reviewers_change_in_the_shot_counts_too(writer: HouseWriter):
    assert (await translate(writer, board(change="in the snow"))).scene.weather == "snow"


async def test_the_same_place_keeps_its_seed_and_another_has_another(writer: HouseWriter):
    dusk, night = await translate(writer, board()), await translate(writer, board(hour="night"))
    assert dusk.scene.seed == night.scene.seed
    assert (await translate(writer, board(setting="city"))).scene.seed != dusk.scene.seed


def test_a_prompt_is_the_caption_that_the_renderer_learnt_from():
    from render_engine.world import canonical_caption, phrases

    dialect = phrases()
    for index, subject in enumerate(ATTRIBUTES["subject"]):
        values = {name: values[index % len(values)] for name, values in ATTRIBUTES.items()} | {"subject": subject}
        scene = SceneSpec.model_validate(values)
        assert write_prompt(scene, dialect) == canonical_caption(scene)


@given(
    st.builds(SceneSpec, **{name: st.sampled_from(values) for name, values in ATTRIBUTES.items()}), st.integers(0, 80)
)
def test_a_prompt_is_never_longer_than_the_encoder_reads(scene: SceneSpec, extra: int):
    long = {
        attribute: {value: f"{value} {'x' * extra}" for value in values} for attribute, values in ATTRIBUTES.items()
    }
    prompt = write_prompt(scene, long)
    assert 0 < len(prompt) <= 300
    assert scene.subject in prompt


@pytest.mark.parametrize("item", twenty_briefs(), ids=lambda item: item["id"])
async def test_every_plan_translates(writer: HouseWriter, item: dict[str, str]):
    plan = await writer.ask("creative_director", PlanInput(brief=read_brief(item["text"]).brief), Plan)
    scope = tuple(shot.id for shot in plan.storyboard.shots)
    question = TranslationInput(storyboard=plan.storyboard, look=plan.look, scope=scope, phrases={})
    translation = await writer.ask("visual_translator", question, Translation)
    assert tuple(shot.shot_id for shot in translation.shots) == scope
    for shot, one in zip(plan.storyboard.shots, translation.shots, strict=True):
        assert (one.scene.framing, one.scene.camera, one.scene.action) == (shot.framing, shot.camera, shot.action)
        assert len(one.prompt) <= 300
        assert not shot.colour or one.scene.colour == shot.colour


async def test_an_unknown_shot_is_an_error(writer: HouseWriter):
    question = TranslationInput(storyboard=board(), look=LOOK, scope=("S9",), phrases={})
    with pytest.raises(KeyError):
        await writer.ask("visual_translator", question, Translation)


def test_notes_are_parted_by_shot():
    general, by_shot = split_by_shot("Warmer. Shot 2: closer! Plan 3 : plus lent. S2 no rain.")
    assert general == "Warmer."
    assert by_shot == {2: "closer! no rain.", 3: "plus lent."}


def test_the_later_word_counts():
    earlier, later = parse_changes("make it night"), parse_changes("not at night, more snow")
    joined = earlier.joined(later)
    assert ("hour", "night") in joined.bans
    assert "hour" not in joined.wants
    assert later.joined(earlier).wants["hour"] == "night"
    assert not parse_changes("lovely")
