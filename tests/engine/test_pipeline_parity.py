"""The whole loop (words, guidance, schedule, positions, first frame) lands where diffusers' own pipeline lands."""

import pytest
import torch
from diffusers import (
    AutoencoderKLLTXVideo,
    FlowMatchEulerDiscreteScheduler,
    LTXConditionPipeline,
    LTXVideoTransformer3DModel,
)
from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition

from render_engine.api.render import RenderRequest
from render_engine.checkpoints.safetensors_files import load_into
from render_engine.checkpoints.transformer_key_map import state_dict_to_diffusers
from render_engine.checkpoints.vae_key_map import state_dict_from_diffusers
from render_engine.conditioning import FramesItem
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.models.transformer import TransformerConfig, VideoTransformer
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_presets import TINY
from render_engine.pipelines.one_stage import one_stage
from render_engine.pipelines.parts import Parts, Watch
from render_engine.pipelines.render_loop import render_latents

CONFIG = TransformerConfig(
    num_layers=2,
    num_attention_heads=4,
    attention_head_dim=8,
    in_channels=8,
    out_channels=8,
    cross_attention_dim=32,
    caption_channels=384,
)
REQUEST = RenderRequest(
    prompt="a red sailboat leaves the harbour at dusk",
    negative_prompt="blurry",
    width=96,
    height=64,
    num_frames=17,
    fps=8,
    seed=7,
    num_steps=4,
    guidance_scale=3.0,
)


@torch.no_grad()
def random_weights(module, std=0.15):
    for name, parameter in module.named_parameters():
        parameter.normal_(std=std)
        if "_norm." in name:
            parameter.add_(1)


@pytest.fixture(scope="module")
def parts():
    torch.manual_seed(0)
    transformer, vae = VideoTransformer(CONFIG).eval(), VideoVAE(TINY).eval()
    random_weights(transformer)
    return Parts(transformer, vae, MiniLMEncoder.load())


@pytest.fixture(scope="module")
def reference(parts):
    """Diffusers' pipeline on the same weights, with an encoder whose posterior has no spread to sample from."""
    torch.manual_seed(1)
    theirs = LTXVideoTransformer3DModel(
        in_channels=8,
        out_channels=8,
        num_attention_heads=4,
        attention_head_dim=8,
        cross_attention_dim=32,
        num_layers=2,
        caption_channels=384,
    )
    theirs.load_state_dict(state_dict_to_diffusers(parts.transformer.state_dict()))
    vae = AutoencoderKLLTXVideo(
        latent_channels=8,
        block_out_channels=(8, 16, 32, 64, 64),
        down_block_types=("LTXVideo095DownBlock3D",) * 4,
        decoder_block_out_channels=(16, 32, 64),
        layers_per_block=(1,) * 5,
        decoder_layers_per_block=(1,) * 4,
        spatio_temporal_scaling=(True,) * 4,
        decoder_spatio_temporal_scaling=(True,) * 3,
        decoder_inject_noise=(False,) * 4,
        downsample_type=("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
        upsample_residual=(True,) * 3,
        upsample_factor=(2,) * 3,
        timestep_conditioning=True,
        encoder_causal=True,
        decoder_causal=False,
        spatial_compression_ratio=32,
        temporal_compression_ratio=8,
    )
    with torch.no_grad():
        vae.latents_mean.normal_()
        vae.latents_std.uniform_(0.5, 1.5)
        vae.encoder.conv_out.conv.weight[-1] = 0
        vae.encoder.conv_out.conv.bias[-1] = -60
    load_into(parts.vae, state_dict_from_diffusers(vae.state_dict(), TINY, list(parts.vae.state_dict())), "diffusers")
    pipeline = LTXConditionPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=vae, text_encoder=None, tokenizer=None, transformer=theirs
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@torch.no_grad()
def reference_latents(pipeline, parts, sigmas, conditions):
    embeds, mask = parts.text_encoder.encode([REQUEST.prompt, REQUEST.negative_prompt])
    return pipeline(
        conditions=conditions,
        prompt_embeds=embeds[:1],
        prompt_attention_mask=mask[:1],
        negative_prompt_embeds=embeds[1:],
        negative_prompt_attention_mask=mask[1:],
        width=REQUEST.width,
        height=REQUEST.height,
        num_frames=REQUEST.num_frames,
        frame_rate=REQUEST.fps,
        timesteps=[1000 * sigma for sigma in sigmas[:-1]],
        guidance_scale=REQUEST.guidance_scale,
        image_cond_noise_scale=0.0,
        generator=torch.Generator().manual_seed(REQUEST.seed),
        output_type="latent",
    ).frames


def test_text_alone_lands_where_the_reference_lands(parity, parts, reference):
    recipe = one_stage(REQUEST, (), parts)
    expected = reference_latents(reference, parts, recipe.stages[0].sigmas, None)
    parity("LTX-Video 0.9.5 / pipeline, text", expected, render_latents(recipe, parts, Watch()), 1e-5)


def test_a_first_frame_lands_where_the_reference_lands(parity, parts, reference):
    picture = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(2))
    recipe = one_stage(REQUEST, (FramesItem(picture.unsqueeze(2) * 2 - 1),), parts)
    condition = LTXVideoCondition(image=picture, frame_index=0)
    expected = reference_latents(reference, parts, recipe.stages[0].sigmas, [condition])
    parity("LTX-Video 0.9.5 / pipeline, first frame", expected, render_latents(recipe, parts, Watch()), 1e-5)
