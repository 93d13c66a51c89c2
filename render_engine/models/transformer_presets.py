"""The published transformers' configs: LTX-Video 2B and 13B, and the video streams of LTX-2, 2.3 and 2.5."""

from render_engine.models.transformer_config import TransformerConfig

LTX_VIDEO_2B = TransformerConfig(
    num_layers=28,
    num_attention_heads=32,
    attention_head_dim=64,
    in_channels=128,
    out_channels=128,
    cross_attention_dim=2048,
    caption_channels=4096,
)
"""From 0.9.5 on; 0.9.0 and 0.9.1 are `LTX_VIDEO_2B_FIRST`."""

LTX_VIDEO_2B_FIRST = LTX_VIDEO_2B.model_copy(update={"causal_temporal_positioning": False})

LTX_VIDEO_13B = TransformerConfig(
    num_layers=48,
    num_attention_heads=32,
    attention_head_dim=128,
    in_channels=128,
    out_channels=128,
    cross_attention_dim=4096,
    caption_channels=4096,
)
"""0.9.7 and 0.9.8."""

LTX_2 = TransformerConfig(
    num_layers=48,
    num_attention_heads=32,
    attention_head_dim=128,
    in_channels=128,
    out_channels=128,
    cross_attention_dim=4096,
    caption_channels=3840,
    qk_norm_eps=1e-6,
    position_anchor="middle",
    rope_layout="split",
    rope_float64=True,
    cross_attn_norm=True,
)

LTX_2_3 = LTX_2.model_copy(update={"gated_attention": True, "cross_attention_adaln": True, "caption_projection": False})

LTX_2_5 = LTX_2_3.model_copy(update={"ff_bias": False, "keyframes_abs_pos_embedding": True})
