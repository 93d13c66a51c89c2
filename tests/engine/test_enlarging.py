"""A release's pixel upscaler: named in the card, checked by its hash, used where takes are much smaller than films."""

import numpy as np
import pytest
import torch

from render_engine import protocol as say
from render_engine.api import ClipItem, CutList, RenderError, SoundPlan
from render_engine.checkpoints.pixel_upscaler_files import load_pixel_upscaler, save_pixel_upscaler
from render_engine.checkpoints.safetensors_files import file_sha256
from render_engine.engine import HouseEngine
from render_engine.house_release import HouseRelease
from render_engine.library.inspect import inspect
from render_engine.media.assemble import assemble
from render_engine.media.upscale import Upscaler
from render_engine.media.write import write_clip
from render_engine.models.pixel_upscaler import SMALL, PixelUpscaler, PixelUpscalerConfig, bicubic
from render_engine.releases import CARD_FILE, PIXEL_UPSCALER_FILE, TRANSFORMER_FILE, VAE_FILE, ReleaseCard
from render_engine.renderer import LocalRenderer
from tests.training.samples import facts

TINY = PixelUpscalerConfig(class_name="PixelUpscaler", channels=4, num_blocks=1, factor=4)
UNREAD = "0" * 64
CPU = torch.device("cpu")


def write_card(folder, more=()):
    files = {TRANSFORMER_FILE: UNREAD, VAE_FILE: UNREAD, **{name: file_sha256(folder / name) for name in more}}
    (folder / CARD_FILE).write_text(ReleaseCard.model_validate({**facts(), "files": files}).model_dump_json())
    return folder


@pytest.fixture
def plain(tmp_path):
    """A release as those before it: the card names no pixel upscaler."""
    folder = tmp_path / "plain"
    folder.mkdir()
    return write_card(folder)


@pytest.fixture
def release(tmp_path):
    """A release with a pixel upscaler that makes everything a little darker than bicubic."""
    folder = tmp_path / "weights"
    upscaler = PixelUpscaler(TINY)
    torch.nn.init.constant_(upscaler.conv_out.bias, -0.2)
    save_pixel_upscaler(folder / PIXEL_UPSCALER_FILE, upscaler, torch.float16)
    return write_card(folder, [PIXEL_UPSCALER_FILE])


@pytest.fixture
def take(tmp_path):
    grey = np.full((48, 64, 3), 128, np.uint8)
    return write_clip(tmp_path / "take.mp4", [grey] * 4, 24)


def cut_of(take, width, height):
    item = ClipItem(shot_id="s1", path=take.path, seconds=take.seconds)
    return CutList(items=(item,), width=width, height=height, sound=SoundPlan(music=False))


def assembled(folder, cut, out):
    call = say.AssembleCall(cut=cut, out=out)
    return HouseEngine(folder, 1).answer(call, lambda _: None, lambda: False)


def test_a_film_tells_which_network_enlarged_it_and_its_pixels_are_that_networks(release, take, tmp_path):
    film = assembled(release, cut_of(take, 320, 240), tmp_path / "film.mp4")
    assert film.upscaler_sha256 == file_sha256(release / PIXEL_UPSCALER_FILE)
    enlarger = LocalRenderer(HouseRelease.read(release), 1).enlarger
    frame = Upscaler(320, 240, enlarger).scale(np.full((48, 64, 3), 128, np.uint8))
    assert frame.mean() == pytest.approx(128 - 0.2 * 127.5, abs=1)


def test_a_release_without_one_makes_the_film_that_was_made_before(plain, take, tmp_path):
    cut = cut_of(take, 320, 240)
    film = assembled(plain, cut, tmp_path / "film.mp4")
    before = assemble(cut, tmp_path / "before.mp4", lambda _: None, lambda: False)
    assert (film.clip.sha256, film.upscaler_sha256) == (before.clip.sha256, None)


def test_a_take_that_is_hardly_smaller_than_the_film_is_not_given_to_the_network(release, take, tmp_path):
    film = assembled(release, cut_of(take, 96, 72), tmp_path / "film.mp4")
    assert film.upscaler_sha256 is None
    before = assemble(cut_of(take, 96, 72), tmp_path / "before.mp4", lambda _: None, lambda: False)
    assert film.clip.sha256 == before.clip.sha256


def test_one_release_one_film_byte_for_byte(release, take, tmp_path):
    cut = cut_of(take, 320, 240)
    films = [assembled(release, cut, tmp_path / name) for name in ("a.mp4", "b.mp4")]
    assert films[0].clip.sha256 == films[1].clip.sha256


def test_changed_weights_are_refused_by_their_hash(release, take, tmp_path):
    with (release / PIXEL_UPSCALER_FILE).open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x3b")
    with pytest.raises(RenderError, match="sha256"):
        assembled(release, cut_of(take, 320, 240), tmp_path / "film.mp4")


def test_a_file_of_another_network_is_refused_in_one_line(release):
    path = release / PIXEL_UPSCALER_FILE
    wider = PixelUpscaler(TINY.model_copy(update={"channels": 8}))
    save_pixel_upscaler(path, wider, torch.float16, {"pixel_upscaler": TINY.model_dump(mode="json", by_alias=True)})
    with pytest.raises(RenderError, match="shape"):
        load_pixel_upscaler(path)


def test_the_inspector_knows_a_pixel_upscaler(release):
    report = inspect(release / PIXEL_UPSCALER_FILE)[0]
    assert report.family == "house"
    assert [(part.part, part.loads) for part in report.parts] == [("pixel upscaler", True)]


def test_a_new_network_is_the_plain_enlargement_and_the_houses_is_small():
    frames = torch.rand(2, 3, 9, 12) * 2 - 1
    assert torch.allclose(PixelUpscaler(TINY)(frames), bicubic(frames, 4), atol=1e-6)
    assert sum(parameter.numel() for parameter in PixelUpscaler(SMALL).parameters()) <= 250_000


@pytest.mark.parametrize(("size", "target"), [((64, 48), (320, 240)), ((36, 64), (270, 480)), ((48, 48), (100, 100))])
def test_upright_and_square_frames_reach_uneven_factors(release, size, target):
    enlarger = HouseRelease.read(release).find_enlarger(CPU, torch.float32)
    frame = np.full((size[1], size[0], 3), 60, np.uint8)
    scaled = Upscaler(*target, enlarger).scale(frame)
    assert scaled.shape == (target[1], target[0], 3)
    assert (scaled == scaled[0, 0]).all(), "a plain picture stays plain, without a frame around it"
