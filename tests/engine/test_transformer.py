"""What the transformer must do whatever its weights: see positions, treat samples apart, start still, and learn."""

import pytest
import torch
from pydantic import ValidationError

from render_engine.flow.losses import rectified_flow_loss
from render_engine.models.transformer import VideoTransformer
from render_engine.presets import TRANSFORMERS, get_transformer_config
from render_engine.shapes import Compression, LatentShape, TokenGrid

SHAPE = LatentShape(2, 8, 2, 3, 4)
POSITIONS = TokenGrid(fps=16, compression=Compression(8, 32), causal=True).positions(SHAPE)


def random_transformer(dtype=torch.float32):
    torch.manual_seed(0)
    model = VideoTransformer(get_transformer_config("tiny")).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(std=0.15)
            if "_norm." in name:
                parameter.add_(1)
    return model.to(dtype)


def inputs(dtype=torch.float32):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(2, SHAPE.num_tokens, 8, generator=generator).to(dtype)
    sigma = torch.rand(2, 1, generator=generator)
    context = torch.randn(2, 5, 384, generator=generator).to(dtype)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], dtype=torch.bool)
    return x, sigma, context, mask


@torch.no_grad()
def test_a_batch_of_two_is_two_batches_of_one():
    model, (x, sigma, context, mask) = random_transformer(), inputs()
    both = model(x, sigma, context, mask, POSITIONS)
    alone = [model(x[i : i + 1], sigma[i : i + 1], context[i : i + 1], mask[i : i + 1], POSITIONS) for i in (0, 1)]
    torch.testing.assert_close(both, torch.cat(alone), atol=1e-5, rtol=0)


@torch.no_grad()
def test_masked_words_do_not_count():
    model, (x, sigma, context, mask) = random_transformer(), inputs()
    other_words = torch.where(mask.unsqueeze(-1), context, torch.randn_like(context))
    torch.testing.assert_close(model(x, sigma, context, mask, POSITIONS), model(x, sigma, other_words, mask, POSITIONS))
    short = model(x[1:], sigma[1:], context[1:, :3], None, POSITIONS)
    torch.testing.assert_close(model(x, sigma, context, mask, POSITIONS)[1:], short, atol=1e-5, rtol=0)


@torch.no_grad()
def test_tokens_that_change_places_change_what_is_predicted():
    """Shuffled tokens under unshuffled positions are another video; were positions ignored, only the order changed."""
    model, (x, sigma, context, mask) = random_transformer(), inputs()
    order = torch.randperm(SHAPE.num_tokens, generator=torch.Generator().manual_seed(2))
    straight = model(x, sigma, context, mask, POSITIONS)
    shuffled = model(x[:, order], sigma, context, mask, POSITIONS)
    assert (shuffled - straight[:, order]).abs().max() > 1e-2
    carried = model(x[:, order], sigma, context, mask, POSITIONS[:, :, order])
    torch.testing.assert_close(carried, straight[:, order], atol=1e-5, rtol=0)


@torch.no_grad()
def test_one_sigma_a_sample_is_the_same_sigma_on_every_token():
    model, (x, sigma, context, mask) = random_transformer(), inputs()
    spread = sigma.expand(-1, SHAPE.num_tokens)
    torch.testing.assert_close(
        model(x, sigma, context, mask, POSITIONS), model(x, spread, context, mask, POSITIONS), atol=1e-5, rtol=0
    )


@torch.no_grad()
def test_bfloat16_stays_near_float32():
    x, sigma, context, mask = inputs()
    exact = random_transformer()(x, sigma, context, mask, POSITIONS)
    rough = random_transformer(torch.bfloat16)(x.bfloat16(), sigma, context.bfloat16(), mask, POSITIONS)
    assert rough.dtype == torch.bfloat16
    assert (rough - exact).abs().mean() < 0.03 * exact.std()


def test_a_new_transformer_is_the_zero_field_and_every_parameter_comes_to_learn():
    """The zero last layer learns first, and then lets gradients through to all others."""
    torch.manual_seed(0)
    model = VideoTransformer(get_transformer_config("tiny"))
    x, sigma, context, mask = inputs()
    assert model(x, sigma, context, mask, POSITIONS).abs().max() == 0
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        rectified_flow_loss(model(x, sigma, context, mask, POSITIONS), x, torch.randn_like(x)).backward()
        optimizer.step()
    idle = [name for name, parameter in model.named_parameters() if not parameter.grad.abs().max() > 0]
    assert idle == []


def test_nano_is_a_model_for_a_laptop():
    with torch.device("meta"):
        model = VideoTransformer(get_transformer_config("nano"))
    assert 8e6 < sum(parameter.numel() for parameter in model.parameters()) < 10e6


def test_a_misspelt_field_and_an_unknown_preset_are_errors():
    with pytest.raises(ValidationError, match="num_layer"):
        TRANSFORMERS["tiny"].model_validate({**TRANSFORMERS["tiny"].model_dump(), "num_layer": 3})
    with pytest.raises(ValidationError, match="must equal heads x head size 32"):
        TRANSFORMERS["tiny"].model_validate({**TRANSFORMERS["tiny"].model_dump(), "cross_attention_dim": 16})
    with pytest.raises(ValueError, match="choose one of tiny, nano"):
        get_transformer_config("huge")
