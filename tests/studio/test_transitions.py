"""Every row of the transition table, driven through the real graph."""

from pathlib import Path

import pytest

from aiprod_agents.errors import InputError, StudioError
from aiprod_agents.plan import PlanInput
from aiprod_agents.state import Answer, Judgement
from aiprod_agents.studio import Studio
from memory.records import Budget, Note, ProductionStatus, Requirement
from tests.studio.conftest import Bench, make_brief, make_order
from tests.studio.scripted_writer import ScriptedWriter

CAST = (Requirement(id="R2", kind="subject", text="a dog"), Requirement(id="R4", kind="subject", text="a cat"))
STRAIGHT = ["visual_translator", "financial_orchestrator", "render_executor", "semantic_qa"]
SETTLED = ["financial_orchestrator", "delivery"]


def approve(gate: str) -> Answer:
    return Answer.model_validate({"gate": gate, "choice": "approve"})


def needs_changes(shot_id: str | None, text: str = "make it darker") -> Judgement:
    return Judgement(verdict="needs_changes", author="ada", notes=(Note(shot_id=shot_id, text=text),))


APPROVED = Judgement(verdict="approved", author="ada")
REJECTED = Judgement(verdict="rejected", author="ada", reason="the story is not ours")


async def to_final_gate(studio: Studio, **order: object) -> str:
    """A production that waits for its reviewer."""
    outcome = await studio.produce(make_brief(), make_order(auto_approve=False, **order))
    assert outcome.status == ProductionStatus.AWAITING_PLAN
    outcome = await studio.answer(outcome.production_id, approve("plan"))
    assert outcome.status == ProductionStatus.AWAITING_COST
    outcome = await studio.answer(outcome.production_id, approve("cost"))
    assert outcome.status == ProductionStatus.AWAITING_REVIEW
    return outcome.production_id


# ---- before a thread, and intake ---------------------------------------------------------------------------------


async def test_a_budget_below_the_cheapest_film_leaves_nothing_behind(bench: Bench) -> None:
    async with bench.open() as studio:
        with pytest.raises(InputError, match="below the cheapest film of 11 s"):
            await studio.produce(make_brief(), make_order(budget=Budget(seconds=1)))
        assert studio.list() == ()
    assert bench.writer.asked() == []


async def test_a_simple_brief_is_planned_on_the_fast_track(bench: Bench) -> None:
    async with bench.open() as studio:
        await studio.produce(make_brief(), make_order())
    assert bench.trail() == ["intake", "fast_track_optimizer", *STRAIGHT, *SETTLED]


async def test_a_brief_with_a_cast_goes_to_the_creative_director(bench: Bench) -> None:
    async with bench.open() as studio:
        await studio.produce(make_brief(requirements=CAST), make_order())
    assert bench.trail() == ["intake", "creative_director", *STRAIGHT, *SETTLED]


async def test_a_short_brief_that_tells_a_story_goes_to_the_creative_director(bench: Bench) -> None:
    story = "A dog wakes. It runs to the beach. A cat is there already. A bird sees both."
    async with bench.open() as studio:
        await studio.produce(make_brief(text=story), make_order())
    assert bench.trail() == ["intake", "creative_director", *STRAIGHT, *SETTLED]


async def test_a_brief_with_a_cast_is_fast_when_asked(bench: Bench) -> None:
    async with bench.open() as studio:
        await studio.produce(make_brief(requirements=CAST), make_order(fast=True))
    assert bench.writer.asked() == ["fast_track_optimizer", "visual_translator"]


# ---- quote -------------------------------------------------------------------------------------------------------


async def test_a_plan_over_budget_is_rendered_at_the_tier_that_fits(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(budget=Budget(seconds=25)))
    assert outcome.status == ProductionStatus.DELIVERED
    assert outcome.quote is not None
    assert outcome.quote.tier == "draft"
    assert bench.trail()[1:6] == [
        "fast_track_optimizer",
        "visual_translator",
        "financial_orchestrator",
        "fast_track_optimizer",
        "visual_translator",
    ]
    assert bench.messages("fast_track_optimizer")[-1].startswith("tier standard becomes draft: 8 steps")


