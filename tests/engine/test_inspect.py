"""What a file of weights holds, and whether the engine loads it, is told by its header alone, as the loaders would."""

import json
import struct
import time
from collections.abc import Callable
from math import prod
from pathlib import Path

import pytest
import torch
from diffusers import LTXVideoTransformer3DModel
from safetensors.torch import load_file, save_file
from torch import Tensor

from render_engine.api import RenderError
from render_engine.checkpoints.header import read_header
from render_engine.checkpoints.transformer_files import load_transformer, save_transformer
from render_engine.checkpoints.upsampler_files import load_upsampler, save_upsampler
from render_engine.checkpoints.vae_files import load_vae, save_vae
from render_engine.library.inspect import inspect
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig
from render_engine.models.transformer import VideoTransformer
from render_engine.models.transformer_presets import LTX_VIDEO_13B
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_presets import TINY
from render_engine.presets import get_transformer_config
from render_engine.releases import DEFAULT_RELEASE

STRANGER = {"unet.conv_in.weight": torch.ones(3)}


def save_tiny(part: str, path: Path) -> Callable[[Path], object]:
    """Write a tiny network; gives what loads it."""
    if part == "transformer":
        save_transformer(path, VideoTransformer(get_transformer_config("tiny")), torch.float32)
        return load_transformer
    if part == "vae":
        save_vae(path, VideoVAE(TINY), torch.float32)
        return load_vae
    config = LatentUpsamplerConfig(in_channels=8, mid_channels=32, num_blocks_per_stage=1)
    save_upsampler(path, LatentUpsampler(config), torch.float32)
    return load_upsampler


def change(path: Path, edit: Callable[[dict[str, Tensor]], object], config: str | None = None) -> None:
    """Write the file anew with other tensors, or another config."""
    metadata, tensors = read_header(path).metadata, load_file(path)
    edit(tensors)
    save_file(tensors, path, metadata={"config": config} if config else metadata)


def refusal_of(load: Callable[[Path], object], path: Path) -> str:
    try:
        load(path)
    except RenderError as error:
        return str(error)
    return ""


def last(tensors: dict[str, Tensor]) -> str:
    return max(key for key in tensors if key.endswith("weight"))


SPOILERS: dict[str, Callable[[Path], None]] = {
    "nothing": lambda _path: None,
    "missing": lambda path: change(path, lambda tensors: tensors.pop(last(tensors))),
    "shape": lambda path: change(path, lambda tensors: tensors.update({last(tensors): torch.ones(7)})),
    "config": lambda path: change(path, lambda _: None, config='{"transformer": {"num_layers": "many"}}'),
}


@pytest.mark.parametrize("spoiler", SPOILERS)
@pytest.mark.parametrize("part", ["transformer", "vae", "upsampler"])
def test_the_verdict_is_what_the_loader_does(tmp_path: Path, part: str, spoiler: str):
    path = tmp_path / "weights.safetensors"
    load = save_tiny(part, path)
    SPOILERS[spoiler](path)
    (report,) = inspect(path)
    (told,) = report.parts
    assert told.part == part
    refusal = refusal_of(load, path)
    assert told.loads is not bool(refusal)
    assert told.reason.partition(" ")[0] in refusal
    assert str(path) not in told.reason


def test_a_file_is_counted_and_described(tmp_path: Path):
    path = tmp_path / "ltx-video-2b-v0.9.5.safetensors"
    save_tiny("transformer", path)
    (report,) = inspect(path)
    module = VideoTransformer(get_transformer_config("tiny"))
    assert report.num_parameters == sum(parameter.numel() for parameter in module.parameters())
    assert report.num_bytes == path.stat().st_size
    assert report.dtypes == {"F32": len(module.state_dict())}
    assert (report.family, report.version, report.num_blocks) == ("ltx-video", "0.9.0", 2)
    assert report.known_as == "ltx-video-2b-v0.9.5"
    assert report.parts[0].config["num_layers"] == 2


def test_a_file_of_several_parts_is_told_part_by_part(tmp_path: Path):
    one, other, both = (tmp_path / f"{name}.safetensors" for name in ("one", "other", "both"))
    save_tiny("transformer", one)
    save_tiny("vae", other)
    bare = {key.removeprefix("model.diffusion_model."): value for key, value in load_file(one).items()}
    tensors = {f"model.diffusion_model.{key}": value for key, value in bare.items()}
    tensors |= {f"vae.{key.removeprefix('vae.')}": value for key, value in load_file(other).items()}
    config = read_header(one).config | read_header(other).config | {"model_version": "0.9.6"}
    save_file(tensors | {"vocoder.conv_pre.weight": torch.ones(5)}, both, metadata={"config": json.dumps(config)})
    (report,) = inspect(both)
    assert (report.version, report.is_version_stated) == ("0.9.6", True)
    told = {part.part: part for part in report.parts}
    assert told.keys() == {"transformer", "vae", "audio"}
    assert told["transformer"].loads is told["vae"].loads is True
    assert (told["audio"].loads, told["audio"].num_parameters) == (False, 5)
    assert sum(part.num_parameters for part in report.parts) == report.num_parameters


