"""Every version's video autoencoder gives diffusers' numbers, and each known trap breaks them."""

import json

import pytest
import torch
from diffusers import AutoencoderKLLTX2Video, AutoencoderKLLTXVideo
from hypothesis import given, settings
from hypothesis import strategies as st

from render_engine.checkpoints.vae_diffusers_config import read_diffusers_config
from render_engine.checkpoints.vae_key_map import state_dict_to_diffusers, to_diffusers
from render_engine.models import vae_coder
from render_engine.models.vae import DecodeConditioning, VideoVAE
from render_engine.models.vae_blocks import depth_to_space, space_to_depth
from render_engine.models.vae_config import VAEConfig, with_ltx_2_padding
from tests.parity.renaming import vae_from_diffusers
from tests.parity.vae_layouts import LAYOUTS, Reference, load_ours

LIMIT = 1e-5
BROKEN = 100 * LIMIT
PATCHED = [layout for layout in LAYOUTS if layout.settings["patch_size"] > 1]
NOISY = [layout for layout in LAYOUTS if layout.config.injects_noise]
_references: dict[str, Reference] = {}


def versions(layouts=LAYOUTS):
    return pytest.mark.parametrize("reference", layouts, ids=lambda layout: layout.version, indirect=True)


@pytest.fixture
def reference(request):
    layout = request.param
    if layout.version not in _references:
        _references[layout.version] = Reference(layout)
    with torch.no_grad():
        yield _references[layout.version]


def conditioning(reference, noise=None, seed=7):
    if not reference.conditioned:
        return None
    return DecodeConditioning(0.05, 0.025, noise, torch.Generator().manual_seed(seed))


def decode(vae, reference, noise=None, seed=7):
    return vae.decode(reference.latents, conditioning(reference, noise, seed))


def difference(ours, expected):
    return float((ours - expected).abs().max())


@versions()
def test_encoding_gives_the_reference_latents(reference, parity):
    ours = load_ours(reference).encode(reference.frames)
    parity(reference.layout.pair_name("VAE encode"), reference.encode(), ours, LIMIT)


@versions()
def test_decoding_gives_the_reference_frames(reference, parity):
    ours = decode(load_ours(reference), reference)
    parity(reference.layout.pair_name("VAE decode"), reference.decode(), ours, LIMIT)


@versions([layout for layout in LAYOUTS if layout.config.timestep_conditioning])
def test_decode_noise_is_mixed_into_normalised_latents(reference, parity):
    noise = torch.randn(reference.latents.shape, generator=torch.Generator().manual_seed(3))
    ours = decode(load_ours(reference), reference, noise)
    parity(reference.layout.pair_name("VAE decode with noise"), reference.decode(noise), ours, LIMIT)


@versions(NOISY)
def test_other_noise_inside_the_decoder_gives_other_frames(reference):
    vae = load_ours(reference)
    assert difference(decode(vae, reference, seed=8), reference.decode(seed=8)) <= LIMIT
    assert difference(decode(vae, reference, seed=8), reference.decode(seed=7)) > BROKEN


@versions(NOISY)
def test_a_decoder_that_injects_noise_asks_for_a_generator(reference):
    with pytest.raises(ValueError, match="injects noise: give it a generator"):
        load_ours(reference).decode(reference.latents, DecodeConditioning())


@versions()
def test_a_causal_decoder_breaks_parity(reference):
    causal = load_ours(reference, reference.layout.config.model_copy(update={"causal_decoder": True}))
    assert difference(decode(causal, reference), reference.decode()) > BROKEN


@versions(PATCHED)
def test_a_patch_order_of_rows_before_columns_breaks_parity(reference, monkeypatch):
    monkeypatch.setattr(vae_coder, "patchify", lambda frames, size: space_to_depth(frames, (1, size, size)))
    monkeypatch.setattr(vae_coder, "unpatchify", lambda hidden, size: depth_to_space(hidden, (1, size, size)))
    vae = load_ours(reference)
    assert difference(vae.encode(reference.frames), reference.encode()) > BROKEN
    assert difference(decode(vae, reference), reference.decode()) > BROKEN


@versions()
def test_dropped_latent_statistics_break_parity(reference):
    vae = load_ours(reference)
    channels = reference.layout.config.latent_channels
    vae.per_channel_statistics.set(torch.zeros(channels), torch.ones(channels))
    assert difference(vae.encode(reference.frames), reference.encode()) > BROKEN
    assert difference(decode(vae, reference), reference.decode()) > BROKEN