async def test_a_plan_that_no_tier_affords_gets_fewer_shots(bench: Bench) -> None:
    bench.writer = ScriptedWriter(bench.folder / "writer.log", num_shots=8)
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(budget=Budget(seconds=20)))
    assert outcome.status == ProductionStatus.DELIVERED
    assert bench.engine.calls("render") == ["dog", "cat", "bird"]
    plans = [question for question in bench.writer.questions if isinstance(question, PlanInput)]
    assert [plan.max_shots for plan in plans] == [None, 3]
    assert plans[1].previous is not None


async def test_a_plan_that_stays_over_budget_is_refused_with_the_nearest_that_fits(bench: Bench) -> None:
    bench.writer = ScriptedWriter(bench.folder / "writer.log", num_shots=8, fail="max_shots")
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(budget=Budget(seconds=20)))
    assert outcome.status == ProductionStatus.REFUSED
    assert outcome.reason is not None
    assert "a film of 10 s at tier draft fits: " in outcome.reason
    assert bench.engine.calls("render") == []
    assert bench.trail().count("fast_track_optimizer") == 3  # the plan, and two passes of saving


@pytest.mark.parametrize("gate", ["plan", "cost"])
async def test_a_declined_gate_refuses_the_production(bench: Bench, gate: str) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(auto_approve=False))
        if gate == "cost":
            outcome = await studio.answer(outcome.production_id, approve("plan"))
        answer = Answer.model_validate({"gate": gate, "choice": "decline", "text": "not now"})
        outcome = await studio.answer(outcome.production_id, answer)
    assert (outcome.status, outcome.reason) == (ProductionStatus.REFUSED, f"declined at the {gate} gate: not now")
    assert bench.engine.calls("render") == []


async def test_another_tier_is_chosen_at_the_cost_gate_without_planning_anew(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(auto_approve=False, tier="draft"))
        outcome = await studio.answer(outcome.production_id, approve("plan"))
        assert outcome.quote is not None
        draft = outcome.quote
        asked = Answer(gate="cost", choice="change", text="The standard tier, please.")
        outcome = await studio.answer(outcome.production_id, asked)
        assert outcome.status == ProductionStatus.AWAITING_COST
        assert outcome.quote is not None
        assert (draft.tier, outcome.quote.tier) == ("draft", "standard")
        assert outcome.quote.seconds > draft.seconds
        outcome = await studio.answer(outcome.production_id, approve("cost"))
    assert outcome.status == ProductionStatus.AWAITING_REVIEW
    assert bench.trail().count("fast_track_optimizer") + bench.trail().count("creative_director") == 1


async def test_a_tier_beyond_the_budget_is_lowered_again(bench: Bench) -> None:
    order = make_order(auto_approve=False, tier="draft", budget=Budget(seconds=40.0))
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), order)
        outcome = await studio.answer(outcome.production_id, approve("plan"))
        asked = Answer(gate="cost", choice="change", text="premium")
        outcome = await studio.answer(outcome.production_id, asked)
    assert outcome.status in {ProductionStatus.AWAITING_COST, ProductionStatus.AWAITING_PLAN}
    assert outcome.quote is not None
    assert outcome.quote.seconds <= 40.0


async def test_a_change_of_plan_goes_to_the_creative_director_at_most_three_times(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(auto_approve=False))
        for number, gate in enumerate(["plan", "cost", "plan"]):
            if gate == "cost":
                outcome = await studio.answer(outcome.production_id, approve("plan"))
            change = Answer.model_validate({"gate": gate, "choice": "change", "text": f"change {number}"})
            outcome = await studio.answer(outcome.production_id, change)
            assert outcome.status == ProductionStatus.AWAITING_PLAN
            assert outcome.title == "\n".join(["Film change 0", "change 1", "change 2"][: number + 1])
        assert outcome.question is not None
        assert outcome.question.choices == ("approve", "decline")
        with pytest.raises(StudioError, match="approve or decline, not change"):
            await studio.answer(outcome.production_id, change)
    assert bench.trail().count("creative_director") == 3


# ---- render and QA -----------------------------------------------------------------------------------------------


