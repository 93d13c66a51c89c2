"""A picture that a render is given goes through one frame of video first, where the family was trained on such."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from render_engine.api import (
    AnimaticGuide,
    Conditioning,
    FirstFrame,
    Keyframe,
    Reference,
    RenderError,
    RenderRequest,
    SceneSpec,
)
from render_engine.frames import media_frames, softened
from render_engine.media.compress import compressed
from render_engine.media.write import write_clip
from render_engine.pipelines import families
from render_engine.request_items import ItemReader

SCENE = SceneSpec(subject="dog", setting="beach")


def photo(height=97, width=131, seed=0):
    """Shapes under grain: H.264 takes the grain first."""
    draw = np.random.default_rng(seed)
    coarse = Image.fromarray(draw.integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), np.uint8))
    smooth = np.array(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(int)
    return np.clip(smooth + draw.integers(-8, 9, smooth.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def picture(tmp_path):
    Image.fromarray(photo()).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def read(family, *conditioning: Conditioning):
    request = RenderRequest(
        prompt="dog", width=64, height=64, num_frames=17, fps=8, seed=0, num_steps=1, conditioning=conditioning
    )
    return [item.frames_BCFHW for item in ItemReader(request, 8, family).read()]


def fitted(frame):
    """Bytes as the models take them."""
    filled = np.array(ImageOps.fit(Image.fromarray(frame), (64, 64), Image.Resampling.LANCZOS))
    return torch.from_numpy(filled).permute(2, 0, 1)[None, :, None].float() / 127.5 - 1


@settings(deadline=None, max_examples=20)
@given(height=st.integers(1, 40), width=st.integers(1, 40), crf=st.sampled_from((18, 29, 33)))
def test_any_size_is_cut_to_even_sides_and_gives_the_same_bytes_twice(height, width, crf):
    picture = photo(height, width)
    first = compressed(picture, crf)
    even = (height, width) if min(height, width) == 1 else (height // 2 * 2, width // 2 * 2)
    assert first.shape == (*even, 3)
    assert first.tobytes() == compressed(picture, crf).tobytes()


def test_a_higher_crf_keeps_less():
    lost = [np.abs(compressed(photo(96, 128), crf).astype(int) - photo(96, 128)).mean() for crf in (1, 18, 29, 33)]
    assert all(less < more for less, more in pairwise(lost))


def test_a_picture_too_large_for_video_is_one_line():
    with pytest.raises(RenderError, match="16400 x 16 cannot be compressed: scale it down"):
        compressed(np.zeros((16, 16400, 3), np.uint8), 33)


def test_softening_is_a_gaussian_of_three_pixels_rounded_down():
    expected = cv2.GaussianBlur(photo().astype(np.float64), (3, 3), 1.0, borderType=cv2.BORDER_REFLECT_101)
    difference = expected - softened(photo())
    assert difference.min() > -0.01
    assert difference.max() < 1.01
    assert softened(photo(1, 5)).tobytes() == photo(1, 5).tobytes()


def test_each_family_compresses_as_its_models_were_trained():
    crfs = {
        name: (each.picture_crf, each.soft_pictures)
        for name, each in vars(families).items()
        if name.isupper() and isinstance(each, families.Family)
    }
    video, two = (29, True), (33, False)
    assert crfs == {
        "LTX_VIDEO_FIRST": video,
        "LTX_VIDEO": video,
        "LTX_VIDEO_0_9_6_DISTILLED": video,
        "LTX_VIDEO_13B": video,
        "LTX_2": two,
        "LTX_2_3": two,
        "LTX_2_3_HQ": two,
        "LTX_2_5": (18, False),
        "HOUSE": (None, False),
    }


def test_a_picture_shown_is_compressed_at_its_own_size_before_it_is_scaled(picture):
    pictures = (FirstFrame(picture=picture), Keyframe(media=picture, frame_index=-1))
    expected = {
        families.HOUSE: fitted(photo()),
        families.LTX_VIDEO: fitted(compressed(softened(photo()), 29)),
        families.LTX_2_3: fitted(compressed(photo(), 33)),
        families.LTX_2_5: fitted(compressed(photo(), 18)),
    }
    for family, frames_BCFHW in expected.items():
        assert all(torch.equal(read_BCFHW, frames_BCFHW) for read_BCFHW in read(family, *pictures))


def test_clips_references_and_an_animatics_opening_are_left_as_they_are(picture, tmp_path):
    write_clip(clip := tmp_path / "clip.mp4", iter([photo(64, 64, seed) for seed in range(17)]), 8.0)
    guide = AnimaticGuide(scene=SCENE, strength=0.5, picture=picture)
    for conditions in (
        (Keyframe(media=clip),),
        (FirstFrame(picture=clip),),
        (Reference(media=picture),),
        (guide, FirstFrame(picture=picture)),
    ):
        pairs = zip(read(families.HOUSE, *conditions), read(families.LTX_2, *conditions), strict=True)
        assert all(torch.equal(house, ltx) for house, ltx in pairs)
    assert torch.equal(read(families.LTX_2, FirstFrame(picture=clip))[0], media_frames(clip, 64, 64, 1))


def test_a_clip_without_a_frame_ends_the_reading_of_a_request_and_drops_no_condition(tmp_path):
    whole = write_clip(tmp_path / "whole.mp4", [np.zeros((32, 32, 3), np.uint8)] * 9, 8.0).path.read_bytes()
    (tmp_path / "empty.mp4").write_bytes(whole[: whole.index(b"mdat") + 4])
    empty = tmp_path / "empty.mp4"
    for condition in (Reference(media=tmp_path / "whole.mp4", mask=empty), FirstFrame(picture=empty)):
        asked = RenderRequest(
            prompt="dog", width=32, height=32, num_frames=9, fps=8, seed=0, num_steps=1, conditioning=(condition,)
        )
        with pytest.raises(RenderError, match="holds no frame"):
            ItemReader(asked, 8).read()
