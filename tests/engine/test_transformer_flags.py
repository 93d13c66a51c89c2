"""What LTX-2's flags and a pass's options must do whatever the weights."""

import pytest
import torch
from pydantic import ValidationError

from render_engine.flow.losses import rectified_flow_loss
from render_engine.models.perturbation import Perturbation
from render_engine.models.transformer import PassOptions, TransformerConfig, VideoTransformer
from render_engine.shapes import Compression, LatentShape, TokenGrid

SHAPE = LatentShape(2, 8, 2, 3, 4)
POSITIONS = TokenGrid(fps=16, compression=Compression(8, 32), causal=True, anchor="middle").positions(SHAPE)
LTX_VIDEO = TransformerConfig(
    num_layers=3,
    num_attention_heads=4,
    attention_head_dim=8,
    in_channels=8,
    out_channels=8,
    cross_attention_dim=32,
    caption_channels=16,
)
LTX_2_5 = LTX_VIDEO.model_copy(
    update={
        "qk_norm_eps": 1e-6,
        "position_anchor": "middle",
        "rope_layout": "split",
        "rope_float64": True,
        "cross_attn_norm": True,
        "gated_attention": True,
        "cross_attention_adaln": True,
        "caption_projection": False,
        "ff_bias": False,
        "keyframes_abs_pos_embedding": True,
    }
)
KEYFRAMES = torch.arange(SHAPE.num_tokens).expand(2, -1) < SHAPE.height * SHAPE.width


