"""The trainers of the critic and of the reader in miniature: a run resumes, and its export says what it scores."""

import json

import pytest
import torch

from render_engine.api import ATTRIBUTES, RenderError
from render_engine.checkpoints.critic_files import load_critic
from render_engine.checkpoints.reader_files import load_reader
from render_engine.evaluation.reader_networks import READ_ATTRIBUTES
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.training import export_critic, export_reader
from render_engine.training.attribute_clips import AttributeClips, held_out_folders, train_folders
from render_engine.training.clips import write_shard
from render_engine.training.critic import CriticRecipe, CriticTrainer
from render_engine.training.draw import draw_clip
from render_engine.training.reader import ReaderRecipe, ReaderTrainer
from render_engine.training.run_log import read_log
from render_engine.training.trainer import Folders
from tests.critic.tiny_critic import TINY
from tests.training.tiny_reader import TINY_READER

QUIET = {"batch": 3, "seconds_between_checks": 1e9, "num_check_clips": 4, "warmup_steps": 1}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    root = tmp_path_factory.mktemp("clips")
    for name, split, first, count in (
        ("train", "train", 0, 4),
        ("held_out", "held_out", 900, 3),
        ("test", "test", 0, 2),
    ):
        write_shard(root / name, [draw_clip(seed, split, (64, 48), 5, 12.0) for seed in range(first, first + count)])
    return root


@pytest.fixture(scope="module")
def encoder():
    return MiniLMEncoder.load()


def critic_trainer(drawn, out, encoder):
    recipe = CriticRecipe(num_paired=2, num_past=4, **QUIET)
    return CriticTrainer(TINY, recipe, Folders(drawn / "train", drawn / "held_out", out), "cpu", encoder)


def reader_trainer(drawn, out):
    recipe = ReaderRecipe(**QUIET)
    return ReaderTrainer(TINY_READER, recipe, Folders(drawn / "train", drawn / "held_out", out), "cpu")


def test_folders_that_are_named_for_training_are_trained_on_and_others_scored(drawn):
    assert [path.name for path in train_folders(drawn)] == ["train"]
    assert list(held_out_folders(drawn)) == ["held_out", "test"]


def test_frames_are_read_at_the_ends_and_a_mirrored_clip_has_its_words_mirrored(drawn):
    clips = AttributeClips([drawn / "train"])
    clip = next(clips.spread(1, 3))
    assert clip.frames.shape == (3, 48, 64, 3)
    mirror = clip.mirrored()
    assert torch.equal(mirror.frames.flip(2), clip.frames)
    assert (mirror.scene.side == clip.scene.side) == (clip.scene.side == "centre")


def test_the_critic_trains_resumes_and_is_exported_with_its_scores(drawn, encoder, tmp_path):
    trainer = critic_trainer(drawn, tmp_path / "run", encoder)
    trainer.run(0.1)
    resumed = critic_trainer(drawn, tmp_path / "run", encoder)
    resumed.resume()
    assert resumed.state.step == trainer.state.step > 0
    for name, value in trainer.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], value)
    assert {"auc", "reading", *ATTRIBUTES} <= read_log(tmp_path / "run", "check")[-1].keys()
    report = export_critic.export_critic(tmp_path / "run", drawn, tmp_path / "out", 4, encoder)
    assert json.loads((tmp_path / "out" / export_critic.SCORES_FILE).read_text()) == report
    assert set(report["scores"]) == {"held_out", "test"}
    assert 0 <= report["scores"]["held_out"]["match"]["error_rate"] <= 1
    assert load_critic(tmp_path / "out" / export_critic.RELEASE_FILE, report["sha256"]).config == TINY


def test_the_reader_trains_resumes_and_is_exported_with_its_scores(drawn, tmp_path):
    trainer = reader_trainer(drawn, tmp_path / "run")
    trainer.run(0.1)
    resumed = reader_trainer(drawn, tmp_path / "run")
    resumed.resume()
    assert resumed.state.step == trainer.state.step > 0
    report = export_reader.export_reader(tmp_path / "run", drawn, tmp_path / "out", 4)
    assert json.loads((tmp_path / "out" / export_reader.SCORES_FILE).read_text()) == report
    assert set(report["scores"]["test"]["accuracy"]) == set(READ_ATTRIBUTES)
    assert load_reader(tmp_path / "out" / export_reader.RELEASE_FILE, report["sha256"]).config == TINY_READER


def test_the_same_seed_learns_the_same(drawn, tmp_path):
    losses = [[reader_trainer(drawn, tmp_path / name).step(0.0)] for name in ("one", "two")]
    assert losses[0] == losses[1]


def test_without_a_run_or_without_held_out_clips_there_is_nothing_to_export(drawn, tmp_path):
    with pytest.raises(RenderError, match="reader_training"):
        export_reader.export_reader(tmp_path / "none", drawn, tmp_path, 4)
    with pytest.raises(RenderError, match="no folder of held-out clips"):
        export_reader.clips_by_folder(tmp_path, 4, 5)
