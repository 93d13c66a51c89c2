"""What we save loads through diffusers' own converters of single files, and comes back byte for byte.

Diffusers has no converter for LTX-2 2.3's decoder, nor for the caption's modulation of LTX-2 2.3 and 2.5; upsamplers
need none, for it keeps the published names.
"""

import pytest
import torch
from diffusers import LTXVideoTransformer3DModel
from diffusers.loaders.lora_conversion_utils import (
    _convert_non_diffusers_ltx2_lora_to_diffusers,
    _convert_non_diffusers_ltxv_lora_to_diffusers,
)
from diffusers.loaders.single_file_utils import (
    convert_ltx2_transformer_to_diffusers,
    convert_ltx2_vae_to_diffusers,
    convert_ltx_vae_checkpoint_to_diffusers,
)
from safetensors.torch import load_file, save_file

from render_engine.checkpoints.header import read_header
from render_engine.checkpoints.lora_files import load_lora
from render_engine.checkpoints.transformer_files import load_transformer, save_transformer
from render_engine.checkpoints.upsampler_files import load_upsampler, save_upsampler
from render_engine.checkpoints.vae_files import load_vae, save_vae
from tests.parity import ltx2_transformer, test_transformer_ltx_video, test_upsampler
from tests.parity.test_transformer_ltx_video import VERSIONS
from tests.parity.vae_layouts import LAYOUTS, Reference, load_ours

CONVERTED_LTX_2 = ("2.0", "2.0 interleaved float32", "2.5 fixed prompt modulation")
CONV_OUT = "vae.encoder.conv_out.conv.weight"
WIDTH_OF_095 = 2048
"""By this width of the encoder's last convolution, and nothing else, diffusers' converter tells 0.9.5."""

stored_as = pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)


def contents(path):
    """Each tensor's dtype, shape and bytes."""
    return {
        key: (value.dtype, value.shape, value.reshape(-1).view(torch.uint8).numpy().tobytes())
        for key, value in load_file(path).items()
    }


def layouts(*, without=()):
    published = [one for one in LAYOUTS if "one width" not in one.version and one.version not in without]
    return pytest.mark.parametrize("layout", published, ids=lambda layout: layout.version)


@stored_as
@pytest.mark.parametrize("name", ["0.9.0 2B", "0.9.5 2B", "0.9.8 13B"])
def test_a_transformer_of_ltx_video(tmp_path, name, dtype):
    version, path, again = VERSIONS[name], tmp_path / "ours.safetensors", tmp_path / "again.safetensors"
    reference = test_transformer_ltx_video.build_reference(version)
    ours = test_transformer_ltx_video.build_own(reference, version)
    save_transformer(path, ours, dtype)
    assert load_transformer(path).config == ours.config
    reference.save_config(tmp_path / "config")
    theirs = LTXVideoTransformer3DModel.from_single_file(path, config=str(tmp_path / "config"), torch_dtype=dtype)
    theirs.save_pretrained(tmp_path / "folder")
    save_transformer(again, load_transformer(tmp_path / "folder"), dtype)
    assert contents(again) == contents(path)
    if version.causal:  # a folder does not say when time is not
        assert again.read_bytes() == path.read_bytes()


@stored_as
@pytest.mark.parametrize("name", CONVERTED_LTX_2)
def test_the_video_stream_of_ltx_2(tmp_path, name, dtype):
    path, again = tmp_path / "ours.safetensors", tmp_path / "again.safetensors"
    theirs = ltx2_transformer.build_reference(ltx2_transformer.VERSIONS[name])
    save_transformer(path, ltx2_transformer.build_own(theirs, ltx2_transformer.VERSIONS[name]), dtype)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.zero_()
    converted = convert_ltx2_transformer_to_diffusers(load_file(path))
    assert converted.keys() < theirs.state_dict().keys()  # the rest is the sound's
    theirs.load_state_dict(theirs.state_dict() | converted)
    theirs.to(dtype).save_pretrained(tmp_path / "folder")
    save_transformer(again, load_transformer(tmp_path / "folder"), dtype)
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", ["2.3", "2.5"])
def test_diffusers_converter_leaves_the_caption_s_modulation_of_ltx_2_as_it_is(tmp_path, name):
    reference = ltx2_transformer.build_reference(ltx2_transformer.VERSIONS[name])
    path = tmp_path / "ours.safetensors"
    save_transformer(path, ltx2_transformer.build_own(reference, ltx2_transformer.VERSIONS[name]), torch.float32)
    left = convert_ltx2_transformer_to_diffusers(load_file(path)).keys() - reference.state_dict().keys()
    assert {key.partition(".")[0] for key in left} == {"prompt_adaln_single"}


def convert(path, layout):
    """What diffusers' converter makes of an autoencoder's file."""
    tensors = load_file(path)
    if layout.version.startswith("LTX-2"):
        return convert_ltx2_vae_to_diffusers(tensors)
    if layout.version != "LTX-Video 0.9.5":
        return convert_ltx_vae_checkpoint_to_diffusers(tensors)
    wide = torch.empty(1).expand(1, WIDTH_OF_095)
    converted = convert_ltx_vae_checkpoint_to_diffusers({**tensors, CONV_OUT: wide})
    return {**converted, CONV_OUT.removeprefix("vae."): tensors[CONV_OUT]}