@versions([layout for layout in LAYOUTS if layout.version.startswith("LTX-2")])
def test_the_other_padding_breaks_parity(reference):
    config = reference.layout.config
    flipped = {"zeros": "reflect", "reflect": "zeros"}[config.decoder_padding]
    vae = load_ours(reference, config.model_copy(update={"decoder_spatial_padding_mode": flipped}))
    assert difference(decode(vae, reference), reference.decode()) > BROKEN


@versions()
def test_names_go_there_and_back(reference):
    config = reference.layout.config
    ours = load_ours(reference).state_dict()
    there = state_dict_to_diffusers(ours, config)
    assert there.keys() == reference.model.state_dict().keys()
    back = vae_from_diffusers(there, config, list(ours))
    assert back.keys() == ours.keys()
    assert all(torch.equal(back[key], ours[key]) for key in ours)


@versions()
def test_a_config_survives_its_own_writing(reference):
    config = reference.layout.config
    assert VAEConfig.model_validate(config.model_dump(mode="json", by_alias=True)) == config


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.version)
@given(st.integers(0, 2), st.integers(2, 3), st.integers(2, 3))
@settings(max_examples=4)
@torch.no_grad()
def test_frames_in_are_frames_out(layout, time, rows, columns):
    vae = VideoVAE(layout.config).eval()
    space = vae.spatial_compression
    clip = torch.zeros(1, 3, 1 + vae.temporal_compression * time, rows * space, columns * space)
    latents = vae.encode(clip)
    assert latents.shape[2:] == (1 + time, rows, columns)
    told = DecodeConditioning(generator=torch.Generator()) if layout.config.timestep_conditioning else None
    assert vae.decode(latents, told).shape == clip.shape


@versions()
def test_the_references_own_settings_make_the_same_autoencoder(reference):
    config = read_diffusers_config(json.loads(reference.model.to_json_string()))
    vae = load_ours(reference, config)
    assert config.decoder_blocks == reference.layout.config.decoder_blocks
    assert torch.equal(vae.encode(reference.frames), load_ours(reference).encode(reference.frames))
    assert torch.equal(decode(vae, reference), decode(load_ours(reference), reference))


@pytest.mark.parametrize(
    ("reference_class", "size"),
    [(AutoencoderKLLTXVideo, 419_100_000), (AutoencoderKLLTX2Video, 1_221_000_000)],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_settings_that_an_old_file_leaves_out_are_the_classs_own(reference_class, size):
    with torch.device("meta"):
        theirs = reference_class().state_dict()
        config = read_diffusers_config({"_class_name": reference_class.__name__})
        ours = state_dict_to_diffusers(VideoVAE(config).state_dict(), config)
    assert {key: value.shape for key, value in ours.items()} == {key: value.shape for key, value in theirs.items()}
    assert sum(value.numel() for value in ours.values()) == pytest.approx(size, rel=0.01)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"_class_name": "AutoencoderKL"}, "AutoencoderKL is not a video autoencoder of the family"),
        ({"_class_name": "AutoencoderKLLTXVideo", "patch_size_t": 2}, "patch_size_t"),
        ({"_class_name": "AutoencoderKLLTXVideo", "block_out_channels": (8, 12, 24, 24)}, "from 8 to 12 channels"),
    ],
)
def test_settings_that_cannot_be_made_are_refused(values, says):
    with pytest.raises(ValueError, match=says):
        read_diffusers_config(values)


def test_an_ltx_2_file_silent_about_padding_reflects_in_its_decoder_only():
    silent = next(layout for layout in LAYOUTS if layout.version == "LTX-2 2.0").metadata
    silent = {key: value for key, value in silent.items() if key != "decoder_spatial_padding_mode"}
    config = VAEConfig.model_validate(with_ltx_2_padding(silent))
    assert (config.encoder_padding, config.decoder_padding) == ("zeros", "reflect")
    told = VAEConfig.model_validate(with_ltx_2_padding({**silent, "spatial_padding_mode": "zeros"}))
    assert told.decoder_padding == "zeros"


def test_noise_is_injected_only_where_the_family_does():
    blocks = [["res_x", 1], ["res_x_y", {"inject_noise": True}], ["compress_all", {}], ["res_x", 1]]
    with pytest.raises(ValueError, match="noise is injected only by the decoder's res_x blocks"):
        VAEConfig.model_validate({"latent_channels": 8, "blocks": blocks})


def test_blocks_that_do_not_nest_have_no_diffusers_names():
    blocks = [["res_x", 1], ["compress_all", {}], ["compress_all", {}], ["res_x", 1]]
    config = VAEConfig.model_validate({"latent_channels": 8, "encoder_base_channels": 8, "blocks": blocks})
    with pytest.raises(ValueError, match="diffusers has no names for the encoder"):
        to_diffusers("encoder.down_blocks.0.res_blocks.0.conv1.conv.weight", config)
