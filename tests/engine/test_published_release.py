"""Published weights render: files are told apart by their headers, and every pipeline makes a clip of its size."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from render_engine.api import (
    Adapter,
    Conditioning,
    FirstFrame,
    Keyframe,
    Reference,
    RenderError,
    RenderRequest,
    Retake,
)
from render_engine.checkpoints.transformer_files import save_transformer
from render_engine.checkpoints.upsampler_files import save_upsampler
from render_engine.checkpoints.vae_files import save_vae
from render_engine.checkpoints.weight_source import STEM
from render_engine.media.read import read_frames
from render_engine.media.write import write_clip
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig
from render_engine.models.transformer import TransformerConfig, VideoTransformer
from render_engine.models.transformer_presets import LTX_2, LTX_2_3, LTX_2_5, LTX_VIDEO_2B, LTX_VIDEO_13B
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_presets import TINY
from render_engine.pipelines import families
from render_engine.published_release import PublishedRelease, family_of
from render_engine.renderer import LocalRenderer, open_release
from tests.parity.t5_folder import WIDTH, save_t5_folder

CONFIG = TransformerConfig(
    num_layers=20,
    num_attention_heads=4,
    attention_head_dim=8,
    in_channels=8,
    out_channels=8,
    cross_attention_dim=32,
    caption_channels=WIDTH,
)
REQUEST = RenderRequest(
    prompt="a red sailboat leaves the harbour", width=96, height=64, num_frames=17, fps=8, seed=7, num_steps=2
)


@torch.no_grad()
def randomise(module):
    torch.manual_seed(3)
    for name, parameter in module.named_parameters():
        parameter.normal_(std=0.15)
        if "norm" in name and name.endswith("weight"):
            parameter.add_(1)
    return module.eval()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """As a user has it: the files that were published, and T5's two folders."""
    path = save_t5_folder(tmp_path_factory.mktemp("published") / "ltx")
    transformer = randomise(VideoTransformer(CONFIG))
    save_transformer(path / "ltxv-tiny.safetensors", transformer, torch.float32)
    save_vae(path / "ltxv-tiny-vae.safetensors", randomise(VideoVAE(TINY)), torch.float32)
    upsampler = randomise(
        LatentUpsampler(LatentUpsamplerConfig(in_channels=8, mid_channels=32, num_blocks_per_stage=1))
    )
    save_upsampler(path / "ltxv-spatial-upscaler.safetensors", upsampler, torch.float32)
    return path


@pytest.fixture(scope="module")
def renderer(folder):
    return LocalRenderer(open_release(folder), 1)


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    """A picture, a clip of 9 frames and one of 17."""
    path = tmp_path_factory.mktemp("media")
    frames = np.random.default_rng(0).integers(0, 255, (17, 64, 96, 3), np.uint8)
    Image.fromarray(frames[0]).save(path / "picture.png")
    mask = np.zeros((64, 96), np.uint8)
    mask[:, :32] = 255
    Image.fromarray(mask).save(path / "mask.png")
    write_clip(path / "short.mp4", iter(frames[:10]), 8.0)
    write_clip(path / "whole.mp4", iter(frames), 8.0)
    return path


@pytest.fixture
def in_media(media, monkeypatch):
    monkeypatch.chdir(media)


@pytest.fixture(scope="module")
def lora(tmp_path_factory):
    path = tmp_path_factory.mktemp("lora") / "follow.safetensors"
    layer = "diffusion_model.transformer_blocks.0.attn1.to_q"
    save_file({f"{layer}.lora_A.weight": torch.randn(2, 32), f"{layer}.lora_B.weight": torch.randn(32, 2)}, path)
    return path


def render(renderer, tmp_path, *conditioning: Conditioning, **changed: object):
    out = tmp_path / "clip.mp4"
    request = RenderRequest.model_validate({**REQUEST.model_dump(), "conditioning": conditioning, **changed})
    result = renderer.render(request, out, lambda _: None, lambda: False)
    assert (result.clip.width, result.clip.height, result.clip.num_frames) == (
        request.width,
        request.height,
        request.num_frames,
    )
    return np.stack(list(read_frames(out))).astype(float)


def test_a_folder_is_told_apart_by_its_headers(folder):
    release = PublishedRelease.find(folder)
    assert (release.transformer.name, release.vae.name) == ("ltxv-tiny.safetensors", "ltxv-tiny-vae.safetensors")
    assert release.upsampler is not None
    assert release.card.name == "LTX-Video"
    assert set(release.card.files) == {path.name for path in folder.glob("*.safetensors")}


def test_the_card_says_what_the_file_compresses(renderer):
    card = renderer.card()
    assert (card.spatial_compression, card.temporal_compression) == (32, 8)
    assert card.phrases == {}
    assert card.text_encoder_sha256 is None


