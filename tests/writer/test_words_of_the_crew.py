"""The words in `prompts/`: every role has its prompt, every lexicon its values, every phrase its language."""

import asyncio
import string
from pathlib import Path

import pytest

from aiprod_agents.brief_reading import read_brief
from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.plan import Plan, PlanInput
from prompts import load_prompt, load_words, parse_prompt
from render_engine.api import ATTRIBUTES
from tests.writer.conftest import count_letters

ROLES = ("creative_director", "fast_track_optimizer", "visual_translator", "semantic_qa")
EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "briefs").glob("*.*"))
FIELDS = {
    "a", "A", "the", "The", "place", "Place", "place_only", "at", "when", "When", "sky", "light", "Light", "does",
    "gist", "Gist", "last", "Last", "it", "subject", "Subject", "other", "Hour", "Setting",
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_its_prompt(role: str):
    prompt = load_prompt(role)
    assert prompt.name == role
    assert prompt.version >= 1
    assert prompt.inputs
    assert prompt.output
    assert len(prompt.body.split()) > 150


def test_a_prompt_that_is_missing_or_broken_says_so():
    with pytest.raises(KeyError):
        load_prompt("poet")
    with pytest.raises(ValueError, match="front matter"):
        parse_prompt("no front matter")
    with pytest.raises(ValueError, match="lacks inputs, version"):
        parse_prompt("---\nname: x\noutput: y\n---\nbody")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_lexicon_names_every_value_of_the_vocabulary(language: str):
    words = load_words(f"lexicon/{language}")
    for attribute, values in ATTRIBUTES.items():
        assert set(words[attribute]) == set(values), attribute
        assert all(
            isinstance(form, str) for entry in words[attribute].values() for forms in entry.values() for form in forms
        )


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_phrase_has_only_known_fields(language: str):
    words = load_words(f"house/{language}")
    texts = [
        text
        for texts in (*words["describe"].values(), *words["logline"].values(), *words["title"].values())
        for text in texts
    ]
    used = {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
    assert used <= FIELDS
    assert set(words["logline"]) == set(load_words("house/structures")["kinds"]) | {"turn"}
    assert {"one", "place", "two"} == set(words["title"])


def test_narration_lines_are_short_and_their_conditions_known():
    for entry in load_words("house/narration_en"):
        assert len(entry["say"].split()) <= 10
        assert set(entry["when"]) <= {
            "kind",
            "mood",
            "role",
            "subject",
            "exact",
            "setting",
            "hour",
            "weather",
            "action",
        }


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_brief_becomes_a_plan(path: Path):
    if path.suffix == ".png":
        pytest.skip("a picture of one of the briefs")
    read = read_brief(path.read_text("utf-8"), name=path.name, base=path.parent)
    plan = asyncio.run(HouseWriter(count_letters).ask("creative_director", PlanInput(brief=read.brief), Plan))
    assert abs(plan.storyboard.seconds - read.brief.seconds) <= 0.5


def test_the_first_film_is_twelve_seconds_wide_and_has_its_words():
    text = (Path(__file__).parents[2] / "examples" / "briefs" / "first_film.md").read_text("utf-8")
    brief = read_brief(text, name="first_film.md").brief
    assert (brief.seconds, brief.aspect, brief.language) == (12, "16:9", "en")
    assert brief.title
    assert brief.words_on_screen
