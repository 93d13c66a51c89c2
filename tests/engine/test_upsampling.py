"""The latent upsampler's sizes and files, and what happens to latents between two passes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from render_engine.api.values import RenderError
from render_engine.checkpoints import upsampler_files
from render_engine.checkpoints.safetensors_files import save_checkpoint
from render_engine.checkpoints.upsampler_files import load_upsampler, save_upsampler
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig
from render_engine.models.vae import LatentStatistics
from render_engine.upsampling import compress_tones, match_statistics, upsample

SMALL = {"in_channels": 4, "mid_channels": 32, "num_blocks_per_stage": 1}


def build(**fields: object):
    torch.manual_seed(0)
    return LatentUpsampler(LatentUpsamplerConfig(**SMALL, **fields)).eval()


def latents(*shape: int, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({}, (3, 10, 6)),
        ({"dims": 2}, (3, 10, 6)),
        ({"rational_resampler": True, "spatial_scale": 1.5}, (3, 8, 5)),
        ({"spatial_upsample": False, "temporal_upsample": True}, (5, 5, 3)),
        ({"temporal_upsample": True}, (5, 10, 6)),
    ],
)
@torch.no_grad()
def test_sizes_grow_by_the_scale_and_the_first_latent_frame_stays_one(fields, size):
    assert build(**fields)(latents(1, 4, 3, 5, 3)).shape == (1, 4, *size)


@torch.no_grad()
def test_a_batch_of_two_is_two_batches_of_one():
    upsampler, both = build(), latents(2, 4, 2, 3, 3)
    alone = torch.cat([upsampler(clip[None]) for clip in both])
    torch.testing.assert_close(upsampler(both), alone, atol=1e-6, rtol=0)


def test_latents_of_another_model_are_refused():
    with pytest.raises(ValueError, match="latents of 8 channels, the upsampler takes 4"):
        build()(latents(1, 8, 1, 2, 2))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"spatial_upsample": False}, "enlarges neither"),
        ({"temporal_upsample": True, "dims": 2}, "needs dims 3"),
        ({"spatial_scale": 3.0, "rational_resampler": True}, r"spatial_scale is 3\.0; it can be"),
        ({"spatial_scale": 1.5}, "needs the rational resampler"),
        ({"mid_channels": 48}, "multiple of 32"),
    ],
)
def test_a_config_that_no_upsampler_has_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        LatentUpsamplerConfig(**{**SMALL, **fields})


@torch.no_grad()
@pytest.mark.parametrize("fields", [{"temporal_upsample": True}, {"rational_resampler": True, "spatial_scale": 1.5}])
def test_a_file_rebuilds_the_upsampler(tmp_path, fields):
    upsampler = build(**fields)
    save_upsampler(tmp_path / "up.safetensors", upsampler, torch.float32)
    again = load_upsampler(tmp_path / "up.safetensors")
    assert again.config == upsampler.config
    assert torch.equal(again(latents(1, 4, 2, 3, 3)), upsampler(latents(1, 4, 2, 3, 3)))


def test_a_file_of_another_model_is_refused_by_name_and_field(tmp_path):
    path = tmp_path / "vae.safetensors"
    save_checkpoint(path, build().state_dict(), {"vae": {}}, torch.float32)
    with pytest.raises(RenderError, match=r"vae\.safetensors: its upsampler config is not supported: vae: "):
        load_upsampler(path)


def test_a_file_whose_config_is_of_another_size_is_refused_by_key(tmp_path):
    path = tmp_path / "up.safetensors"
    save_checkpoint(path, build().state_dict(), {**SMALL, "mid_channels": 64}, torch.float32)
    with pytest.raises(RenderError, match=r"up\.safetensors: .* has shape"):
        load_upsampler(path)


def test_a_file_without_a_config_is_taken_for_the_first_published_upsampler():
    first = LatentUpsamplerConfig(in_channels=128, mid_channels=512, num_blocks_per_stage=4, dims=3)
    assert upsampler_files._read_config({}) == first


def test_a_file_without_the_blur_is_refused_by_key(tmp_path):
    path, upsampler = tmp_path / "up.safetensors", build(rational_resampler=True)
    tensors = {key: value for key, value in upsampler.state_dict().items() if "kernel" not in key}
    save_checkpoint(path, tensors, {**SMALL, "rational_resampler": True}, torch.float32)
    with pytest.raises(RenderError, match=r"upsampler\.blur_down\.kernel is missing"):
        load_upsampler(path)


@torch.no_grad()
def test_upsampling_works_on_the_scale_of_the_autoencoder():
    upsampler, statistics = build(), LatentStatistics(4)
    statistics.set(torch.tensor([1.0, -1, 2, 0]), torch.tensor([0.5, 1, 2, 3]))
    raw = statistics.denormalise(latents(1, 4, 2, 3, 3))
    assert torch.equal(upsample(latents(1, 4, 2, 3, 3), upsampler, statistics), statistics.normalise(upsampler(raw)))


@given(seed=st.integers(0, 1000), scale=st.floats(0.1, 10), shift=st.floats(-5, 5))
@settings(max_examples=20)
def test_matched_statistics_are_the_reference_s_whatever_they_were(seed, scale, shift):
    reference = latents(2, 3, 2, 3, 4, seed=seed) * 2 + 1
    matched = match_statistics(latents(2, 3, 2, 6, 8, seed=seed + 1) * scale + shift, reference)
    for found, wanted in zip(
        torch.std_mean(matched, dim=(2, 3, 4)), torch.std_mean(reference, dim=(2, 3, 4)), strict=True
    ):
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_a_factor_of_zero_leaves_the_latents_bit_for_bit():
    clip = latents(2, 3, 2, 3, 4)
    assert torch.equal(match_statistics(clip, latents(2, 3, 2, 3, 4, seed=5) * 3, 0.0), clip)


def test_what_has_no_deviation_is_moved_to_the_mean_alone():
    clip, voxel = latents(2, 3, 2, 3, 4), latents(2, 3, 1, 1, 1, seed=5)
    torch.testing.assert_close(match_statistics(clip, voxel), clip - clip.mean((2, 3, 4), keepdim=True) + voxel)
    mean = clip.mean((2, 3, 4), keepdim=True)
    torch.testing.assert_close(match_statistics(voxel, clip), mean)
    torch.testing.assert_close(match_statistics(torch.full_like(clip, 2), clip), mean.expand_as(clip))


def test_latents_keep_their_dtype_through_both_steps():
    clip = latents(1, 3, 2, 3, 4).bfloat16()
    assert compress_tones(match_statistics(clip, clip), 0.6).dtype == torch.bfloat16


@given(compression=st.floats(0, 1), value=st.floats(0.01, 20))
def test_compressed_tones_shrink_keep_their_sign_and_shrink_more_when_large(compression, value):
    tones = torch.tensor([value, -value, 2 * value])
    small, negative, large = compress_tones(tones, compression).tolist()
    assert small == -negative
    assert 0 < small <= tones[0].item()
    assert large / tones[2].item() <= small / tones[0].item() + 1e-6


def test_no_compression_changes_nothing_and_full_compression_has_its_worked_value():
    clip = latents(1, 3, 2, 3, 4)
    assert torch.equal(compress_tones(clip, 0.0), clip)
    assert compress_tones(torch.ones(1), 1.0).item() == pytest.approx(1 - 0.8 * 0.75 * 0.5)


@pytest.mark.parametrize("compression", [-0.1, 1.1])
def test_a_compression_beyond_its_range_is_refused(compression):
    with pytest.raises(ValueError, match="goes from 0 to 1"):
        compress_tones(torch.zeros(1), compression)