@pytest.mark.parametrize(
    ("pipeline", "changed"),
    [
        ("one_stage", {"guidance_scale": 3.0, "negative_prompt": "blurry"}),
        ("two_stages", {"num_steps": 10, "guidance_scale": 3.0}),
        ("distilled", {"num_steps": 7}),
    ],
)
def test_words_alone_become_a_clip(renderer, tmp_path, pipeline, changed):
    frames = render(renderer, tmp_path, pipeline=pipeline, **changed)
    assert frames.std() > 5


def test_pictures_and_clips_take_their_places(renderer, tmp_path, media):
    plain = render(renderer, tmp_path)
    picture, short, whole = (media / name for name in ("picture.png", "short.mp4", "whole.mp4"))
    given = {
        "first frame": ("one_stage", [FirstFrame(picture=picture)]),
        "two pictures": ("keyframe_interpolation", [Keyframe(media=picture), Keyframe(media=picture, frame_index=-1)]),
        "onwards": ("extend", [Keyframe(media=short)]),
        "backwards": ("extend", [Keyframe(media=short, frame_index=-1)]),
        "seconds": ("retake", [Retake(media=whole, start_seconds=1.2)]),
        "region": ("retake", [Retake(media=whole, mask=media / "mask.png")]),
    }
    for pipeline, conditions in given.values():
        frames = render(renderer, tmp_path, *conditions, pipeline=pipeline, num_steps=10)
        assert np.abs(frames - plain).mean() > 1


def test_a_reference_is_followed_with_its_adapter(renderer, tmp_path, media, lora):
    reference = Reference(media=media / "whole.mp4", attention=0.5, mask=media / "mask.png")
    asked = {"pipeline": "ic_lora", "num_steps": 7}
    frames = render(renderer, tmp_path, reference, adapters=(Adapter(path=lora, stage="first"),), **asked)
    assert frames.std() > 5
    with pytest.raises(RenderError, match="a clip to follow and the LoRA"):
        render(renderer, tmp_path, reference, **asked)


@pytest.mark.parametrize(
    ("conditions", "changed", "line"),
    [
        ([], {"pipeline": "extend"}, "nothing to extend"),
        ([], {"pipeline": "retake"}, "nothing to take again"),
        ([], {"pipeline": "keyframe_interpolation"}, "give two pictures or more"),
        ([], {"pipeline": "distilled"}, "distilled weights take 7 steps at guidance 1"),
        ([], {"width": 100}, "the nearest is 96x64 with 17 frames"),
        ([], {"num_frames": 400}, "shorten the shot"),
        ([Keyframe(media=Path("picture.png"), frame_index=20)], {}, "beyond the video's 17 frames"),
        ([Keyframe(media=Path("nothing.png"))], {}, "no such file"),
        ([Retake(media=Path("short.mp4"), start_seconds=1)], {"pipeline": "retake"}, "has 9 frames, the video 17"),
        ([Retake(media=Path("whole.mp4"), start_seconds=9)], {"pipeline": "retake"}, "within the clip"),
    ],
)
def test_what_cannot_be_rendered_is_one_line(renderer, tmp_path, in_media, conditions, changed, line):
    del in_media
    with pytest.raises(RenderError, match=line):
        render(renderer, tmp_path, *conditions, **changed)
    assert not list(tmp_path.iterdir())


def test_what_is_missing_or_doubled_is_named(folder, tmp_path):
    (tmp_path / "model.safetensors").write_bytes((folder / "ltxv-tiny.safetensors").read_bytes())
    with pytest.raises(RenderError, match="holds no vae"):
        PublishedRelease.find(tmp_path)
    (tmp_path / "vae.safetensors").write_bytes((folder / "ltxv-tiny-vae.safetensors").read_bytes())
    with pytest.raises(RenderError, match="has no text_encoder folder"):
        PublishedRelease.find(tmp_path)
    (tmp_path / "text_encoder").mkdir()
    (tmp_path / "other.safetensors").write_bytes((folder / "ltxv-tiny.safetensors").read_bytes())
    with pytest.raises(RenderError, match="more than one transformer"):
        PublishedRelease.find(tmp_path)
    assert PublishedRelease.find(tmp_path / "other.safetensors").transformer.name == "other.safetensors"


def test_a_diffusers_folder_is_a_release(tmp_path):
    for name in ("text_encoder", "transformer", "vae"):
        (tmp_path / name).mkdir()
    (tmp_path / "transformer" / "config.json").write_text(json.dumps({}))
    release = PublishedRelease.find(tmp_path)
    assert (release.transformer, release.vae, release.upsampler) == (tmp_path / "transformer", tmp_path / "vae", None)


