"""What a package says is true of the film that lies in it."""

from pathlib import Path
from typing import Any

import pytest

from aiprod_agents.ids import digest_value
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