def test_a_folder_of_diffusers_is_one_model_and_a_lora_cannot_be_judged_alone(tmp_path: Path):
    sizes = {"num_attention_heads": 4, "attention_head_dim": 8, "cross_attention_dim": 32, "caption_channels": 16}
    model = LTXVideoTransformer3DModel(num_layers=2, in_channels=8, out_channels=8, **sizes)
    model.save_pretrained(tmp_path / "pipeline" / "transformer", max_shard_size="40KB")
    assert len(list((tmp_path / "pipeline" / "transformer").glob("*.safetensors"))) > 1
    factors = {f"transformer.transformer_blocks.0.attn1.to_q.lora_{side}.weight": torch.ones(4, 4) for side in "AB"}
    save_file(factors, tmp_path / "pipeline" / "adapter.safetensors")
    lora, transformer = inspect(tmp_path / "pipeline")
    assert transformer.path == tmp_path / "pipeline" / "transformer"
    assert (transformer.naming, transformer.parts[0].loads) == ("diffusers", True)
    assert transformer.num_parameters == model.num_parameters()
    assert (lora.parts[0].part, lora.parts[0].loads) == ("lora", None)


def test_the_house_model_is_told_as_its_own():
    reports = inspect(DEFAULT_RELEASE)
    assert {report.family for report in reports} == {"house"}
    assert all(part.loads for report in reports for part in report.parts)


def test_what_is_not_of_the_family_is_counted_and_told(tmp_path: Path):
    path = tmp_path / "other.safetensors"
    save_file(STRANGER, path)
    (report,) = inspect(path)
    assert report.num_parameters == 3
    assert "no weights of the LTX family (it holds unet.conv_in.weight)" in report.fault


def test_one_damaged_file_does_not_hide_the_others_of_a_folder_and_is_refused_alone(tmp_path: Path):
    save_tiny("vae", tmp_path / "good.safetensors")
    damaged = tmp_path / "bad.safetensors"
    damaged.write_bytes(b"PK\x03\x04 a pickle in an archive")
    bad, good = inspect(tmp_path)
    assert "a pickle, which may run code" in bad.fault
    assert good.parts[0].loads
    with pytest.raises(RenderError, match="a pickle, which may run code"):
        inspect(damaged)


def test_a_folder_without_weights_and_a_path_that_is_not_there_are_refused(tmp_path: Path):
    with pytest.raises(RenderError, match=r"holds no \.safetensors file"):
        inspect(tmp_path)
    with pytest.raises(RenderError, match="no such file or folder"):
        inspect(tmp_path / "nowhere")


def test_a_file_of_52_gigabytes_is_told_in_under_a_second(tmp_path: Path):
    """Its tensors are a hole in the disk: nothing of them is there to be read."""
    path = tmp_path / "ltxv-13b-0.9.8-dev.safetensors"
    write_hollow_13b(path)
    inspect(DEFAULT_RELEASE)  # torch looks up how to make things without memory once
    started = time.perf_counter()
    (report,) = inspect(path)
    assert time.perf_counter() - started < 1
    assert (report.num_blocks, report.version, report.parts[0].loads) == (48, "0.9.7", True)
    assert report.num_bytes > 52e9
    assert round(report.num_parameters / 1e9, 2) == 13.04


def write_hollow_13b(path: Path) -> None:
    with torch.device("meta"):
        shapes = {key: tuple(value.shape) for key, value in VideoTransformer(LTX_VIDEO_13B).state_dict().items()}
    sizes = {"num_layers": 48, "num_attention_heads": 32, "attention_head_dim": 128, "in_channels": 128}
    sizes |= {"out_channels": 128, "cross_attention_dim": 4096, "caption_channels": 4096}
    config = json.dumps({"transformer": {"_class_name": "Transformer3DModel", **sizes}})
    entries: dict[str, object] = {"__metadata__": {"config": config}}
    end = 0
    for key, shape in shapes.items():
        start, end = end, end + 4 * prod(shape)
        entries[f"model.diffusion_model.{key}"] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    raw = json.dumps(entries).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(raw)) + raw)
        file.truncate(8 + len(raw) + end)
