"""The match by hand: what is said and seen agrees, one thing said wrongly does not, and it is named."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from render_engine.api import ATTRIBUTES
from render_engine.critic.caption_match import CaptionMatch
from render_engine.critic.text_tower import Heard
from tests.critic.tiny_critic import heard_as, scenes, sure_of

SCENE = scenes(1)[0]
TRUTH = {name: getattr(SCENE, name) for name in ATTRIBUTES}


def matched(said, seen=None):
    with torch.no_grad():
        return CaptionMatch(len(ATTRIBUTES))(sure_of(SCENE) if seen is None else seen, Heard(heard_as(said)))


def other_than(name):
    return next(value for value in ATTRIBUTES[name] if value != TRUTH[name])


@given(name=st.sampled_from(list(ATTRIBUTES)), said=st.sets(st.sampled_from(list(ATTRIBUTES)), min_size=1))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_flipped_word_lowers_the_match_and_is_the_least_agreed_with(name, said):
    right = {other: TRUTH[other] for other in said | {name}}
    wrong = right | {name: other_than(name)}
    match = matched(wrong)
    assert float(match.logit_N) + 2 < float(matched(right).logit_N)
    assert float(matched(right).logit_N) > 0
    if len(wrong) <= 4:  # among more right words, an untrained match lets one wrong one pass
        assert float(match.logit_N) < 0
    agreed = {other: float(match.agreement_NA[0, list(ATTRIBUTES).index(other)]) for other in wrong}
    assert min(agreed, key=agreed.__getitem__) == name


def test_what_is_left_unsaid_counts_for_nothing():
    seen = sure_of(SCENE) | {"hour": torch.zeros(1, len(ATTRIBUTES["hour"]))}
    said = {"subject": TRUTH["subject"]}
    assert float(matched(said, seen).logit_N) == pytest.approx(float(matched(said).logit_N), abs=0.01)


def test_an_attribute_that_the_clip_hides_tells_neither_way():
    hidden = {"colour": torch.zeros(1, len(ATTRIBUTES["colour"]))}
    match = matched({"colour": TRUTH["colour"]}, sure_of(SCENE) | hidden)
    assert float(match.agreement_NA[0, list(ATTRIBUTES).index("colour")]) == pytest.approx(0, abs=1e-4)


def test_words_that_say_nothing_are_neither_right_nor_wrong_without_bound():
    assert torch.isfinite(matched({}).logit_N).all()