async def test_each_shot_of_the_scope_is_rendered_once_and_stored(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        with studio.memory.transaction() as store:
            takes = store.takes.list(outcome.production_id)
        assert all(studio.memory.assets.verify(take.sha256 or "") for take in takes)
    assert sorted(bench.engine.calls("render")) == ["bird", "cat", "dog"]
    assert [(take.shot_id, take.number, take.ok) for take in takes] == [
        ("S1", 1, True),
        ("S2", 1, True),
        ("S3", 1, True),
    ]


@pytest.mark.parametrize(
    ("fault", "num_requests"), [("error", 1), ("frozen", 2), ("black", 2), ("short", 2), ("cut", 2), ("flicker", 2)]
)
async def test_a_failing_shot_goes_back_alone_with_another_seed_where_it_has_a_picture(
    bench: Bench, fault: str, num_requests: int
) -> None:
    bench.script(faults={"cat": (fault,)})
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        with studio.memory.transaction() as store:
            takes = store.takes.list(outcome.production_id, "S2")
    assert outcome.status == ProductionStatus.DELIVERED
    assert bench.engine.calls("begin").count("cat") == 2
    assert len(bench.engine.calls("begin")) == 4
    assert len({take.request_digest for take in takes}) == num_requests
    assert bench.scopes() == [("S1", "S2", "S3")]  # no words change
    assert outcome.findings == ()


async def test_a_failing_shot_passes_the_translator_where_its_words_must_change(bench: Bench) -> None:
    bench.script(faults={"cat": ("palette",)})
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
    assert outcome.status == ProductionStatus.DELIVERED
    assert bench.scopes() == [("S1", "S2", "S3"), ("S2",)]
    assert bench.writer.questions[-1].model_dump()["notes"] == {"S2": ("keep to the palette warm",)}


@pytest.mark.parametrize(("tier", "renders"), [("draft", 2), ("standard", 3)])
async def test_when_retakes_are_spent_the_cut_waits_with_open_findings(bench: Bench, tier: str, renders: int) -> None:
    bench.script(faults={"cat": ("frozen",) * 9})
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(tier=tier))
    assert outcome.status == ProductionStatus.AWAITING_REVIEW
    assert bench.engine.calls("begin").count("cat") == renders
    assert [(finding.shot_id, finding.category, finding.status) for finding in outcome.findings] == [
        ("S2", "frozen", "open"),
    ]
    assert outcome.film is not None
    assert outcome.film.endswith(".mp4")


async def test_a_retake_that_the_budget_refuses_leads_to_the_final_gate(bench: Bench) -> None:
    bench.script(faults={"cat": ("frozen",) * 9})
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(budget=Budget(seconds=45)))
    assert outcome.status == ProductionStatus.AWAITING_REVIEW
    assert bench.engine.calls("begin").count("cat") == 1


async def test_of_several_takes_the_one_with_the_least_findings_stands(bench: Bench) -> None:
    bench.script(faults={"cat": ("cut", "black", "black")})
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
    assert [(finding.shot_id, finding.category) for finding in outcome.findings] == [("S2", "cut")]


async def test_a_shot_that_can_never_be_rendered_ends_as_failed_and_keeps_the_other_takes(bench: Bench) -> None:
    bench.script(faults={"cat": ("error",) * 3})
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        assert outcome.status == ProductionStatus.FAILED
        assert outcome.reason == "S2 could not be rendered: out of memory while rendering cat: close something."
        assert outcome.receipt is not None
        assert {line.what: line.takes for line in outcome.receipt.lines}["S1"] == 1
        assert spent(studio, outcome.production_id) == pytest.approx(outcome.receipt.spent_seconds)
        outcome = await studio.resume(outcome.production_id)
        assert outcome.receipt is not None
        assert spent(studio, outcome.production_id) == pytest.approx(outcome.receipt.spent_seconds)
    assert outcome.status == ProductionStatus.DELIVERED
    assert bench.engine.calls("begin").count("cat") == 4
    assert len(bench.engine.calls("begin")) == 6


def spent(studio: Studio, production_id: str) -> float:
    """What stands on the production's reservations, all of them settled."""
    with studio.memory.transaction() as store:
        return sum(entry.spent_seconds or 0.0 for entry in store.reservations.list(production_id))


# ---- the final gate ----------------------------------------------------------------------------------------------


