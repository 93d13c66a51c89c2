"""The transformer gives diffusers' numbers on random weights, and each known trap breaks them."""

import pytest
import torch
from diffusers import LTXVideoTransformer3DModel
from torch import nn
from torch.nn import functional as F

from render_engine.checkpoints.safetensors_files import load_into
from render_engine.checkpoints.transformer_key_map import (
    naming_of,
    state_dict_to_diffusers,
)
from render_engine.models import transformer as transformer_module
from render_engine.models.attention import Attention
from render_engine.models.rope import RotaryTable, rotary_table
from render_engine.models.transformer import TransformerConfig, VideoTransformer
from render_engine.shapes import Compression, LatentShape, TokenGrid
from tests.parity.renaming import transformer_from_diffusers

LIMIT = 2e-6
CONFIG = TransformerConfig(
    num_layers=2,
    num_attention_heads=4,
    attention_head_dim=8,  # a width of 32 leaves two channels over six, so that rotary padding counts
    in_channels=8,
    out_channels=8,
    cross_attention_dim=32,
    caption_channels=16,
)
SHAPE = LatentShape(2, 8, 3, 4, 5)
COMPRESSION = Compression(8, 32)


@pytest.fixture(scope="module")
def reference():
    """Every parameter random, so that no gate, table or bias hides a difference by being zero."""
    torch.manual_seed(0)
    model = LTXVideoTransformer3DModel(
        in_channels=8,
        out_channels=8,
        num_attention_heads=4,
        attention_head_dim=8,
        cross_attention_dim=32,
        num_layers=2,
        caption_channels=16,
    ).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(std=0.2)
            if ".norm_" in name:
                parameter.add_(1)
    return model


@pytest.fixture
def own(reference):
    return loaded(reference, CONFIG)


def loaded(reference, config):
    model = VideoTransformer(config).eval()
    load_into(model, transformer_from_diffusers(reference.state_dict()), "diffusers")
    return model


def token_positions(*, causal):
    return TokenGrid(fps=24, compression=COMPRESSION, causal=causal).positions(SHAPE)


def call(*, per_token=True, masked=True, causal=True):
    """The arguments of one forward pass."""
    generator = torch.Generator().manual_seed(1)
    mask = torch.ones(2, 7)
    mask[0, 4:] = 0
    return {
        "x_BNC": torch.randn(2, SHAPE.num_tokens, 8, generator=generator),
        "sigma_BT": torch.rand(2, SHAPE.num_tokens if per_token else 1, generator=generator),
        "context_BLC": torch.randn(2, 7, 16, generator=generator),
        "context_mask_BL": mask if masked else None,
        "positions_B3N": token_positions(causal=causal),
    }


@torch.no_grad()
def expected_of(reference, arguments):
    mask = arguments["context_mask_BL"]
    output = reference(
        arguments["x_BNC"],
        arguments["context_BLC"],
        arguments["sigma_BT"] * 1000,
        torch.ones(2, 7) if mask is None else mask,
        video_coords=arguments["positions_B3N"].expand(2, -1, -1),
        return_dict=False,
    )[0]
    assert 0.3 < output.std() < 3
    return output


@torch.no_grad()
def difference(model, reference, arguments, **changed: object):
    return (model(**{**arguments, **changed}) - expected_of(reference, arguments)).abs().max().item()


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("per_token", [True, False])
@pytest.mark.parametrize("masked", [True, False])
@torch.no_grad()
def test_the_numbers_are_the_reference_s(parity, reference, own, per_token, masked, causal):
    arguments = call(per_token=per_token, masked=masked, causal=causal)
    parity("LTX-Video 0.9.5 / transformer", expected_of(reference, arguments), own(**arguments), LIMIT)


@torch.no_grad()
def test_positions_are_the_reference_s_own_from_its_latent_grid(parity, reference, own):
    """Without the causal fix the reference can make the positions itself, from a latent grid and three scales."""
    arguments = call(causal=False)
    output = reference(
        arguments["x_BNC"],
        arguments["context_BLC"],
        arguments["sigma_BT"] * 1000,
        arguments["context_mask_BL"],
        num_frames=3,
        height=4,
        width=5,
        rope_interpolation_scale=(8 / 24, 32, 32),
        return_dict=False,
    )[0]
    parity("LTX-Video 0.9.0 / transformer", output, own(**arguments), LIMIT)


def test_a_norm_before_cross_attention_breaks_parity(reference, own, monkeypatch):
    plain = Attention.forward

    def with_norm(self, x_BND, context_BLD=None, **rest: object):
        return plain(self, x_BND if context_BLD is None else F.rms_norm(x_BND, x_BND.shape[-1:]), context_BLD, **rest)

    monkeypatch.setattr(Attention, "forward", with_norm)
    assert difference(own, reference, call()) > 1e-3


class PerHeadNorm(nn.Module):
    """The norm of a single head, as most transformers have it."""

    def __init__(self, full):
        super().__init__()
        self.full = full

    def forward(self, x_BND):
        heads = x_BND.unflatten(-1, (4, -1))
        return F.rms_norm(heads, heads.shape[-1:], eps=self.full.eps).flatten(-2) * self.full.weight


def test_a_norm_per_head_breaks_parity(reference, own):
    for block in own.transformer_blocks:
        block.attn1.q_norm = PerHeadNorm(block.attn1.q_norm)
    assert difference(own, reference, call()) > 1e-3


def test_another_epsilon_of_the_query_norm_breaks_parity(reference):
    ltx_2 = loaded(reference, CONFIG.model_copy(update={"qk_norm_eps": 1e-6}))
    assert difference(ltx_2, reference, call()) > 2 * LIMIT


def test_rotary_padding_at_the_end_breaks_parity(reference, own, monkeypatch):
    def padded_behind(positions_B3N, **rest: object):
        return RotaryTable(*(table.roll(-1, dims=-1) for table in rotary_table(positions_B3N, **rest)))

    monkeypatch.setattr(transformer_module, "rotary_table", padded_behind)
    assert difference(own, reference, call()) > 1e-3


def test_positions_at_the_middle_of_a_patch_break_parity(reference, own):
    """Moving all tokens alike changes nothing (rotation is relative), but latent frame 0 is shorter than the others."""
    arguments = call()
    start = arguments["positions_B3N"]
    half_frames = torch.where(start[:, :1] == 0, 0.5, 4.0)
    middle = torch.cat([start[:, :1] + half_frames / 24, start[:, 1:] + 16], dim=1)
    assert difference(own, reference, arguments, positions_B3N=middle) > 1e-2


@pytest.mark.parametrize("causal", [True, False])
def test_the_other_causal_convention_breaks_parity(reference, own, causal):
    arguments = call(causal=causal)
    assert difference(own, reference, arguments, positions_B3N=token_positions(causal=not causal)) > 1e-2


def test_a_forgotten_mask_breaks_parity(reference, own):
    assert difference(own, reference, call(), context_mask_BL=None) > 1e-3


def test_names_go_to_diffusers_and_back(reference, own):
    ours = own.state_dict()
    assert state_dict_to_diffusers(ours).keys() == reference.state_dict().keys()
    assert list(transformer_from_diffusers(state_dict_to_diffusers(ours))) == list(ours)


def test_a_single_file_gives_only_the_transformer_s_tensors(own):
    ours = own.state_dict()
    for prefix, others in (("model.diffusion_model.", ["vae.x"]), ("", [])):
        keys = [*(f"{prefix}{key}" for key in ours), *others]
        assert {*map(naming_of(keys), keys)} - {None} == ours.keys()
