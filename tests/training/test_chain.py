"""The whole chain in miniature: draw, fit and refine, encode, train, release, render; and that a run resumes."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from render_engine.api import AnimaticGuide, FirstFrame, RenderError, RenderRequest, SceneSpec
from render_engine.checkpoints.lora_files import load_lora
from render_engine.checkpoints.safetensors_files import file_sha256, load_checkpoint
from render_engine.checkpoints.transformer_files import load_transformer
from render_engine.media.narration import VOICE
from render_engine.media.read import read_frames
from render_engine.models.text_encoder import WEIGHTS_SHA256
from render_engine.models.transformer import VideoTransformer
from render_engine.pipelines.builders import build_recipe
from render_engine.presets import TRANSFORMERS
from render_engine.releases import CARD_FILE, DISTILLED_FILE, TRANSFORMER_FILE, read_card
from render_engine.renderer import LocalRenderer, open_release
from render_engine.training import export, vae
from render_engine.training.clips import ClipShards, write_shard
from render_engine.training.distil import DistilRecipe, DistilTrainer, export_adapter
from render_engine.training.draw import draw_clip
from render_engine.training.latents import LatentShards, encode_clips, token_coverage
from render_engine.training.release import Runs, export_transformer, write_release
from render_engine.training.run_log import RunLog, read_log
from render_engine.training.transformer import STATE_FILE, TransformerTrainer
from render_engine.training.travel import pack, unpack
from tests.training.samples import MINI_RECIPE, MINI_VAE, MINI_VAE_RECIPE, facts, folders


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    root = tmp_path_factory.mktemp("clips")
    for name, split, first, count in (("train", "train", 0, 6), ("held_out", "held_out", 1000, 2)):
        clips = [draw_clip(seed, split, (64, 48), 5, 12.0) for seed in range(first, first + count)]
        write_shard(root / name, clips)
    return root


@pytest.fixture(scope="module")
def vae_run(drawn):
    torch.manual_seed(0)
    trainer = vae.VAETrainer(MINI_VAE, MINI_VAE_RECIPE, folders(drawn), "cpu")
    trainer.fit()
    trainer.run(0.2)
    return drawn / "run"


@pytest.fixture(scope="module")
def latents(drawn, vae_run, tmp_path_factory):
    root = tmp_path_factory.mktemp("latents")
    path = root / export.RELEASE_FILE
    export.export_vae(vae_run, drawn, path, num_clips=4)
    codec = export.load_vae(path)
    for name in ("train", "held_out"):
        encode_clips(codec, ClipShards(drawn / name), root / name, RunLog(root / name))
    return root


@pytest.fixture(scope="module")
def run(latents):
    trainer = TransformerTrainer("tiny", MINI_RECIPE, folders(latents), "cpu")
    trainer.run(0.3)
    return latents / "run"


@pytest.fixture(scope="module")
def adapter(latents, run, tmp_path_factory):
    """The distilled steps' adapter of the run's weights, and the weights."""
    weights = tmp_path_factory.mktemp("distilled") / TRANSFORMER_FILE
    export_transformer(run, weights)
    pupils = replace(folders(latents), out=weights.parent / "run")
    recipe = DistilRecipe(rank=2, compression=MINI_RECIPE.compression, num_frames=3, max_tokens=64, num_check_clips=2)
    trainer = DistilTrainer(weights, recipe, pupils, "cpu")
    trainer.run(0.5)
    export_adapter(pupils.out, load_transformer(weights), weights.parent / DISTILLED_FILE)
    return weights


def test_a_distilled_adapter_is_a_lora_that_the_weights_take(adapter):
    transformer = load_transformer(adapter)
    lora = load_lora(adapter.parent / DISTILLED_FILE, transformer)
    assert len(lora) == 2 * 10  # two blocks: four projections of each attention, two layers of the feed-forward
    assert all(factors.down_RI.shape[0] == 2 for factors in lora.values())
    assert any(float(factors.up_OR.abs().max()) > 0 for factors in lora.values())
    check = log_of(adapter.parent / "run")[0]
    assert {"error", "error_without"} <= check.keys()


def test_a_release_takes_its_distilled_steps_through_the_adapter(release, adapter, tmp_path):
    copy = tmp_path / "with_adapter"
    shutil.copytree(release, copy)
    shutil.copy(adapter.parent / DISTILLED_FILE, copy)
    card = json.loads((copy / CARD_FILE).read_text())
    card["files"][DISTILLED_FILE] = file_sha256(copy / DISTILLED_FILE)
    (copy / CARD_FILE).write_text(json.dumps(card))
    parts = open_release(copy).load(torch.device("cpu"), torch.float32)
    eight = request(pipeline="distilled", num_steps=8, conditioning=())
    (taken,) = build_recipe(eight, (), parts).stages[0].loras
    assert (taken[0].keys(), taken[1]) == (load_lora(copy / DISTILLED_FILE, parts.transformer).keys(), 1.0)
    assert build_recipe(request(num_steps=8, conditioning=()), (), parts).stages[0].loras == ()
    assert render(copy, tmp_path / "take.mp4", eight).clip.num_frames == 5


@pytest.fixture(scope="module")
def release(latents, vae_run, run, tmp_path_factory):
    out = tmp_path_factory.mktemp("weights") / "mini"
    write_release(out, latents / export.RELEASE_FILE, Runs(vae_run, run), facts())
    return out


def log_of(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_the_linear_codec_is_measured_before_training_and_beside_it(vae_run):
    events = log_of(vae_run)
    assert [events[0]["event"], events[1]["event"]] == ["linear", "check"]
    assert events[0]["psnr_linear"] == pytest.approx(events[1]["psnr_linear"], abs=1e-4)


def test_latents_are_normalised_over_all_channels_together(latents):
    batch = LatentShards(latents / "train").batch(np.random.default_rng(0), 3, 10_000)
    assert batch.latents_BCFHW.square().mean().sqrt().item() == pytest.approx(1, abs=0.25)


def test_coverage_of_a_latent_voxel_is_the_mean_of_its_frames_and_the_first_has_one():
    frames = torch.tensor([255, 0, 255, 255, 255]).to(torch.uint8)[:, None, None]
    assert token_coverage(frames, 2).flatten().tolist() == [255, 128, 255]


def test_a_transformer_run_resumes_where_it_stopped(latents, run):
    trainer = TransformerTrainer("tiny", MINI_RECIPE, folders(latents), "cpu")
    trainer.resume()
    steps, samples = trainer.state.step, trainer.state.samples
    assert steps > 0
    config, tensors = load_checkpoint(run / STATE_FILE)
    assert (config["step"], config["samples"]) == (steps, samples)
    trainer.step(0.0)
    for name, parameter in trainer.transformer.named_parameters():
        before = {key for key in tensors if key.startswith("optimizer.") and key.endswith(f".{name}")}
        assert before, f"the optimizer forgot {name}"
        assert parameter in trainer.optimizer.state


@pytest.mark.usefixtures("run")
def test_a_run_of_another_model_is_refused(latents):
    trainer = TransformerTrainer("tiny", MINI_RECIPE, folders(latents), "cpu")
    config = TRANSFORMERS["tiny"].model_copy(update={"num_layers": 3})
    trainer.state.module = VideoTransformer(config)
    with pytest.raises(RenderError, match=r"transformer_blocks\.2"):
        trainer.resume()


def test_a_packed_run_comes_in_small_files_and_goes_on_elsewhere(latents, run, tmp_path):
    paths = pack(run / STATE_FILE, tmp_path / "parts", part_bytes=100_000)
    assert len(paths) > 2
    assert all(path.stat().st_size < 120_000 for path in paths)
    there = replace(folders(latents), out=tmp_path / "there")
    unpack(tmp_path / "parts", there.out / STATE_FILE)
    trainer = TransformerTrainer("tiny", MINI_RECIPE, there, "cpu")
    trainer.resume()
    _, tensors = load_checkpoint(run / STATE_FILE)
    for name, parameter in trainer.transformer.named_parameters():
        assert torch.equal(parameter, tensors[f"model.{name}"])
    trainer.run(0.05)
    trainer.resume()
    assert trainer.state.samples > load_checkpoint(run / STATE_FILE)[0]["samples"]


def test_parts_that_lack_one_are_refused_by_the_name_that_is_missing(latents, run, tmp_path):
    pack(run / STATE_FILE, tmp_path, part_bytes=100_000)[0].unlink()
    unpack(tmp_path, tmp_path / "run" / STATE_FILE)
    trainer = TransformerTrainer("tiny", MINI_RECIPE, replace(folders(latents), out=tmp_path / "run"), "cpu")
    with pytest.raises(RenderError, match="is missing"):
        trainer.resume()


def test_no_parts_is_one_line(tmp_path):
    with pytest.raises(RenderError, match="pack a run into it first"):
        unpack(tmp_path, tmp_path / STATE_FILE)


def test_held_out_loss_is_logged_at_every_noise_level(run):
    check = log_of(run)[-1]
    assert {key for key in check if key.startswith("loss_at_")} == {f"loss_at_{s}" for s in (0.2, 0.4, 0.6, 0.8, 0.95)}


def test_the_card_says_what_the_runs_logged(release, vae_run, run):
    card = read_card(release)
    assert card.scores["vae_psnr"] == read_log(vae_run, "export")[-1]["psnr"]
    assert card.scores["loss_at_0.2"] == read_log(run, "check")[-1]["loss_at_0.2"]
    assert card.training["curves"] == {"vae": read_log(vae_run, "check"), "transformer": read_log(run, "check")}


def test_an_autoencoder_of_another_run_is_refused(latents, run, tmp_path):
    with pytest.raises(RenderError, match="exported no such file"):
        write_release(tmp_path / "out", latents / export.RELEASE_FILE, Runs(run, run), facts())
    assert not (tmp_path / "out").exists()


def request(**changes: object) -> RenderRequest:
    scene = SceneSpec(subject="sailboat", setting="beach")
    base = RenderRequest(
        prompt="a red sailboat",
        width=64,
        height=48,
        num_frames=5,
        fps=12,
        seed=1,
        num_steps=2,
        conditioning=(AnimaticGuide(scene=scene, strength=0.5),),
    )
    return base.model_copy(update=changes)


def render(release, out, asked):
    return LocalRenderer(open_release(release), 1).render(asked, out, lambda _: None, lambda: False)


def test_a_release_renders_the_frames_that_were_asked(release, tmp_path):
    result = render(release, tmp_path / "take.mp4", request())
    frames = list(read_frames(result.clip.path))
    assert (len(frames), frames[0].shape) == (5, (48, 64, 3))
    assert result.weights_sha256 == read_card(release).sha256


def test_a_take_says_how_it_was_computed_and_the_card_by_what(release, tmp_path):
    renderer = LocalRenderer(open_release(release), 1)
    card = renderer.card()
    take = renderer.render(request(), tmp_path / "take.mp4", lambda _: None, lambda: False)
    assert (take.weights_sha256, take.num_threads, take.compute_dtype) == (card.weights_sha256, 1, card.compute_dtype)
    assert card.compute_dtype == str(next(renderer.parts.transformer.parameters()).dtype).removeprefix("torch.")
    assert card.versions["torch"] == torch.__version__
    assert {"python", "numpy", "av", "opencv-python-headless", "pillow"} <= set(card.versions)
    assert (card.text_encoder_sha256, card.voice) == (WEIGHTS_SHA256, VOICE)


def test_equal_requests_are_equal_bytes_and_another_seed_is_not(release, tmp_path):
    first = render(release, tmp_path / "1.mp4", request())
    again = render(release, tmp_path / "2.mp4", request())
    other = render(release, tmp_path / "3.mp4", request(seed=2))
    assert first.clip.sha256 == again.clip.sha256 != other.clip.sha256


def test_guidance_and_text_alone_render(release, tmp_path):
    result = render(release, tmp_path / "t.mp4", request(conditioning=(), guidance_scale=2.0))
    assert result.clip.num_frames == 5


def test_a_picture_that_is_none_is_one_line(release, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    with pytest.raises(RenderError, match=r"broken\.png"):
        render(release, tmp_path / "t.mp4", request(conditioning=(FirstFrame(picture=broken),)))


def test_a_clip_longer_than_the_card_allows_is_refused(release, tmp_path):
    with pytest.raises(RenderError, match="shorten the shot"):
        render(release, tmp_path / "t.mp4", request(num_frames=17))


def test_a_size_that_does_not_fit_names_the_nearest(release, tmp_path):
    with pytest.raises(RenderError, match="the nearest is 64x48"):
        render(release, tmp_path / "t.mp4", request(width=60))


def test_changed_weights_are_refused_by_their_hash(release, tmp_path):
    spoilt = tmp_path / "spoilt"
    spoilt.mkdir()
    for path in release.iterdir():
        (spoilt / path.name).write_bytes(path.read_bytes())
    with (spoilt / TRANSFORMER_FILE).open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x77")
    with pytest.raises(RenderError, match="sha256"):
        render(spoilt, tmp_path / "t.mp4", request())


def test_a_folder_without_a_card_is_no_release(tmp_path):
    with pytest.raises(RenderError, match="not a folder of weights"):
        LocalRenderer(open_release(tmp_path), 1)
    (tmp_path / CARD_FILE).write_text("{}")
    with pytest.raises(RenderError, match="not a release card"):
        LocalRenderer(open_release(tmp_path), 1)


def test_calibration_gives_costs_above_zero(release, tmp_path):
    renderer = LocalRenderer(open_release(release), 1)
    card = renderer.release.card.model_copy(update={"max_num_frames": 41})
    renderer.release = replace(renderer.release, card=card)
    measured = renderer.calibrate(tmp_path, lambda: False)
    assert measured.seconds_per_token_step > 0
    assert measured.memory_per_token_bytes >= 0
    assert measured.memory_fixed_bytes > 2**20
    assert not list(tmp_path.iterdir())
