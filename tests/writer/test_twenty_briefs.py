"""Twenty very different briefs give storyboards that a reader, the real encoder, matches back to their briefs."""

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

import pytest

from aiprod_agents.brief_reading import read_brief
from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.house_writer.meaning import Embed
from aiprod_agents.plan import Plan, PlanInput
from tests.writer.conftest import twenty_briefs


def spoken(plan: Plan) -> str:
    """A storyboard as a reader sees it."""
    board = plan.storyboard
    lines = [plan.concept.title, plan.concept.logline, *(shot.description for shot in board.shots)]
    return " ".join(lines)


def sequence(plan: Plan) -> tuple[tuple[str, str, str], ...]:
    return tuple((shot.framing, shot.camera, shot.action) for shot in plan.storyboard.shots)


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


@pytest.fixture(scope="module")
def told(embed: Embed) -> list[tuple[dict[str, Any], Plan, list[float], list[float]]]:
    """(brief, plan, the brief's vector, the storyboard's vector) of each."""

    async def tell() -> list[tuple[dict[str, Any], Plan, list[float], list[float]]]:
        writer, found = HouseWriter(embed), []
        for item in twenty_briefs():
            plan = await writer.ask("creative_director", PlanInput(brief=read_brief(item["text"]).brief), Plan)
            brief, storyboard = await embed([item["text"], spoken(plan)])
            found.append((item, plan, brief, storyboard))
        return found

    return asyncio.run(tell())


async def test_a_reader_matches_storyboards_back_to_their_briefs(told: list[Any]):
    hits = 0
    for index, (_, _, _, storyboard) in enumerate(told):
        likeness = [dot(brief, storyboard) for _, _, brief, _ in told]
        hits += likeness.index(max(likeness)) == index
    assert hits >= 18, f"{hits} of 20"


async def test_storyboards_are_far_from_each_other(told: list[Any]):
    pairs = list(itertools.combinations([storyboard for _, _, _, storyboard in told], 2))
    distance = sum(1 - dot(a, b) for a, b in pairs) / len(pairs)
    assert distance > 0.5, f"{distance:.2f}"


async def test_no_two_films_are_shot_alike(told: list[Any]):
    assert len({sequence(plan) for _, plan, _, _ in told}) == 20


async def test_kinds_and_looks_differ(told: list[Any]):
    assert len({plan.concept.mood for _, plan, _, _ in told}) >= 6
    assert len({plan.look.style for _, plan, _, _ in told}) >= 5
    assert len({plan.concept.title for _, plan, _, _ in told}) == 20
