"""Captions name what is drawn, and the sampler keeps its promise about what training never shows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render_engine.api.scene import ATTRIBUTES, SceneSpec
from render_engine.world import canonical_caption, captions, is_held_out, phrases, sample_scene
from render_engine.world.sampler import held_out_pair
from render_engine.world.words import WORDS

SEEDS = st.integers(0, 2**31 - 1)
NAMED_AT_LENGTH = ("subject", "setting", "hour", "weather", "style", "camera", "action", "colour")


def names(caption: str, scene: SceneSpec, attribute: str) -> bool:
    """Whether a caption says an attribute in any of its wordings."""
    low = caption.lower()
    return any(word.split(" in a coat")[0] in low for word in WORDS[attribute][getattr(scene, attribute)])


def test_every_value_has_a_phrase_of_its_own():
    table = phrases()
    assert {name: set(values) for name, values in table.items()} == {name: set(v) for name, v in ATTRIBUTES.items()}
    for values in table.values():
        assert len(set(values.values())) == len(values)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(SEEDS)
def test_captions_are_many_different_and_repeatable(seed: int):
    scene = sample_scene(seed, "train")
    found = captions(scene)
    assert len(set(found)) == len(found) >= 6
    assert found == captions(scene)
    assert found[0] == canonical_caption(scene)
    assert len({len(text) // 40 for text in found}) >= 3


@settings(max_examples=40, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_canonical_and_the_longest_captions_name_what_is_drawn(seed: int):
    scene = sample_scene(seed, "train")
    for caption in (captions(scene)[0], captions(scene)[-1]):
        assert [name for name in NAMED_AT_LENGTH if not names(caption, scene, name)] == []


@settings(max_examples=40, deadline=None, derandomize=True)
@given(SEEDS)
def test_every_caption_names_the_subject_its_colour_and_its_setting(seed: int):
    scene = sample_scene(seed, "train")
    for caption in captions(scene):
        assert [name for name in ("subject", "setting", "colour") if not names(caption, scene, name)] == []


@pytest.mark.parametrize("subject", ATTRIBUTES["subject"])
def test_the_canonical_caption_changes_with_every_word(subject: str):
    scene = SceneSpec(subject=subject, setting="beach")
    for name, values in ATTRIBUTES.items():
        said = {canonical_caption(scene.model_copy(update={name: value})) for value in values}
        assert len(said) == len(values)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(SEEDS)
def test_training_never_shows_a_held_out_pair(seed: int):
    scene = sample_scene(seed, "train")
    assert not held_out_pair(scene.subject, scene.setting)
    assert not held_out_pair(scene.subject, scene.hour)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS)
def test_the_held_out_split_holds_nothing_else(seed: int):
    assert is_held_out(sample_scene(seed, "held_out"))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(SEEDS, st.sampled_from(["train", "held_out"]))
def test_sampled_scenes_make_sense(seed: int, split: str):
    scene = sample_scene(seed, "train" if split == "train" else "held_out")
    if scene.subject in {"sailboat", "fish"}:
        assert scene.setting in {"beach", "harbour", "river"}
    if scene.camera == "follow":
        assert scene.action in {"move_left", "move_right"}
    assert not (scene.setting == "desert" and scene.weather in {"rain", "snow"})


def test_about_a_tenth_of_the_pairings_is_held_out():
    pairs = [(s, other) for s in ATTRIBUTES["subject"] for other in ATTRIBUTES["setting"] + ATTRIBUTES["hour"]]
    share = sum(held_out_pair(*pair) for pair in pairs) / len(pairs)
    assert 0.06 < share < 0.14


def test_a_thousand_scenes_use_the_whole_vocabulary():
    scenes = [sample_scene(seed, "train") for seed in range(1000)]
    for name, values in ATTRIBUTES.items():
        assert {getattr(scene, name) for scene in scenes} == set(values)
