"""The autoencoder gives diffusers' numbers on random weights, and each known trap breaks them."""

import pytest
import torch
from diffusers import AutoencoderKLLTXVideo

from render_engine.checkpoints.safetensors_files import load_into
from render_engine.checkpoints.vae_key_map import (
    naming_of,
    state_dict_to_diffusers,
)
from render_engine.models import vae_coder
from render_engine.models.vae import DecodeConditioning, VideoVAE
from render_engine.models.vae_blocks import space_to_depth
from render_engine.models.vae_presets import TINY
from tests.parity.renaming import vae_from_diffusers

LIMIT = 1e-5
REFERENCE_095 = {
    "latent_channels": 8,
    "block_out_channels": (8, 16, 32, 64, 64),
    "down_block_types": ("LTXVideo095DownBlock3D",) * 4,
    "decoder_block_out_channels": (16, 32, 64),
    "layers_per_block": (1,) * 5,
    "decoder_layers_per_block": (1,) * 4,
    "spatio_temporal_scaling": (True,) * 4,
    "decoder_spatio_temporal_scaling": (True,) * 3,
    "decoder_inject_noise": (False,) * 4,
    "downsample_type": ("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
    "upsample_residual": (True,) * 3,
    "upsample_factor": (2,) * 3,
    "timestep_conditioning": True,
    "patch_size": 4,
    "patch_size_t": 1,
    "encoder_causal": True,
    "decoder_causal": False,
    "spatial_compression_ratio": 32,
    "temporal_compression_ratio": 8,
}


@pytest.fixture(scope="module")
def reference():
    torch.manual_seed(0)
    model = AutoencoderKLLTXVideo(**REFERENCE_095).eval()
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if name.endswith("bias"):
                tensor.normal_(std=0.1)
        model.latents_mean.normal_()
        model.latents_std.uniform_(0.5, 1.5)
    return model


def ours(reference, config=TINY):
    vae = VideoVAE(config).eval()
    tensors = vae_from_diffusers(reference.state_dict(), config, list(vae.state_dict()))
    load_into(vae, tensors, "diffusers")
    return vae


def clip(num_frames=17):
    return torch.rand(1, 3, num_frames, 64, 96, generator=torch.Generator().manual_seed(1)) * 2 - 1


def latents():
    return torch.randn(1, 8, 3, 2, 3, generator=torch.Generator().manual_seed(2))


def statistics(reference):
    return reference.latents_mean[:, None, None, None], reference.latents_std[:, None, None, None]


@torch.no_grad()
def encoded(vae, reference):
    """The reference's normalised latents, and ours."""
    mean, std = statistics(reference)
    return (reference.encode(clip()).latent_dist.mode() - mean) / std, vae.encode(clip())


@torch.no_grad()
def decoded(vae, reference, noise=None):
    """The reference's frames, and ours."""
    mean, std = statistics(reference)
    normalised = latents() if noise is None else 0.975 * latents() + 0.025 * noise
    expected = reference.decode(normalised * std + mean, torch.tensor([0.05])).sample
    return expected, vae.decode(latents(), DecodeConditioning(0.05, 0.025, noise))


def encode_difference(vae, reference):
    expected, own = encoded(vae, reference)
    return float((own - expected).abs().max())


def decode_difference(vae, reference):
    expected, own = decoded(vae, reference)
    return float((own - expected).abs().max())


def test_encoding_gives_the_reference_latents(parity, reference):
    parity("LTX-Video 0.9.5 / VAE encode", *encoded(ours(reference), reference), LIMIT)


def test_decoding_gives_the_reference_frames(parity, reference):
    parity("LTX-Video 0.9.5 / VAE decode", *decoded(ours(reference), reference), LIMIT)


def test_decode_noise_is_mixed_into_normalised_latents(parity, reference):
    noise = torch.randn(latents().shape, generator=torch.Generator().manual_seed(3))
    parity("LTX-Video 0.9.5 / VAE decode with noise", *decoded(ours(reference), reference, noise), LIMIT)


def test_a_patch_order_of_rows_before_columns_breaks_parity(reference, monkeypatch):
    monkeypatch.setattr(vae_coder, "patchify", lambda frames, size: space_to_depth(frames, (1, size, size)))
    assert encode_difference(ours(reference), reference) > 100 * LIMIT


def test_a_causal_decoder_breaks_parity(reference):
    causal = TINY.model_copy(update={"causal_decoder": True})
    assert decode_difference(ours(reference, causal), reference) > 100 * LIMIT


def test_dropped_latent_statistics_break_parity(reference):
    vae = ours(reference)
    vae.per_channel_statistics.set(torch.zeros(8), torch.ones(8))
    assert encode_difference(vae, reference) > 100 * LIMIT
    assert decode_difference(vae, reference) > 100 * LIMIT


def test_a_dropped_residual_on_the_way_up_breaks_parity(reference):
    vae = ours(reference)
    for block in vae.decoder.up_blocks[1::2]:
        block.residual = False
    assert decode_difference(vae, reference) > 100 * LIMIT


def test_the_decode_timestep_reaches_the_frames(reference):
    vae = ours(reference)
    early, late = (vae.decode(latents(), DecodeConditioning(timestep)) for timestep in (0.05, 0.5))
    assert (early - late).abs().max() > 100 * LIMIT


def test_the_key_map_goes_there_and_back(reference):
    vae = VideoVAE(TINY)
    there = state_dict_to_diffusers(vae.state_dict(), TINY)
    assert there.keys() == reference.state_dict().keys()
    assert vae_from_diffusers(there, TINY, list(vae.state_dict())).keys() == vae.state_dict().keys()


def test_a_single_file_checkpoint_is_stripped_to_the_autoencoder():
    vae = VideoVAE(TINY)
    ours = vae.state_dict().keys()
    others = ["vae.per_channel_statistics.mean-of-stds", "model.diffusion_model.proj_out.bias"]
    keys = [*(f"vae.{key}" for key in ours), *others]
    assert {*map(naming_of(keys, TINY, ours), keys)} - {None} == ours
