"""A published transformer loads as it is: from a single file that holds more, or from a diffusers folder."""

import json

import pytest
import torch
from diffusers import LTX2VideoTransformer3DModel, LTXVideoTransformer3DModel
from safetensors.torch import save_file

from render_engine.api.values import RenderError
from render_engine.checkpoints.transformer_files import load_transformer
from render_engine.checkpoints.transformer_key_map import PREFIX
from tests.parity.renaming import transformer_from_diffusers

SIZES = {
    "num_layers": 2,
    "num_attention_heads": 4,
    "attention_head_dim": 8,
    "in_channels": 8,
    "out_channels": 8,
    "cross_attention_dim": 32,
    "caption_channels": 16,
}
SOUND = {
    "audio_in_channels": 4,
    "audio_out_channels": 4,
    "audio_num_attention_heads": 2,
    "audio_attention_head_dim": 4,
    "audio_cross_attention_dim": 8,
}
LTX_2_3 = {"gated_attn": True, "cross_attn_mod": True, "use_prompt_embeddings": False, "rope_type": "split"}


def reference(family):
    torch.manual_seed(0)
    if family == "LTX-Video":
        return LTXVideoTransformer3DModel(**SIZES)
    return LTX2VideoTransformer3DModel(**SIZES, **SOUND, **LTX_2_3, audio_gated_attn=True, audio_cross_attn_mod=True)


def describe(family):
    if family == "LTX-Video":
        return {**SIZES, "_class_name": "Transformer3DModel", "qk_norm": "rms_norm", "dropout": 0.0}
    return {
        **SIZES,
        "_class_name": "AVTransformer3DModel",
        "cross_attention_norm": True,
        "apply_gated_attention": True,
        "cross_attention_adaln": True,
        "caption_proj_before_connector": True,
        "rope_type": "split",
        "frequencies_precision": "float64",
    }


def save_single_file(path, family, description):
    tensors = {
        PREFIX + name: tensor for name, tensor in transformer_from_diffusers(reference(family).state_dict()).items()
    }
    others = {"vae.decoder.conv_in.bias": torch.zeros(2)}
    if family == "LTX-2.3":
        others[PREFIX + "video_embeddings_connector.learnable_registers"] = torch.zeros(2)
    save_file({**tensors, **others}, path, {"config": json.dumps({"transformer": description, "vae": {}})})


@pytest.mark.parametrize("family", ["LTX-Video", "LTX-2.3"])
def test_a_single_file_and_a_folder_give_the_same_transformer(tmp_path, family):
    reference(family).save_pretrained(tmp_path / "folder")
    save_single_file(tmp_path / "model.safetensors", family, describe(family))
    folder, file = load_transformer(tmp_path / "folder"), load_transformer(tmp_path / "model.safetensors")
    theirs = transformer_from_diffusers(reference(family).state_dict())
    for model in (folder, file):
        assert all(torch.equal(tensor, theirs[name]) for name, tensor in model.state_dict().items())
    # A folder of LTX-Video does not say that time is causal; a single file without a word on it is of 0.9.0.
    assert file.config == folder.config.model_copy(
        update={"causal_temporal_positioning": file.config.causal_temporal_positioning}
    )
    assert file.config.causal_temporal_positioning == (family == "LTX-2.3")


def test_a_description_of_another_network_is_an_error_that_names_the_file(tmp_path):
    path = tmp_path / "model.safetensors"
    save_single_file(path, "LTX-Video", {**describe("LTX-Video"), "qk_norm": "layer_norm"})
    with pytest.raises(RenderError, match=r"model\.safetensors: its transformer config is not supported: qk_norm"):
        load_transformer(path)
    save_single_file(path, "LTX-Video", {**describe("LTX-Video"), "num_layers": 0})
    with pytest.raises(RenderError, match=r"model\.safetensors: its transformer config is not supported: num_layers"):
        load_transformer(path)


def test_weights_of_more_than_was_described_are_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    save_single_file(path, "LTX-2.3", {**describe("LTX-2.3"), "apply_gated_attention": False})
    with pytest.raises(RenderError, match=r"to_gate_logits.* is unexpected"):
        load_transformer(path)
