"""What an edited animatic does to plans and prompts: files that say what they were written from, and later notes."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiprod_agents.errors import InputError
from aiprod_agents.hand_edits.applying import STANDS, edit_shot, write_edited_prompt
from aiprod_agents.hand_edits.edits import FIELD_VALUES, SCENE_FIELDS, ShotEdit
from aiprod_agents.hand_edits.reading import find_nearest, read_edit
from aiprod_agents.hand_edits.writing import write_edit
from aiprod_agents.plan import ShotTranslation
from aiprod_agents.state import Answer, Judgement
from memory.records import Budget, Note, ProductionStatus, Shot
from render_engine.api import SceneSpec
from render_engine.world import canonical_caption, phrases, sample_scene
from tests.studio.conftest import Bench, make_brief, make_order, read_json
from tests.studio.scripted_writer import ScriptedWriter

SHOT = Shot(id="S1", scene_id="one", seconds=3.0, description="a dog", subject="dog")
SCENES = st.integers(0, 400).map(lambda seed: sample_scene(seed, "train"))


def translate(scene: SceneSpec) -> ShotTranslation:
    return ShotTranslation(shot_id="S1", scene=scene, prompt="as translated")


@given(scene=SCENES, title=st.text(min_size=1, max_size=60), seconds=st.floats(0.5, 90))
def test_a_file_says_what_it_was_written_from(scene: SceneSpec, title: str, seconds: float) -> None:
    shot = SHOT.model_copy(update={"seconds": seconds, "description": title})
    told = " ".join(title.split())
    if not told.isprintable():
        return
    edit = read_edit(write_edit(title, {"style": told, "palette": "warm"}, "ab" * 8, [(shot, scene)]), "animatic.yaml")
    assert (edit.title, edit.look["style"], edit.plan) == (told, told, "ab" * 8)
    assert edit.shots[0].seconds == pytest.approx(seconds, rel=1e-5)
    assert SceneSpec.model_validate(edit.shots[0].scene) == scene


@given(st.text(max_size=200))
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    for words in (text, f"shots:\n- id: S1\n  {text}", f"shots:\n- id: S1\n  hour: {text}"):
        with suppress(InputError):
            assert read_edit(words, "animatic.yaml").shots


@given(SCENES)
@settings(max_examples=60)
def test_a_prompt_is_the_training_caption_of_its_scene_with_and_without_a_companion(scene: SceneSpec) -> None:
    for companion in (scene.companion, None, "horse"):
        asked = scene.model_copy(update={"companion": companion})
        assert write_edited_prompt(asked, phrases()) == canonical_caption(asked)


def test_every_field_of_a_scene_is_in_the_file() -> None:
    assert set(SCENE_FIELDS) == set(SceneSpec.model_fields)
    assert set(FIELD_VALUES["relation"]) == set(STANDS)


@pytest.mark.parametrize(
    ("field", "said", "nearest"),
    [
        ("subject", "sailbot", "sailboat"),
        ("subject", "puppy", "dog"),
        ("companion", "chien", "dog"),
        ("companion_colour", "crimson", "red"),
        ("relation", "beneath", "beside"),
    ],
)
def test_the_nearest_is_by_letters_where_they_are_alike_and_else_by_meaning(
    field: str, said: str, nearest: str
) -> None:
    assert find_nearest(field, said) == nearest


def test_a_shot_in_which_nothing_was_changed_keeps_its_words() -> None:
    scene = SceneSpec(subject="dog", setting="beach")
    edit = ShotEdit(id="S1", seconds=None, planned_seconds=3.0, scene=scene.model_dump())
    edited = edit_shot(translate(scene), SHOT, edit, None, phrases())
    assert (edited.translation, edited.by_hand) == (translate(scene), ())


def test_a_later_note_wins_in_its_field_alone() -> None:
    planned = SceneSpec(subject="dog", setting="beach", hour="day", weather="clear")
    edit = ShotEdit(id="S1", scene={"subject": "cat", "hour": "dusk"})
    darker = planned.model_copy(update={"hour": "night"})
    edited = edit_shot(translate(darker), SHOT, edit, planned, phrases())
    assert (edited.translation.scene.subject, edited.translation.scene.hour) == ("cat", "night")
    assert [one.field for one in edited.by_hand] == ["subject"]
    assert edited.planned == planned


def test_of_a_shot_that_opens_on_a_picture_it_is_said_what_an_edit_cannot_show() -> None:
    shot = SHOT.model_copy(update={"first_frame": "ab" * 32})
    edit = ShotEdit(id="S1", scene={"subject": "cat", "camera": "pan_left"})
    edited = edit_shot(translate(SceneSpec(subject="dog", setting="beach")), shot, edit, None, {})
    assert edited.translation.notes[1] == "it opens on the brief's own picture, so that subject is in its words alone"


async def test_where_the_budget_wants_fewer_shots_an_edited_animatic_keeps_its_own(bench: Bench) -> None:
    edit = read_edit("shots: [{id: S1, hour: night}]", "animatic.yaml")
    order = make_order(budget=Budget(seconds=20))
    bench.writer = ScriptedWriter(bench.folder / "writer.log", num_shots=8)
    async with bench.open() as studio:
        free = await studio.produce(make_brief(), order)
        held = await studio.produce(make_brief(), order, edit)
    assert any("8 shots become 3" in note for note in free.notes)
    assert held.status == ProductionStatus.REFUSED
    assert held.notes.count("8 shots stay: their animatic was edited by hand") == 1


async def test_an_edit_holds_at_another_tier_and_in_a_round_of_changes(bench: Bench) -> None:
    edit = read_edit("shots: [{id: S1, subject: fox, companion: cow}, {id: S2, weather: rain}]", "animatic.yaml")
    async with bench.open() as studio:
        asked = await studio.produce(make_brief(), make_order(auto_approve=False), edit)
        for gate, choice, text in (("plan", "approve", ""), ("cost", "change", "draft"), ("cost", "approve", "")):
            answer = Answer.model_validate({"gate": gate, "choice": choice, "text": text})
            asked = await studio.answer(asked.production_id, answer)
        note = Note(shot_id="S1", text="make it darker")
        await studio.review(asked.production_id, Judgement(verdict="needs_changes", author="ada", notes=(note,)))
        await studio.answer(asked.production_id, Answer(gate="cost", choice="approve"))
        done = await studio.review(asked.production_id, Judgement(verdict="approved", author="ada"))
    shots = read_json(done, "manifest.json")["shots"]
    assert [shot["scene"]["subject"] for shot in shots] == ["fox", "cat", "bird"]
    assert [shot["take"] for shot in shots] == [2, 1, 1]
    assert shots[0]["scene"]["companion"] == "cow"
    assert shots[1]["scene"]["weather"] == "rain"
    assert [bool(shot["edited_by_hand"]) for shot in shots] == [True, True, False]
