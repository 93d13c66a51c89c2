"""The text encoder reads meaning, does not mind its neighbours, and refuses weights that are not the official ones."""

import shutil
import warnings

import pytest
import torch

from render_engine.api.values import RenderError
from render_engine.models.text_encoder import MAX_TOKENS, MiniLMEncoder, installed_folder


@pytest.fixture(scope="module")
def encoder():
    return MiniLMEncoder.load()


def test_a_paraphrase_is_nearer_than_another_subject(encoder):
    boat, ship, dog = encoder.sentence(["a sailboat at dusk", "a small ship sails in the evening", "a dog in a meadow"])
    assert boat @ ship > boat @ dog + 0.2


def test_sentence_vectors_are_unit_vectors_in_the_order_of_the_texts(encoder):
    texts = [f"shot number {index} of a film" for index in range(130)]  # more than one chunk
    vectors = encoder.sentence(texts)
    assert vectors.shape == (130, 384)
    torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(130))
    torch.testing.assert_close(vectors[129:], encoder.sentence(texts[129:]), atol=1e-5, rtol=0)
    assert encoder.sentence([]).shape == (0, 384)


def test_sentence_vectors_are_those_of_the_published_recipe(encoder):
    """Mean pooling over tokens, normalised: worked out here from the token embeddings."""
    embeds, mask = encoder.encode(["rain over the harbour"])
    mean = embeds[0][mask[0]].mean(0)
    torch.testing.assert_close(encoder.sentence(["rain over the harbour"])[0], mean / mean.norm())


def test_padding_changes_nothing_that_counts(encoder):
    alone, alone_mask = encoder.encode(["a red car"])
    beside, mask = encoder.encode(["a red car", "a blue sailboat leaves the harbour at dusk while it rains"])
    assert alone_mask.all()
    assert mask[0].sum() == alone.shape[1] < beside.shape[1]
    torch.testing.assert_close(beside[0][mask[0]], alone[0], atol=2e-5, rtol=0)


def test_long_texts_are_cut_at_the_limit(encoder):
    embeds, mask = encoder.encode(["word " * 500])
    assert embeds.shape == (1, MAX_TOKENS, 384)
    assert mask.all()


def test_the_same_words_give_the_same_bytes(encoder):
    assert torch.equal(encoder.encode(["a red car"])[0], MiniLMEncoder.load().encode(["a red car"])[0])


def test_loading_is_silent_and_leaves_the_random_state_alone(capfd):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MiniLMEncoder.load()
    assert torch.equal(torch.rand(1), expected)
    assert capfd.readouterr() == ("", "")


def test_weights_that_were_changed_are_refused_by_name(tmp_path):
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"):
        shutil.copy(installed_folder() / name, tmp_path)
    weights = tmp_path / "model.safetensors"
    with weights.open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\x01")
    with pytest.raises(RenderError, match=f"{weights} is not the official"):
        MiniLMEncoder.load(tmp_path)


def test_weights_that_are_missing_are_named(tmp_path):
    with pytest.raises(RenderError, match=r"missing: .*model\.safetensors"):
        MiniLMEncoder.load(tmp_path)
