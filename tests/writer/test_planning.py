"""The house writer's plans: seconds, requirements, nevers, cast, cards, shot lists, pictures, narration, changes."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiprod_agents.brief_reading import read_brief
from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.language_models.port import LanguageModelError
from aiprod_agents.plan import Plan, PlanInput, Translation, TranslationInput
from memory.records import Attachment, Brief, Concept, RecalledLine, Requirement
from tests.writer.conftest import count_letters, twenty_briefs

LOGO = Attachment(role="logo", name="logo.png", sha256="a" * 64)
FIRST = Attachment(role="first_frame", name="first.png", sha256="b" * 64)
REFERENCE = Attachment(role="reference", name="style.png", sha256="c" * 64)


async def plan_of(writer: HouseWriter, text: str, **question: object) -> Plan:
    return await writer.ask(
        "creative_director", PlanInput.model_validate({"brief": read_brief(text).brief, **question}), Plan
    )


def covered(plan: Plan) -> set[str]:
    board = plan.storyboard
    cards = [card for card in (board.title_card, board.end_card) if card]
    return {one for part in (*board.shots, *cards) for one in part.covers}


@pytest.mark.parametrize("item", twenty_briefs(), ids=lambda item: item["id"])
async def test_every_brief_gets_a_sound_storyboard(writer: HouseWriter, item: dict[str, str]):
    brief = read_brief(item["text"]).brief
    plan = await writer.ask("creative_director", PlanInput(brief=brief, seed=3), Plan)
    board = plan.storyboard
    assert abs(board.seconds - brief.seconds) <= 0.5
    assert len({shot.id for shot in board.shots}) == len(board.shots)
    assert {shot.scene_id for shot in board.shots} == {scene.id for scene in board.scenes}
    assert covered(plan) == {requirement.id for requirement in brief.requirements}
    assert all(shot.seconds <= 4.05 for shot in board.shots)
    assert 3 <= len(board.shots) <= max(8, 1.5 * brief.seconds / 4 + 2)
    shown = {word for shot in board.shots for word in shot.words.split(" · ") if word}
    cards = {word for card in (board.title_card, board.end_card) if card for word in card.words}
    assert set(brief.words_on_screen) <= shown | cards
    for before, after in itertools.pairwise(board.shots):
        told = brief.shots or before.subject != after.subject or before.scene_id != after.scene_id
        assert told or (before.framing, before.camera) != (after.framing, after.camera)
    assert not any(word in shot.description for shot in board.shots for word in ("{", "the the", "  ", ".."))


@settings(max_examples=40, deadline=None)
@given(
    seconds=st.floats(4, 90).map(lambda value: round(value, 2)),
    musts=st.lists(st.sampled_from(["show the sea", "a dog barks", "end at night", "nothing", "!"]), max_size=12),
    words=st.lists(
        st.sampled_from(["Go", "Come home", "A much longer line of words to read on the screen"]),
        max_size=3,
        unique=True,
    ),
    title=st.sampled_from([None, "First Light"]),
    max_shots=st.sampled_from([None, 1, 2, 4]),
    fast=st.booleans(),
)
async def test_seconds_add_up_and_every_requirement_is_met_somewhere(
    seconds: float,
    musts: list[str],
    words: list[str],
    title: str | None,
    max_shots: int | None,
    fast: bool,  # noqa: FBT001 - drawn by hypothesis
):
    texts = [("must", must) for must in musts] + [("words", f'the words "{word}"') for word in words]
    texts += [("words", f'titled "{title}"')] if title else []
    brief = Brief(
        text="A dog runs along the beach. Then it sleeps in a room.",
        language="en",
        seconds=seconds,
        title=title,
        words_on_screen=tuple(words),
        requirements=tuple(Requirement(id=f"R{n}", kind=kind, text=text) for n, (kind, text) in enumerate(texts, 1)),  # type: ignore[arg-type]  # kinds are literals above
    )
    writer = HouseWriter(count_letters)
    task = "fast_track_optimizer" if fast else "creative_director"
    plan = await writer.ask(task, PlanInput(brief=brief, max_shots=max_shots), Plan)
    assert abs(plan.storyboard.seconds - seconds) <= 0.05
    assert covered(plan) == {requirement.id for requirement in brief.requirements}
    assert max_shots is None or len(plan.storyboard.shots) <= max_shots
    assert max_shots or all(shot.seconds <= 4.05 for shot in plan.storyboard.shots)
    assert all(shot.seconds >= 1.19 for shot in plan.storyboard.shots)


async def test_the_same_question_gets_the_same_answer_and_the_seed_matters(writer: HouseWriter):
    text = "A fox crosses a snowfield at dusk. It finds a cup. 20 seconds."
    first = await plan_of(writer, text, seed=1)
    assert first == await plan_of(HouseWriter(count_letters), text, seed=1)
    assert first != await plan_of(writer, text, seed=2)


async def test_a_twelve_second_film_spares_little_for_cards(writer: HouseWriter):
    plan = await plan_of(writer, 'A dog runs on the beach. Titled "Dog". Ends on the words "Good dog." 12 seconds.')
    board = plan.storyboard
    assert board.title_card
    assert board.end_card
    assert board.title_card.words == ("Dog",)
    assert board.end_card.words == ("Good dog.",)
    assert board.title_card.seconds + board.end_card.seconds <= 3.0
    assert min(board.title_card.seconds, board.end_card.seconds) >= 1.5  # a crossfade takes 0.4 s, two words the rest


async def test_too_short_a_film_shows_its_words_over_shots(writer: HouseWriter):
    plan = await plan_of(writer, 'A dog runs on the beach. Titled "Dog". Ends on the words "Good dog." 3 seconds.')
    board = plan.storyboard
    assert board.title_card is None
    assert board.shots[0].words == "Dog"
    assert "Good dog." in {shot.words for shot in board.shots} or (
        board.end_card and board.end_card.words == ("Good dog.",)
    )


async def test_opening_words_are_not_on_the_end_card(writer: HouseWriter):
    plan = await plan_of(writer, 'A dog runs on the beach. It opens with the words "One morning". 15 seconds.')
    assert plan.storyboard.end_card is None
    assert "One morning" in {shot.words for shot in plan.storyboard.shots}


async def test_more_words_than_shots_share_a_shot(writer: HouseWriter):
    words = tuple(f"word {n}" for n in range(6))
    brief = Brief(text="A dog runs.", language="en", seconds=4, words_on_screen=words)
    plan = await writer.ask("creative_director", PlanInput(brief=brief, max_shots=2), Plan)
    assert all(any(word in shot.words for shot in plan.storyboard.shots) for word in words[:5])
    assert "share a shot" in " ".join(plan.notes)


async def test_nevers_are_obeyed(writer: HouseWriter):
    plan = await plan_of(
        writer,
        "A woman and her dog "
        "walk in the city in the rain at night. No people. Never show rain. No red, and never at night. "
        "No camera movement. No noir. 20 seconds.",
    )
    board = plan.storyboard
    question = TranslationInput(storyboard=board, look=plan.look, scope=tuple(s.id for s in board.shots), phrases={})
    scenes = [one.scene for one in (await writer.ask("visual_translator", question, Translation)).shots]
    assert "person" not in {scene.subject for scene in scenes}
    assert "rain" not in {scene.weather for scene in scenes}
    assert "red" not in {scene.colour for scene in scenes}
    assert "night" not in {scene.hour for scene in scenes}
    assert {scene.camera for scene in scenes} == {"static"}


async def test_the_cast_stays_the_same(writer: HouseWriter):
    plan = await plan_of(
        writer, "A red balloon rises over the city. It crosses the mountains. It lands on the beach. 25 seconds."
    )
    member = plan.storyboard.cast[0]
    assert (member.subject, member.colour) == ("balloon", "red")
    assert {shot.colour for shot in plan.storyboard.shots if shot.subject == "balloon"} == {"red"}


async def test_it_follows_the_brief_through_places_and_hours(writer: HouseWriter):
    plan = await plan_of(
        writer, "At dawn a horse leaves the city. It crosses the river. At dusk it reaches the mountains. 15 s."
    )
    scenes = {scene.id: scene for scene in plan.storyboard.scenes}
    walk = [scenes[shot.scene_id] for shot in plan.storyboard.shots]
    assert [name for name, _ in itertools.groupby(scene.setting for scene in walk)] == ["city", "river", "mountains"]
    assert walk[0].hour == "dawn"
    assert walk[-1].hour == "dusk"
    assert {shot.subject for shot in plan.storyboard.shots} == {"horse"}


async def test_screen_direction_is_kept_until_the_brief_turns_round(writer: HouseWriter):
    plan = await plan_of(writer, "A train leaves the city. It crosses the desert. At last it returns. 15 seconds.")
    crossing = [shot.action for shot in plan.storyboard.shots if shot.action.startswith("move")]
    assert [action for action, _ in itertools.groupby(crossing)] == ["move_right", "move_left"]
    for shot in plan.storyboard.shots:
        assert shot.side == {"move_right": "left", "move_left": "right"}.get(shot.action, shot.side)
        assert not (shot.action == "move_left" and shot.camera == "pan_right")


async def test_a_shot_list_is_used_word_for_word(writer: HouseWriter):
    text = (
        'A 12 second film, titled "Dog".\n\nShots:\n1. Close-up, a dog in the rain at night (3 s)\n'
        "2. The dog runs, pan left (4 s)\n"
        "3. A cat watches from a window (4 s)\n"
    )
    plan = await plan_of(writer, text)
    shots = plan.storyboard.shots
    assert [shot.seconds for shot in shots] == [3, 4, 4]
    assert plan.storyboard.title_card
    assert plan.storyboard.title_card.seconds == pytest.approx(1.0)
    assert "Close-up, a dog in the rain at night" in shots[0].description
    assert (shots[0].framing, shots[1].camera, shots[2].subject) == ("close", "pan_left", "cat")


async def test_a_shot_list_that_fills_the_film_carries_its_words_itself(writer: HouseWriter):
    text = 'Ends on the words "Dog".\n\nShots:\n1. a dog runs (3 s)\n2. a dog sleeps (3 s)\n'
    plan = await plan_of(writer, text)
    assert plan.storyboard.end_card is None
    assert plan.storyboard.shots[-1].words == "Dog"


async def test_a_shot_list_with_time_left_and_no_words_gets_a_title(writer: HouseWriter):
    plan = await plan_of(
        writer, "Ten seconds in all, 10 seconds.\n\nShots:\n1. a dog runs (4 s)\n2. a dog sleeps (4 s)\n"
    )
    assert plan.storyboard.seconds == pytest.approx(10)


async def test_pictures_go_to_their_places(writer: HouseWriter):
    brief = read_brief("A dog runs on the beach. It must end on the logo. 12 seconds.").brief
    brief = brief.model_copy(update={"attachments": (LOGO, FIRST, REFERENCE)})
    plan = await writer.ask("creative_director", PlanInput(brief=brief), Plan)
    board = plan.storyboard
    assert board.end_card
    assert board.end_card.logo == LOGO.sha256
    assert board.end_card.covers == ("R2",)
    assert [shot.first_frame for shot in board.shots] == [FIRST.sha256] + [None] * (len(board.shots) - 1)


async def test_narration_fits_its_shot_and_never_repeats(writer: HouseWriter):
    for item in twenty_briefs():
        plan = await plan_of(writer, item["text"])
        lines = [(shot.narration, shot.seconds) for shot in plan.storyboard.shots if shot.narration]
        assert len({line for line, _ in lines}) == len(lines)
        for line, seconds in lines:
            assert len(line.split()) <= 2.3 * seconds


async def test_a_given_narration_is_spoken_word_for_word(writer: HouseWriter):
    plan = await plan_of(writer, 'A dog sleeps. It wakes. The narrator says "Good dog." and "Very good." 12 seconds.')
    assert [shot.narration for shot in plan.storyboard.shots if shot.narration] == ["Good dog.", "Very good."]


async def test_french_is_written_in_french_and_not_spoken(writer: HouseWriter):
    plan = await plan_of(writer, "Un chien noir court sur la plage. Il revient au port la nuit. 15 secondes.")
    assert not any(shot.narration for shot in plan.storyboard.shots)
    assert "English only" in " ".join(plan.notes)
    assert plan.storyboard.shots[0].description.startswith("Plan large.")
    assert "chien noir" in plan.storyboard.shots[1].description


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Once upon a time a dog ran. Then it slept.", "{A}"),
        ("A dog on a beach.", ""),
    ],
)
async def test_a_film_has_a_title_and_one_line(writer: HouseWriter, text: str, kind: str):
    plan = await plan_of(writer, text)
    assert plan.concept.title
    assert plan.concept.logline.endswith(".")
    assert kind not in plan.concept.logline or not kind


async def test_what_is_not_in_the_vocabulary_is_mapped_by_meaning_and_said(writer: HouseWriter):
    plan = await plan_of(writer, "A sailboot near the harborside. 12 seconds.")
    assert "not in the renderer's vocabulary" in " ".join(plan.notes)


async def test_a_brief_that_names_nothing_gets_a_film_all_the_same(writer: HouseWriter):
    plan = await plan_of(writer, "Hope and courage. No trees. 10 seconds.")
    assert plan.storyboard.seconds == pytest.approx(10)


@pytest.mark.parametrize(
    ("asked", "check"),
    [
        (
            "Please slow it down, it is too fast.",
            lambda old, new: len(new.storyboard.shots) < len(old.storyboard.shots),
        ),
        ("Fewer shots.", lambda old, new: len(new.storyboard.shots) < len(old.storyboard.shots)),
        ("More shots!", lambda old, new: len(new.storyboard.shots) > len(old.storyboard.shots)),
        ("Less red, please.", lambda _, new: "red" not in {shot.colour for shot in new.storyboard.shots}),
        ("No rain.", lambda _, new: "rain" not in {scene.weather for scene in new.storyboard.scenes}),
        (
            "It is too dark, make it brighter.",
            lambda _, new: "night" not in {scene.hour for scene in new.storyboard.scenes},
        ),
        (
            "Make it snow: we want the snow.",
            lambda _, new: {"snow"} == {scene.weather for scene in new.storyboard.scenes},
        ),
        ("Set it in the desert.", lambda _, new: {"desert"} == {scene.setting for scene in new.storyboard.scenes}),
        ("Wider framing.", lambda old, new: wide(new) >= wide(old)),
        ("No narration.", lambda _, new: not any(shot.narration for shot in new.storyboard.shots)),
        ("Keep the camera still.", lambda _, new: {shot.camera for shot in new.storyboard.shots} == {"static"}),
        ("Warmer.", lambda _, new: new.look.palette == "warm colours"),
        ("Plus de mouvement, c'est trop statique.", lambda old, new: static(new) <= static(old)),
    ],
)
async def test_a_change_of_plan_is_honoured_and_named(
    writer: HouseWriter, asked: str, check: Callable[[Plan, Plan], bool]
):
    text = "A calm film. A red car drives through the city at night in the rain. A dog runs behind it. 24 seconds."
    old = await plan_of(writer, text)
    new = await plan_of(writer, text, previous=old, change_request=asked)
    assert check(old, new)
    assert f'change asked: "{asked}"' in new.notes
    again = await plan_of(writer, text, previous=new, change_request="Keep it so.")
    assert check(old, again)
    assert "nothing in it that the house can act on" in again.notes[1]


def wide(plan: Plan) -> int:
    return sum(shot.framing == "wide" for shot in plan.storyboard.shots)


def static(plan: Plan) -> int:
    return sum(shot.camera == "static" for shot in plan.storyboard.shots)


async def test_memory_is_honoured_and_named(writer: HouseWriter):
    recall = (
        RecalledLine(kind="look", text="neon, cool colours", source="production 1 look"),
        RecalledLine(kind="note", text="slower, and no rain", source="review 2"),
        RecalledLine(kind="lesson", text="the client likes jazz", source="review 3"),
    )
    text = "A dog walks in the city. 24 seconds."
    plan = await plan_of(writer, text, recall=recall)
    assert plan.look.style == "glowing neon"
    assert plan.look.palette == "cool colours"
    assert "rain" not in {scene.weather for scene in plan.storyboard.scenes}
    assert any("review 2" in note for note in plan.notes)
    assert any("production 1 look" in note for note in plan.notes)
    assert any("jazz" in note and "nothing in it" in note for note in plan.notes)
    own = await plan_of(writer, f"{text} Pastel look, warm colours.", recall=recall)
    assert own.look.style == "soft pastel"


async def test_colours_to_measure_are_named_only_when_asked(writer: HouseWriter):
    assert (await plan_of(writer, "A dog runs on the beach.")).look.palette_colours == ()
    assert (await plan_of(writer, "A dog runs. Palette: #112233 and #AABBCC.")).look.palette_colours == (
        "#112233",
        "#aabbcc",
    )
    named = await plan_of(writer, "A dog runs. The colours are orange and black.")
    assert len(named.look.palette_colours) == 2


async def test_the_fast_track_takes_fewer_shots_and_says_so(writer: HouseWriter):
    brief = read_brief("A dog runs on the beach, then it swims, then it sleeps, then it plays. 15 seconds.").brief
    full = await writer.ask("creative_director", PlanInput(brief=brief), Plan)
    fast = await writer.ask("fast_track_optimizer", PlanInput(brief=brief), Plan)
    assert len(fast.storyboard.shots) <= len(full.storyboard.shots)
    assert "fast track" in " ".join(fast.notes)


async def test_a_task_that_is_not_its_own_is_refused_in_one_line(writer: HouseWriter):
    brief = read_brief("A dog runs on the beach.").brief
    with pytest.raises(LanguageModelError, match="cannot do visual_translator"):
        await writer.ask("visual_translator", PlanInput(brief=brief), Translation)
    with pytest.raises(LanguageModelError, match="answers creative_director with Plan"):
        await writer.ask("creative_director", PlanInput(brief=brief), Concept)
    assert writer.name.startswith("house-writer")


async def test_given_lines_keep_their_order_and_share_a_shot_when_there_are_too_many(writer: HouseWriter):
    text = 'A dog sleeps, 5 seconds. The narrator says "One." then "Two is a longer line." then "Three." then "Four."'
    plan = await plan_of(writer, text, max_shots=2)
    spoken = " ".join(shot.narration for shot in plan.storyboard.shots)
    assert spoken == "One. Two is a longer line. Three. Four."


async def test_a_must_that_names_its_place_is_met_there(writer: HouseWriter):
    plan = await plan_of(
        writer, "A dog runs on the beach. The dog must be seen in the first shot and in the last. 15 seconds."
    )
    shots = plan.storyboard.shots
    assert [shot.id for shot in shots if "R2" in shot.covers] == [shots[0].id, shots[-1].id]
    assert not any("must" in shot.description for shot in shots)


async def test_rain_stays_outside(writer: HouseWriter):
    plan = await plan_of(writer, "Rain falls on the city. A dog runs home. It sleeps in a room. 12 seconds.")
    weather = {scene.setting: scene.weather for scene in plan.storyboard.scenes}
    assert (weather["city"], weather["room"]) == ("rain", "clear")


async def test_light_passes_over_a_journey(writer: HouseWriter):
    plan = await plan_of(writer, "The journey of a train from the city through the forest to the beach. 24 seconds.")
    scenes = {scene.id: scene.hour for scene in plan.storyboard.scenes}
    hours = [hour for hour, _ in itertools.groupby(scenes[shot.scene_id] for shot in plan.storyboard.shots)]
    assert hours == ["dawn", "day", "dusk"]
