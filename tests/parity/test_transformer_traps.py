"""Each known trap of LTX-2's video stream, stepped into, breaks parity: so the pairs do hold what they claim."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from render_engine.models import transformer as transformer_module
from render_engine.models.rope import RotaryTable, rotary_table
from render_engine.models.transformer import PassOptions
from tests.parity.ltx2_transformer import (
    TOLERANCE,
    V2_0,
    V2_5,
    ask_own,
    ask_reference,
    build_own,
    build_reference,
    call,
    token_positions,
)


@pytest.fixture(scope="module")
def reference():
    return build_reference(V2_5)


@pytest.fixture(scope="module")
def arguments():
    return call(V2_5)


@pytest.fixture(scope="module")
def expected(reference, arguments):
    return ask_reference(reference, arguments)


@pytest.fixture
def own(reference):
    return build_own(reference, V2_5)


def difference(model, expected, arguments, **changed: object):
    return (ask_own(model, arguments, **changed) - expected).abs().max().item()


@pytest.mark.parametrize(
    ("flag", "value", "least"),
    [
        ("qk_norm_eps", 1e-5, 2 * TOLERANCE),
        ("rope_layout", "interleaved", 1e-2),
        ("rope_float64", False, 1e-4),
    ],
)
def test_another_value_of_a_flag_breaks_parity(reference, expected, arguments, flag, value, least):
    flipped = build_own(reference, V2_5.model_copy(update={flag: value}))
    assert difference(flipped, expected, arguments) > least


def test_no_norm_before_cross_attention_breaks_parity():
    """In LTX-2.0, where nothing else depends on that norm."""
    reference, arguments = build_reference(V2_0), call(V2_0)
    flipped = build_own(reference, V2_0.model_copy(update={"cross_attn_norm": False}))
    assert difference(flipped, ask_reference(reference, arguments), arguments) > 1e-3


class PerHeadNorm(nn.Module):
    """The norm of a single head, as most transformers have it."""

    def __init__(self, full, num_heads):
        super().__init__()
        self.full, self.num_heads = full, num_heads

    def forward(self, x_BND):
        heads = x_BND.unflatten(-1, (self.num_heads, -1))
        return F.rms_norm(heads, heads.shape[-1:], eps=self.full.eps).flatten(-2) * self.full.weight


def test_a_norm_per_head_breaks_parity(own, expected, arguments):
    for block in own.transformer_blocks:
        block.attn1.q_norm = PerHeadNorm(block.attn1.q_norm, V2_5.num_attention_heads)
    assert difference(own, expected, arguments) > 1e-3


def test_rotary_padding_at_the_end_breaks_parity(own, expected, arguments, monkeypatch):
    def padded_behind(positions_B3N, **rest: object):
        return RotaryTable(*(table.roll(-1, dims=-1) for table in rotary_table(positions_B3N, **rest)))

    monkeypatch.setattr(transformer_module, "rotary_table", padded_behind)
    assert difference(own, expected, arguments) > 1e-3


@pytest.mark.parametrize("wrong", [{"anchor": "start"}, {"causal": False}])
def test_positions_of_another_convention_break_parity(own, expected, arguments, wrong):
    assert difference(own, expected, arguments, positions_B3N=token_positions(**wrong)) > 1e-3


@pytest.mark.parametrize(
    "name",
    ["to_gate_logits.weight", "to_gate_logits.bias", "prompt_scale_shift_table", "prompt_adaln_single.linear.bias"],
)
def test_a_part_that_is_left_out_breaks_parity(own, expected, arguments, name):
    with torch.no_grad():
        for key, parameter in own.named_parameters():
            if key.endswith(name):
                parameter.zero_()
    assert difference(own, expected, arguments) > 1e-3


@pytest.mark.parametrize("rows", [slice(0, 3), slice(3, 6), slice(6, 9)])
def test_rows_of_a_table_in_another_order_break_parity(own, expected, arguments, rows):
    with torch.no_grad():
        for block in own.transformer_blocks:
            block.scale_shift_table[rows] = block.scale_shift_table[rows].roll(1, 0)
    assert difference(own, expected, arguments) > 1e-3


def test_a_forgotten_keyframe_mark_or_another_sample_s_level_breaks_parity(own, expected, arguments):
    right = arguments["options"]
    unmarked = PassOptions(right.sample_sigma_B1)
    exchanged = PassOptions(right.sample_sigma_B1.flip(0), right.keyframe_mask_BN)
    assert difference(own, expected, arguments, options=unmarked) > 1e-3
    assert difference(own, expected, arguments, options=exchanged) > 1e-3
