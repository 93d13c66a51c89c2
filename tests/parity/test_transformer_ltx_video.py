"""Every LTX-Video version's transformer gives diffusers' numbers on random weights and at its own positions."""

from typing import NamedTuple

import pytest
import torch
from diffusers import LTXVideoTransformer3DModel
from diffusers.loaders.single_file_utils import convert_ltx_transformer_checkpoint_to_diffusers
from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXConditionPipeline

from render_engine.checkpoints.safetensors_files import load_into
from render_engine.checkpoints.transformer_key_map import PREFIX, state_dict_to_diffusers
from render_engine.models.transformer import TransformerConfig, VideoTransformer
from render_engine.shapes import Compression, LatentShape, TokenGrid
from tests.parity.renaming import transformer_from_diffusers

TOLERANCE = 2e-6
SHAPE = LatentShape(2, 8, 3, 4, 5)
COMPRESSION = Compression(8, 32)


class Version(NamedTuple):
    head_dim: int
    causal: bool
    fps: float


VERSIONS = {
    "0.9.0 2B": Version(8, causal=False, fps=25),
    "0.9.1 2B": Version(8, causal=False, fps=24),
    "0.9.5 2B": Version(8, causal=True, fps=25),
    "0.9.6 2B": Version(8, causal=True, fps=30),
    "0.9.7 13B": Version(16, causal=True, fps=30),
    "0.9.8 2B": Version(8, causal=True, fps=30),
    "0.9.8 13B": Version(16, causal=True, fps=24),
}
"""Heads of 13B are twice as wide as those of 2B; a width of 32 or 64 leaves channels over six for padding."""


def build_reference(version):
    torch.manual_seed(0)
    model = LTXVideoTransformer3DModel(
        in_channels=8,
        out_channels=8,
        num_attention_heads=4,
        attention_head_dim=version.head_dim,
        cross_attention_dim=4 * version.head_dim,
        num_layers=2,
        caption_channels=16,
    ).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(std=0.15 if version.head_dim == 8 else 0.1)
            if ".norm_" in name:
                parameter.add_(1)
    return model


def build_own(reference, version):
    config = TransformerConfig(
        num_layers=2,
        num_attention_heads=4,
        attention_head_dim=version.head_dim,
        in_channels=8,
        out_channels=8,
        cross_attention_dim=4 * version.head_dim,
        caption_channels=16,
        causal_temporal_positioning=version.causal,
    )
    model = VideoTransformer(config).eval()
    load_into(model, transformer_from_diffusers(reference.state_dict()), "diffusers")
    return model


def place(version):
    """The reference's own way to say where tokens are: a scaled latent grid at first, pixel coordinates later."""
    if not version.causal:
        scales = (COMPRESSION.temporal / version.fps, COMPRESSION.spatial, COMPRESSION.spatial)
        return dict(zip(("num_frames", "height", "width"), SHAPE[2:], strict=True), rope_interpolation_scale=scales)
    latents = LTXConditionPipeline._prepare_video_ids(1, *SHAPE[2:], device=torch.device("cpu"))
    pixels = LTXConditionPipeline._scale_video_ids(
        latents, scale_factor=COMPRESSION.spatial, scale_factor_t=COMPRESSION.temporal, frame_index=0
    ).float()
    pixels[:, 0] = pixels[:, 0] * (1.0 / version.fps)
    return {"video_coords": pixels.expand(SHAPE.batch, -1, -1)}


@pytest.mark.parametrize("per_token", [True, False])
@pytest.mark.parametrize("name", VERSIONS)
@torch.no_grad()
def test_the_numbers_are_the_reference_s(parity, name, per_token):
    version = VERSIONS[name]
    reference = build_reference(version)
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randn(SHAPE.batch, SHAPE.num_tokens, 8, generator=generator)
    sigma = torch.rand(SHAPE.batch, SHAPE.num_tokens if per_token else 1, generator=generator)
    words = torch.randn(SHAPE.batch, 7, 16, generator=generator)
    mask = torch.tensor([[1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1]])
    expected = reference(tokens, words, sigma * 1000, mask, **place(version), return_dict=False)[0]
    where = TokenGrid(fps=version.fps, compression=COMPRESSION, causal=version.causal).positions(SHAPE)
    ours = build_own(reference, version)(tokens, sigma, words, mask, where)
    parity(f"LTX-Video {name.removesuffix(' 2B')} / transformer", expected, ours, TOLERANCE)


@pytest.mark.parametrize("name", ["0.9.5 2B", "0.9.7 13B"])
def test_our_file_loads_into_the_reference_s_own_converter_and_comes_back(name):
    ours = build_own(build_reference(VERSIONS[name]), VERSIONS[name]).state_dict()
    converted = convert_ltx_transformer_checkpoint_to_diffusers({PREFIX + key: value for key, value in ours.items()})
    assert converted.keys() == state_dict_to_diffusers(ours).keys()
    back = transformer_from_diffusers(converted)
    assert back.keys() == ours.keys()
    assert all(back[key] is ours[key] for key in ours)
