"""Briefs in English and French name what the world can draw, and get scenes with it; nothing stands in for it."""

import pytest

from aiprod_agents.brief_reading import read_brief
from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.house_writer.bans import bans_of
from aiprod_agents.house_writer.beats import to_beat
from aiprod_agents.house_writer.changes import Changes, change_hour
from aiprod_agents.house_writer.clock import find_hours
from aiprod_agents.house_writer.lexicon import get_lexicon
from aiprod_agents.house_writer.staging import house_rules
from aiprod_agents.plan import Plan, PlanInput, Translation, TranslationInput
from memory.records import Language
from prompts import load_words
from render_engine.api import ATTRIBUTES, SceneSpec


async def drawn(writer: HouseWriter, text: str) -> tuple[Plan, list[SceneSpec]]:
    """The plan of a brief, and each of its shots as it is drawn."""
    plan = await writer.ask("creative_director", PlanInput(brief=read_brief(text).brief, seed=7), Plan)
    scope = tuple(shot.id for shot in plan.storyboard.shots)
    question = TranslationInput(storyboard=plan.storyboard, look=plan.look, scope=scope, phrases={})
    return plan, [one.scene for one in (await writer.ask("visual_translator", question, Translation)).shots]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "A product spot for our new sneaker, orbit shot, on a white background. The shoe turns. 12 seconds.",
            {"subject": "shoe", "setting": "studio", "action": "turn", "camera": "orbit"},
        ),
        (
            "A woman dances on a rooftop at golden hour. Handheld camera. Watercolour. 12 seconds.",
            {"subject": "dancer", "setting": "rooftop", "hour": "golden", "style": "watercolour", "camera": "handheld"},
        ),
        (
            "A kid runs through a village in the morning, then a bus takes him to the station. 15 seconds.",
            {"subject": {"child", "bus"}, "setting": {"village", "station"}, "hour": "morning"},
        ),
        (
            "A ferry leaves the harbour in a storm, then a whale rises. Woodcut. 12 seconds.",
            {"subject": {"ship", "whale"}, "weather": "storm", "style": "woodcut", "action": "rise"},
        ),
        (
            "A truck drives past an old mill on a farm. Cows watch. A fox disappears into the forest. 15 seconds.",
            {"subject": {"truck", "cow", "fox", "windmill"}, "setting": {"farm", "forest"}, "action": "recede"},
        ),
        (
            "A presenter speaks in a studio, rack focus. Blueprint. 8 seconds.",
            {"subject": "speaker", "setting": "studio", "action": "talk", "camera": "rack", "style": "blueprint"},
        ),
        (
            "Drone shot of the castle at night, a helicopter flies in circles. 10 seconds.",
            {"subject": {"castle", "helicopter"}, "action": "circle", "camera": "crane"},
        ),
        (
            "Une basket orange tourne en studio, travelling circulaire. 10 secondes.",
            {"subject": "shoe", "setting": "studio", "action": "turn", "camera": "orbit", "colour": "orange"},
        ),
        (
            "Une femme danse sur le toit-terrasse à l'heure dorée, caméra à l'épaule. 12 secondes.",
            {"subject": "dancer", "setting": "rooftop", "hour": "golden", "camera": "handheld"},
        ),
        (
            "Une moto file devant le château sous l'orage. Un avion passe. En aquarelle, plan de drone. 12 secondes.",
            {"subject": {"motorcycle", "aeroplane"}, "weather": "storm", "style": "watercolour", "camera": "crane"},
        ),
        (
            "Un enfant lit à la ferme le matin. Le moulin tourne. Mise au point sur l'horloge. 15 secondes.",
            {
                "subject": {"child", "windmill", "clock"},
                "setting": "farm",
                "hour": "morning",
                "action": "turn",
                "camera": "rack",
            },
        ),
        (
            "Le train entre en gare. Une fusée décolle. Gravure sur bois. 12 secondes.",
            {"subject": {"train", "rocket"}, "setting": "station", "action": "rise", "style": "woodcut"},
        ),
    ],
)
async def test_what_a_brief_names_is_in_its_scenes(
    writer: HouseWriter, text: str, values: dict[str, str | set[str]]
) -> None:
    plan, scenes = await drawn(writer, text)
    for attribute, wanted in values.items():
        assert {getattr(scene, attribute) for scene in scenes} >= ({wanted} if isinstance(wanted, str) else wanted)
    assert not [note for note in plan.notes if "cannot be drawn" in note]


