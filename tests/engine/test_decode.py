"""A clip decoded piece by piece and tile by tile is the clip decoded whole, and its memory does not grow."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from render_engine.checkpoints.vae_files import load_vae
from render_engine.frames import to_model_frames
from render_engine.media.read import read_frames
from render_engine.media.write import write_clip
from render_engine.models.vae import DecodeConditioning, VideoVAE
from render_engine.models.vae_config import LinearCodecConfig, RefinerConfig, VAEConfig
from render_engine.models.vae_presets import NANO, TINY
from render_engine.models.vae_stream import Window, tile_windows
from render_engine.pipelines.decode import (
    ENTERING,
    HALO,
    WHOLE,
    WORKING,
    DecodeNeed,
    DecodePlan,
    choose_plan,
    decode_stream,
    pixel_stream,
)
from render_engine.releases import DEFAULT_RELEASE, VAE_FILE
from render_engine.shapes import LatentShape
from render_engine.world.draw import draw
from render_engine.world.sampler import sample_scene
from tests.engine.live_memory import LiveBytes
from tests.parity.vae_layouts import LAYOUTS

SEAM = 1 / 255
LIMIT = 1e-4
"""Rounding of float32, for frames with a deviation of 1."""
HOUSE = NANO.model_copy(
    update={"latent_channels": 12, "linear_codec": LinearCodecConfig(networks=False, refiner=RefinerConfig(channels=6))}
)
BOTH = VAEConfig.model_validate(
    TINY.model_dump()
    | {
        "timestep_conditioning": False,
        "linear_codec": LinearCodecConfig(refiner=RefinerConfig(channels=6, num_blocks=1)),
    }
)
CONFIGS = {layout.version: layout.config for layout in LAYOUTS} | {"tiny": TINY, "nano": HOUSE, "both": BOTH}
NOISY = [name for name, config in CONFIGS.items() if config.injects_noise]


@pytest.fixture(autouse=True)
def _no_gradients():
    with torch.no_grad():
        yield


def random_vae(config):
    torch.manual_seed(0)
    vae = VideoVAE(config).eval()
    for name, parameter in vae.named_parameters():
        if "per_channel_scale" in name or not parameter.any():
            parameter.normal_(std=0.1)
    frames = vae.decode(latents(config), told(config))
    last = vae.refiner.conv_out if vae.refiner else vae.decoder.conv_out.conv
    last.weight /= frames.std()
    return vae


def latents(config, num_frames=5, rows=2, columns=3):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(1, config.latent_channels, num_frames, rows, columns, generator=generator)


def told(config, seed=2):
    if not config.timestep_conditioning:
        return None
    return DecodeConditioning(generator=torch.Generator().manual_seed(seed))


def streamed(vae, latents_BCFHW, plan):
    return torch.cat(list(decode_stream(vae, latents_BCFHW, told(vae.config), plan)), dim=2)


def difference(ours, expected):
    assert ours.shape == expected.shape
    return float((ours - expected).abs().max())


@pytest.mark.parametrize("version", CONFIGS)
def test_pieces_and_tiles_of_every_layout_make_the_whole_decode(version):
    vae, x = random_vae(CONFIGS[version]), latents(CONFIGS[version])
    whole = vae.decode(x, told(vae.config))
    assert torch.equal(streamed(vae, x, WHOLE), whole)
    for plan in (DecodePlan(2, 2), DecodePlan(1)):
        assert difference(streamed(vae, x, plan), whole) < LIMIT


@pytest.mark.parametrize("version", ["tiny", "LTX-2 2.3"])
def test_pieces_of_a_causal_decoder_lag_by_nothing(version):
    vae, x = random_vae(CONFIGS[version].model_copy(update={"causal_decoder": True})), latents(CONFIGS[version])
    pieces = list(decode_stream(vae, x, told(vae.config), DecodePlan(2)))
    assert [piece.shape[2] for piece in pieces] == [9, 16, 8]
    assert difference(torch.cat(pieces, dim=2), vae.decode(x, told(vae.config))) < LIMIT


@pytest.mark.parametrize("config", [HOUSE, TINY], ids=["nano", "tiny"])
@given(st.integers(1, 5), st.integers(1, 6), st.integers(2, 3))
@settings(max_examples=6)
def test_any_plan_gives_frames_of_the_clip_in_their_order(config, num_frames, piece, tile):
    with torch.no_grad():
        vae, x = VideoVAE(config).eval(), latents(config, num_frames)
        whole = vae.decode(x, told(config))
        assert difference(streamed(vae, x, DecodePlan(piece, tile)), whole) < LIMIT


@pytest.mark.parametrize("version", NOISY)
def test_injected_noise_is_the_whole_decodes_and_leaves_the_generator_where_that_does(version):
    vae = random_vae(CONFIGS[version])
    x, whole, pieces = latents(vae.config), told(vae.config), told(vae.config)
    expected = vae.decode(x, whole)
    assert difference(torch.cat(list(decode_stream(vae, x, pieces, DecodePlan(1, 2))), 2), expected) < LIMIT
    assert torch.equal(pieces.generator.get_state(), whole.generator.get_state())
    assert (
        difference(torch.cat(list(decode_stream(vae, x, told(vae.config, seed=3), DecodePlan(1))), 2), expected) > 0.01
    )


@pytest.mark.parametrize("version", ["tiny", "nano", "LTX-2 2.0"])
def test_a_tile_that_saw_nothing_of_its_neighbours_would_show(version, monkeypatch):
    vae = random_vae(CONFIGS[version])
    x = latents(vae.config, num_frames=1, rows=4, columns=4)
    whole = vae.decode(x, told(vae.config))
    monkeypatch.setattr(Window, "grown", lambda window, _reach, _rows, _columns: window)
    assert difference(streamed(vae, x, DecodePlan(tile=2)), whole) > 4 * SEAM


def test_frames_come_before_the_latents_behind_them_are_looked_at():
    vae, x = random_vae(HOUSE), latents(HOUSE, num_frames=8)
    x[:, :, -1] = torch.nan
    pieces = list(decode_stream(vae, x, None, DecodePlan(2)))
    assert [piece.shape[2] for piece in pieces] == [2, 8, 8, 8, 3], "each of three blocks holds one frame back"
    assert [bool(piece.isfinite().all()) for piece in pieces] == [True, True, True, False, False]


def test_streams_of_one_autoencoder_run_side_by_side():
    vae = random_vae(TINY)
    first, second = latents(TINY), latents(TINY).flip(3)
    pairs = zip(*(decode_stream(vae, x, told(TINY), DecodePlan(1)) for x in (first, second)), strict=True)
    for ours, x in zip(zip(*pairs, strict=True), (first, second), strict=True):
        assert torch.equal(torch.cat(ours, 2), streamed(vae, x, DecodePlan(1)))


def peak_bytes(vae, num_frames, plan):
    x, conditioning = latents(vae.config, num_frames), told(vae.config)
    with LiveBytes() as live:
        for _ in decode_stream(vae, x, conditioning, plan):
            pass
    return live.peak


@pytest.mark.parametrize(("version", "tile"), [("tiny", None), ("nano", 2)])
def test_memory_is_the_same_for_a_clip_of_twice_the_length(version, tile):
    vae, plan = random_vae(CONFIGS[version]), DecodePlan(1, tile)
    short, long = peak_bytes(vae, 9, plan), peak_bytes(vae, 18, plan)
    assert long < 1.02 * short
    assert long < peak_bytes(vae, 18, WHOLE) / 2


@pytest.mark.parametrize("version", ["tiny", "nano"])
@pytest.mark.parametrize("plan", [WHOLE, DecodePlan(2), DecodePlan(4, 2)], ids=str)
def test_a_decode_takes_no_more_memory_than_is_foretold(version, plan):
    vae = random_vae(CONFIGS[version])
    foretold = DecodeNeed.of(vae).bytes_of(LatentShape(*latents(vae.config, 12).shape), plan)
    assert foretold / 4 < peak_bytes(vae, 12, plan) < 1.1 * foretold


def test_the_plan_is_the_largest_that_fits():
    vae, shape = VideoVAE(TINY), LatentShape(1, 8, 40, 32, 48)
    plans = [choose_plan(vae, shape, megabytes * 10**6) for megabytes in (30_000, 6_000, 1_000, 400)]
    assert plans == [WHOLE, DecodePlan(8), DecodePlan(1, 32), DecodePlan(1, 8)]
    needs = [DecodeNeed.of(vae).bytes_of(shape, plan) for plan in plans]
    assert needs == sorted(needs, reverse=True)
    with pytest.raises(ValueError, match=r"decoding 48x32 latents takes about \d+\.\d MB, 1\.0 MB are free"):
        choose_plan(vae, shape, 10**6)


@given(st.integers(1, 90), st.integers(1, 90), st.sampled_from((2, 5, 8, 32, None)))
def test_what_tiles_take_is_told_without_laying_them_and_hardly_more(rows, columns, tile):
    shape, plan = LatentShape(1, 1, 2, rows, columns), DecodePlan(1, tile)
    tiles = [window.grown(HALO, rows, columns) for window in tile_windows(rows, columns, tile)]
    most = max(tile.area for tile in tiles)
    tallest, widest = max(t.bottom - t.top for t in tiles), max(t.right - t.left for t in tiles)
    told = (DecodeNeed(0, 1).bytes_of(shape, plan) - rows * columns) / (WORKING + ENTERING)
    assert most <= told <= (tallest + 1) * (widest + 1)
    together = sum(tile.area for tile in tiles)
    assert together <= DecodeNeed(1, 0).bytes_of(shape, plan) <= 2 * together


def test_the_plan_of_a_picture_of_a_million_rows_is_refused_at_once():
    with pytest.raises(ValueError, match="render smaller"):
        choose_plan(VideoVAE(TINY), LatentShape(1, 8, 1, 10**6, 10**6), 2**32)


def test_what_is_wrong_is_said_before_the_first_piece():
    with pytest.raises(ValueError, match="takes a decode timestep"):
        decode_stream(VideoVAE(TINY), latents(TINY), None, DecodePlan(1))
    for plan in ({"num_frames": 0}, {"tile": 1}):
        with pytest.raises(ValueError, match="1 latent frame or more"):
            DecodePlan(**plan)


def test_the_released_autoencoder_shows_no_seam_on_drawn_clips(tmp_path):
    vae = load_vae(DEFAULT_RELEASE / VAE_FILE)
    drawn = draw(sample_scene(3, "train"), 192, 112, 9, 12.0)
    x = vae.encode(to_model_frames(drawn[None]))
    whole = vae.decode(x)
    pieces = list(decode_stream(vae, x, None, DecodePlan(1, 5)))
    assert difference(torch.cat(pieces, dim=2), whole) < 1e-3 * SEAM
    clip = write_clip(tmp_path / "take.mp4", pixel_stream(pieces), 12.0)
    assert len(list(read_frames(clip.path))) == clip.num_frames == 9