async def test_an_approved_cut_is_settled_and_delivered(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.review(await to_final_gate(studio), APPROVED)
        with studio.memory.transaction() as store:
            [entry] = store.reviews.list(outcome.production_id)
            reservations = store.reservations.list(outcome.production_id)
    assert outcome.status == ProductionStatus.DELIVERED
    assert outcome.receipt is not None
    assert outcome.receipt.spent_seconds == pytest.approx(3 * 2.0 + 2 * 3.0, abs=0.5)
    assert (entry.review.author, entry.review.verdict, entry.in_force) == ("ada", "approved", True)
    assert [(entry.status, entry.spent_seconds) for entry in reservations] == [
        ("settled", pytest.approx(outcome.receipt.spent_seconds))
    ]


async def test_a_rejected_cut_is_settled_and_taught_but_not_delivered(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.review(await to_final_gate(studio), REJECTED)
        with studio.memory.transaction() as store:
            lessons = store.lessons.list(outcome.production_id)
    assert (outcome.status, outcome.reason) == (ProductionStatus.REJECTED, "the story is not ours")
    assert outcome.package is None
    assert outcome.receipt is not None
    assert [lesson.text for lesson in lessons] == ["the story is not ours"]


async def test_changes_render_exactly_the_touched_shot(bench: Bench) -> None:
    async with bench.open() as studio:
        production_id = await to_final_gate(studio)
        await studio.review(production_id, needs_changes("S2"))
        outcome = await studio.answer(production_id, approve("cost"))
        assert outcome.status == ProductionStatus.AWAITING_REVIEW
        assert outcome.question is not None
        assert outcome.question.version == 2
        assert [(finding.author, finding.status) for finding in outcome.findings] == [("ada", "retaken")]
        await studio.review(production_id, APPROVED)
    assert sorted(bench.engine.calls("render")) == ["bird", "cat", "cat", "dog"]
    assert bench.scopes() == [("S1", "S2", "S3"), ("S2",)]


async def test_a_note_on_the_film_touches_every_shot(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.review(await to_final_gate(studio), needs_changes(None))
        await studio.answer(outcome.production_id, approve("cost"))
    assert bench.scopes()[-1] == ("S1", "S2", "S3")
    assert len(bench.engine.calls("render")) == 6


async def test_changes_that_cost_more_than_the_budget_come_back_with_the_note_open(bench: Bench) -> None:
    async with bench.open() as studio:
        production_id = await to_final_gate(studio, budget=Budget(seconds=42))
        bench.engine.weights, bench.engine.slowness = "cd" * 32, 2.0
        outcome = await studio.review(production_id, needs_changes(None))
        assert outcome.status == ProductionStatus.AWAITING_REVIEW
        assert outcome.question is not None
        assert outcome.question.open_faults == 3
        with pytest.raises(StudioError, match="approve with a note that says why"):
            await studio.review(production_id, APPROVED)
        outcome = await studio.review(production_id, APPROVED.model_copy(update={"reason": "good enough"}))
    assert outcome.status == ProductionStatus.DELIVERED
    assert {(finding.status, finding.waived_by, finding.waived_reason) for finding in outcome.findings} == {
        ("waived", "ada", "good enough"),
    }


# ---- after delivery ----------------------------------------------------------------------------------------------


async def test_a_later_verdict_on_a_delivered_film_makes_the_next_version(bench: Bench) -> None:
    async with bench.open() as studio:
        first = await studio.produce(make_brief(), make_order())
        await studio.review(first.production_id, needs_changes("S3"))
        second = await studio.review(first.production_id, APPROVED)
        with studio.memory.transaction() as store:
            verdicts = [entry.review.verdict for entry in store.reviews.list(first.production_id)]
            spent_of_each = [entry.spent_seconds for entry in store.reservations.list(first.production_id)]
    assert second.status == ProductionStatus.DELIVERED
    assert Path(first.package or "").name == "v1"
    assert Path(second.package or "").name == "v2"
    assert verdicts == ["approved", "needs_changes", "approved"]
    assert spent_of_each == pytest.approx([3 * 2.0 + 2 * 3.0, 2.0 + 3.0], abs=0.5)
    assert sorted(bench.engine.calls("render")) == ["bird", "bird", "cat", "dog"]


async def test_a_later_rejection_voids_the_approval(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        outcome = await studio.review(outcome.production_id, REJECTED)
        with studio.memory.transaction() as store:
            review = store.reviews.find_in_force(outcome.production_id)
    assert outcome.status == ProductionStatus.REJECTED
    assert review is not None
    assert review.verdict == "rejected"


# ---- fatal -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["fast_track_optimizer", "visual_translator", "seconds", "lost"])
async def test_a_language_model_that_fails_is_told_and_the_production_can_be_resumed(bench: Bench, task: str) -> None:
    bench.writer.fail = task
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        assert outcome.status == ProductionStatus.FAILED
        assert outcome.reason
        bench.writer.fail = ""
        outcome = await studio.resume(outcome.production_id)
    assert outcome.status == ProductionStatus.DELIVERED
