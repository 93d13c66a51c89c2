"""Published descriptions of transformers become the configs that the published presets name."""

import pytest
import torch
from diffusers import LTX2VideoTransformer3DModel, LTXVideoTransformer3DModel

from render_engine.checkpoints.transformer_metadata import config_from_published, is_published
from render_engine.models.transformer import VideoTransformer
from render_engine.models.transformer_presets import (
    LTX_2,
    LTX_2_3,
    LTX_2_5,
    LTX_VIDEO_2B,
    LTX_VIDEO_2B_FIRST,
    LTX_VIDEO_13B,
)
from render_engine.presets import get_transformer_config

COMMON = {
    "activation_fn": "gelu-approximate",
    "attention_bias": True,
    "attention_type": "default",
    "double_self_attention": False,
    "dropout": 0.0,
    "in_channels": 128,
    "norm_elementwise_affine": False,
    "norm_eps": 1e-6,
    "norm_num_groups": 32,
    "num_attention_heads": 32,
    "num_vector_embeds": None,
    "only_cross_attention": False,
    "out_channels": 128,
    "qk_norm": "rms_norm",
    "standardization_norm": "rms_norm",
    "positional_embedding_type": "rope",
    "positional_embedding_theta": 10000.0,
    "positional_embedding_max_pos": [20, 2048, 2048],
    "timestep_scale_multiplier": 1000,
}
LTX_VIDEO = {
    **COMMON,
    "_class_name": "Transformer3DModel",
    "attention_head_dim": 64,
    "caption_channels": 4096,
    "cross_attention_dim": 2048,
    "num_layers": 28,
}
LTX_2_WORDS = {
    **COMMON,
    "_class_name": "AVTransformer3DModel",
    "attention_head_dim": 128,
    "caption_channels": 3840,
    "cross_attention_dim": 4096,
    "cross_attention_norm": True,
    "num_layers": 48,
    "causal_temporal_positioning": True,
    "audio_num_attention_heads": 32,
    "use_middle_indices_grid": True,
    "rope_type": "split",
    "frequencies_precision": "float64",
}
LTX_2_3_WORDS = {
    **LTX_2_WORDS,
    "apply_gated_attention": True,
    "caption_proj_before_connector": True,
    "cross_attention_adaln": True,
}
LTX_2_5_WORDS = {**LTX_2_3_WORDS, "ff_bias": False, "use_keyframes_abs_pos_embedding": True}


@pytest.mark.parametrize(
    ("words", "config"),
    [
        (LTX_VIDEO, LTX_VIDEO_2B_FIRST),
        ({**LTX_VIDEO, "causal_temporal_positioning": True}, LTX_VIDEO_2B),
        (LTX_2_WORDS, LTX_2),
        (LTX_2_3_WORDS, LTX_2_3),
        (LTX_2_5_WORDS, LTX_2_5),
    ],
)
def test_a_single_file_s_metadata_is_the_preset_of_its_version(words, config):
    assert is_published(words)
    assert config_from_published(words) == config


@pytest.mark.parametrize(
    ("model", "changes", "config"),
    [
        (LTXVideoTransformer3DModel, {}, LTX_VIDEO_2B),
        (
            LTXVideoTransformer3DModel,
            {"attention_head_dim": 128, "num_layers": 48, "cross_attention_dim": 4096},
            LTX_VIDEO_13B,
        ),
        (LTX2VideoTransformer3DModel, {"rope_type": "split"}, LTX_2),
        (
            LTX2VideoTransformer3DModel,
            {"rope_type": "split", "gated_attn": True, "cross_attn_mod": True, "use_prompt_embeddings": False},
            LTX_2_3,
        ),
    ],
)
def test_a_diffusers_folder_s_config_is_the_preset_of_its_version(model, changes, config):
    with torch.device("meta"):
        small = {**changes, "num_layers": 1}
        words = {**model(**small).config, "_class_name": model.__name__}
    assert config_from_published({**words, "num_layers": config.num_layers}) == config


@pytest.mark.parametrize(
    ("config", "least", "most"),
    [(LTX_VIDEO_2B, 1.92e9, 1.93e9), (LTX_VIDEO_13B, 13.0e9, 13.1e9), (LTX_2, 13.0e9, 13.2e9)],
)
def test_the_published_sizes_are_those_of_the_presets(config, least, most):
    with torch.device("meta"):
        one = _count(config.model_copy(update={"num_layers": 1}))
        two = _count(config.model_copy(update={"num_layers": 2}))
    assert least < one + (config.num_layers - 1) * (two - one) < most


def _count(config):
    return sum(parameter.numel() for parameter in VideoTransformer(config).parameters())


def test_a_network_made_in_another_way_is_refused():
    with pytest.raises(ValueError, match="qk_norm: 'layer_norm' is not 'rms_norm'"):
        config_from_published({**LTX_VIDEO, "qk_norm": "layer_norm"})
    with pytest.raises(ValueError, match="'UNet' is none of Transformer3DModel, AVTransformer3DModel"):
        config_from_published({**LTX_VIDEO, "_class_name": "UNet"})


def test_our_own_description_is_not_taken_for_a_published_one():
    assert not is_published(get_transformer_config("nano").model_dump(mode="json"))
