"""A file that is none, or not whole, is refused in one line before anything of it is loaded, however huge it looks."""

import json
import os
import shutil
import struct

import pytest
import torch
from safetensors.torch import save

from render_engine.api.values import RenderError
from render_engine.checkpoints.header import MAX_JSON_BYTES
from render_engine.checkpoints.transformer_files import load_transformer
from render_engine.checkpoints.upsampler_files import load_upsampler
from render_engine.checkpoints.vae_files import load_vae
from tests.engine.bad_files import HUGE, KINDS, PICKLE, first_key, refusal, write_good


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return {kind: write_good(kind, tmp_path_factory.mktemp("good")) for kind in KINDS}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def path(good, kind, tmp_path):
    return shutil.copy(good[kind], tmp_path / "model.safetensors")


def with_header(path, key, **changed: object):
    """The file with a tensor's entry changed, and its data as it is."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    entries = json.loads(raw[8 : 8 + length])
    entries[key] |= changed
    header = json.dumps(entries).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + raw[8 + length :])


@pytest.mark.parametrize("keep", [0, 5, 9, 300])
def test_a_file_cut_off_in_its_header(path, kind, keep):
    path.write_bytes(path.read_bytes()[:keep])
    assert refusal(KINDS[kind][0], path).endswith("fetch it again")


def test_a_file_cut_off_in_its_data(path, kind):
    path.write_bytes(path.read_bytes()[:-1])
    assert "ends 1 bytes behind the end of the file; fetch it again" in refusal(KINDS[kind][0], path)


@pytest.mark.parametrize("name", ["model.safetensors", "model.ckpt", "model.pt"])
def test_a_pickle_under_any_name(tmp_path, kind, name):
    line = "a pickle, which may run code and is never loaded; get the .safetensors file"
    (tmp_path / name).write_bytes(PICKLE)
    assert refusal(KINDS[kind][0], tmp_path / name) == line
    torch.save({"weight": torch.ones(2)}, tmp_path / name)
    assert refusal(KINDS[kind][0], tmp_path / name) == line


def test_an_old_pickle_of_torch(tmp_path):
    torch.save({"weight": torch.ones(2)}, tmp_path / "model.safetensors", _use_new_zipfile_serialization=False)
    assert refusal(load_vae, tmp_path / "model.safetensors").startswith("a pickle")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a pointer of Git LFS.*git lfs pull"),
        (b"GGUF\x03\x00\x00\x00\x00\x00\x00\x00", "a GGUF file.*get the .safetensors file"),
        (b"<!DOCTYPE html><html>no such model</html>", "not a safetensors file.*fetch it again"),
    ],
)
def test_a_file_of_another_kind(tmp_path, content, line):
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(RenderError, match=line):
        load_upsampler(tmp_path / "model.safetensors")


@pytest.mark.parametrize("length", [10 * 2**30, 2**63, 2**64 - 1, MAX_JSON_BYTES + 1])
def test_a_header_that_claims_to_be_huge_in_a_file_that_is(tmp_path, kind, length):
    path = tmp_path / "model.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", length) + b'{"')
        file.truncate(HUGE)
    assert f"it claims a header of {length:,} bytes" in refusal(KINDS[kind][0], path)


@pytest.mark.parametrize(
    "header",
    [
        b"{" + b"\0" * (MAX_JSON_BYTES - 1),
        b'{"x":' + b"[" * 100_000,
        b'{"x":' + b'{"a":' * 100_000,
        b'{"x":[' + b"1," * (MAX_JSON_BYTES // 2 - 10) + b"1]}",
        b'{"x":' + b"9" * 5000 + b"}",
        b'{"x":"\xff"}',
        b'{"x":1} {',
        b"[" * 100_000,
        b"",
    ],
    ids=["zeros", "lists", "objects", "numbers", "number", "bytes", "more", "list", "nothing"],
)
def test_a_header_that_is_none_in_a_file_that_is_huge(tmp_path, header):
    path = tmp_path / "model.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(HUGE)
    assert refusal(load_transformer, path).endswith("; fetch the file again")


def test_a_hash_is_asked_of_a_whole_file_alone(tmp_path):
    """Hashing what claims to be huge would take minutes; its header is looked at first."""
    path = tmp_path / "model.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", 2) + b"{}")
        file.truncate(HUGE)
    assert "bytes stand behind its last tensor" in refusal(load_vae, path, "0" * 64)


def test_what_is_no_file(tmp_path, kind):
    load = KINDS[kind][0]
    for name in ("ring", "gone"):
        (tmp_path / f"{name}.safetensors").symlink_to({"ring": "gnir", "gone": "nowhere"}[name])
    (tmp_path / "gnir").symlink_to("ring.safetensors")
    for name in ("ring.safetensors", "gone.safetensors", "nothing.safetensors", "a" * 300, "nul\0"):
        with pytest.raises(RenderError, match=r"no such weight file; check its name|cannot be read .*; check its name"):
            load(tmp_path / name)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.safetensors")
    assert refusal(load_vae, tmp_path / "pipe.safetensors").startswith("no such weight file")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"data_offsets": [0, 4]}, "has 4 bytes, not those of F32"),
        ({"data_offsets": [8, 0]}, "has -8 bytes, not those of F32"),
        ({"data_offsets": [10**30, 10**30]}, "ends .* bytes behind the end of the file"),
        ({"data_offsets": [0.5, 1]}, "is not described as a tensor"),
        ({"data_offsets": [-4, 0]}, "is not described as a tensor"),
        ({"shape": [2**40, 2**40]}, "bytes, not those of F32"),
        ({"shape": "wide"}, "is not described as a tensor"),
        ({"dtype": "F4"}, "has the dtype 'F4', which this engine does not read"),
        ({"dtype": 32}, "is not described as a tensor"),
        ({"strides": [1]}, "is not described as a tensor"),
    ],
)
def test_an_entry_that_no_tensor_has(path, kind, change, line):
    key = first_key(path)
    with_header(path, key, **change)
    message = refusal(KINDS[kind][0], path)
    assert message.startswith(f"{key} ")
    with pytest.raises(RenderError, match=line):
        KINDS[kind][0](path)


def test_tensors_that_overlap(tmp_path):
    two = {"a": torch.ones(2), "b": torch.ones(2)}
    path = tmp_path / "model.safetensors"
    path.write_bytes(save(two))
    with_header(path, "b", data_offsets=[4, 12])
    assert refusal(load_vae, path) == "b does not begin where the tensor before it ends; fetch the file again"
    path.write_bytes(save(two) + b"1234")
    with_header(path, "b", data_offsets=[12, 20])
    assert refusal(load_vae, path) == "b does not begin where the tensor before it ends; fetch the file again"
    path.write_bytes(save(two) + b"1234")
    assert refusal(load_vae, path) == "4 bytes stand behind its last tensor; fetch the file again"


@pytest.mark.parametrize("name", ["a\nb", "\x1b[2J", "", "x" * 501, "\ud800"])
def test_a_name_that_cannot_be_shown_in_one_line(tmp_path, name):
    path = tmp_path / "model.safetensors"
    entries = {name: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    raw = json.dumps(entries).encode()
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + b"1234")
    refusal(load_vae, path)


def test_a_name_that_stands_twice(tmp_path):
    entry = b'{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
    raw = b'{"weight":' + entry + b',"weight":' + entry + b"}"
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(raw)) + raw + b"1234")
    line = refusal(load_vae, tmp_path / "model.safetensors")
    assert line == "its header is no JSON object ('weight' stands in it twice); fetch the file again"
