"""Weights come from one file, a folder or its shards, one tensor at a time, and every name is accounted for."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from render_engine.api.values import RenderError
from render_engine.checkpoints.weight_source import STEM, open_weights, stream_into

WEIGHTS = {"weight": torch.arange(6.0).reshape(2, 3), "bias": torch.ones(2)}


def same(key: str) -> str:
    return key


def linear() -> nn.Linear:
    torch.manual_seed(1)
    return nn.Linear(3, 2)


def folder_of(path: Path, shards: dict[str, dict[str, torch.Tensor]], places: dict[str, str] | None = None) -> Path:
    path.mkdir()
    (path / "config.json").write_text('{"width": 3}')
    for name, tensors in shards.items():
        save_file(tensors, path / name)
    if places is not None:
        (path / f"{STEM}.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    return path


def sharded(path: Path) -> Path:
    shards = {f"{STEM}-00001-of-00002.safetensors": {"weight": WEIGHTS["weight"]}}
    shards |= {f"{STEM}-00002-of-00002.safetensors": {"bias": WEIGHTS["bias"]}}
    return folder_of(path, shards, {key: name for name, held in shards.items() for key in held})


def test_a_file_a_folder_and_shards_give_the_same_module(tmp_path: Path):
    single = tmp_path / "single.safetensors"
    save_file(WEIGHTS, single, metadata={"config": '{"width": 3}'})
    whole = folder_of(tmp_path / "whole", {f"{STEM}.safetensors": WEIGHTS})
    for path in (single, whole, sharded(tmp_path / "sharded")):
        module = linear()
        with open_weights(path) as source:
            assert source.config == {"width": 3}
            assert source.keys == ["bias", "weight"]
            stream_into(module, source, same)
        assert torch.equal(module.weight, WEIGHTS["weight"])
        assert torch.equal(module.bias, WEIGHTS["bias"])


def test_names_are_told_by_whoever_knows_them_and_none_is_left_out(tmp_path: Path):
    path = tmp_path / "named.safetensors"
    save_file({"net.weight": WEIGHTS["weight"], "net.bias": WEIGHTS["bias"], "unused": torch.ones(1)}, path)
    module = linear()
    with open_weights(path) as source:
        stream_into(module, source, lambda key: None if key == "unused" else key.removeprefix("net."))
    assert torch.equal(module.bias, WEIGHTS["bias"])


@pytest.mark.parametrize(
    ("tensors", "why"),
    [
        ({"weight": WEIGHTS["weight"]}, "bias is missing"),
        (WEIGHTS | {"more": torch.ones(1)}, "more is unexpected"),
        (WEIGHTS | {"bias": torch.ones(3)}, r"bias has shape \(3,\) instead of \(2,\)"),
        (WEIGHTS | {"bias": torch.tensor([1.0, float("nan")])}, "bias holds values that are not finite"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, tensors: dict[str, torch.Tensor], why: str):
    path = tmp_path / "bad.safetensors"
    save_file(tensors, path)
    with open_weights(path) as source, pytest.raises(RenderError, match=rf"^{path}: .*{why}"):
        stream_into(linear(), source, same)


def test_two_names_of_the_same_tensor_are_refused(tmp_path: Path):
    path = tmp_path / "doubled.safetensors"
    save_file(WEIGHTS | {"a.bias": torch.ones(2)}, path)
    with open_weights(path) as source, pytest.raises(RenderError, match="are the same tensor, bias"):
        stream_into(linear(), source, lambda key: key.removeprefix("a."))


def test_eight_bit_weights_are_multiplied_with_their_scale(tmp_path: Path):
    path = tmp_path / "fp8.safetensors"
    stored = (WEIGHTS["weight"] / 0.5).to(torch.float8_e4m3fn)
    save_file({"net.weight": stored, "net.weight_scale": torch.tensor(0.5), "net.bias": WEIGHTS["bias"]}, path)
    module = linear()
    with open_weights(path) as source:
        assert source.keys == ["net.bias", "net.weight"]
        stream_into(module, source, lambda key: key.removeprefix("net."))
    assert torch.equal(module.weight, WEIGHTS["weight"])


def test_an_index_and_its_shards_must_agree(tmp_path: Path):
    lost = sharded(tmp_path / "lost")
    (lost / f"{STEM}-00002-of-00002.safetensors").unlink()
    moved = sharded(tmp_path / "moved")
    save_file({"other": torch.ones(1)}, moved / f"{STEM}-00002-of-00002.safetensors")
    more = sharded(tmp_path / "more")
    save_file({"bias": torch.ones(2), "other": torch.ones(1)}, more / f"{STEM}-00002-of-00002.safetensors")
    for path, why in (
        (lost, "no such weight file"),
        (moved, "00002-of-00002.* and the index do not agree on bias"),
        (more, "00002.* and the index do not agree on other"),
    ):
        with pytest.raises(RenderError, match=why), open_weights(path):
            pytest.fail("it cannot be opened")


@pytest.mark.parametrize(("name", "text"), [("config.json", None), ("config.json", "{"), ("config.json", "[1]")])
def test_a_folder_without_a_readable_config_is_named(tmp_path: Path, name: str, text: str | None):
    path = folder_of(tmp_path / "folder", {f"{STEM}.safetensors": WEIGHTS})
    (path / name).unlink()
    if text is not None:
        (path / name).write_text(text)
    with pytest.raises(RenderError, match=r"config\.json(;|: it is no JSON object)"), open_weights(path):
        pytest.fail("it cannot be opened")