@pytest.mark.parametrize(
    ("config", "name", "family"),
    [
        (LTX_VIDEO_2B, "ltxv-2b-0.9.6-dev-04-25.safetensors", families.LTX_VIDEO),
        (LTX_VIDEO_2B, "ltxv-2b-0.9.6-distilled-04-25.safetensors", families.LTX_VIDEO_0_9_6_DISTILLED),
        (LTX_VIDEO_13B, "ltxv-13b-0.9.8-dev.safetensors", families.LTX_VIDEO_13B),
        (LTX_2, "", families.LTX_2),
        (LTX_2_3, "", families.LTX_2_3),
        (LTX_2_5, "", families.LTX_2_5),
    ],
)
def test_a_transformer_says_whose_ways_it_goes(config, name, family):
    assert family_of(config, name) is family


def test_two_models_in_folders_have_two_hashes(folder, tmp_path):
    """The same file name in two folders is two files."""
    for name, file in (("transformer", "ltxv-tiny.safetensors"), ("vae", "ltxv-tiny-vae.safetensors")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
        (tmp_path / name / f"{STEM}.safetensors").write_bytes((folder / file).read_bytes())
    (tmp_path / "text_encoder").mkdir()
    card = PublishedRelease.find(tmp_path).card
    assert len(card.files) == 4
    (tmp_path / "transformer" / "config.json").write_text('{"a": 1}')
    assert PublishedRelease.find(tmp_path).card.sha256 != card.sha256


def test_a_transformer_in_shards_is_known_by_all_of_them(folder, tmp_path):
    """The first shard holds nothing but blocks."""
    (tmp_path / "transformer").mkdir()
    (tmp_path / "text_encoder").mkdir()
    shutil.copy(folder / "ltxv-tiny-vae.safetensors", tmp_path)
    tensors = load_file(folder / "ltxv-tiny.safetensors")
    blocks = {key: value for key, value in tensors.items() if "transformer_blocks." in key}
    shards = {"1": blocks, "2": {key: value for key, value in tensors.items() if key not in blocks}}
    for name, held in shards.items():
        save_file(held, tmp_path / "transformer" / f"{STEM}-{name}.safetensors")
    places = {key: f"{STEM}-{name}.safetensors" for name, held in shards.items() for key in held}
    (tmp_path / "transformer" / f"{STEM}.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    (tmp_path / "transformer" / "config.json").write_text("{}")
    card = PublishedRelease.find(tmp_path).card
    assert (card.name, len(card.files)) == ("LTX-Video", 4)


def test_a_folder_that_has_lost_its_weights_is_one_line(folder, tmp_path):
    (tmp_path / "transformer").mkdir()
    (tmp_path / "text_encoder").mkdir()
    shutil.copy(folder / "ltxv-tiny-vae.safetensors", tmp_path)
    with pytest.raises(RenderError, match=r"no .*\.safetensors file"):
        _ = PublishedRelease.find(tmp_path).card


def test_a_size_that_cannot_be_is_refused_before_any_picture_is_read(renderer, tmp_path):
    """The picture is not even there."""
    missing = Keyframe(media=Path("nothing.png"))
    with pytest.raises(RenderError, match="the nearest is 96x64"):
        render(renderer, tmp_path, missing, width=100)
    with pytest.raises(RenderError, match=r"render smaller|would fit"):
        render(renderer, tmp_path, missing, width=16384, height=16384, num_frames=249)


def test_a_stranger_beside_a_chosen_checkpoint_does_not_matter(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).symlink_to(path)
    save_file({"something.else": torch.zeros(1)}, tmp_path / "other.safetensors")
    (tmp_path / "a_folder.safetensors").mkdir()
    assert PublishedRelease.find(tmp_path / "ltxv-tiny.safetensors").transformer.name == "ltxv-tiny.safetensors"
    with pytest.raises(RenderError, match="no weights of the LTX family"):
        PublishedRelease.find(tmp_path)


def test_an_upsampler_of_another_width_is_refused_before_the_first_step(folder, tmp_path):
    for path in folder.iterdir():
        if "upscaler" not in path.name:
            (tmp_path / path.name).symlink_to(path)
    other = LatentUpsampler(LatentUpsamplerConfig(in_channels=16, mid_channels=32, num_blocks_per_stage=1))
    save_upsampler(tmp_path / "upscaler.safetensors", other, torch.float32)
    with pytest.raises(RenderError, match="do not go together: the upsampler takes 16 channels"):
        LocalRenderer(open_release(tmp_path), 1).card()


def test_values_that_are_not_finite_are_no_clip(folder, tmp_path):
    renderer = LocalRenderer(open_release(folder), 1)
    renderer.parts.transformer.proj_out.weight.mul_(1e38)
    with pytest.raises(RenderError, match="not finite"):
        render(renderer, tmp_path)
    assert not list(tmp_path.iterdir())
