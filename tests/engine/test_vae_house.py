"""The house autoencoder starts as its linear codec, and the codec is exact where theory says so."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from render_engine.models.linear_codec import LinearCodec
from render_engine.models.vae import DecodeConditioning, VideoVAE
from render_engine.models.vae_blocks import depth_to_space, patchify, space_to_depth, unpatchify
from render_engine.models.vae_config import VAEConfig
from render_engine.models.vae_presets import NANO, TINY
from render_engine.training.linear_fit import fit_linear_codec


def smooth_clip(seed, num_frames=9, height=32, width=48):
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 2, 3, 4, generator=generator) * 2 - 1
    return torch.nn.functional.interpolate(coarse, (num_frames, height, width), mode="trilinear")


@pytest.fixture(scope="module")
def codec():
    fitted = LinearCodec(4, 4, 24)
    fit_linear_codec(fitted, [smooth_clip(seed) for seed in range(12)])
    return fitted


def test_the_fitted_basis_is_orthonormal(codec):
    assert torch.allclose(codec.basis.T @ codec.basis, torch.eye(24), atol=1e-5)


def test_latents_of_the_fitted_clips_are_white(codec):
    latents = torch.cat([codec.encode(smooth_clip(seed)).movedim(1, -1).flatten(0, -2) for seed in range(12)])
    assert latents[:, :12].mean(0).abs().max() < 1e-2
    assert (latents[:, :12].std(0) - 1).abs().max() < 2e-2


def test_decoding_and_encoding_again_changes_nothing_after_the_first_frame(codec):
    """The basis is orthonormal, so coordinates survive; the first frame alone is a mean of its four repeats."""
    latents = codec.encode(smooth_clip(3))
    assert torch.allclose(codec.encode(codec.decode(latents))[:, :, 1:], latents[:, :, 1:], atol=1e-3)


def test_a_codec_with_every_component_is_lossless():
    full = LinearCodec(2, 2, 24)
    clip = torch.rand(1, 3, 5, 6, 8)
    assert torch.allclose(full.decode(full.encode(clip)), clip, atol=1e-6)


def test_the_codec_sees_no_later_frame(codec):
    early, late = smooth_clip(1), smooth_clip(1)
    late[:, :, 5:] = 0
    assert torch.equal(codec.encode(early)[:, :, :2], codec.encode(late)[:, :, :2])


def test_two_fits_of_the_same_clips_agree():
    fits = [LinearCodec(4, 4, 8) for _ in range(2)]
    for fit in fits:
        fit_linear_codec(fit, [smooth_clip(seed) for seed in range(4)])
    assert torch.equal(fits[0].basis, fits[1].basis)


def test_an_untrained_house_autoencoder_is_the_linear_codec():
    vae = VideoVAE(NANO).eval()
    clip = smooth_clip(0)
    assert vae.linear_codec is not None
    expected = vae.linear_codec.decode(vae.linear_codec.encode(clip))
    assert torch.equal(vae.decode(vae.encode(clip)), expected)


@torch.no_grad()
def test_decoding_in_bf16_is_deterministic_and_near_float32():
    torch.manual_seed(0)
    vae = VideoVAE(NANO).eval()
    assert vae.refiner is not None
    torch.nn.init.normal_(vae.refiner.conv_out.weight, std=0.01)
    latents = vae.encode(smooth_clip(0))
    exact = vae.decode(latents)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        first, second = vae.decode(latents), vae.decode(latents)
    assert torch.equal(first, second)
    assert first.dtype == torch.float32
    assert (first - exact).abs().max() < 0.05


@given(st.integers(0, 3), st.integers(1, 3), st.integers(1, 3))
@settings(max_examples=15, deadline=None)
@torch.no_grad()
def test_every_size_that_fits_comes_back_in_its_size(time, rows, columns):
    vae = VideoVAE(NANO).eval()
    clip = torch.zeros(1, 3, 1 + 4 * time, 16 * rows, 16 * columns)
    latents = vae.encode(clip)
    assert latents.shape == (1, 192, 1 + time, rows, columns)
    assert vae.decode(latents).shape == clip.shape


@pytest.mark.parametrize(("num_frames", "height", "width"), [(8, 32, 32), (9, 30, 32), (9, 32, 40)])
def test_a_size_that_does_not_fit_is_told_what_would(num_frames, height, width):
    with pytest.raises(ValueError, match=f"{num_frames} frames of {width}x{height} do not fit"):
        VideoVAE(NANO).encode(torch.zeros(1, 3, num_frames, height, width))


def test_a_decode_timestep_goes_only_where_it_is_taken():
    with pytest.raises(ValueError, match="does not take"):
        VideoVAE(NANO).decode(torch.zeros(1, 192, 1, 1, 1), DecodeConditioning())
    with pytest.raises(ValueError, match="takes a decode timestep"):
        VideoVAE(TINY).decode(torch.zeros(1, 8, 1, 1, 1))


def test_sides_that_compress_differently_are_refused():
    values = TINY.model_dump(by_alias=True) | {"decoder_blocks": [["compress_all", {}]]}
    with pytest.raises(ValueError, match="the encoder compresses"):
        VAEConfig.model_validate(values)


@given(st.sampled_from([(1, 2, 2), (2, 1, 1), (2, 2, 2)]))
def test_unfolding_undoes_folding(stride):
    x = torch.rand(1, 3, 4, 4, 6)
    assert torch.equal(depth_to_space(space_to_depth(x, stride), stride), x)
    assert torch.equal(unpatchify(patchify(x, 2), 2), x)
