"""Judging through the graph: what becomes of a person's notes, and what the film itself is found wanting in."""

import pytest

from aiprod_agents.critique import judge_colours, judge_take, only_new
from aiprod_agents.errors import StudioError
from aiprod_agents.plan import TranslationInput
from aiprod_agents.state import Judgement
from memory.records import Note, ProductionStatus
from tests.studio.conftest import Bench, make_brief, make_order, read_json
from tests.studio.test_parts import CUT, TAKE, make_plan, measures

APPROVED = Judgement(verdict="approved", author="ada")


def wants(text: str, shot_id: str = "S2") -> Judgement:
    return Judgement(verdict="needs_changes", author="ada", notes=(Note(shot_id=shot_id, text=text),))


# ---- notes -------------------------------------------------------------------------------------------------------


async def test_a_note_is_retaken_unmeasured_until_a_person_approves_also_with_yes(bench: Bench) -> None:
    async with bench.open() as studio:
        first = await studio.produce(make_brief(), make_order())
        second = await studio.review(first.production_id, wants("darker"))
        assert second.status == ProductionStatus.AWAITING_REVIEW
        assert [(finding.status, finding.message) for finding in second.findings] == [("retaken", "darker")]
        line = "note of ada on S2 (darker): a new take stands, and nothing measured whether it answers the note"
        assert second.unmeasured[-1] == line
        third = await studio.review(first.production_id, APPROVED)
        assert third.status == ProductionStatus.DELIVERED
        assert [finding.status for finding in third.findings] == ["fixed"]
        assert line not in read_json(third, "qa.json")["not_measured"]
        with studio.memory.transaction() as store:
            authors = [entry.review.author for entry in store.reviews.list(first.production_id)]
            lessons = [(lesson.kind, lesson.text) for lesson in store.lessons.list(first.production_id)]
    assert authors == ["policy:house", "ada", "ada"]
    assert ("wanted", "darker") in lessons


async def test_a_note_of_which_nothing_could_be_done_stays_open_and_costs_one_take(bench: Bench) -> None:
    async with bench.open() as studio:
        first = await studio.produce(make_brief(), make_order())
        outcome = await studio.review(first.production_id, wants("the cat must juggle torches"))
        assert outcome.status == ProductionStatus.AWAITING_REVIEW
        assert [(finding.status, finding.severity) for finding in outcome.findings] == [("open", "major")]
        with pytest.raises(StudioError, match="approve with a note that says why"):
            await studio.review(first.production_id, APPROVED)
    assert bench.engine.calls("begin").count("cat") == 2


async def test_an_earlier_note_stays_in_force_when_another_comes(bench: Bench) -> None:
    async with bench.open() as studio:
        first = await studio.produce(make_brief(), make_order())
        await studio.review(first.production_id, wants("darker"))
        outcome = await studio.review(first.production_id, wants("closer"))
    asked = [question for question in bench.writer.questions if isinstance(question, TranslationInput)]
    assert asked[-1].notes == {"S2": ("darker", "closer")}
    assert [finding.status for finding in outcome.findings] == ["retaken", "retaken"]


# ---- the film ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["black", "frozen", "flicker"])
async def test_a_film_with_a_fault_that_its_takes_have_not_waits_and_names_the_shots(bench: Bench, fault: str) -> None:
    bench.script(film_fault=fault)
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
    assert outcome.status == ProductionStatus.AWAITING_REVIEW
    assert [(finding.category, finding.shot_id) for finding in outcome.findings] == [
        (fault, "S1"), (fault, "S2"), (fault, "S3"),
    ]  # fmt: skip
    assert all(finding.take_id is None for finding in outcome.findings)


async def test_what_was_measured_stands_in_the_report_with_its_limits(bench: Bench) -> None:
    async with bench.open() as studio:
        measured = read_json(await studio.produce(make_brief(), make_order()), "qa.json")["measured"]
    assert set(measured["film"]["values"]) == {
        "seconds", "aspect", "cuts", "loudness", "true_peak", "silence",
    }  # fmt: skip
    assert set(measured["in_film"]) == set(measured["shots"]) == {"S1", "S2", "S3"}
    assert set(measured["in_film"]["S1"]) == {"black", "frozen", "flicker"}
    values = measured["shots"]["S1"]["values"]
    assert set(values) == {"length", "black", "frozen", "flicker", "cuts", "palette", "paleness"}
    assert (values["frozen"]["value"], values["frozen"]["major_above"]) == (0.0, 0.7)


def test_findings_name_their_frames() -> None:
    plan = make_plan()
    seen = measures(black_frames=(3, 4, 5, 9), frozen_runs=((0, 4), (10, 30), (40, 20)), cuts=(7, 50))
    findings = judge_take(TAKE, 80, plan.storyboard.shots[0], plan.look, seen)
    frames = {finding.category: (finding.frame_in, finding.frame_out) for finding in findings}
    assert frames == {"black": (3, 6), "frozen": (10, 60), "cut": (7, 8)}


def test_the_film_is_told_only_what_its_takes_were_not() -> None:
    plan = make_plan()
    judge = [
        judge_take(TAKE, 80, plan.storyboard.shots[0], plan.look, measures(**seen))
        for seen in ({"black_frames": (1,)}, {"black_frames": tuple(range(40))}, {"cuts": (5,)})
    ]
    slight, grave, other = judge
    assert only_new(slight, slight) == []
    assert only_new(slight, grave) == []
    assert only_new([*grave, *other], slight) == [*grave, *other]


def test_a_colour_that_was_asked_is_missed_mildly_in_a_shot_and_gravely_in_the_film() -> None:
    plan = make_plan()
    look = plan.look.model_copy(update={"palette_colours": ("#c8372d", "#2f62b5")})
    shot = plan.storyboard.shots[0]
    here, gone = (
        measures(palette_distance=40.0, palette_paleness=1.0, palette_shares=shares)
        for shares in ((0.2, 0.0), (0.0, 0.0))
    )
    [finding] = judge_take(TAKE, 80, shot, look, here)
    assert (finding.category, finding.severity, finding.message) == (
        "colour", "minor", "only 0.0% of the picture shows #2f62b5",
    )  # fmt: skip
    assert [(one.severity, one.message) for one in judge_colours(CUT, look, [gone, here])] == [
        ("major", "#2f62b5 was asked, and no shot shows it")
    ]
    assert judge_colours(CUT, plan.look, [gone]) == []