@pytest.mark.parametrize(
    ("language", "words", "value"),
    [
        ("en", "two sneakers", "shoe"),
        ("en", "a pair of trainers", "shoe"),
        ("en", "the buses", "bus"),
        ("en", "foxes", "fox"),
        ("en", "children", "child"),
        ("en", "a cruise ship", "ship"),
        ("en", "a boat", "sailboat"),
        ("en", "a lorry", "truck"),
        ("en", "a spaceship", "rocket"),
        ("en", "a plane", "aeroplane"),
        ("en", "an armchair", "chair"),
        ("fr", "des baskets", "shoe"),
        ("fr", "un smartphone", "phone"),
        ("fr", "deux avions", "aeroplane"),
        ("fr", "des châteaux", "castle"),
        ("fr", "un paquebot", "ship"),
        ("fr", "un bateau", "sailboat"),
        ("fr", "une camionnette", "truck"),
        ("fr", "la petite fille", "child"),
        ("fr", "les brebis", "sheep"),
        ("fr", "une danseuse", "dancer"),
        ("fr", "un réveil", "clock"),
    ],
)
def test_other_words_and_plurals_name_the_thing_itself(language: Language, words: str, value: str) -> None:
    thing = to_beat(get_lexicon(language), words).subjects[0]
    assert thing.value == value
    again = get_lexicon(language).first(thing.phrase, "subject")
    assert again is not None
    assert again.value == value


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("en", "A drone shot of the sea", {"camera": "crane", "setting": "beach"}),
        ("en", "A beach at golden hour", {"setting": "beach", "hour": "golden"}),
        ("en", "Book now", {"genre": "announcement"}),
        ("en", "The camera circles a guitar", {"camera": "orbit", "subject": "guitar"}),
        ("en", "She turns the page", {"action": "still"}),
        ("en", "A jet-black bottle", {"subject": "bottle", "colour": "black"}),
        ("fr", "Elle ferme la fenêtre", {"action": "still", "setting": "room"}),
        ("fr", "Devant la porte", {"subject": "house"}),
        ("fr", "Une voiture se gare", {"subject": "car"}),
        ("fr", "Il livre un colis", {"action": "move_right", "subject": "cup"}),
        ("fr", "Un livre à la ferme", {"subject": "book", "setting": "farm"}),
        ("fr", "Un ballon s'élève", {"subject": "balloon", "action": "rise"}),
        ("fr", "Il joue au basket", {"action": "bounce"}),
    ],
)
def test_a_word_is_not_taken_for_what_it_only_looks_like(language: Language, text: str, values: dict[str, str]) -> None:
    found = {one.attribute: one.value for one in get_lexicon(language).find(text) if one.attribute != "mood"}
    assert found == values


@pytest.mark.parametrize(
    ("language", "text", "hours"),
    [
        ("en", "in the morning", ["morning"]),
        ("en", "early morning", ["dawn"]),
        ("en", "late afternoon", ["golden"]),
        ("en", "at 9am", ["morning"]),
        ("en", "at 5pm", ["golden"]),
        ("fr", "au petit matin, puis le matin", ["dawn", "morning"]),
        ("fr", "à l'heure dorée", ["golden"]),
        ("fr", "à 9h", ["morning"]),
    ],
)
def test_morning_is_behind_dawn_and_gold_before_dusk(language: Language, text: str, hours: list[str]) -> None:
    assert find_hours(get_lexicon(language), text) == hours


@pytest.mark.parametrize("hour", ATTRIBUTES["hour"])
def test_every_hour_can_be_brighter_up_to_day_and_darker_down_to_night(hour: str) -> None:
    assert change_hour(hour, Changes(light=3)) == "day"
    assert change_hour(hour, Changes(light=-3)) == "night"


