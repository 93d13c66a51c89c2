"""The latent upsampler gives diffusers' numbers on random weights, and each known trap breaks them."""

import pytest
import torch
from diffusers import AutoencoderKLLTXVideo, LTXLatentUpsamplePipeline
from diffusers.pipelines.ltx.modeling_latent_upsampler import LTXLatentUpsamplerModel
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel
from safetensors.torch import load_file
from torch.nn import functional as F

from render_engine.checkpoints.safetensors_files import load_into
from render_engine.checkpoints.upsampler_files import load_upsampler, save_upsampler
from render_engine.models import latent_upsampler
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig
from render_engine.models.vae import LatentStatistics
from render_engine.upsampling import compress_tones, match_statistics, upsample

LIMIT = 1e-5
SIZES = {"in_channels": 8, "mid_channels": 64, "num_blocks_per_stage": 2}
LTX_VIDEO = {
    "x2": {},
    "x2, frame by frame": {"dims": 2},
    "frames x2": {"spatial_upsample": False, "temporal_upsample": True},
    "x2 and frames x2": {"temporal_upsample": True},
}
LTX_2 = {
    "x2": {"spatial_scale": 2.0},
    "x1.5": {"spatial_scale": 1.5},
    "x1.5, frame by frame": {"spatial_scale": 1.5, "dims": 2},
    "x4": {"spatial_scale": 4.0},
    "x0.75": {"spatial_scale": 0.75},
}


def reference_of(config):
    values = config.model_dump(exclude={"class_name", "spatial_scale", "rational_resampler"})
    if not config.rational_resampler:
        return LTXLatentUpsamplerModel(**values).eval()
    return LTX2LatentUpsamplerModel(**values, rational_spatial_scale=config.spatial_scale).eval()


@torch.no_grad()
def build(**fields: object):
    """The reference and our upsampler, every parameter random, so that none hides a difference by being 0 or 1."""
    config = LatentUpsamplerConfig(**SIZES | fields)
    reference = reference_of(config)
    torch.manual_seed(0)
    for name, parameter in reference.named_parameters():
        parameter.normal_(std=0.035 if "conv" in name or "upsampler" in name else 0.3)
        if "norm" in name and name.endswith("weight"):
            parameter.add_(1)
    own = LatentUpsampler(config).eval()
    load_into(own, reference.state_dict(), "diffusers")
    return reference, own


def latents(seed=1):
    return torch.randn(2, 8, 3, 5, 4, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def difference(reference, own):
    return (own(latents()) - reference(latents())).abs().max().item()


@torch.no_grad()
@pytest.mark.parametrize("variant", LTX_VIDEO)
def test_an_upsampler_of_ltx_video_gives_the_reference_latents(parity, variant):
    reference, own = build(**LTX_VIDEO[variant])
    parity(f"LTX-Video 0.9.8 / upsampler {variant}", reference(latents()), own(latents()), LIMIT)


@torch.no_grad()
@pytest.mark.parametrize("variant", LTX_2)
def test_a_rational_upsampler_of_ltx_2_gives_the_reference_latents(parity, variant):
    reference, own = build(rational_resampler=True, **LTX_2[variant])
    parity(f"LTX-2 2.0 / upsampler {variant}", reference(latents()), own(latents()), LIMIT)


@torch.no_grad()
@pytest.mark.parametrize(
    ("version", "fields"),
    [
        ("LTX-Video 0.9.8", {"temporal_upsample": True}),
        ("LTX-2 2.0", {"rational_resampler": True, "spatial_scale": 1.5}),
    ],
)
def test_a_folder_that_diffusers_saved_loads_as_it_is(parity, tmp_path, version, fields):
    reference, _ = build(**fields)
    reference.save_pretrained(tmp_path, max_shard_size="1MB")
    own = load_upsampler(tmp_path)
    parity(f"{version} / upsampler from a diffusers folder", reference(latents()), own(latents()), LIMIT)


def test_a_file_that_we_save_is_the_reference_s_byte_for_byte_under_its_own_names(tmp_path):
    reference, own = build(rational_resampler=True, spatial_scale=1.5)
    save_upsampler(tmp_path / "up.safetensors", own, torch.float32)
    saved, original = load_file(tmp_path / "up.safetensors"), reference.state_dict()
    assert saved.keys() == original.keys()
    assert all(torch.equal(saved[key], original[key]) for key in saved)


def test_another_order_of_folded_channels_breaks_parity(monkeypatch):
    fields = {"spatial_upsample": False, "temporal_upsample": True}
    reference, own = build(**fields)

    def stride_before_channel(x_BCFHW, stride):
        B, C, frames, H, W = x_BCFHW.shape
        return x_BCFHW.view(B, stride[0], C // stride[0], frames, H, W).permute(0, 2, 3, 1, 4, 5).flatten(2, 3)

    monkeypatch.setattr(latent_upsampler, "depth_to_space", stride_before_channel)
    assert difference(reference, own) > 100 * LIMIT


def test_an_activation_before_the_residual_breaks_parity(monkeypatch):
    reference, own = build()

    def activated_first(self, x):
        hidden = F.silu(self.norm1(self.conv1(x)))
        return x + F.silu(self.norm2(self.conv2(hidden)))

    monkeypatch.setattr(latent_upsampler.UpsamplerBlock, "forward", activated_first)
    assert difference(reference, own) > 100 * LIMIT


@torch.no_grad()
def test_a_dropped_last_frame_instead_of_the_first_breaks_parity():
    reference, own = build(spatial_upsample=False, temporal_upsample=True)
    own._enlarge = lambda x: own.upsampler(x)[:, :, :-1]
    assert difference(reference, own) > 100 * LIMIT


def test_a_plain_average_instead_of_the_binomial_blur_breaks_parity():
    reference, own = build(rational_resampler=True, spatial_scale=1.5)
    own.upsampler.blur_down.kernel.fill_(1 / 25)
    assert difference(reference, own) > 100 * LIMIT


@pytest.fixture(scope="module")
def stage():
    """Diffusers' upsampling pipeline and our parts of it, with latent statistics that are not 0 and 1."""
    theirs, own = build()
    vae = AutoencoderKLLTXVideo(
        latent_channels=8, block_out_channels=(8,) * 4, decoder_block_out_channels=(8,) * 4, layers_per_block=(1,) * 5
    )
    torch.manual_seed(2)
    vae.latents_mean.normal_()
    vae.latents_std.uniform_(0.5, 1.5)
    statistics = LatentStatistics(8)
    statistics.set(vae.latents_mean, vae.latents_std)
    return LTXLatentUpsamplePipeline(vae, theirs), own, statistics


def reference_stage(pipeline, **settings: float):
    return pipeline(latents=latents(), height=160, width=128, output_type="latent", **settings).frames


@torch.no_grad()
def own_stage(own, statistics, factor):
    return match_statistics(upsample(latents(), own, statistics), latents(), factor)


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0])
def test_matched_statistics_land_where_the_reference_pipeline_lands(parity, stage, factor):
    pipeline, own, statistics = stage
    expected = reference_stage(pipeline, adain_factor=factor)
    parity(f"LTX-Video 0.9.8 / upsampled, AdaIN {factor}", expected, own_stage(own, statistics, factor), LIMIT)


