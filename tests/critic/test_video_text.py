"""The video-text model: it learns what it is shown, and its file says all that it is."""

import pytest
import torch

from render_engine.api import ATTRIBUTES, RenderError
from render_engine.checkpoints.critic_files import dump_config, load_critic, save_critic
from render_engine.checkpoints.safetensors_files import save_checkpoint
from render_engine.critic.video_text import VideoTextConfig, VideoTextCritic, VideoTextModel
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.training.attribute_clips import labels_of
from render_engine.training.caption_pairs import CaptionSource
from render_engine.training.critic_scores import fit_match, judged_pairs, match_scores
from render_engine.world import canonical_caption
from tests.critic.tiny_critic import TINY, drawn_clips, overfitted, rng

NUM_CLIPS = 11


@pytest.fixture(scope="module")
def encoder():
    return MiniLMEncoder.load()


@pytest.fixture(scope="module")
def clips():
    return drawn_clips(NUM_CLIPS)


@pytest.fixture(scope="module")
def source(encoder):
    return CaptionSource(encoder)


@pytest.fixture(scope="module")
def toy(clips, source):
    """Overfitted to the clips, and to the captions that `judged_pairs` with seed 5 writes."""
    generator = rng(5)
    shuffled = [clips[int(index)] for index in generator.permutation(len(clips))]
    start, source._turn = source._turn, 0
    captions = source.pairs([clip.scene for clip in shuffled], generator).captions
    source._turn = start
    return overfitted(clips, captions)


@pytest.fixture
def untrained():
    torch.manual_seed(0)
    return VideoTextModel(TINY).eval()


def test_a_tiny_critic_learns_a_few_clips_by_heart(toy, clips):
    frames = torch.stack([clip.frames for clip in clips]).movedim(-1, 2).float() / 127.5 - 1
    with torch.no_grad():
        logits = toy.look(frames).logits
    labels = labels_of([clip.scene for clip in clips], list(ATTRIBUTES))
    right = [float((logits[name].argmax(-1) == labels[name]).float().mean()) for name in ATTRIBUTES]
    assert sum(right) / len(right) > 0.95


def test_it_tells_right_captions_from_wrong_ones_of_what_it_knows(toy, clips, source):
    source._turn = 0
    pairs = judged_pairs(toy, source, clips, seed=5)
    assert sorted(pairs.wrong) == sorted(ATTRIBUTES)
    fit_match(toy.match, pairs)
    scores = match_scores(toy, pairs)
    assert scores["auc"] > 0.9
    assert scores["wrong_attribute_named"] > 0.7


def test_a_clip_of_any_size_and_rate_is_judged_by_any_words(untrained, encoder):
    critic = VideoTextCritic(untrained, encoder)
    sight = critic.look(torch.randint(0, 256, (50, 90, 160, 3), dtype=torch.uint8), 12.0)
    judgement = critic.judge(sight, "Un chien rouge sur la plage, s'il vous plaît!")
    assert 0 <= judgement.match <= 1
    assert set(judgement.agreement) == set(judgement.said)
    assert sight.features_D.shape == (TINY.video.dim,)
    assert sum(sight.probabilities("hour").values()) == pytest.approx(1, abs=1e-5)


def test_one_picture_is_a_clip_and_none_is_not(untrained, encoder):
    critic = VideoTextCritic(untrained, encoder)
    assert set(critic.look(torch.zeros(1, 48, 64, 3, dtype=torch.uint8), 24.0).values()) == set(ATTRIBUTES)
    with pytest.raises(RenderError, match="no frame"):
        critic.look(torch.zeros(0, 48, 64, 3, dtype=torch.uint8), 24.0)


def test_the_same_clip_and_words_are_judged_the_same(untrained, encoder, clips):
    critic = VideoTextCritic(untrained, encoder)
    words = canonical_caption(clips[0].scene)
    first, second = (critic.judge(critic.look(clips[0].frames, 2.0), words) for _ in range(2))
    assert first == second


def test_every_clip_meets_every_text_as_it_would_alone(untrained, encoder, clips):
    critic = VideoTextCritic(untrained, encoder)
    texts = [canonical_caption(clip.scene) for clip in clips[:3]]
    sights = [critic.look(clip.frames, 2.0) for clip in clips[:2]]
    logits = critic.match_logits(sights, texts)
    assert logits.shape == (2, 3)
    assert float(logits[1, 2]) == pytest.approx(critic.judge(sights[1], texts[2]).logit, abs=1e-4)


def test_a_saved_critic_comes_back_in_half_precision(untrained, tmp_path):
    path = tmp_path / "critic.safetensors"
    save_critic(path, untrained, {"training": {"step": 1}})
    loaded = load_critic(path)
    assert loaded.config == TINY
    for name, value in untrained.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value.half().float())


def test_a_saved_critic_sees_and_hears_what_it_saw_and_heard(toy, clips, encoder, tmp_path):
    """The order of attributes, by which the towers' tables go, comes back though a file's metadata is sorted."""
    path = tmp_path / "critic.safetensors"
    save_critic(path, toy)
    words = canonical_caption(clips[0].scene)
    before, after = (VideoTextCritic(model, encoder) for model in (toy, load_critic(path)))
    sights = [critic.look(clips[0].frames, 2.0) for critic in (before, after)]
    assert list(sights[1].logits) == list(ATTRIBUTES)
    for name, logits in sights[0].logits.items():
        assert torch.allclose(logits, sights[1].logits[name], atol=0.05)
    assert after.judge(sights[1], words).logit == pytest.approx(before.judge(sights[0], words).logit, abs=0.1)


def test_the_full_size_fits_its_share_of_the_release(tmp_path):
    path = tmp_path / "critic.safetensors"
    save_critic(path, VideoTextModel(VideoTextConfig()))
    assert path.stat().st_size <= 3 * 2**20


def test_a_file_of_another_vocabulary_is_refused_in_one_line(untrained, tmp_path):
    path = tmp_path / "critic.safetensors"
    config = dump_config(TINY)
    config["video_text"]["video"]["attributes"]["hour"] = ["dawn"]
    save_checkpoint(path, untrained.state_dict(), config, torch.float16)
    with pytest.raises(RenderError, match="vocabulary is not this version's"):
        load_critic(path)


def test_a_file_without_one_tensor_or_that_is_cut_is_refused_in_one_line(untrained, tmp_path):
    path = tmp_path / "critic.safetensors"
    tensors = untrained.state_dict()
    tensors.pop("match.offset")
    save_checkpoint(path, tensors, dump_config(TINY), torch.float16)
    with pytest.raises(RenderError, match=r"match\.offset") as caught:
        load_critic(path)
    assert "\n" not in str(caught.value)
    save_critic(path, untrained)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(RenderError, match=r"critic\.safetensors"):
        load_critic(path)
