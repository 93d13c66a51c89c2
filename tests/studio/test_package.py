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
    assert b"Change asked for" not in list_files(outcome)["storyboard.html"]


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
    assert {"seconds", "aspect", "black", "frozen", "flicker", "cuts", "loudness", "true_peak", "silence"} <= set(
        measured["film"]["values"]
    )
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
