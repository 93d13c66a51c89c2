"""The pixel upscaler in miniature: pairs drawn to disk, a run that resumes, its export, and what is measured."""

import json

import numpy as np
import pytest
import torch

from render_engine.api import RenderError
from render_engine.checkpoints.pixel_upscaler_files import load_pixel_upscaler
from render_engine.checkpoints.safetensors_files import file_sha256
from render_engine.checkpoints.vae_files import save_vae
from render_engine.media.upscale import Upscaler
from render_engine.models.pixel_upscaler import PixelUpscaler, PixelUpscalerConfig
from render_engine.models.vae import VideoVAE
from render_engine.pipelines.enlarge import FrameEnlarger
from render_engine.training import pixel_upscaler_export as export
from render_engine.training.frame_pairs import FACTOR, PairPlan, PairShards, draw_pairs, write_pairs
from render_engine.training.pixel_upscaler import (
    STATE_FILE,
    PixelUpscalerRecipe,
    PixelUpscalerTrainer,
    disturbed,
    enlarging_loss,
)
from render_engine.training.release import Extra, extra_scores
from render_engine.training.run_log import RunLog, read_log
from tests.training.samples import MINI_VAE, folders

MINI = PixelUpscalerConfig(class_name="PixelUpscaler", channels=4, num_blocks=1, factor=FACTOR)
RECIPE = PixelUpscalerRecipe(batch=2, crop=12, warmup_steps=1, seconds_between_checks=1e9, num_check_clips=2)
PLAN = PairPlan(num_frames=2, side=16, windows=2)


@pytest.fixture(scope="module")
def vae():
    torch.manual_seed(0)
    return VideoVAE(MINI_VAE).eval().requires_grad_(requires_grad=False)


@pytest.fixture(scope="module")
def pairs(vae, tmp_path_factory):
    root = tmp_path_factory.mktemp("pairs")
    write_pairs(root / "train", draw_pairs(0, "train", vae, PLAN) + draw_pairs(3, "train", vae, PLAN))
    write_pairs(root / "held_out", draw_pairs(2, "held_out", vae, PLAN))
    return root


@pytest.fixture(scope="module")
def run(pairs):
    trainer = PixelUpscalerTrainer(MINI, RECIPE, folders(pairs), "cpu")
    trainer.run(0.3)
    return pairs / "run"


def test_a_window_drawn_large_is_the_small_one_in_more_detail(pairs):
    small, large = PairShards(pairs / "held_out").pair(0)
    assert (small.shape, large.shape) == ((3, 2, 16, 16), (3, 2, 64, 64))
    record = json.loads((pairs / "held_out" / "pairs-000000002.jsonl").read_text().splitlines()[0])
    assert (0 <= record["left"] <= 144 - 16, 0 <= record["top"] <= 256 - 16) == (True, True)  # seed 2 is upright


def test_turning_a_pair_turns_both_sides_alike(pairs):
    shards = PairShards(pairs / "train")
    small, large = shards.batch(np.random.default_rng(1), 8, 16)
    means = torch.nn.functional.avg_pool2d(large.flatten(0, 2)[:, None], FACTOR).reshape(small.shape)
    plain = torch.stack([shards.pair(index)[0] for index in range(len(shards))])
    assert small.shape == (8, *plain.shape[1:])
    # the untrained autoencoder spoils pixels, but not which half is brighter
    upper = [(part[..., :8, :].mean((1, 2, 3, 4)) - part[..., 8:, :].mean((1, 2, 3, 4))) for part in (small, means)]
    assert (upper[0].sign() == upper[1].sign()).float().mean() >= 0.75


def test_a_faithful_picture_costs_least_and_a_shifted_flicker_more_than_a_still_error():
    truth = torch.rand(1, 3, 2, 8, 8)
    still = torch.full_like(truth, 0.1)
    flicker = still * torch.tensor([1.0, -1.0]).view(1, 1, 2, 1, 1)
    assert enlarging_loss(truth, truth) < enlarging_loss(truth + still, truth) < enlarging_loss(truth + flicker, truth)


