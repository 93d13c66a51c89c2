"""T5 loads as the library loads it, strictly and from its folder alone; what is not whole is refused in one line."""

import json
import re
import shutil
import warnings

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import T5EncoderModel, T5TokenizerFast

from render_engine.api.values import RenderError
from render_engine.checkpoints.text_encoder_files import load_t5_encoder
from tests.parity.t5_folder import save_t5_folder

PROMPT = "a dog at dusk"
WEIGHTS = "text_encoder/model.safetensors"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return save_t5_folder(tmp_path_factory.mktemp("t5") / "whole")


@pytest.fixture(scope="module")
def in_shards(tmp_path_factory):
    return save_t5_folder(tmp_path_factory.mktemp("t5") / "shards", max_shard_size="40KB")


@pytest.fixture
def folder(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "model")


@pytest.fixture
def shards(in_shards, tmp_path):
    return shutil.copytree(in_shards, tmp_path / "model")


def refused(folder, message):
    with pytest.raises(RenderError, match=message) as caught:
        load_t5_encoder(folder)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


def edit_json(path, **changed: object):
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("source", ["whole", "in_shards"])
def test_every_weight_is_the_library_s_in_value_and_dtype(request, source, dtype):
    """In float16 the library keeps `wo` in float32, and so do we."""
    folder = request.getfixturevalue(source)
    expected = T5EncoderModel.from_pretrained(folder / "text_encoder", dtype=dtype)
    encoder = load_t5_encoder(folder, dtype)
    found = encoder._model.state_dict()
    assert found.keys() == expected.state_dict().keys()
    for name, value in expected.state_dict().items():
        assert found[name].dtype == value.dtype, name
        assert torch.equal(found[name], value), name
    assert encoder.encode([PROMPT])[0].dtype == dtype
    assert not any(parameter.requires_grad for parameter in encoder._model.parameters())


def test_the_word_embeddings_lie_in_memory_once(whole):
    model = load_t5_encoder(whole)._model
    assert model.shared.weight is model.encoder.embed_tokens.weight
    assert not any(tensor.is_meta for tensor in [*model.parameters(), *model.buffers()])


def test_a_file_with_both_names_of_the_word_embeddings_loads(folder, whole):
    tensors = load_file(folder / WEIGHTS)
    both = tensors | {"encoder.embed_tokens.weight": torch.zeros_like(tensors["shared.weight"])}
    save_file(both, folder / WEIGHTS)
    assert torch.equal(load_t5_encoder(folder).encode([PROMPT])[0], load_t5_encoder(whole).encode([PROMPT])[0])
    both.pop("shared.weight")
    save_file(both | {"encoder.embed_tokens.weight": tensors["shared.weight"]}, folder / WEIGHTS)
    assert torch.equal(load_t5_encoder(folder).encode([PROMPT])[0], load_t5_encoder(whole).encode([PROMPT])[0])


def test_a_tokenizer_saved_as_json_reads_the_same_tokens(folder, whole):
    (folder / "tokenizer" / "spiece.model").unlink()
    T5TokenizerFast.from_pretrained(whole / "tokenizer").save_pretrained(folder / "tokenizer")
    assert torch.equal(load_t5_encoder(folder).encode([PROMPT])[0], load_t5_encoder(whole).encode([PROMPT])[0])


def test_loading_is_silent_and_leaves_the_random_state_alone(whole, capfd):
    state = torch.random.get_rng_state()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_t5_encoder(whole)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert capfd.readouterr() == ("", "")


def test_an_empty_folder_is_told_what_it_lacks(tmp_path):
    refused(tmp_path, r"text_encoder/config\.json: cannot be read \(No such file.*holds text_encoder/ and tokenizer/")


def test_a_missing_tokenizer_is_not_made_up(folder):
    """The library makes up one of a handful of tokens, and every prompt would read the same."""
    (folder / "tokenizer" / "spiece.model").unlink()
    assert len(T5TokenizerFast.from_pretrained(folder / "tokenizer", local_files_only=True)) < 110
    refused(folder, r"tokenizer: it holds neither spiece\.model nor tokenizer\.json; fetch")


