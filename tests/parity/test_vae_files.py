"""A published autoencoder is loaded as it is: from its single file, also beside a transformer, or from its folder."""

import json

import pytest
import torch
from safetensors.torch import save_file

from render_engine.api.values import RenderError
from render_engine.checkpoints.vae_files import load_vae
from tests.parity.vae_layouts import LAYOUTS, Reference, load_ours


@pytest.fixture(params=LAYOUTS, ids=lambda layout: layout.version)
def reference(request):
    with torch.no_grad():
        yield Reference(request.param)


def same_weights(loaded, expected):
    wanted = expected.state_dict()
    return loaded.state_dict().keys() == wanted.keys() and all(
        torch.equal(value, wanted[key]) for key, value in loaded.state_dict().items()
    )


def test_a_folder_of_diffusers_is_loaded(reference, tmp_path):
    reference.model.save_pretrained(tmp_path / "vae")
    loaded, expected = load_vae(tmp_path / "vae"), load_ours(reference)
    assert same_weights(loaded, expected)
    assert loaded.config.decoder_blocks == expected.config.decoder_blocks


def test_a_single_file_is_loaded_without_what_is_not_the_autoencoder_s(reference, tmp_path):
    expected, path = load_ours(reference), tmp_path / "single.safetensors"
    tensors = {f"vae.{key}": value.contiguous() for key, value in expected.state_dict().items()}
    tensors |= {
        "vae.per_channel_statistics.channel": torch.zeros(4),
        "model.diffusion_model.proj_out.bias": torch.ones(2),
    }
    config = {"vae": expected.config.model_dump(mode="json", by_alias=True)}
    save_file(tensors, path, metadata={"config": json.dumps(config)})
    assert same_weights(load_vae(path), expected)


def test_an_unexpected_tensor_of_the_autoencoder_is_refused_by_name(reference, tmp_path):
    expected, path = load_ours(reference), tmp_path / "single.safetensors"
    tensors = {f"vae.{key}": value.contiguous() for key, value in expected.state_dict().items()}
    config = {"vae": expected.config.model_dump(mode="json", by_alias=True)}
    save_file(tensors | {"vae.more": torch.ones(1)}, path, metadata={"config": json.dumps(config)})
    with pytest.raises(RenderError, match=r"vae\.more is unexpected"):
        load_vae(path)


def test_a_folder_of_another_class_is_refused_by_name(tmp_path):
    (tmp_path / "config.json").write_text('{"_class_name": "AutoencoderKL"}')
    save_file({"a": torch.ones(1)}, tmp_path / "diffusion_pytorch_model.safetensors")
    with pytest.raises(RenderError, match="AutoencoderKL is not a video autoencoder of the family"):
        load_vae(tmp_path)
