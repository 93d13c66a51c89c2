"""LTX-2's transformer, tiny and random, in diffusers and in ours: every gate, table and bias counts."""

import torch
from diffusers import LTX2VideoTransformer3DModel

from render_engine.checkpoints.safetensors_files import load_into
from render_engine.models.transformer import PassOptions, TransformerConfig, VideoTransformer
from render_engine.shapes import Compression, LatentShape, TokenGrid
from tests.parity.renaming import transformer_from_diffusers, video_stream_of

TOLERANCE = 2e-6
SHAPE = LatentShape(2, 8, 3, 4, 5)
COMPRESSION = Compression(8, 32)
FPS = 24
NUM_WORDS, CAPTION_CHANNELS, DIM = 7, 16, 32
V2_0 = TransformerConfig(
    num_layers=3,
    num_attention_heads=4,
    attention_head_dim=8,  # a width of 32 leaves two channels over six, so that rotary padding counts
    in_channels=SHAPE.channels,
    out_channels=SHAPE.channels,
    cross_attention_dim=DIM,
    caption_channels=CAPTION_CHANNELS,
    qk_norm_eps=1e-6,
    position_anchor="middle",
    rope_layout="split",
    rope_float64=True,
    cross_attn_norm=True,
)
V2_3 = V2_0.model_copy(update={"gated_attention": True, "cross_attention_adaln": True, "caption_projection": False})
V2_5 = V2_3.model_copy(update={"ff_bias": False, "keyframes_abs_pos_embedding": True})
VERSIONS = {
    "2.0": V2_0,
    "2.0 interleaved float32": V2_0.model_copy(update={"rope_layout": "interleaved", "rope_float64": False}),
    "2.3": V2_3,
    "2.5": V2_5,
    "2.5 fixed prompt modulation": V2_5.model_copy(update={"prompt_adaln": False}),
}


def build_reference(config):
    """Diffusers' model for our flags, with parameters that hide no difference by being zero."""
    torch.manual_seed(0)
    modulated = config.cross_attention_adaln
    model = LTX2VideoTransformer3DModel(
        in_channels=config.in_channels,
        out_channels=config.out_channels,
        num_attention_heads=config.num_attention_heads,
        attention_head_dim=config.attention_head_dim,
        cross_attention_dim=config.cross_attention_dim,
        gated_attn=config.gated_attention,
        cross_attn_mod=modulated,
        audio_in_channels=4,
        audio_out_channels=4,
        audio_num_attention_heads=2,
        audio_attention_head_dim=4,
        audio_cross_attention_dim=8,
        audio_gated_attn=config.gated_attention,
        audio_cross_attn_mod=modulated,
        num_layers=config.num_layers,
        caption_channels=CAPTION_CHANNELS,
        rope_double_precision=config.rope_float64,
        rope_type=config.rope_layout,
        use_prompt_embeddings=config.caption_projection,
        perturbed_attn=modulated,
        ff_bias=config.ff_bias,
        use_prompt_adaln_single=config.prompt_adaln,
        use_keyframes_abs_pos_embedding=config.keyframes_abs_pos_embedding,
    ).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(std=0.15)
            if ".norm_" in name:
                parameter.add_(1)
    return model


def build_own(reference, config):
    """Ours with the video stream of the reference's weights."""
    model = VideoTransformer(config).eval()
    load_into(model, video_stream_of(transformer_from_diffusers(reference.state_dict())), "diffusers")
    return model


def token_positions(*, causal=True, anchor="middle"):
    return TokenGrid(fps=FPS, compression=COMPRESSION, causal=causal, anchor=anchor).positions(SHAPE)


def call(config, *, per_token=True, masked=True):
    """The arguments of one forward pass of ours."""
    generator = torch.Generator().manual_seed(1)
    mask = torch.ones(SHAPE.batch, NUM_WORDS)
    mask[0, 4:] = 0
    sample_sigma = torch.tensor([[0.7], [0.4]])
    per_token_factor = torch.rand(SHAPE.batch, SHAPE.num_tokens, generator=generator)
    keyframes = torch.zeros(SHAPE.batch, SHAPE.num_tokens)
    keyframes[:, :20] = 1
    return {
        "x_BNC": torch.randn(SHAPE.batch, SHAPE.num_tokens, SHAPE.channels, generator=generator),
        "sigma_BT": sample_sigma * per_token_factor if per_token else sample_sigma,
        "context_BLC": torch.randn(SHAPE.batch, NUM_WORDS, config.context_channels, generator=generator),
        "context_mask_BL": mask if masked else None,
        "positions_B3N": token_positions(),
        "options": PassOptions(
            sample_sigma_B1=sample_sigma if per_token else None,
            keyframe_mask_BN=keyframes if config.keyframes_abs_pos_embedding else None,
        ),
    }


@torch.no_grad()
def ask_reference(reference, arguments):
    """The video stream alone: the streams do not read each other; positions are the reference's own."""
    sigma_BT, options = arguments["sigma_BT"], arguments["options"]
    sample_sigma_B1 = sigma_BT if options.sample_sigma_B1 is None else options.sample_sigma_B1
    words = arguments["context_BLC"]
    silence = 8 if reference.config.use_prompt_embeddings is False else CAPTION_CHANNELS
    keyframes, perturbed, bias = options.keyframe_mask_BN, options.perturbation, options.self_attention_bias_BNN
    return reference(
        arguments["x_BNC"],
        torch.zeros(SHAPE.batch, 2, 4),
        words,
        torch.zeros(SHAPE.batch, NUM_WORDS, silence),
        timestep=sigma_BT * 1000,
        audio_timestep=sample_sigma_B1 * 1000,
        sigma=sample_sigma_B1[:, 0] * 1000,
        encoder_attention_mask=arguments["context_mask_BL"],
        num_frames=SHAPE.frames,
        height=SHAPE.height,
        width=SHAPE.width,
        fps=FPS,
        audio_num_frames=2,
        isolate_modalities=True,
        spatio_temporal_guidance_blocks=None if perturbed is None else sorted(perturbed.blocks),
        perturbation_mask=None if perturbed is None else 1 - perturbed.samples_B.float(),
        video_self_attention_mask=None if bias is None else (bias == 0).float(),
        video_keyframes_mask=None if keyframes is None else keyframes.unsqueeze(-1),
        return_dict=False,
    )[0]


@torch.no_grad()
def ask_own(model, arguments, **changed: object):
    return model(**{**arguments, **changed})
