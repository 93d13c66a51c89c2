"""The animatic of a shot that opens on a picture is made from that picture, and the clip opens on the same frame."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from render_engine.animatic import draw_animatic
from render_engine.api import AnimaticGuide, FirstFrame, RenderError, RenderRequest, SceneSpec
from render_engine.client import open_engine
from render_engine.conditioning import AnimaticItem, FramesItem
from render_engine.frames import media_frames
from render_engine.media.read import read_frames
from render_engine.media.write import write_clip
from render_engine.request_items import ItemReader
from render_engine.world import draw

CAMERAS = ["static", "push_in", "pull_out", "pan_left", "tilt_up", "follow"]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    rows, columns = np.indices((90, 160))
    path = tmp_path / "picture.png"
    Image.fromarray(np.stack([columns, rows * 2, 255 - columns], axis=-1).astype(np.uint8)).save(path)
    return path


def make_scene(camera: str) -> SceneSpec:
    return SceneSpec.model_validate({"subject": "dog", "setting": "beach", "camera": camera})


def make_request(scene: SceneSpec, picture: Path, strength: float = 0.5) -> RenderRequest:
    guide = AnimaticGuide(scene=scene, strength=strength, picture=picture)
    return RenderRequest(
        prompt="a dog", width=64, height=36, num_frames=17, fps=8, seed=1, num_steps=4,
        conditioning=(guide, FirstFrame(picture=picture)),
    )  # fmt: skip


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_clip_opens_on_the_frame_that_its_animatic_begins_with(picture, camera):
    request = make_request(make_scene(camera), picture)
    animatic, opening = ItemReader(request, 8).read()
    assert isinstance(animatic, AnimaticItem)
    assert isinstance(opening, FramesItem)
    assert animatic.frames_BCFHW.shape == (1, 3, 17, 36, 64)
    assert torch.equal(opening.frames_BCFHW, animatic.frames_BCFHW[:, :, :1])


@pytest.mark.parametrize("camera", ["static", "push_in", "follow"])
def test_most_moves_open_on_the_whole_picture(picture, camera):
    """But for the rounding of a picture that is scaled down in two steps."""
    request = make_request(make_scene(camera), picture)
    opening = ItemReader(request, 8).read()[1]
    assert isinstance(opening, FramesItem)
    difference = (opening.frames_BCFHW - media_frames(picture, 64, 36, 1)).abs() * 127.5
    assert difference.max() <= 4
    assert difference.mean() < 0.7


def test_a_first_frame_beside_a_drawn_scene_is_the_whole_picture(picture):
    scene = make_scene("pan_left")
    request = make_request(scene, picture).model_copy(
        update={"conditioning": (AnimaticGuide(scene=scene, strength=0.5), FirstFrame(picture=picture))}
    )
    opening = ItemReader(request, 8).read()[1]
    assert isinstance(opening, FramesItem)
    assert torch.equal(opening.frames_BCFHW, media_frames(picture, 64, 36, 1))


def test_without_a_picture_the_animatic_is_the_drawn_scene():
    scene = make_scene("pan_left")
    assert torch.equal(draw_animatic(scene, None, (64, 36), 9, 8.0), draw(scene, 64, 36, 9, 8.0))


def test_a_clip_stands_for_its_first_frame(picture, tmp_path):
    first = np.asarray(Image.open(picture).convert("RGB"))
    clip = write_clip(tmp_path / "clip.mp4", iter([first, 255 - first]), 8.0).path
    drawn = draw_animatic(make_scene("static"), clip, (64, 36), 9, 8.0).float()
    expected = draw_animatic(make_scene("static"), picture, (64, 36), 9, 8.0).float()
    assert (drawn - expected).abs().mean() < 4
    assert (media_frames(clip, 64, 36, 1) - media_frames(picture, 64, 36, 1)).abs().mean() < 4 / 127.5


async def test_what_is_drawn_is_what_guides_the_render(picture, tmp_path):
    """The clip on disk is the animatic's frames, but for what its encoding loses."""
    engine = open_engine(num_threads=1)
    scene = make_scene("push_in")
    clip = await engine.draw(scene, 64, 36, 9, 8.0, tmp_path / "animatic.mp4", picture=picture)
    written = np.stack(list(read_frames(clip.path))).astype(np.float32)
    expected = draw_animatic(scene, picture, (64, 36), 9, 8.0).float().numpy()
    assert np.abs(written - expected).mean() < 4
    no_picture = tmp_path / "notes.png"
    no_picture.write_text("no picture")
    with pytest.raises(RenderError, match="not a picture"):
        await engine.draw(scene, 64, 36, 9, 8.0, tmp_path / "animatic.mp4", picture=no_picture)
    await engine.aclose()
