"""Captions that are known in full: what is said is what stands there, and a wrong one is wrong in one thing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render_engine.api import ATTRIBUTES
from render_engine.training.attribute_clips import mirrored
from render_engine.training.sayings import one_wrong, said_in, say
from render_engine.training.wider_words import WIDER
from render_engine.world import canonical_caption, captions, sample_scene

SEEDS = st.integers(0, 10_000)


@given(seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_the_canonical_caption_says_everything(seed):
    scene = sample_scene(seed, "train")
    assert said_in(canonical_caption(scene), scene) == {name: getattr(scene, name) for name in ATTRIBUTES}


@given(seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_every_caption_of_the_world_says_its_subject_and_setting(seed):
    scene = sample_scene(seed, "train")
    for text in captions(scene):
        assert {"subject", "setting"} <= said_in(text, scene).keys()


@given(seed=SEEDS, name=st.sampled_from(list(ATTRIBUTES)))
@settings(max_examples=60, deadline=None)
def test_a_wrong_caption_says_one_thing_wrong_and_all_else_right(seed, name):
    scene = sample_scene(seed, "train")
    saying = one_wrong(scene, name, np.random.default_rng(seed))
    assert [other for other, value in saying.said.items() if value != getattr(scene, other)] == [name]


@given(seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_a_right_caption_says_only_what_is_shown(seed):
    scene = sample_scene(seed, "train")
    saying = say(scene, np.random.default_rng(seed), must="camera")
    assert saying.said["camera"] == scene.camera
    assert all(value == getattr(scene, name) for name, value in saying.said.items())
    assert saying.labels()["camera"] == ATTRIBUTES["camera"].index(scene.camera)


@given(seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_a_scene_mirrored_twice_is_itself(seed):
    scene = sample_scene(seed, "train")
    assert mirrored(mirrored(scene)) == scene
    assert (mirrored(scene).side == "left") == (scene.side == "right")


@pytest.mark.parametrize("name", list(WIDER))
def test_wider_words_are_for_values_that_there_are(name):
    assert set(WIDER[name]) <= set(ATTRIBUTES[name])
