"""What holds for every version of a model whatever its weights: samples apart, tokens in place, a LoRA taken away."""

import pytest
import torch

from render_engine.models.lora import LoraFactors, with_loras
from render_engine.models.vae import DecodeConditioning
from tests.parity import ltx2_transformer, test_transformer_ltx_video, test_upsampler
from tests.parity.ltx2_transformer import SHAPE, call, token_positions
from tests.parity.vae_layouts import LAYOUTS, Reference, load_ours

ROUNDING = 2e-6
EXACT = 1e-11
UPSAMPLERS = {
    **{f"LTX-Video {name}": fields for name, fields in test_upsampler.LTX_VIDEO.items()},
    **{f"LTX-2 {name}": {"rational_resampler": True, **fields} for name, fields in test_upsampler.LTX_2.items()},
}


@pytest.fixture(scope="module", autouse=True)
def no_grad():
    with torch.no_grad():
        yield


@pytest.fixture(
    scope="module",
    params=[
        *(f"LTX-Video {name}" for name in ("0.9.5 2B", "0.9.8 13B")),
        *(f"LTX-2 {name}" for name in ltx2_transformer.VERSIONS),
    ],
)
def transformer(request):
    family, _, version = request.param.partition(" ")
    module = ltx2_transformer if family == "LTX-2" else test_transformer_ltx_video
    return module.build_own(module.build_reference(module.VERSIONS[version]), module.VERSIONS[version])


def arguments_of(transformer):
    """A batch of two with captions of two lengths, levels by token, and positions that its samples share."""
    arguments = call(transformer.config)
    return {**arguments, "positions_B3N": token_positions(anchor=transformer.config.position_anchor)}


def one_of(arguments, sample):
    """The arguments of one sample of the batch."""
    options = arguments["options"]
    one = {
        name: value[sample : sample + 1]
        for name, value in arguments.items()
        if name not in ("options", "positions_B3N")
    }
    parts = {name: None if value is None else value[sample : sample + 1] for name, value in options._asdict().items()}
    return {**one, "positions_B3N": arguments["positions_B3N"], "options": type(options)(**parts)}


def test_a_transformer_takes_a_batch_of_two_as_two_batches_of_one(transformer):
    arguments = arguments_of(transformer)
    alone = [transformer(**one_of(arguments, sample)) for sample in range(SHAPE.batch)]
    assert (transformer(**arguments) - torch.cat(alone)).abs().max() < ROUNDING


def test_a_transformer_sees_where_its_tokens_stand(transformer):
    """Tokens that change places under unchanged positions are another video; carried along, they are the same."""
    arguments = arguments_of(transformer)
    order = torch.randperm(SHAPE.num_tokens, generator=torch.Generator().manual_seed(2))
    options = arguments["options"]
    if options.keyframe_mask_BN is not None:
        options = options._replace(keyframe_mask_BN=options.keyframe_mask_BN[:, order])
    moved = {"x_BNC": arguments["x_BNC"][:, order], "sigma_BT": arguments["sigma_BT"][:, order], "options": options}
    straight = transformer(**arguments)[:, order]
    assert (transformer(**{**arguments, **moved}) - straight).abs().max() > 1e-2
    carried = {**moved, "positions_B3N": arguments["positions_B3N"][:, :, order]}
    assert (transformer(**{**arguments, **carried}) - straight).abs().max() < ROUNDING


def test_an_adapter_at_strength_0_or_taken_away_leaves_every_bit(transformer):
    arguments = arguments_of(transformer)
    layers = {name: layer for name, layer in transformer.named_modules() if isinstance(layer, torch.nn.Linear)}
    generator = torch.Generator().manual_seed(4)
    lora = {
        name: LoraFactors(
            torch.randn(2, layer.in_features, generator=generator),
            torch.randn(layer.out_features, 2, generator=generator),
        )
        for name, layer in layers.items()
    }
    before = transformer(**arguments)
    with with_loras(transformer, [(lora, 0.0)]):
        assert torch.equal(transformer(**arguments), before)
    with with_loras(transformer, [(lora, 0.01), (lora, 0.0)]):
        assert not torch.equal(transformer(**arguments), before)
    assert torch.equal(transformer(**arguments), before)


@pytest.fixture(scope="module", params=LAYOUTS, ids=lambda layout: layout.version)
def reference(request):
    return Reference(request.param)


def test_an_autoencoder_takes_a_batch_of_two_as_two_batches_of_one(reference):
    """In float64, for convolutions of two samples round otherwise than those of one."""
    vae, clip, latent = load_ours(reference).double(), reference.frames[:, :, :9].double(), reference.latents.double()
    clips, latents = torch.cat([clip, clip.flip(2)]), torch.cat([latent, latent.flip(1)])
    alone = torch.cat([vae.encode(one[None]) for one in clips])
    assert (vae.encode(clips) - alone).abs().max() < EXACT
    alone = torch.cat([decode(vae, one[None]) for one in latents])
    assert (decode(vae, latents) - alone).abs().max() < EXACT


def decode(vae, latents):
    """With the injected noise, where there is some, silenced: it is drawn for the whole batch at once."""
    if not vae.config.timestep_conditioning:
        return vae.decode(latents)
    for name, parameter in vae.named_parameters():
        if "per_channel_scale" in name:
            parameter.zero_()
    return vae.decode(latents, DecodeConditioning(generator=torch.Generator().manual_seed(7)))


@pytest.mark.parametrize("name", UPSAMPLERS)
def test_an_upsampler_takes_a_batch_of_two_as_two_batches_of_one(name):
    own, both = test_upsampler.build(**UPSAMPLERS[name])[1].double(), test_upsampler.latents().double()
    alone = torch.cat([own(clip[None]) for clip in both])
    assert (own(both) - alone).abs().max() < EXACT