def test_disturbing_keeps_size_and_brightness_and_leaves_some_windows_alone():
    small = torch.rand(32, 3, 2, 16, 16)
    changed = disturbed(small, torch.Generator().manual_seed(0))
    untouched = (changed - small).abs().flatten(1).amax(1) < 1e-6
    assert 2 <= int(untouched.sum()) <= 20
    assert torch.allclose(changed.mean((1, 2, 3, 4)), small.mean((1, 2, 3, 4)), atol=0.01)


def test_a_run_goes_on_where_it_stopped_and_refuses_to_begin_over(pairs, run):
    trainer = PixelUpscalerTrainer(MINI, RECIPE, folders(pairs), "cpu")
    trainer.resume()
    step = trainer.state.step
    assert step > 0
    trainer.run(0.05)
    trainer.resume()
    assert trainer.state.step > step
    assert (run / STATE_FILE).exists()


def test_another_factor_than_the_pairs_is_refused(pairs):
    with pytest.raises(RenderError, match="drawn 4 times as large, the network enlarges 2 times"):
        PixelUpscalerTrainer(MINI.model_copy(update={"factor": 2}), RECIPE, folders(pairs), "cpu")


def test_a_crop_larger_than_the_windows_is_refused(pairs):
    with pytest.raises(RenderError, match="windows of 16 pixels cannot be cropped to 17"):
        PairShards(pairs / "train").batch(np.random.default_rng(0), 1, 17)


def test_no_pairs_is_one_line_that_says_how_to_draw_some(tmp_path):
    with pytest.raises(RenderError, match="draw-pairs"):
        PairShards(tmp_path)


def test_the_export_is_read_back_and_measured_against_the_untrained_way(vae, run, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "SMALL_SIZE", (64, 48))
    monkeypatch.setattr(export, "TARGETS", {"x4": (256, 192), "x5": (320, 240)})
    save_vae(tmp_path / "vae.safetensors", vae, torch.float32)
    export.export_pixel_upscaler(run, tmp_path / "vae.safetensors", tmp_path / "out.safetensors", num_scenes=1)
    load_pixel_upscaler(tmp_path / "out.safetensors")
    event = read_log(run, "export")[-1]
    names = {f"{name}_{target}" for name in export.FrameScores._fields for target in ("x4", "x5")}
    assert names | {f"untrained_{name}" for name in names} <= event.keys()


def test_a_release_takes_the_file_of_its_own_run_with_its_scores(run, tmp_path):
    file = tmp_path / "out.safetensors"
    file.write_bytes(b"exported")
    extra = Extra("pixel_upscaler.safetensors", file, run)
    with pytest.raises(RenderError, match="exported no such file"):
        extra_scores(extra)
    RunLog(run).write(event="export", step=3, psnr_x4=30.5, bytes=8, sha256=file_sha256(file))
    assert extra_scores(extra) == {"pixel_upscaler_psnr_x4": 30.5}


def test_scores_tell_blur_halo_and_flicker_apart():
    truth = np.zeros((4, 40, 40, 3), np.uint8)
    truth[:, :, 20:] = 200
    same = export.score_frames(truth, truth)
    assert (same.edge_error, same.halo, same.flicker) == (0, 0, 0)
    halo = truth.copy()
    halo[:, :, 20:22] = 240
    assert export.score_frames(halo, truth).halo > 0
    soft = truth.copy()
    soft[:, :, 19:21] = 100
    blurred = export.score_frames(soft, truth)
    assert (blurred.halo, blurred.flicker) == (0, 0)
    assert blurred.edge_error > 0
    flicker = truth.copy()
    flicker[::2, :, :10] = 3
    assert export.score_frames(flicker, truth).flicker > 0


def test_any_size_is_enlarged_and_brought_to_the_size_that_is_asked():
    upscaler = PixelUpscaler(MINI).eval()
    frame = np.random.default_rng(0).integers(0, 256, (20, 12, 3), dtype=np.uint8)
    enlarged = FrameEnlarger(upscaler, "0" * 64).enlarge(frame)
    assert enlarged.shape == (80, 48, 3)
    scaled = Upscaler(60, 100, FrameEnlarger(upscaler, "0" * 64)).scale(frame)
    assert scaled.shape == (100, 60, 3)
