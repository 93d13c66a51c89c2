"""Adapters change a transformer as their product added to the reference's weights does, and leave it as it was."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from render_engine.api.values import RenderError
from render_engine.checkpoints.lora_files import load_lora
from render_engine.models.lora import with_loras
from tests.parity.test_transformer_ltx_video import VERSIONS, build_own, build_reference

RANK = 3
LAYERS = (
    "transformer_blocks.0.attn1.to_q",
    "transformer_blocks.1.attn2.to_out.0",
    "transformer_blocks.1.ff.net.2",
    "proj_out",
)
TOLERANCE = 2e-6


@pytest.fixture(scope="module")
def reference():
    return build_reference(VERSIONS["0.9.5 2B"])


@pytest.fixture
def own(reference):
    return build_own(reference, VERSIONS["0.9.5 2B"])


def factors_of(reference):
    generator = torch.Generator().manual_seed(3)
    return {
        name: (
            torch.randn(RANK, reference.get_submodule(name).weight.shape[1], generator=generator) * 0.2,
            torch.randn(reference.get_submodule(name).weight.shape[0], RANK, generator=generator) * 0.2,
        )
        for name in LAYERS
    }


def write(path: Path, factors, prefix="diffusion_model.", names=("lora_A", "lora_B"), alpha=None) -> Path:
    tensors = {}
    for layer, pair in factors.items():
        for name, value in zip(names, pair, strict=True):
            tensors[f"{prefix}{layer}.{name}.weight"] = value.contiguous()
        if alpha is not None:
            tensors[f"{prefix}{layer}.alpha"] = torch.tensor(float(alpha))
    save_file(tensors, path)
    return path


def run_own(own):
    torch.manual_seed(5)
    positions = torch.rand(1, 3, 12) * 20
    return own(torch.randn(1, 12, 8), torch.full((1, 1), 0.7), torch.randn(1, 5, 16), None, positions)


@torch.no_grad()
def fused(reference, strength, scale=1.0):
    """The reference's weights with the adapter's product added, in the same class."""
    changed = build_reference(VERSIONS["0.9.5 2B"])
    changed.load_state_dict(reference.state_dict())
    for name, (down, up) in factors_of(reference).items():
        changed.get_submodule(name).weight += strength * scale * up @ down
    return build_own(changed, VERSIONS["0.9.5 2B"])


@torch.no_grad()
@pytest.mark.parametrize("strength", [0.5, 1.0, -0.5])
@pytest.mark.parametrize(
    "naming",
    [
        ("diffusion_model.", ("lora_A", "lora_B")),
        ("transformer.", ("lora_A", "lora_B")),
        ("", ("lora_down", "lora_up")),
    ],
)
def test_an_adapter_is_its_product_added_to_the_weights(tmp_path, reference, own, parity, strength, naming):
    lora = load_lora(write(tmp_path / "a.safetensors", factors_of(reference), *naming), own)
    with with_loras(own, [(lora, strength)]):
        changed = run_own(own)
    parity(f"LTX-Video 0.9.5 / LoRA at {strength}", run_own(fused(reference, strength)), changed, TOLERANCE)


@torch.no_grad()
def test_an_adapter_at_strength_0_and_one_that_was_taken_away_leave_every_bit(tmp_path, reference, own):
    lora = load_lora(write(tmp_path / "a.safetensors", factors_of(reference)), own)
    before = run_own(own)
    with with_loras(own, [(lora, 0.0)]):
        assert torch.equal(run_own(own), before)
    with with_loras(own, [(lora, 1.0)]):
        assert not torch.equal(run_own(own), before)
    assert torch.equal(run_own(own), before)


@torch.no_grad()
def test_alpha_scales_by_the_rank_and_adapters_add_up(tmp_path, reference, own):
    lora = load_lora(write(tmp_path / "a.safetensors", factors_of(reference), alpha=6), own)
    assert {factors.scale for factors in lora.values()} == {2.0}
    with with_loras(own, [(lora, 0.25), (lora, 0.25)]):
        changed = run_own(own)
    assert torch.allclose(changed, run_own(fused(reference, 1.0)), atol=TOLERANCE)


@torch.no_grad()
def test_names_of_diffusers_find_their_layers(tmp_path, own):
    down, up = torch.randn(RANK, 8), torch.randn(32, RANK)
    lora = load_lora(write(tmp_path / "a.safetensors", {"proj_in": (down, up)}, "transformer."), own)
    assert list(lora) == ["patchify_proj"]


@pytest.mark.parametrize(
    ("factors", "why"),
    [
        ({"single_transformer_blocks.0.attn.to_q": ((RANK, 32), (32, RANK))}, "a layer that this transformer has not"),
        ({"transformer_blocks.0": ((RANK, 32), (32, RANK))}, "a layer that this transformer has not"),
        ({"proj_out": ((RANK, 4096), (8, RANK))}, r"proj_out.lora_A.weight has shape \(3, 4096\) instead of \(3, 32\)"),
        ({"proj_out": ((RANK, 32), (8, RANK + 1))}, r"proj_out.lora_B.weight has shape \(8, 4\) instead of \(8, 3\)"),
    ],
)
def test_an_adapter_of_another_model_is_refused_by_name(tmp_path, own, factors, why):
    tensors = {name: (torch.zeros(down), torch.zeros(up)) for name, (down, up) in factors.items()}
    path = write(tmp_path / "other.safetensors", tensors)
    with pytest.raises(RenderError, match=rf"^{path}: .*{why}"):
        load_lora(path, own)


def test_what_is_no_adapter_is_refused_by_name(tmp_path, own):
    for name, tensors in (
        ("plain", {"proj_out.weight": torch.zeros(8, 32)}),
        ("half", {"proj_out.lora_A": torch.zeros(3, 32)}),
    ):
        path = tmp_path / f"{name}.safetensors"
        save_file(tensors, path)
        with pytest.raises(RenderError, match=r"is no tensor of a LoRA|has only one of its two factors"):
            load_lora(path, own)
