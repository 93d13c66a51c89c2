"""The attribute reader: what it gives, and what it refuses."""

import pytest
import torch

from render_engine.api import RenderError
from render_engine.checkpoints.reader_files import dump_config, load_reader, save_reader
from render_engine.checkpoints.safetensors_files import save_checkpoint
from render_engine.evaluation.reader import AttributeReader, as_read
from render_engine.evaluation.reader_networks import (
    READ_ATTRIBUTES,
    ReaderConfig,
    ReaderNetwork,
    changes,
    pooled_at,
)
from render_engine.training.attribute_clips import attributes_loss, labels_of
from tests.critic.tiny_critic import drawn_clips
from tests.training.tiny_reader import TINY_READER


@pytest.fixture
def network():
    torch.manual_seed(0)
    return ReaderNetwork(TINY_READER).eval()


def test_every_attribute_is_read_from_a_clip_of_any_size_and_rate(network):
    readings = AttributeReader(network).read(torch.randint(0, 256, (60, 54, 96, 3), dtype=torch.uint8), 24.0)
    assert tuple(readings) == READ_ATTRIBUTES
    for reading in readings.values():
        assert reading.probability == pytest.approx(max(reading.probabilities.values()))
        assert sum(reading.probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_the_same_clip_is_read_the_same(network):
    clip = drawn_clips(1, num_frames=5)[0].frames
    reader = AttributeReader(network)
    assert reader.read(clip, 12.0) == reader.read(clip, 12.0)


def test_a_clip_without_frames_is_refused(network):
    with pytest.raises(RenderError, match="no frame"):
        AttributeReader(network).read(torch.zeros(0, 9, 9, 3, dtype=torch.uint8), 12.0)


def test_a_reader_learns_a_few_clips_by_heart(network):
    clips = drawn_clips(6, num_frames=5)
    network.train()
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-3)
    views = as_read(torch.stack([clip.frames for clip in clips]), TINY_READER)
    scenes = [clip.scene for clip in clips]
    for _ in range(60):
        optimizer.zero_grad()
        attributes_loss(network(views).logits, scenes).backward()
        optimizer.step()
    labels = labels_of(scenes, READ_ATTRIBUTES)
    logits = network(views).logits
    right = [float((logits[name].argmax(-1) == labels[name]).float().mean()) for name in READ_ATTRIBUTES]
    assert sum(right) / len(right) > 0.9


def test_a_change_between_frames_is_seen_from_both_sides():
    frames = torch.zeros(1, 3, 3, 2, 2)
    frames[:, 2] = 0.5
    seen = changes(frames)
    assert seen[0, 1, 1].abs().max() == 0
    assert seen[0, 1, 2].min() == pytest.approx(2.0, abs=1e-3)
    assert torch.equal(seen[0, 2, 1], seen[0, 1, 2])


def test_what_is_pooled_where_a_thing_is_tells_its_place():
    place = torch.full((1, 1, 3, 5), -20.0)
    place[0, 0, 0, 4] = 20
    features = torch.arange(15.0).view(1, 1, 3, 5)
    value, right, down, amount = pooled_at(features, place)[0].tolist()
    assert (value, right, down, amount) == pytest.approx((4, 1, -1, 1 / 15), abs=0.01)


def test_a_saved_reader_comes_back(network, tmp_path):
    path = tmp_path / "reader.safetensors"
    save_reader(path, network)
    loaded = load_reader(path)
    assert loaded.config == TINY_READER
    assert tuple(loaded.config.values) == READ_ATTRIBUTES
    for name, value in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value.half().float())


def test_the_full_size_fits_its_share_of_the_release(tmp_path):
    path = tmp_path / "reader.safetensors"
    save_reader(path, ReaderNetwork(ReaderConfig()))
    assert path.stat().st_size <= 4 * 2**20


def test_bad_files_are_refused_in_one_line(network, tmp_path):
    path = tmp_path / "reader.safetensors"
    config = dump_config(TINY_READER)
    config["attribute_reader"]["values"]["hour"] = ["dawn", "tea time"]
    save_checkpoint(path, network.state_dict(), config, torch.float16)
    with pytest.raises(RenderError, match="vocabulary is not this version's"):
        load_reader(path)
    save_checkpoint(path, network.state_dict(), {"vae": {}}, torch.float16)
    with pytest.raises(RenderError, match="attribute reader config") as caught:
        load_reader(path)
    assert "\n" not in str(caught.value)
