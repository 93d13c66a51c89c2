"""The latent upsampler in miniature: pairs encoded to disk, a run that resumes, its export, and what is measured."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from render_engine.api import RenderError
from render_engine.checkpoints.upsampler_files import load_upsampler
from render_engine.checkpoints.vae_files import save_vae
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig, per_frame
from render_engine.models.vae import VideoVAE
from render_engine.training.latent_pairs import LatentPairShards, encode_pair, write_latent_pairs
from render_engine.training.latent_upsampler import (
    HOUSE,
    LatentUpsamplerRecipe,
    LatentUpsamplerTrainer,
    bicubic,
    mean_error,
    nearest,
    relative_error,
)
from render_engine.training.latent_upsampler_export import export_latent_upsampler, through_pixels
from render_engine.training.linear_fit import fit_linear_path
from render_engine.training.run_log import read_log
from tests.training.samples import MINI_VAE, folders

MINI = LatentUpsamplerConfig(in_channels=8, mid_channels=32, num_blocks_per_stage=1, dims=2)
RECIPE = LatentUpsamplerRecipe(max_voxels=40, warmup_steps=1, seconds_between_checks=1e9, num_check_clips=2)
SIZE = (64, 48)


@pytest.fixture(scope="module")
def vae():
    torch.manual_seed(0)
    return VideoVAE(MINI_VAE).eval().requires_grad_(requires_grad=False)


@pytest.fixture(scope="module")
def pairs(vae, tmp_path_factory):
    root = tmp_path_factory.mktemp("latent-pairs")
    for name, seeds, size in (("train", (0, 1), SIZE), ("train", (2,), (48, 64)), ("held_out", (7,), SIZE)):
        split = "train" if name == "train" else "held_out"
        write_latent_pairs(root / name, seeds[0], [encode_pair(seed, split, vae, size, 3) for seed in seeds])
    return root


@pytest.fixture(scope="module")
def run(pairs, vae):
    trainer = LatentUpsamplerTrainer(MINI, RECIPE, folders(pairs), vae, "cpu")
    trainer.run(0.3)
    return pairs / "run"


def test_a_batch_is_of_one_size_and_keeps_to_its_voxels(pairs):
    shards, dice = LatentPairShards(pairs / "train"), np.random.default_rng(0)
    shapes = set()
    for _ in range(12):
        small, large = shards.batch(dice, 40)
        assert large.shape == (*small.shape[:3], 2 * small.shape[3], 2 * small.shape[4])
        assert small[:, 0].numel() <= 48
        shapes.add(tuple(small.shape[2:]))
    assert shapes == {(2, 3, 4), (2, 4, 3)}


def test_zeros_have_an_error_of_one_and_the_truth_of_none():
    large = torch.randn(2, 8, 2, 6, 8)
    assert relative_error(torch.zeros_like(large), large) == pytest.approx(1)
    assert relative_error(large, large) == 0


def test_plain_ways_keep_a_constant_latent():
    small = torch.full((1, 8, 2, 3, 4), 0.5)
    for enlarge in (nearest, bicubic):
        assert torch.allclose(enlarge(small), torch.full((1, 8, 2, 6, 8), 0.5))


def test_training_lowers_the_error_on_what_it_sees(pairs, vae):
    trainer = LatentUpsamplerTrainer(MINI, RECIPE, folders(pairs), vae, "cpu")
    losses = [trainer.step(0.0) for _ in range(30)]
    assert np.mean(losses[-5:]) < np.mean(losses[:3])


def test_a_straight_path_is_fitted_to_what_is_linear_and_the_network_adds_to_it():
    torch.manual_seed(0)
    config = MINI.model_copy(update={"linear_path": True})
    upsampler = LatentUpsampler(config)
    true_map = torch.nn.Conv2d(8, 32, 1)
    small = [torch.randn(1, 8, 2, 6, 8) for _ in range(3)]
    with torch.no_grad():
        large = [per_frame(lambda x: F.pixel_shuffle(true_map(x), 2), part) for part in small]
        fit_linear_path(upsampler.linear_path, zip(small, large, strict=True))
        assert relative_error(upsampler(small[0]), large[0]) < 1e-5


def test_a_new_run_begins_at_the_straight_path_and_logs_its_error(pairs, vae, tmp_path):
    config = MINI.model_copy(update={"linear_path": True})
    trainer = LatentUpsamplerTrainer(config, RECIPE, replace(folders(pairs), out=tmp_path), vae, "cpu")
    trainer.fit()
    assert read_log(tmp_path, "linear")[-1]["error"] > 0
    trainer.run(0.05)


def test_a_straight_path_is_for_doubling_space_alone():
    with pytest.raises(ValueError, match="doubles rows and columns"):
        LatentUpsamplerConfig(in_channels=8, mid_channels=32, temporal_upsample=True, linear_path=True)


def test_a_run_goes_on_where_it_stopped(pairs, vae, run):
    trainer = LatentUpsamplerTrainer(MINI, RECIPE, folders(pairs), vae, "cpu")
    trainer.resume()
    step = trainer.state.step
    assert step > 0
    trainer.run(0.05)
    assert trainer.state.step > step
    assert {"error", "error_nearest", "error_bicubic"} <= read_log(run, "check")[-1].keys()


def test_latents_of_other_channels_are_refused(pairs, vae):
    with pytest.raises(RenderError, match="latents of 8 channels; the upsampler is made for 192"):
        LatentUpsamplerTrainer(HOUSE, RECIPE, folders(pairs), vae, "cpu")


def test_no_latent_pairs_is_one_line_that_says_how_to_make_some(tmp_path):
    with pytest.raises(RenderError, match="encode-pairs"):
        LatentPairShards(tmp_path)


def test_the_export_is_a_release_file_and_is_measured_against_three_other_ways(pairs, vae, run, tmp_path):
    save_vae(tmp_path / "vae.safetensors", vae, torch.float32)
    out = tmp_path / "upsampler.safetensors"
    export_latent_upsampler(run, pairs / "held_out", tmp_path / "vae.safetensors", out, None)
    assert load_upsampler(out).config == MINI
    event = read_log(run, "export")[-1]
    names = {f"{kind}{way}" for kind in ("error", "psnr") for way in ("", "_nearest", "_bicubic", "_pixels")}
    assert names <= event.keys()


def test_through_pixels_and_mean_error_take_latents_of_one_clip(pairs, vae):
    pair = LatentPairShards(pairs / "held_out").first(1)
    assert through_pixels(pair[0][0], vae, None).shape == pair[0][1].shape
    assert mean_error(nearest, pair, torch.device("cpu")) > 0


def test_the_house_upsampler_fits_its_release():
    num_parameters = sum(parameter.numel() for parameter in LatentUpsampler(HOUSE).parameters())
    assert 2 * num_parameters < 1.5 * 2**20