def random_transformer(config, dtype=torch.float32):
    torch.manual_seed(0)
    model = VideoTransformer(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(std=0.15)
            if "_norm." in name:
                parameter.add_(1)
    return model.to(dtype)


def inputs(config, dtype=torch.float32):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(2, SHAPE.num_tokens, 8, generator=generator).to(dtype)
    sigma = torch.rand(2, 1, generator=generator)
    return x, sigma, torch.randn(2, 5, config.context_channels, generator=generator).to(dtype)


def predict(model, options=PassOptions()):  # noqa: B008 - a named tuple does not change
    x, sigma, context = inputs(model.config, next(model.parameters()).dtype)
    return model(x, sigma, context, None, POSITIONS, options)


@torch.no_grad()
def test_a_batch_of_two_is_two_batches_of_one():
    model, (x, sigma, context) = random_transformer(LTX_2_5), inputs(LTX_2_5)
    both = predict(model, PassOptions(keyframe_mask_BN=KEYFRAMES))
    alone = [
        model(x[i : i + 1], sigma[i : i + 1], context[i : i + 1], None, POSITIONS, PassOptions(None, KEYFRAMES[:1]))
        for i in (0, 1)
    ]
    torch.testing.assert_close(both, torch.cat(alone), atol=1e-5, rtol=0)


@torch.no_grad()
def test_one_sigma_a_sample_is_the_same_sigma_on_every_token():
    model, (x, sigma, context) = random_transformer(LTX_2_5), inputs(LTX_2_5)
    spread = sigma.expand(-1, SHAPE.num_tokens)
    told = model(x, spread, context, None, POSITIONS, PassOptions(sample_sigma_B1=sigma))
    torch.testing.assert_close(predict(model), told, atol=1e-5, rtol=0)


@torch.no_grad()
def test_bfloat16_stays_near_float32():
    exact, rough = predict(random_transformer(LTX_2_5)), predict(random_transformer(LTX_2_5, torch.bfloat16))
    assert rough.dtype == torch.bfloat16
    assert (rough - exact).abs().mean() < 0.03 * exact.std()


def test_a_new_transformer_is_the_zero_field_and_every_parameter_comes_to_learn():
    torch.manual_seed(0)
    model, (x, _, _) = VideoTransformer(LTX_2_5), inputs(LTX_2_5)
    options = PassOptions(keyframe_mask_BN=KEYFRAMES)
    assert predict(model, options).abs().max() == 0
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        rectified_flow_loss(predict(model, options), x, torch.randn_like(x)).backward()
        optimizer.step()
    idle = [name for name, parameter in model.named_parameters() if not parameter.grad.abs().max() > 0]
    assert idle == []


@pytest.mark.parametrize("mode", ["attention_values", "attention_skip", "transformer_block"])
@pytest.mark.parametrize("config", [LTX_VIDEO, LTX_2_5], ids=["LTX-Video", "LTX-2.5"])
@torch.no_grad()
def test_only_perturbed_samples_change(config, mode):
    model = random_transformer(config)
    plain = predict(model)
    samples = torch.tensor([False, True])
    perturbed = predict(model, PassOptions(perturbation=Perturbation(samples, frozenset({1}), mode)))
    assert torch.equal(perturbed[0], plain[0])
    assert (perturbed[1] - plain[1]).abs().max() > 1e-2
    nowhere = predict(model, PassOptions(perturbation=Perturbation(samples, frozenset(), mode)))
    assert torch.equal(nowhere, plain)


@torch.no_grad()
def test_to_leave_out_a_residual_path_that_is_not_there_changes_nothing():
    model, both = random_transformer(LTX_VIDEO), torch.tensor([True, True])
    perturbed = predict(model, PassOptions(perturbation=Perturbation(both, frozenset({1}), "residual")))
    assert torch.equal(perturbed, predict(model))


@torch.no_grad()
def test_a_sample_that_skips_a_block_is_one_of_a_model_without_it():
    model = random_transformer(LTX_VIDEO)
    both = torch.tensor([True, True])
    skipping = predict(model, PassOptions(perturbation=Perturbation(both, frozenset({1}), "transformer_block")))
    del model.transformer_blocks[1]
    assert torch.equal(skipping, predict(model))


@pytest.mark.parametrize(("mode", "instead"), [("attention_values", "to_v"), ("attention_skip", "itself")])
@torch.no_grad()
def test_a_sample_that_does_not_look_around_has_its_values_or_itself(monkeypatch, mode, instead):
    model = random_transformer(LTX_VIDEO)
    both = torch.tensor([True, True])
    perturbed = predict(model, PassOptions(perturbation=Perturbation(both, frozenset({1}), mode)))
    attention = model.transformer_blocks[1].attn1
    monkeypatch.setattr(
        attention, "forward", lambda x, **_: attention.to_out[0](attention.to_v(x) if instead == "to_v" else x)
    )
    torch.testing.assert_close(perturbed, predict(model), atol=1e-5, rtol=0)


@torch.no_grad()
def test_a_bias_of_nothing_changes_nothing_and_hidden_tokens_do_not_count():
    model, (x, sigma, context) = random_transformer(LTX_2_5), inputs(LTX_2_5)
    open_to_all = torch.zeros(2, SHAPE.num_tokens, SHAPE.num_tokens)
    seen = predict(model, PassOptions(self_attention_bias_BNN=open_to_all))
    torch.testing.assert_close(predict(model), seen, atol=1e-5, rtol=0)
    first_half_alone = open_to_all.clone()
    first_half_alone[:, :12, 12:] = -10_000
    other_x = torch.cat([x[:, :12], torch.randn_like(x[:, 12:])], dim=1)
    options = PassOptions(self_attention_bias_BNN=first_half_alone)
    one = model(x, sigma, context, None, POSITIONS, options)
    other = model(other_x, sigma, context, None, POSITIONS, options)
    torch.testing.assert_close(one[:, :12], other[:, :12], atol=1e-5, rtol=0)


def test_a_modulated_caption_needs_a_normed_stream():
    with pytest.raises(ValidationError, match="set cross_attn_norm as well"):
        TransformerConfig.model_validate({**LTX_2_5.model_dump(), "cross_attn_norm": False})


def test_the_middle_of_a_patch_lies_between_its_corners():
    """At 8 frames a second with 8 frames a latent frame: frame 0 alone (0 to 1), then 1 to 9, then 9 to 17."""
    grid = TokenGrid(fps=8, compression=Compression(8, 32), causal=True, anchor="middle").positions(
        LatentShape(1, 8, 3, 1, 2)
    )
    assert grid[0, 0].tolist() == [0.5 / 8, 0.5 / 8, 5 / 8, 5 / 8, 13 / 8, 13 / 8]
    assert grid[0, 2].tolist() == [16, 48, 16, 48, 16, 48]
