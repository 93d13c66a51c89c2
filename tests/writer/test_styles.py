"""What a brief asks of style: told apart from its colours, met by the whole film, and never counted as measured."""

import pytest

from aiprod_agents.brief_reading import read_brief
from aiprod_agents.critique import find_unmeasured
from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.plan import Plan, PlanInput
from aiprod_agents.planning import find_faults
from memory.records import Brief
from render_engine.api import Measures
from tests.studio.fake_engine import CARD

MEASURES = Measures(width=256, height=144, fps=8.0, num_frames=33, seconds=4.125, palette_distance=3.0)


def asked(text: str, **read: str) -> list[tuple[str, str]]:
    brief = read_brief(text, **read).brief
    return [(one.kind, one.text) for one in brief.requirements if one.kind in ("palette", "style", "mood")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Warm colours, paper cut-out style.", [("palette", "Warm colours"), ("style", "paper cut-out style.")]),
        ("Calm, warm colours, cut paper.", [("palette", "Calm, warm colours"), ("style", "cut paper.")]),
        ("Cut paper and muted, dusty tones.", [("style", "Cut paper"), ("palette", "muted, dusty tones.")]),
        ("Mood: calm and painterly.", [("mood", "Mood: calm"), ("style", "painterly.")]),
        (
            "Bright and funny, flat design, vivid colours.",
            [("style", "Bright and funny, flat design"), ("palette", "vivid colours.")],
        ),
        ("Ten seconds of suspense in black and white.", [("style", "Ten seconds of suspense in black and white.")]),
        ("Look: a collage.", [("style", "Look: a collage.")]),
        ("Film noir.", [("style", "Film noir.")]),
        ("Drawn in ink.", [("style", "Drawn in ink.")]),
        ("The style is that of a woodcut.", [("style", "The style is that of a woodcut.")]),
    ],
)
def test_style_is_filed_apart_from_colours_and_mood(text: str, expected: list[tuple[str, str]]):
    assert asked(f"A dog runs. {text}") == expected


def test_style_is_told_apart_in_french():
    text = "Un chien noir court sur la plage. Couleurs chaudes, en aquarelle."
    assert asked(text) == [("palette", "Couleurs chaudes"), ("style", "en aquarelle.")]


@pytest.mark.parametrize("text", ["Pastel colours.", "In black and white."])
def test_words_that_say_style_and_colours_at_once_are_filed_under_both(text: str):
    assert asked(f"A dog runs. {text}") == [("palette", text), ("style", text)]


@pytest.mark.parametrize(
    "text", ["A paper boat sails.", "She leaves in style.", "Blue and white only.", "Un chat noir."]
)
def test_paper_in_the_tale_and_plain_colours_are_no_style(text: str):
    assert not [one for one in asked(text) if one[0] == "style"]


def test_the_fields_of_a_brief_are_filed_by_what_they_say():
    text = "brief: A dog runs.\nstyle: noir\npalette: '#c8372d'\nmood: calm"
    assert asked(text, name="brief.yaml") == [("palette", "#c8372d"), ("style", "noir"), ("mood", "calm")]
    both = "brief: A dog runs.\nstyle: red ink\npalette: [warm colours, cut paper]"
    assert asked(both, name="brief.yaml") == [
        ("palette", "warm colours"),
        ("style", "cut paper"),
        ("style", "red ink"),
        ("palette", "red ink"),
    ]


async def test_style_is_met_by_every_shot_and_stays_unmeasured_where_colours_are_measured(writer: HouseWriter):
    brief = read_brief("A dog runs. Warm colours, paper cut-out style. 12 seconds, 16:9.").brief
    plan = await writer.ask("creative_director", PlanInput(brief=brief), Plan)
    style = next(one for one in brief.requirements if one.kind == "style")
    assert plan.look.style == "paper cut-outs"
    assert all(style.id in shot.covers for shot in plan.storyboard.shots)
    lines = find_unmeasured(brief, plan.storyboard, MEASURES, [MEASURES])
    assert [line for line in lines if line.startswith(f"{style.id} (style: paper cut-out style.)")]
    assert not [line for line in lines if "palette" in line]


async def test_a_plan_needs_no_shot_that_answers_to_its_style(writer: HouseWriter):
    brief = read_brief("A dog runs. Paper cut-out style. 12 seconds, 16:9.").brief
    plan = await writer.ask("creative_director", PlanInput(brief=brief), Plan)
    shots = tuple(shot.model_copy(update={"covers": ()}) for shot in plan.storyboard.shots)
    board = plan.storyboard.model_copy(update={"shots": shots})
    whole_film = Brief(
        **{**brief.model_dump(), "requirements": [one for one in brief.requirements if one.kind != "must"]}
    )
    assert find_faults(board, whole_film, CARD) == []
