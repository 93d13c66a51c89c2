"""What a package says is true of the film that lies in it."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from aiprod_agents.ids import digest_value
from aiprod_agents.nodes.render_executor import make_take
from aiprod_agents.outcome import ProductionOutcome
from aiprod_agents.state import Answer, Judgement
from memory.records import Budget, Note, ProductionStatus
from render_engine.api import AnimaticGuide, FirstFrame, RenderRequest, SceneSpec
from tests.studio.conftest import Bench, list_files, make_brief, make_order, read_json

APPROVED = Judgement(verdict="approved", author="ada", reason="good enough")


def describe_again(shot: dict[str, Any]) -> RenderRequest:
    """The request that a shot of the manifest describes."""
    picture = shot["animatic_picture_sha256"]
    guide = AnimaticGuide(
        scene=SceneSpec.model_validate(shot["scene"]),
        strength=shot["animatic_strength"],
        picture=Path(picture) if picture else None,
    )
    opening = (FirstFrame(picture=Path(shot["first_frame_sha256"])),) if shot["first_frame_sha256"] else ()
    values = {name: shot[name] for name in ("prompt", "negative_prompt", "seed")}
    return RenderRequest.model_validate({**values, **shot["settings"], "conditioning": (guide, *opening)})


def is_true(outcome: ProductionOutcome) -> bool:
    """Whether every shot is described by the request of the take whose clip stands in the film."""
    assert outcome.status == ProductionStatus.DELIVERED, outcome.reason
    film, animatic = (list_files(outcome)[name].decode() for name in ("film.mp4", "animatic.mp4"))
    shots = read_json(outcome, "manifest.json")["shots"]
    assert all(shot["take_sha256"] in film and shot["animatic_sha256"] in animatic for shot in shots)
    return all(digest_value(describe_again(shot)) == shot["request_sha256"] for shot in shots)


async def test_the_manifest_says_who_answered_the_plan_and_its_price(bench: Bench) -> None:
    async with bench.open() as studio:
        asked = await studio.produce(make_brief(), make_order(auto_approve=False))
        answers = (("plan", "change", "more sky"), ("plan", "approve", ""), ("cost", "approve", ""))
        for gate, choice, text in answers:
            answer = Answer.model_validate({"gate": gate, "choice": choice, "text": text, "author": "ada"})
            asked = await studio.answer(asked.production_id, answer)
        asked = await studio.review(asked.production_id, APPROVED)
        unasked = await studio.produce(make_brief(), make_order(seed=8))
    said = read_json(asked, "manifest.json")["approvals"]
    assert [(item["gate"], item["choice"], item["text"], item["author"]) for item in said] == [
        ("plan", "change", "more sky", "ada"),
        ("plan", "approve", "", "ada"),
        ("cost", "approve", "", "ada"),
    ]
    assert said[1]["about"] == "plan 2: 3 shots, 11.00 s"
    assert asked.quote is not None
    assert f"S1, S2, S3 at standard: {asked.quote.seconds:.1f} s of compute" in said[2]["about"]
    yes = read_json(unasked, "manifest.json")["approvals"]
    assert [(item["gate"], item["author"]) for item in yes] == [("plan", "policy:yes"), ("cost", "policy:yes")]


async def test_a_round_s_price_is_on_record_too(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        notes = (Note(shot_id="S2", text="darker"),)
        outcome = await studio.review(
            outcome.production_id, Judgement(verdict="needs_changes", author="ada", notes=notes)
        )
        if outcome.status != ProductionStatus.DELIVERED:
            outcome = await studio.review(outcome.production_id, APPROVED)
    last = read_json(outcome, "manifest.json")["approvals"][-1]
    assert (last["author"], last["about"].partition(" at ")[0]) == ("policy:yes", "S2")


async def test_a_film_of_first_takes_is_described_as_it_was_made(bench: Bench) -> None:
    async with bench.open() as studio:
        assert is_true(await studio.produce(make_brief(), make_order()))


@pytest.mark.parametrize("loser", ["black", "palette"])
async def test_a_retake_that_loses_is_not_what_the_manifest_describes(bench: Bench, loser: str) -> None:
    """With "palette" the words change too, and with them the prompt."""
    bench.script(faults={"cat": ("palette", loser, "black")})
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        outcome = await studio.review(outcome.production_id, APPROVED)
    shot = read_json(outcome, "manifest.json")["shots"][1]
    assert (shot["take"], shot["takes"], shot["prompt"]) == (1, 3, "cat on a beach")
    assert is_true(outcome)
    assert list_files(outcome)["storyboard.html"].count(b"keep to the palette warm</dd>") == 0


async def test_a_round_that_the_budget_refuses_is_not_what_the_manifest_describes(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(auto_approve=False, budget=Budget(seconds=42)))
        for gate in ("plan", "cost"):
            answer = Answer.model_validate({"gate": gate, "choice": "approve"})
            outcome = await studio.answer(outcome.production_id, answer)
        bench.engine.weights, bench.engine.slowness = "cd" * 32, 2.0
        notes = (Note(shot_id=None, text="darker"),)
        await studio.review(outcome.production_id, Judgement(verdict="needs_changes", author="ada", notes=notes))
        outcome = await studio.review(outcome.production_id, APPROVED)
    assert is_true(outcome)
    shots = read_json(outcome, "manifest.json")["shots"]
    assert {shot["change"] for shot in shots} == {""}
    assert not any("darker" in shot["prompt"] for shot in shots)
    assert b"As asked" not in list_files(outcome)["storyboard.html"]


async def test_the_manifest_holds_what_decides_the_film(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(budget=Budget(seconds=25), fast=True))
    manifest, files = read_json(outcome, "manifest.json"), list_files(outcome)
    assert (manifest["tier_asked"], manifest["tier"]) == ("standard", "draft")
    assert (manifest["fast"], manifest["route"], manifest["voice"]) == (True, "fast", "heart")
    assert manifest["renderer"]["text_encoder_sha256"] == "ef" * 32
    assert manifest["renderer"]["versions"] == {"torch": "2.13.0", "av": "18.1.0"}
    assert manifest["files"] == {
        name: sha256(files[name]).hexdigest() for name in ("film.mp4", "animatic.mp4", "captions.srt")
    }
    assert {(shot["num_threads"], shot["compute_dtype"]) for shot in manifest["shots"]} == {(1, "float32")}


@pytest.mark.parametrize("way", [{"num_threads": 2}, {"compute_dtype": "bfloat16"}])
async def test_a_take_that_was_computed_otherwise_is_not_taken_for_the_same(
    bench: Bench, way: dict[str, object]
) -> None:
    """The takes were stored, and the process died before the state was; then the machine computes otherwise."""
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        values = (await studio._snapshot(outcome.production_id)).values
        context = studio._open_context()
        first = await make_take(values["commission"], values["requests"]["S1"], 1, context)
        vars(bench.engine).update(way)
        other = await make_take(values["commission"], values["requests"]["S1"], 1, context)
        with studio.memory.transaction() as store:
            kept = store.takes.list(outcome.production_id, "S1")
    assert first.id in values["takes"]
    assert len(bench.engine.calls("render")) == 4
    assert {take.id for take in kept} == {first.id, other.id}  # both were paid for
    assert [getattr(other, name) for name in way] == list(way.values())


async def test_the_report_holds_every_measure_with_its_limits(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
    measured = read_json(outcome, "qa.json")["measured"]
    manifest = read_json(outcome, "manifest.json")
    assert measured["film"]["sha256"] == manifest["film"]["sha256"]
    assert {"seconds", "aspect", "cuts", "loudness", "true_peak", "silence"} <= set(measured["film"]["values"])
    assert {name: file["sha256"] for name, file in measured["shots"].items()} == {
        shot["id"]: shot["take_sha256"] for shot in manifest["shots"]
    }
    for file in measured["shots"].values():
        assert {"length", "black", "frozen", "flicker", "cuts", "palette"} <= set(file["values"])
    palette, peak = measured["shots"]["S1"]["values"]["palette"], measured["film"]["values"]["true_peak"]
    assert palette["value"] == 5.0
    assert palette["major_above"] > palette["minor_above"] > 0
    assert peak["value"] is None  # not measured, and never read as passed


async def test_a_change_that_was_rendered_is_told_on_its_shot_alone(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        notes = (Note(shot_id="S2", text="darker"),)
        outcome = await studio.review(
            outcome.production_id, Judgement(verdict="needs_changes", author="ada", notes=notes)
        )
        if outcome.status != ProductionStatus.DELIVERED:
            outcome = await studio.review(outcome.production_id, APPROVED)
    assert is_true(outcome)
    assert [shot["change"] for shot in read_json(outcome, "manifest.json")["shots"]] == ["", "darker", ""]


REJECTED = Judgement(verdict="rejected", author="ada", reason="not ours <i>at all</i>")


async def test_a_later_rejection_is_told_in_the_package_and_in_the_outcome(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        before, page = list_files(outcome), list_files(outcome)["storyboard.html"].decode()
        assert "Verdict: approved" in page
        assert outcome.package_void is None
        rejected = await studio.review(outcome.production_id, REJECTED)
        with studio.memory.transaction() as store:
            kept = store.deliverables.find(outcome.production_id)
    assert rejected.status == ProductionStatus.REJECTED
    assert rejected.package_void == "rejected by ada"
    report, after = read_json(rejected, "qa.json"), list_files(rejected)
    assert (report["review"]["verdict"], report["review"]["author"]) == ("rejected", "ada")
    assert [review["author"] for review in report["voided_reviews"]] == ["policy:house"]
    page = after["storyboard.html"].decode()
    assert "Verdict: rejected" in page
    assert "Verdict: approved" not in page
    assert "Delivered, then rejected</li>" in page
    assert "voids the approval" in page
    assert "not ours &lt;i&gt;at all&lt;/i&gt;" in page
    assert {name for name in after if after[name] != before[name]} == {"qa.json", "storyboard.html"}
    assert kept is not None
    assert kept.void == "rejected by ada"
    assert kept.files == {name: sha256(content).hexdigest() for name, content in after.items()}


async def test_a_film_that_is_sent_back_is_void_until_the_next_version_lies_beside_it(bench: Bench) -> None:
    async with bench.open() as studio:
        first = await studio.produce(make_brief(), make_order())
        notes = (Note(shot_id="S2", text="darker"),)
        second = await studio.review(first.production_id, Judgement(verdict="needs_changes", author="ada", notes=notes))
        if second.status != ProductionStatus.DELIVERED:
            assert second.package_void == "sent back for changes by ada"
            second = await studio.review(first.production_id, APPROVED)
    assert read_json(first, "qa.json")["review"]["verdict"] == "needs_changes"
    assert "Delivered, then sent back for changes</li>" in list_files(first)["storyboard.html"].decode()
    assert second.package_void is None
    assert read_json(second, "qa.json")["review"]["verdict"] == "approved"
    assert read_json(second, "qa.json")["voided_reviews"] == []


async def test_a_later_approval_is_no_void(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        outcome = await studio.review(outcome.production_id, APPROVED)
    assert (outcome.status, outcome.package_void) == (ProductionStatus.DELIVERED, None)
    assert read_json(outcome, "qa.json")["review"]["author"] == "ada"


def list_names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def move_away(outcome: ProductionOutcome) -> Path:
    """The folder in which the package lay."""
    folder = Path(outcome.package or "")
    return folder.rename(folder.with_name("moved")).parent


async def test_a_package_that_was_moved_away_is_left_alone_by_a_later_verdict(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        folder = move_away(outcome)
        outcome = await studio.review(outcome.production_id, REJECTED)
    assert (outcome.status, outcome.package_void) == (ProductionStatus.REJECTED, "rejected by ada")
    assert list_names(folder) == ["moved"]


async def test_a_package_whose_report_was_changed_is_told_and_can_be_resumed(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        folder = Path(outcome.package or "")
        (folder / "qa.json").write_text("[]")
        failed = await studio.review(outcome.production_id, REJECTED)
        assert failed.status == ProductionStatus.FAILED
        assert failed.reason == (
            f"the verdict cannot be written into the package in {folder}: it was changed. Move it away, and resume."
        )
        move_away(outcome)
        assert (await studio.resume(outcome.production_id)).status == ProductionStatus.REJECTED