def test_tones_are_compressed_as_the_reference_compresses_normalised_latents(parity, stage):
    """The original compresses normalised latents; diffusers' function does the same when it is given them."""
    pipeline, own, statistics = stage
    expected = pipeline.tone_map_latents(reference_stage(pipeline, adain_factor=1.0), 0.6)
    parity("LTX-Video 0.9.8 / tone map 0.6", expected, compress_tones(own_stage(own, statistics, 1.0), 0.6), LIMIT)


def test_tones_compressed_in_the_other_space_break_parity(stage):
    pipeline, own, statistics = stage
    normalised = own_stage(own, statistics, 1.0)
    raw = statistics.normalise(compress_tones(statistics.denormalise(normalised), 0.6))
    expected = pipeline.tone_map_latents(reference_stage(pipeline, adain_factor=1.0), 0.6)
    assert (raw - expected).abs().max() > 100 * LIMIT


def test_diffusers_own_pipeline_compresses_tones_in_the_other_space(parity, stage):
    """Why the two may not be mixed: its pipeline gives what we give on the autoencoder's scale, and not otherwise."""
    pipeline, own, statistics = stage
    expected = reference_stage(pipeline, adain_factor=1.0, tone_map_compression_ratio=0.6)
    normalised = own_stage(own, statistics, 1.0)
    raw = statistics.normalise(compress_tones(statistics.denormalise(normalised), 0.6))
    parity("LTX-Video 0.9.8 / tone map 0.6, diffusers' space", expected, raw, LIMIT)
    assert (compress_tones(normalised, 0.6) - expected).abs().max() > 100 * LIMIT


@torch.no_grad()
def test_an_upsampler_fed_normalised_latents_breaks_parity(stage):
    pipeline, own, _ = stage
    assert (own(latents()) - reference_stage(pipeline)).abs().max() > 100 * LIMIT


def test_matched_statistics_over_a_whole_batch_break_parity(stage):
    """The statistics are those of each channel of each clip."""
    pipeline, own, statistics = stage
    joined = upsample(latents(), own, statistics).transpose(0, 1).flatten(1, 2)[None]
    matched = match_statistics(joined, latents().transpose(0, 1).flatten(1, 2)[None])
    per_clip = matched[0].unflatten(1, (2, -1)).transpose(0, 1)
    assert (per_clip - reference_stage(pipeline, adain_factor=1.0)).abs().max() > 100 * LIMIT