@pytest.mark.parametrize(
    ("language", "rule", "told", "banned", "kept"),
    [
        ("en", "No people", "", {"person", "child", "dancer", "speaker"}, {"robot"}),
        ("en", "no children", "", {"child"}, {"person"}),
        ("en", "no vehicles", "A bus waits.", {"car", "truck", "motorcycle"}, {"bus", "bicycle"}),
        ("en", "never show animals", "", {"dog", "whale", "butterfly"}, {"person"}),
        ("fr", "jamais de gens", "", {"person", "child", "dancer", "speaker"}, {"robot"}),
        ("fr", "pas de bateaux", "", {"sailboat", "ship"}, {"car"}),
    ],
)
def test_a_rule_for_many_things_holds_for_each_of_them(
    language: Language, rule: str, told: str, banned: set[str], kept: set[str]
) -> None:
    bans = {value for attribute, value in bans_of(get_lexicon(language), [rule], told) if attribute == "subject"}
    assert banned <= bans
    assert not kept & bans


async def test_who_dances_once_is_the_same_dancer_in_the_whole_film(writer: HouseWriter) -> None:
    text = "A woman waits in a studio. She dances in the light. The woman leaves. 15 seconds."
    plan, scenes = await drawn(writer, text)
    assert {scene.subject for scene in scenes} == {"dancer"}
    assert {shot.subject for shot in plan.storyboard.shots} == {"dancing woman"}
    _, scenes = await drawn(writer, "A woman walks past a school of dance. 8 seconds.")
    assert {scene.subject for scene in scenes} == {"person"}


async def test_a_product_that_the_brief_puts_nowhere_stands_in_a_studio(writer: HouseWriter) -> None:
    _, scenes = await drawn(writer, "A product spot for our smartphone. 8 seconds.")
    assert {scene.setting for scene in scenes} == {"studio"}
    _, scenes = await drawn(writer, "A product spot for our smartphone, on a beach. 8 seconds.")
    assert "beach" in {scene.setting for scene in scenes}


def test_the_house_knows_every_value_of_the_vocabulary() -> None:
    rules, subjects, settings = house_rules(), set(ATTRIBUTES["subject"]), set(ATTRIBUTES["setting"])
    for name in ("habits", "homes"):
        assert set(rules[name]) == subjects, name
    for name in ("dwellers", "neighbours", "colours"):
        assert set(rules[name]) == settings, name
    assert set(rules["motivated"]) == {"move", *ATTRIBUTES["action"]} - {"move_left", "move_right"}
    assert set(rules["hour_before"]) == set(ATTRIBUTES["hour"])
    for habits in rules["habits"].values():
        assert set(habits["likes"]) <= set(habits["can"]) <= set(ATTRIBUTES["action"])
        assert {"still", "approach", "recede", "turn"} <= set(habits["can"])
    grouped = (*rules["people"], *rules["products"], *rules["immobile"], *rules["small"], *rules["outdoors"])
    grouped += (*rules["airborne"], *rules["motifs"], *rules["subject_colours"])
    assert {*grouped, *(value for values in rules["groups"].values() for value in values)} <= subjects
    assert {*rules["indoors"], rules["product_setting"]} <= settings
    cameras = [camera for kind in rules["kinds"].values() for liked in kind["camera"].values() for camera in liked]
    assert {*cameras, *rules["rare_cameras"]} <= set(ATTRIBUTES["camera"])


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_house_can_say_every_value_of_the_vocabulary(language: Language) -> None:
    words = load_words(f"house/{language}")
    for attribute in ("subject", "colour", "setting", "hour", "weather", "framing", "camera", "style", "palette"):
        assert set(words[attribute]) == set(ATTRIBUTES[attribute]), attribute
    assert set(words["at"]) == set(ATTRIBUTES["setting"])
    assert set(words["light"]) == set(words["hour_name"]) == set(ATTRIBUTES["hour"])
    assert set(words["does"]["default"]) == set(ATTRIBUTES["action"])
    assert set(words["does"]) <= {"default", *ATTRIBUTES["subject"]}
