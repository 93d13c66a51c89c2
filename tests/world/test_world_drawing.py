"""The world draws every word of its vocabulary, the same at every size, and knows where its subject is."""

import pytest
import torch
import torch.nn.functional as nnf
from hypothesis import given, settings
from hypothesis import strategies as st

from render_engine.api.scene import ATTRIBUTES, SceneSpec
from render_engine.world import draw, draw_frame, subject_mask

BASE = SceneSpec(subject="dog", setting="meadow", action="move_right", seed=4)
VALUES = [(name, value) for name, values in ATTRIBUTES.items() for value in values]
SCENES = st.builds(
    SceneSpec, **{name: st.sampled_from(values) for name, values in ATTRIBUTES.items()}, seed=st.integers(0, 2**31 - 1)
)


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    """Mean distance of two pictures in steps of 255."""
    return float((a.float() - b.float()).abs().mean())


@pytest.fixture(scope="module")
def base_clip() -> torch.Tensor:
    return draw(BASE, 128, 72, 4, 2.0)


def test_a_clip_is_frames_of_bytes(base_clip: torch.Tensor):
    assert base_clip.shape == (4, 72, 128, 3)
    assert base_clip.dtype == torch.uint8


def test_the_same_scene_is_the_same_clip_whatever_the_global_seed(base_clip: torch.Tensor):
    torch.manual_seed(99)
    assert torch.equal(draw(BASE, 128, 72, 4, 2.0), base_clip)


def test_one_frame_is_the_clips_frame_at_that_time(base_clip: torch.Tensor):
    alone = draw_frame(BASE, 128, 72, 1.0, duration=1.5)
    assert int((alone.int() - base_clip[2].int()).abs().max()) <= 2


def test_drawing_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    draw(BASE, 64, 36, 1, 2.0)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("setting", ["meadow", "city", "harbour", "room"])
@pytest.mark.parametrize("weather", ["clear", "rain", "snow"])
def test_a_large_picture_shrunk_is_the_small_picture(setting: str, weather: str):
    scene = BASE.model_copy(update={"setting": setting, "weather": weather})
    small = draw_frame(scene, 128, 72, 1.0).float()
    large = draw_frame(scene, 512, 288, 1.0).float().permute(2, 0, 1)[None]
    shrunk = nnf.interpolate(large, (72, 128), mode="area")[0].permute(1, 2, 0)
    assert difference(small, shrunk) < 4.5


@pytest.mark.parametrize(("name", "value"), [pair for pair in VALUES if pair[1] != getattr(BASE, pair[0])])
def test_every_word_changes_the_picture(name: str, value: str, base_clip: torch.Tensor):
    changed = draw(BASE.model_copy(update={name: value}), 128, 72, 4, 2.0)
    assert difference(changed, base_clip) > 0.25


def test_the_seed_varies_what_words_leave_open(base_clip: torch.Tensor):
    assert difference(draw(BASE.model_copy(update={"seed": 5}), 128, 72, 4, 2.0), base_clip) > 1


@pytest.mark.parametrize("action", [value for value in ATTRIBUTES["action"] if value != "still"])
@pytest.mark.parametrize("camera", ["static", "pan_right"])
def test_an_action_moves_the_subject_between_frames(action: str, camera: str):
    clip = draw(BASE.model_copy(update={"action": action, "camera": camera}), 96, 54, 3, 2.5).float()
    assert difference(clip[0], clip[1]) > 0.5
    assert difference(clip[1], clip[2]) > 0.5


@pytest.mark.parametrize("size", [(128, 72), (72, 128), (96, 96), (150, 64), (33, 47)])
@pytest.mark.parametrize("subject", ["train", "lighthouse", "balloon"])
def test_every_aspect_draws_with_the_subject_inside(size: tuple[int, int], subject: str):
    scene = SceneSpec(subject=subject, setting="beach", camera="pan_left")
    assert draw(scene, *size, 2, 2.0).shape == (2, size[1], size[0], 3)
    assert float(subject_mask(scene, *size, 2, 2.0).float().mean()) > 0.02


@settings(max_examples=14, deadline=None, derandomize=True)
@given(SCENES)
def test_any_scene_draws_light_and_detail(scene: SceneSpec):
    clip = draw(scene, 64, 36, 2, 2.0).float()
    assert float(clip.mean()) > 8
    assert float(clip.std()) > 6


@settings(max_examples=10, deadline=None, derandomize=True)
@given(SCENES, st.sampled_from(ATTRIBUTES["colour"]))
def test_recolouring_the_subject_changes_the_picture_where_the_mask_says(scene: SceneSpec, colour: str):
    scene = scene.model_copy(update={"weather": "clear", "subject": "car", "style": "flat"})
    other = scene.model_copy(update={"colour": colour})
    changed = (draw(scene, 64, 36, 2, 2.0).int() - draw(other, 64, 36, 2, 2.0).int()).abs().amax(-1) > 40
    outside = changed & ~grown(subject_mask(scene, 64, 36, 2, 2.0))
    assert not outside.any()


def grown(mask: torch.Tensor) -> torch.Tensor:
    """The mask with a border of one pixel, where edges are blended."""
    return nnf.max_pool2d(mask.float()[:, None], 3, 1, 1)[:, 0] > 0


@pytest.mark.parametrize("subject", ATTRIBUTES["subject"])
def test_the_mask_holds_most_of_what_the_colour_paints(subject: str):
    scene = SceneSpec(subject=subject, setting="meadow", colour="red")
    mask = subject_mask(scene, 128, 72, 1, 2.0)
    red, blue = draw(scene, 128, 72, 1, 2.0), draw(scene.model_copy(update={"colour": "blue"}), 128, 72, 1, 2.0)
    changed = (red.int() - blue.int()).abs().amax(-1) > 60
    assert int(changed.sum()) > 120
    assert int((changed & mask).sum()) / int(changed.sum()) > 0.9


@pytest.mark.parametrize("hour", ATTRIBUTES["hour"])
def test_a_colour_is_read_in_every_hour(hour: str):
    """Over the mask, red subjects are redder, green ones greener, blue ones bluer than the others."""
    means = []
    for colour in ("red", "green", "blue"):
        scene = BASE.model_copy(update={"colour": colour, "hour": hour})
        mask = subject_mask(scene, 96, 54, 1, 2.0)
        means.append(draw(scene, 96, 54, 1, 2.0)[mask].float().mean(0))
    assert torch.stack(means).argmax(1).tolist() == [0, 1, 2]


def test_a_plain_drawing_leaves_the_rain_out():
    rainy = BASE.model_copy(update={"weather": "rain"})
    assert difference(draw(rainy, 128, 72, 2, 2.0), draw(rainy, 128, 72, 2, 2.0, plain=True)) > 1


@pytest.mark.parametrize(("width", "height", "frames", "fps"), [(4, 72, 1, 1.0), (64, 36, 0, 1.0), (64, 36, 1, 0.0)])
def test_a_size_that_cannot_be_drawn_is_refused(width: int, height: int, frames: int, fps: float):
    with pytest.raises(ValueError, match="cannot draw"):
        draw(BASE, width, height, frames, fps)
