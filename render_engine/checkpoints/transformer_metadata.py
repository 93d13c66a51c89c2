"""A published checkpoint's own description of its transformer, in single-file metadata or a folder, as our config.

What concerns training, sound or the connector is passed over; what the network depends on and these classes cannot make
is refused.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from render_engine.models.transformer_config import TransformerConfig

CLASS_NAME = "_class_name"
"""Published descriptions carry this key; ours do not."""

_SAME = (
    "num_layers", "num_attention_heads", "attention_head_dim", "in_channels", "out_channels", "cross_attention_dim",
    "caption_channels", "norm_eps", "positional_embedding_theta", "positional_embedding_max_pos",
    "timestep_scale_multiplier", "cross_attention_adaln", "ff_bias",
)  # fmt: skip
_SAME_NAMES = {name: name for name in _SAME}
_OTHER_NAMES = {
    "cross_attention_norm": "cross_attn_norm",
    "rope_type": "rope_layout",
    "apply_gated_attention": "gated_attention",
    "use_prompt_adaln_single": "prompt_adaln",
    "use_keyframes_abs_pos_embedding": "keyframes_abs_pos_embedding",
}
_DIFFUSERS_NAMES = {
    "gated_attn": "gated_attention",
    "cross_attn_mod": "cross_attention_adaln",
    "rope_theta": "positional_embedding_theta",
    "rope_type": "rope_layout",
    "rope_double_precision": "rope_float64",
    "use_prompt_embeddings": "caption_projection",
    "use_prompt_adaln_single": "prompt_adaln",
    "use_keyframes_abs_pos_embedding": "keyframes_abs_pos_embedding",
}
_FIXED = {
    "activation_fn": ("gelu-approximate",),
    "attention_bias": (True,),
    "attention_out_bias": (True,),
    "attention_type": ("default",),
    "adaptive_norm": ("single_scale_shift",),
    "double_self_attention": (False,),
    "only_cross_attention": (False,),
    "norm_elementwise_affine": (False,),
    "positional_embedding_type": ("rope",),
    "patch_size": (1,),
    "patch_size_t": (1,),
    "qk_norm": ("rms_norm", "rms_norm_across_heads"),
    "standardization_norm": ("rms_norm",),
    "causal_offset": (1,),
}
"""The one way in which these classes do it."""


def is_published(values: Mapping[str, Any]) -> bool:
    """Whether a description is in the words of the published checkpoints, not in those of our config."""
    return CLASS_NAME in values


def config_from_published(values: Mapping[str, Any]) -> TransformerConfig:
    """Our config of a published description: of a single file's metadata, or of a diffusers folder's `config.json`.

    A diffusers folder of LTX-Video does not say whether time is causal: it is taken to be, as from 0.9.5 on.

    Raises:
        ValueError: the network is made in a way, or of a class, that these classes do not know.
    """
    for key, known in _FIXED.items():
        if key in values and values[key] not in known:
            raise ValueError(f"{key}: {values[key]!r} is not {' or '.join(map(repr, known))}")
    readers = {
        "Transformer3DModel": _read_ltx_video,
        "AVTransformer3DModel": _read_ltx_2,
        "LTXVideoTransformer3DModel": _named,
        "LTX2VideoTransformer3DModel": _read_ltx_2_folder,
    }
    reader = readers.get(str(values[CLASS_NAME]))
    if reader is None:
        raise ValueError(f"{CLASS_NAME}: {values[CLASS_NAME]!r} is none of {', '.join(readers)}")
    return TransformerConfig.model_validate(reader(values))


def published_from_config(config: TransformerConfig) -> dict[str, Any]:
    """A single file's description of a config, as JSON values; in our own words where those of the files say less."""
    ours, is_ltx_2 = config.model_dump(mode="json"), config.cross_attn_norm
    names = {**_SAME_NAMES, **(_OTHER_NAMES if is_ltx_2 else {})}
    described = {theirs: ours[name] for theirs, name in names.items()}
    described |= {key: known[0] for key, known in _FIXED.items()}
    described |= {
        CLASS_NAME: "AVTransformer3DModel" if is_ltx_2 else "Transformer3DModel",
        "causal_temporal_positioning": config.causal_temporal_positioning,
    }
    if is_ltx_2:
        described |= {
            "use_middle_indices_grid": config.position_anchor == "middle",
            "frequencies_precision": "float64" if config.rope_float64 else "float32",
            "caption_proj_before_connector": not config.caption_projection,
        }
    return described if config_from_published(described) == config else ours


def _read_ltx_video(values: Mapping[str, Any]) -> dict[str, Any]:
    causal = values.get("causal_temporal_positioning", False)
    return {**_named(values), "causal_temporal_positioning": causal}


def _read_ltx_2(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_LTX_2,
        **_named(values, _OTHER_NAMES),
        "qk_norm_eps": values.get("norm_eps", _LTX_2["qk_norm_eps"]),
        "causal_temporal_positioning": values.get("causal_temporal_positioning", True),
        "position_anchor": "middle" if values.get("use_middle_indices_grid", True) else "start",
        "rope_float64": values.get("frequencies_precision") == "float64",
        "caption_projection": not values.get("caption_proj_before_connector", False),
    }


def _read_ltx_2_folder(values: Mapping[str, Any]) -> dict[str, Any]:
    seconds, down, across = _LTX_2["positional_embedding_max_pos"]
    max_pos = (
        values.get("pos_embed_max_pos", seconds),
        values.get("base_height", down),
        values.get("base_width", across),
    )
    return {**_LTX_2, **_named(values, _DIFFUSERS_NAMES), "positional_embedding_max_pos": max_pos}


_LTX_2: dict[str, Any] = {
    "qk_norm_eps": 1e-6,
    "position_anchor": "middle",
    "cross_attn_norm": True,
    "positional_embedding_max_pos": (20, 2048, 2048),
}
"""What every version of LTX-2 has; its rotary layout is interleaved until a description says otherwise."""


def _named(values: Mapping[str, Any], other_names: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    names = {**_SAME_NAMES, **other_names}
    return {ours: values[theirs] for theirs, ours in names.items() if values.get(theirs) is not None}