@pytest.mark.parametrize(
    "content", [b"", b"version https://git-lfs.github.com/spec/v1\n", None], ids=["empty", "lfs", "cut"]
)
def test_a_damaged_tokenizer_is_refused_without_a_word_of_the_library(folder, content, capfd):
    pieces = folder / "tokenizer" / "spiece.model"
    pieces.write_bytes(pieces.read_bytes()[:700] if content is None else content)
    refused(folder, r"spiece\.model: not a T5 tokenizer \(.*\); fetch it again")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "text", ["", '{"version":', "[]", '{"version": "1.0"}', '{"model": {"type": "BPE", "vocab": {}}}']
)
def test_a_damaged_saved_tokenizer_is_refused(folder, text):
    (folder / "tokenizer" / "tokenizer.json").write_text(text)
    refused(folder, r"tokenizer\.json: not a T5 tokenizer")


def test_a_tokenizer_of_another_model_is_refused(folder):
    edit_json(folder / "text_encoder" / "config.json", vocab_size=100)
    refused(folder, r"its tokenizer has 1\d\d tokens and its text encoder 100: take both from one model")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"model_type": "gemma3"}, "model_type: Input should be 't5'"),
        ({"d_model": "wide"}, "d_model"),
        ({"num_layers": 0}, "num_layers"),
        ({"feed_forward_proj": "gated-silu"}, "feed_forward_proj"),
    ],
)
def test_a_config_that_is_not_t5_s_is_refused_by_its_field(folder, changed, message):
    edit_json(folder / "text_encoder" / "config.json", **changed)
    refused(folder, rf"config\.json: not the config of a T5 encoder \({message}")


def test_a_config_that_is_not_json_is_refused(folder):
    (folder / "text_encoder" / "config.json").write_text("{")
    refused(folder, r"config\.json: not the config of a T5 encoder")


def test_weights_of_another_size_are_refused_by_name(folder):
    edit_json(folder / "text_encoder" / "config.json", d_ff=96)
    refused(folder, r"DenseReluDense\.w\w+\.weight has shape \(.*\) instead of")


def test_weights_of_another_depth_are_refused_by_name(folder):
    edit_json(folder / "text_encoder" / "config.json", num_layers=2)
    refused(folder, r"encoder\.block\.2\..* is unexpected")
    edit_json(folder / "text_encoder" / "config.json", num_layers=4)
    refused(folder, r"block\.3\..* is missing")


def test_pickled_weights_are_never_loaded(folder):
    (folder / WEIGHTS).rename(folder / "text_encoder" / "pytorch_model.bin")
    refused(folder, r"pytorch_model\.bin: a pickle, which may run code and is never loaded; get .*model\.safetensors")


def test_a_pickle_under_another_name_is_refused(folder):
    torch.save({"shared.weight": torch.zeros(2)}, folder / WEIGHTS)
    refused(folder, r"model\.safetensors: a pickle")


def test_missing_weights_are_named(folder):
    (folder / WEIGHTS).unlink()
    refused(folder, r"model\.safetensors: no such weight file")


def test_a_truncated_shard_is_refused_by_name_before_anything_is_loaded(shards):
    shard = sorted((shards / "text_encoder").glob("*.safetensors"))[1]
    shard.write_bytes(shard.read_bytes()[:-100])
    refused(shards, rf"{re.escape(shard.name)}: .* bytes behind the end of the file; fetch it again")


def test_a_missing_shard_is_refused_by_name(shards):
    shard = min((shards / "text_encoder").glob("*.safetensors"))
    shard.unlink()
    refused(shards, rf"{re.escape(shard.name)}: no such weight file")


def test_shards_that_do_not_hold_what_the_index_says_are_refused(shards):
    first, second = sorted((shards / "text_encoder").glob("*.safetensors"))[:2]
    shutil.copy(first, second)
    refused(shards, r"model-0000[12]-of-\d+\.safetensors and the index do not agree on \S+; fetch both again")


@pytest.mark.parametrize("text", ["{", "{}", '{"weight_map": {"a": 1}}'])
def test_an_index_that_is_none_is_refused(shards, text):
    (shards / "text_encoder" / "model.safetensors.index.json").write_text(text)
    refused(shards, r"index\.json: it names no shards")


def test_weights_that_are_not_finite_are_refused_by_name(folder):
    tensors = load_file(folder / WEIGHTS)
    tensors["encoder.final_layer_norm.weight"][3] = float("nan")
    save_file(tensors, folder / WEIGHTS)
    refused(folder, r"encoder\.final_layer_norm\.weight holds values that are not finite")
