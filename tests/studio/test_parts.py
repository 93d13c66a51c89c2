"""The pure parts: ids, cutting, captions, critique, lessons, gates, planning."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiprod_agents.captions import write_srt
from aiprod_agents.card_colours import card_colours
from aiprod_agents.checkpoints import list_types
from aiprod_agents.critique import SEVERITY_WEIGHTS, find_unmeasured, judge_cut, judge_take, weigh
from aiprod_agents.cutting import FilmPlan, build_cut_list, find_crossfades, find_starts, place_lines
from aiprod_agents.engines import find_engine
from aiprod_agents.errors import StudioError
from aiprod_agents.gates import Question, check_answer, check_judgement
from aiprod_agents.graph import draw_mermaid
from aiprod_agents.ids import derive_id, derive_seed, digest_value
from aiprod_agents.learning import draw_lessons
from aiprod_agents.plan import PlanInput
from aiprod_agents.planning import find_faults
from aiprod_agents.reviewing import note_findings, to_review
from aiprod_agents.routing import after_finance, after_qa, shot_jobs
from aiprod_agents.state import Answer, Commission, Judgement, SpokenLine, State
from memory.records import Brief, Cut, Note, PlacedShot, Storyboard, Take
from render_engine.api import FirstFrame, Measures, PlacedMeasures
from tests.studio.conftest import make_brief, make_order, make_request
from tests.studio.fake_engine import CARD
from tests.studio.scripted_writer import ScriptedWriter

NULL = Path("/dev/null")
COMMISSION = Commission(production_id="p", **make_order().model_dump())


def make_plan(num_shots: int = 3, seconds: float = 11.0, **orders: str):
    return ScriptedWriter(NULL, num_shots, **orders).plan(PlanInput(brief=make_brief(seconds).brief))


# ---- ids ---------------------------------------------------------------------------------------------------------


def test_ids_and_seeds_follow_from_their_parts_and_only_from_them() -> None:
    assert derive_id("a", 1) == derive_id("a", "1") != derive_id("a1")
    assert derive_seed(7, "S1", 0) == derive_seed(7, "S1", 0) != derive_seed(7, "S1", 1)
    assert 0 <= derive_seed("x", bits=31) < 2**31


def test_a_picture_counts_by_its_content_s_name_and_not_by_its_folder_or_suffix() -> None:
    first, moved, renamed, other = (
        make_request(conditioning=(FirstFrame(picture=Path(path)),))
        for path in ("/one/ab.png", "/two/ab.png", "/two/ab", "/one/cd.png")
    )
    assert digest_value(first) == digest_value(moved) == digest_value(renamed) != digest_value(other)


# ---- cutting -----------------------------------------------------------------------------------------------------


@given(num_shots=st.integers(1, 8), seconds=st.floats(4.0, 30.0), mood=st.sampled_from(["calm", "epic"]))
def test_crossfades_never_change_the_length_of_the_film(num_shots: int, seconds: float, mood: str) -> None:
    plan = make_plan(num_shots, seconds, mood=mood)
    crossfades = find_crossfades(plan.storyboard, plan.concept, CARD)
    clips = {shot.id: NULL for shot in plan.storyboard.shots}
    film = FilmPlan(COMMISSION, make_brief(seconds).brief, plan.concept, plan.look, plan.storyboard)
    cut = build_cut_list(film, clips, crossfades, [], {})
    lasts = sum(item.seconds - item.crossfade_seconds for item in cut.items)
    assert lasts == pytest.approx(plan.storyboard.seconds)
    assert cut.items[0].crossfade_seconds == 0


@given(palette=st.lists(st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}"), max_size=5))
def test_letters_on_cards_stand_out_whatever_the_palette(palette: list[str]) -> None:
    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    colours = card_colours(palette)
    assert (luminance(colours.ink) + 0.05) / (luminance(colours.ground) + 0.05) > 10


def test_a_warm_look_has_warm_cards() -> None:
    colours = card_colours(("#c8372d", "#e5822b", "#efc443", "#7a3b2e", "#f7e6c8"))
    red, blue = (int(colours.ground[at : at + 2], 16) for at in (1, 5))
    assert red > 1.5 * blue


def test_soft_moods_melt_from_scene_to_scene_and_others_cut() -> None:
    soft, hard = make_plan(mood="calm"), make_plan(mood="epic")
    assert find_crossfades(soft.storyboard, soft.concept, CARD) == {
        "S90": 0.0,
        "S1": 0.4,
        "S2": 0.4,
        "S3": 0.4,
        "S91": 0.4,
    }
    assert find_crossfades(hard.storyboard, hard.concept, CARD)["S2"] == 0.0


def test_a_shot_as_long_as_the_renderer_lasts_is_cut_hard() -> None:
    plan = make_plan(1, 2 + 41 / 8)
    assert find_crossfades(plan.storyboard, plan.concept, CARD)["S1"] == 0.0


def test_lines_begin_with_their_shot_and_never_overlap() -> None:
    plan = make_plan()
    assert find_starts(plan.storyboard) == {"S90": 0.0, "S1": 1.0, "S2": 4.0, "S3": 7.0, "S91": 10.0}
    lines = place_lines(plan.storyboard, {"S1": ("ab" * 32, 5.0), "S2": ("cd" * 32, 1.0), "S3": ("ef" * 32, 6.0)})
    assert [line.start_seconds for line in lines] == [1.2, 6.35, 7.5]


def test_captions_are_split_so_that_they_can_be_read() -> None:
    text = "It sails past the beach in full daylight, and a white gull keeps it company all of the way to the harbour."
    srt = write_srt([SpokenLine(shot_id="S1", text=text, start_seconds=3661.5, seconds=6.0, sha256="ab" * 32)])
    blocks = srt.strip().split("\n\n")
    assert len(blocks) == 2
    assert blocks[0].startswith("1\n01:01:01,500 --> ")
    assert blocks[1].splitlines()[1].endswith("01:01:07,500")
    assert all(len(row) <= 42 for block in blocks for row in block.splitlines()[2:])


def test_no_caption_reads_as_a_time_or_as_a_tag() -> None:
    text = "a <b>bold</b> --> dog"
    srt = write_srt([SpokenLine(shot_id="S1", text=text, start_seconds=0, seconds=2, sha256="ab" * 32)])
    assert srt.splitlines()[2:] == ["a ‹b›bold‹/b› → dog", ""]


# ---- judging -----------------------------------------------------------------------------------------------------


def measures(**changes: object) -> Measures:
    values = {"width": 256, "height": 144, "fps": 8.0, "num_frames": 80, "seconds": 10.0, "has_sound": True}
    return Measures.model_validate({**values, **changes})


TAKE = Take(id="t", shot_id="S1", number=1, ok=True, request_digest="ab" * 32, sha256="cd" * 32)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"num_frames": 81}, []),
        ({"num_frames": 72}, [("length", "major")]),
        ({"black_frames": (0,)}, [("black", "minor")]),
        ({"black_frames": tuple(range(40))}, [("black", "major")]),
        ({"black_frames": tuple(range(80))}, [("black", "critical")]),
        ({"frozen_runs": ((0, 30), (35, 15))}, [("frozen", "minor")]),
        ({"frozen_runs": ((0, 40), (40, 20))}, [("frozen", "major")]),
        ({"frozen_runs": ((0, 79),)}, [("frozen", "major")]),
        ({"flicker": 0.03}, [("flicker", "minor")]),
        ({"cuts": (5,)}, [("cut", "major")]),
        ({"palette_distance": 20.0, "palette_paleness": 0.0}, [("palette", "minor")]),
        ({"palette_distance": 40.0, "palette_paleness": 0.0}, [("palette", "major")]),
        ({"palette_distance": 0.0, "palette_paleness": 0.9}, [("paleness", "minor")]),
        ({"palette_distance": 0.0, "palette_paleness": 1.0}, [("paleness", "major")]),
    ],
)
def test_a_take_is_judged_by_the_table(changes: dict[str, object], found: list[tuple[str, str]]) -> None:
    plan = make_plan()
    findings = judge_take(TAKE, 80, plan.storyboard.shots[0], plan.look, measures(**changes))
    assert [(finding.category, finding.severity) for finding in findings] == found


def test_nothing_moves_in_a_still_shot() -> None:
    plan = make_plan()
    still = plan.storyboard.shots[0].model_copy(update={"action": "still"})
    assert judge_take(TAKE, 80, still, plan.look, measures(frozen_runs=((0, 80),))) == []


CUT = Cut(
    version=1, sha256="ab" * 32, take_ids=("t",), placed=(PlacedShot(shot_id="S1", frame_in=0, frame_out=40),),
    width=256, height=144, fps=8.0, num_frames=80,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"cuts": (1,)}, [("cut", "major")]),
        ({"cuts": (20,)}, [("cut", "major")]),
        ({"black_frames": tuple(range(70, 80))}, []),
        ({"black_frames": (3,)}, [("black", "minor")]),
        ({"black_frames": tuple(range(40))}, [("black", "critical")]),
        ({"frozen_runs": ((40, 40),)}, []),
        ({"frozen_runs": ((0, 20),)}, [("frozen", "minor")]),
        ({"frozen_runs": ((0, 80),)}, [("frozen", "major")]),
        ({"placed": (PlacedMeasures(shot_id="S1", frame_in=0, frame_out=40, flicker=0.5),)}, [("flicker", "major")]),
        ({"seconds": 8.0}, [("length", "major")]),
        ({"width": 144, "height": 256}, [("aspect", "major")]),
        ({"has_sound": False}, [("sound", "critical")]),
        ({"silent_seconds": 6.0}, [("silence", "major")]),
        ({"loudness_lufs": -18.0}, [("loudness", "minor")]),
        ({"loudness_lufs": -30.0}, [("loudness", "major")]),
    ],
)
def test_the_cut_is_judged_by_the_table(changes: dict[str, object], found: list[tuple[str, str]]) -> None:
    plan, brief = make_plan(seconds=10.0), make_brief(10.0).brief
    alone = PlacedMeasures(shot_id="S1", frame_in=0, frame_out=40, flicker=0.0)
    card = PlacedMeasures(shot_id="S91", frame_in=40, frame_out=80, flicker=0.9)
    findings = judge_cut(CUT, brief, plan.storyboard, measures(**{"placed": (alone, card), **changes}))
    assert [(finding.category, finding.severity) for finding in findings] == found
    assert weigh(findings) == sum(SEVERITY_WEIGHTS[severity] for _, severity in found)
    in_shots = {finding.shot_id for finding in findings if finding.category in {"cut", "black", "frozen", "flicker"}}
    assert in_shots <= {"S1"}


@pytest.mark.parametrize(
    ("cuts", "left"),
    [((5, 9), None), ((5, 9, 40, 44), None), ((5,), "5"), ((5, 9, 40), "40"), ((5, 30), "5, 30")],
)
def test_lightning_is_no_cut_where_a_storm_is_asked_for(cuts: tuple[int, ...], left: str | None) -> None:
    plan, brief = make_plan(seconds=10.0), make_brief(10.0).brief
    seen = measures(
        cuts=cuts, flicker=0.9, placed=(PlacedMeasures(shot_id="S1", frame_in=0, frame_out=80, flicker=0.9),)
    )
    wanted = [] if left is None else [f"the picture jumps at frame {left}"]
    in_take = judge_take(TAKE, 80, plan.storyboard.shots[0], plan.look, seen, stormy=True)
    in_film = judge_cut(CUT, brief, plan.storyboard, seen, frozenset({"S1"}))
    assert [finding.message for finding in in_take] == wanted
    assert [finding.message for finding in in_film if finding.category in {"cut", "flicker"}] == wanted
    calm = judge_take(TAKE, 80, plan.storyboard.shots[0], plan.look, seen)
    assert {finding.category for finding in calm} == {"cut", "flicker"}


def test_a_film_that_wants_no_sound_needs_none() -> None:
    plan = make_plan(seconds=10.0)
    brief = make_brief(10.0, wants_music=False, wants_narration=False).brief
    assert judge_cut(CUT, brief, plan.storyboard, measures(has_sound=False)) == []


def test_a_film_without_music_may_be_silent_between_its_lines() -> None:
    plan = make_plan(seconds=10.0)
    spoken = tuple(shot.model_copy(update={"narration": "Hello."}) for shot in plan.storyboard.shots)
    storyboard = plan.storyboard.model_copy(update={"shots": spoken})
    brief = make_brief(10.0, wants_music=False).brief
    assert judge_cut(CUT, brief, storyboard, measures(silent_seconds=9.0)) == []
    assert judge_cut(CUT, brief, storyboard, measures(has_sound=False))[0].category == "sound"


def test_what_nothing_measured_is_listed_with_where_it_was_planned() -> None:
    plan, brief = make_plan(), make_brief().brief
    lines = find_unmeasured(brief, plan.storyboard, measures(), [measures(not_measured=("meaning",))])
    assert lines == [
        "R2 (subject: a dog), planned in S1, S2, S3: nothing measured it",
        "R3 (palette: warm), planned in S1, S2, S3: nothing measured it",
        "not measured: meaning",
    ]


def test_a_card_is_called_by_its_role_where_a_person_reads() -> None:
    plan, brief = make_plan(), make_brief().brief
    end = plan.storyboard.end_card
    assert end is not None
    board = plan.storyboard.model_copy(update={"end_card": end.model_copy(update={"covers": ("R2",)})})
    assert find_unmeasured(brief, board, measures(), [])[0].startswith(
        "R2 (subject: a dog), planned in S1, S2, S3, end card:"
    )


def test_lessons_are_drawn_from_what_was_fixed_and_let_pass() -> None:
    plan = make_plan()
    [finding] = judge_take(TAKE, 80, plan.storyboard.shots[0], plan.look, measures(cuts=(5,)))
    fixed = finding.model_copy(update={"status": "fixed"})
    waived = finding.model_copy(update={"status": "waived", "waived_by": "ada", "waived_reason": "art"})
    lessons = list(draw_lessons("p", [finding, fixed, waived], None))
    assert [(lesson.kind, lesson.text, lesson.why) for lesson in lessons] == [
        ("wanted", "the picture jumps at frame 5", "a reviewer had it changed"),
        ("accepted", "the picture jumps at frame 5", "ada let it pass: art"),
    ]
    assert len({lesson.id for lesson in lessons}) == 2


def test_a_judgement_s_reason_is_among_its_review_s_notes_and_a_rejection_teaches_each() -> None:
    notes = (Note(shot_id="S1", text="too slow"), Note(shot_id=None, text="too blue"))
    judgement = Judgement(verdict="rejected", author="ada", notes=notes, reason="not ours")
    review = to_review("p", CUT, judgement)
    assert [(note.shot_id, note.text) for note in review.notes][-1] == (None, "not ours")
    lessons = list(draw_lessons("p", [], review))
    assert [(lesson.shot_id, lesson.text, lesson.why) for lesson in lessons] == [
        (note.shot_id, note.text, "ada rejected the film") for note in review.notes
    ]
    assert to_review("p", CUT, judgement.model_copy(update={"reason": "too blue"})).notes == notes


def test_each_note_on_each_shot_that_it_touches_is_one_finding() -> None:
    storyboard = make_plan(2).storyboard
    notes = tuple(Note(shot_id=shot_id, text=text) for shot_id, text in (("S1", "slower"), (None, "less blue")))
    findings = note_findings(storyboard, Judgement(verdict="needs_changes", author="ada", notes=notes * 2), CUT)
    said = [(finding.shot_id, finding.change) for finding in findings]
    assert said == [("S1", "slower"), ("S1", "less blue"), ("S2", "less blue")]
    assert len({finding.id for finding in findings}) == 3


# ---- plans -------------------------------------------------------------------------------------------------------


def faults_of(storyboard: Storyboard, brief: Brief | None = None, max_shots: int | None = None) -> list[str]:
    return find_faults(storyboard, brief or make_brief().brief, CARD, max_shots)


def test_a_plan_that_can_be_filmed_has_no_faults() -> None:
    assert faults_of(make_plan().storyboard) == []


def test_every_fault_of_a_plan_is_told() -> None:
    plan = make_plan().storyboard
    first, *rest = plan.shots
    lost = plan.model_copy(update={"shots": (first.model_copy(update={"scene_id": "nowhere"}), *rest)})
    doubled = plan.model_copy(update={"shots": (first, *plan.shots[:2])})
    bare = plan.model_copy(update={"shots": tuple(shot.model_copy(update={"covers": ("R9",)}) for shot in plan.shots)})
    assert faults_of(lost) == ["S1 plays in a scene that is not there"]
    assert faults_of(doubled) == ["the id S1 stands twice"]
    assert faults_of(bare) == ["no shot covers R2 (a dog)", "R9 is covered but was never asked"]
    assert faults_of(plan, max_shots=2) == ["it has 3 shots where 2 were allowed"]
    [too_short] = faults_of(plan, make_brief(20.0).brief)
    assert too_short == "it lasts 11.00 s where the brief asks for 20.00 s"
    [too_long] = faults_of(make_plan(1, 9.0).storyboard, make_brief(9.0).brief)
    assert too_long == "S1 lasts 7.00 s and fake renders at most 5.12 s at a time"


# ---- gates and routes --------------------------------------------------------------------------------------------

PLAN_GATE = Question(gate="plan", choices=("approve", "change", "decline"), title="", shot_ids=("S1",))
FINAL_GATE = Question(gate="final", choices=("approve", "needs_changes", "reject"), title="", shot_ids=("S1",))


def test_a_gate_takes_only_what_it_asks_for() -> None:
    with pytest.raises(StudioError, match="a change needs a text"):
        check_answer(PLAN_GATE, Answer(gate="plan", choice="change", text=" "))
    with pytest.raises(StudioError, match="a review comes when there is a cut"):
        check_judgement(PLAN_GATE, Judgement(verdict="approved", author="ada"))
    with pytest.raises(StudioError, match="there is no shot S9 to change: the shots are S1"):
        check_judgement(FINAL_GATE, Judgement(verdict="rejected", author="ada", notes=(Note(shot_id="S9", text="x"),)))
    with pytest.raises(StudioError, match="wants a note"):
        check_judgement(FINAL_GATE, Judgement(verdict="needs_changes", author="ada"))
    with pytest.raises(StudioError, match="a rejection needs a note"):
        check_judgement(FINAL_GATE, Judgement(verdict="rejected", author="ada"))


def test_a_route_that_is_not_in_the_table_is_an_error() -> None:
    with pytest.raises(KeyError):
        after_finance({"decision": "rewrite"})
    with pytest.raises(KeyError):
        after_qa({"decision": "render"})


def test_a_take_is_numbered_after_the_takes_of_its_shot() -> None:
    state = {"commission": None, "scope": ["S1"], "requests": {"S1": None}, "takes": {"t": TAKE}}
    assert [job["number"] for job in shot_jobs(state)] == [2]


def test_the_picture_of_the_graph_shows_the_eight_states_and_the_design_s_edges() -> None:
    edges = {
        tuple(part.strip() for part in line.rstrip(";").replace("-.->", "-->").split("-->"))
        for line in draw_mermaid().splitlines()
        if "--> " in line or "-.-> " in line
    }
    assert edges == {
        ("__start__", "intake"), ("__start__", "semantic_qa"),
        ("intake", "creative_director"), ("intake", "fast_track_optimizer"),
        ("creative_director", "visual_translator"), ("fast_track_optimizer", "visual_translator"),
        ("visual_translator", "financial_orchestrator"),
        ("financial_orchestrator", "financial_orchestrator"), ("financial_orchestrator", "fast_track_optimizer"),
        ("financial_orchestrator", "creative_director"), ("financial_orchestrator", "render_executor"),
        ("financial_orchestrator", "visual_translator"),
        ("financial_orchestrator", "semantic_qa"), ("financial_orchestrator", "delivery"),
        ("financial_orchestrator", "__end__"),
        ("render_executor", "render_executor"), ("render_executor", "semantic_qa"),
        ("semantic_qa", "semantic_qa"), ("semantic_qa", "financial_orchestrator"),
        ("semantic_qa", "visual_translator"),
        ("delivery", "__end__"),
    }  # fmt: skip
    assert {node for edge in edges for node in edge} - {"__start__", "__end__"} == set(State)


# ---- what is found -----------------------------------------------------------------------------------------------


def test_the_house_engine_is_found_by_its_entry_point() -> None:
    assert callable(find_engine())
    with pytest.raises(StudioError, match="there is no engine 'other': installed are house"):
        find_engine("other")


def test_checkpoints_revive_records_and_nothing_that_can_act() -> None:
    types = list_types()
    assert ("aiprod_agents.state", "Commission") in types
    assert ("render_engine.api.render", "RenderRequest") in types
    assert all(
        module.split(".")[0] in {"aiprod_agents", "memory", "render_engine", "pydantic", "enum"} for module, _ in types
    )