@stored_as
@layouts(without=["LTX-2 2.3"])
def test_an_autoencoder(tmp_path, layout, dtype):
    path, again = tmp_path / "ours.safetensors", tmp_path / "again.safetensors"
    ours = load_ours(Reference(layout))
    save_vae(path, ours, dtype)
    assert load_vae(path).config == ours.config
    theirs = layout.reference(**layout.settings)
    theirs.load_state_dict(convert(path, layout))
    theirs.to(dtype).save_pretrained(tmp_path / "folder")
    save_vae(again, load_vae(tmp_path / "folder"), dtype)
    assert contents(again) == contents(path)


@layouts(without=["LTX-Video 0.9.5", "LTX-2 2.3"])
def test_an_autoencoder_through_diffusers_own_loader(tmp_path, layout):
    path = tmp_path / "ours.safetensors"
    save_vae(path, load_ours(Reference(layout)), torch.float32)
    layout.reference(**layout.settings).save_config(tmp_path / "config")
    theirs = layout.reference.from_single_file(path, config=str(tmp_path / "config"))
    theirs.save_pretrained(tmp_path / "folder")
    save_vae(tmp_path / "again.safetensors", load_vae(tmp_path / "folder"), torch.float32)
    assert contents(tmp_path / "again.safetensors") == contents(path)


def test_diffusers_converter_does_not_know_the_longer_decoder_of_ltx_2_3(tmp_path):
    (layout,) = (one for one in LAYOUTS if one.version == "LTX-2 2.3")
    reference = Reference(layout)
    save_vae(tmp_path / "ours.safetensors", load_ours(reference), torch.float32)
    left = convert(tmp_path / "ours.safetensors", layout).keys() - reference.model.state_dict().keys()
    assert left
    assert all(key.startswith("decoder.up_blocks.") for key in left)


@stored_as
@pytest.mark.parametrize(
    "fields", [{}, {"temporal_upsample": True}, {"rational_resampler": True, "spatial_scale": 1.5}]
)
def test_an_upsampler_under_the_names_that_diffusers_keeps(tmp_path, fields, dtype):
    theirs, ours = test_upsampler.build(**fields)
    path, again = tmp_path / "ours.safetensors", tmp_path / "again.safetensors"
    save_upsampler(path, ours, dtype)
    theirs.to(dtype).load_state_dict(load_file(path))
    theirs.save_pretrained(tmp_path / "folder")
    save_upsampler(again, load_upsampler(tmp_path / "folder"), dtype)
    assert again.read_bytes() == path.read_bytes()


def lora_of(prefix, shapes):
    torch.manual_seed(0)
    return {
        f"{prefix}.{layer}.{name}.weight": torch.randn(*size)
        for layer, (outputs, inputs) in shapes.items()
        for name, size in (("lora_A", (2, inputs)), ("lora_B", (outputs, 2)))
    }


def test_an_adapter_of_ltx_video(tmp_path):
    transformer = test_transformer_ltx_video.build_own(
        test_transformer_ltx_video.build_reference(VERSIONS["0.9.5 2B"]), VERSIONS["0.9.5 2B"]
    )
    tensors = lora_of("diffusion_model", {"transformer_blocks.1.attn1.to_q": (32, 32), "proj_out": (8, 32)})
    assert_same_adapters(tmp_path, transformer, tensors, _convert_non_diffusers_ltxv_lora_to_diffusers(tensors))


def test_an_adapter_of_ltx_2_less_what_it_has_for_the_sound(tmp_path):
    config = ltx2_transformer.V2_3
    transformer = ltx2_transformer.build_own(ltx2_transformer.build_reference(config), config)
    video = lora_of(
        "diffusion_model",
        {
            "patchify_proj": (32, 8),
            "adaln_single.linear": (9 * 32, 32),
            "prompt_adaln_single.linear": (2 * 32, 32),
            "transformer_blocks.2.attn1.to_gate_logits": (4, 32),
        },
    )
    sound = {"audio_patchify_proj": (16, 4), "transformer_blocks.0.audio_to_video_attn.to_q": (16, 32)}
    tensors = (
        video | lora_of("diffusion_model", sound) | lora_of("text_embedding_projection", {"aggregate_embed": (8, 8)})
    )
    converted = _convert_non_diffusers_ltx2_lora_to_diffusers(tensors)
    converted |= _convert_non_diffusers_ltx2_lora_to_diffusers(tensors, "text_embedding_projection")
    assert len(converted) == len(tensors)
    found = assert_same_adapters(tmp_path, transformer, tensors, converted)
    assert len(found) == len(video) / 2


def assert_same_adapters(folder, transformer, original, converted):
    """Both namings give the same factors of the same layers."""
    save_file(original, folder / "original.safetensors")
    save_file(converted, folder / "diffusers.safetensors")
    assert read_header(folder / "original.safetensors").tensors.keys().isdisjoint(converted)
    found, same = (load_lora(folder / f"{name}.safetensors", transformer) for name in ("original", "diffusers"))
    assert found.keys() == same.keys()
    for layer, factors in found.items():
        assert torch.equal(factors.down_RI, same[layer].down_RI)
        assert torch.equal(factors.up_OR, same[layer].up_OR)
    return found
