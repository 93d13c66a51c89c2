"""A weight file is whole, expected and of the right shape, or one line says which file and which tensor is not."""

import json

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from render_engine.api.values import RenderError
from render_engine.checkpoints.safetensors_files import (
    check_sha256,
    file_sha256,
    load_checkpoint,
    load_into,
    save_checkpoint,
)
from render_engine.checkpoints.vae_files import load_vae, save_vae
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_presets import NANO, TINY


@pytest.fixture
def module():
    torch.manual_seed(0)
    return nn.Linear(3, 2)


@pytest.fixture
def path(tmp_path, module):
    target = tmp_path / "weights.safetensors"
    save_checkpoint(target, module.state_dict(), {"width": 3}, torch.float32)
    return target


def refusal(action, *arguments):  # noqa: ANN002 - any action's
    with pytest.raises(RenderError) as caught:
        action(*arguments)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_what_is_saved_is_loaded(path, module):
    config, tensors = load_checkpoint(path)
    assert config == {"width": 3}
    other = nn.Linear(3, 2)
    load_into(other, tensors, path)
    assert torch.equal(other.weight, module.weight)


def test_only_floating_tensors_take_the_storage_dtype(tmp_path):
    path = tmp_path / "mixed.safetensors"
    save_checkpoint(path, {"steps": torch.tensor([7]), "weight": torch.ones(2)}, {"width": 2}, torch.float16)
    _, tensors = load_checkpoint(path)
    assert tensors["steps"].dtype == torch.int64
    assert tensors["weight"].dtype == torch.float16


def test_a_missing_key_is_named(path, module):
    _, tensors = load_checkpoint(path)
    del tensors["bias"]
    message = refusal(load_into, module, tensors, path)
    assert str(path) in message
    assert "bias is missing" in message


def test_an_unexpected_key_is_named(path, module):
    _, tensors = load_checkpoint(path)
    message = refusal(load_into, module, {**tensors, "gain": torch.ones(1)}, path)
    assert str(path) in message
    assert "gain is unexpected" in message


def test_a_wrong_shape_is_named(path, module):
    _, tensors = load_checkpoint(path)
    message = refusal(load_into, module, {**tensors, "weight": torch.ones(3, 2)}, path)
    assert "weight has shape (3, 2) instead of (2, 3)" in message


def test_values_that_are_not_finite_are_named(path, module):
    _, tensors = load_checkpoint(path)
    tensors["bias"][0] = float("nan")
    assert "bias holds values that are not finite" in refusal(load_into, module, tensors, path)


def test_a_refused_file_changes_nothing(path, module):
    before = module.weight.clone()
    _, tensors = load_checkpoint(path)
    refusal(load_into, module, {"weight": tensors["weight"] + 1}, path)
    assert torch.equal(module.weight, before)


def test_a_changed_hash_is_refused(path):
    check_sha256(path, file_sha256(path))
    message = refusal(check_sha256, path, "0" * 64)
    assert str(path) in message
    assert "sha256" in message


@pytest.mark.parametrize("keep", [0, 4, 40, -1])
def test_a_truncated_file_is_refused(path, keep):
    path.write_bytes(path.read_bytes()[:keep])
    message = refusal(load_checkpoint, path)
    assert str(path) in message
    assert "fetch it again" in message


def test_a_file_of_another_kind_is_refused(path):
    path.write_text("a letter, not weights")
    assert "not a safetensors file" in refusal(load_checkpoint, path)


def test_a_missing_file_is_refused(tmp_path):
    assert "no such weight file" in refusal(load_checkpoint, tmp_path / "nowhere.safetensors")


@pytest.mark.parametrize("metadata", [{}, {"config": "{"}, {"config": "[1]"}])
def test_a_file_without_a_config_is_refused(tmp_path, metadata):
    path = tmp_path / "plain.safetensors"
    save_file({"weight": torch.ones(1)}, path, metadata=metadata)
    assert "config" in refusal(load_checkpoint, path)


def test_an_overflow_of_the_storage_dtype_keeps_the_old_file(path):
    before = path.read_bytes()
    message = refusal(save_checkpoint, path, {"weight": torch.tensor([1e6])}, {}, torch.float16)
    assert "weight is not finite" in message
    assert path.read_bytes() == before


def test_saving_leaves_nothing_beside_the_file(path):
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path, module):
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "weights.safetensors"
    assert "could not be written" in refusal(save_checkpoint, target, module.state_dict(), {}, torch.float32)


@pytest.mark.parametrize("config", [TINY, NANO])
def test_an_autoencoder_is_rebuilt_from_its_file_alone(tmp_path, config):
    torch.manual_seed(0)
    vae = VideoVAE(config)
    save_vae(tmp_path / "vae.safetensors", vae, torch.float32)
    loaded = load_vae(tmp_path / "vae.safetensors")
    assert loaded.config == config
    assert all(torch.equal(value, loaded.state_dict()[key]) for key, value in vae.state_dict().items())


def test_an_autoencoder_of_an_unknown_version_is_refused_by_field(tmp_path):
    path = tmp_path / "vae.safetensors"
    values = json.loads(TINY.model_dump_json(by_alias=True)) | {"norm_layer": "group_norm"}
    save_checkpoint(path, VideoVAE(TINY).state_dict(), {"vae": values}, torch.float32)
    message = refusal(load_vae, path)
    assert "norm_layer" in message
    assert str(path) in message
