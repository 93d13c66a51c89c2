"""A file's header tells what it holds, or one line says what is wrong with it, before anything is loaded."""

import json
import struct
import time
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save, save_file

from render_engine.api.values import RenderError
from render_engine.checkpoints.header import read_header

TENSORS = {"a.weight": torch.zeros(3, 2), "b": torch.ones(4, dtype=torch.float16)}
WHOLE = save(TENSORS, metadata={"config": '{"width": 3}'})


def write(path: Path, entries: object, data: bytes = b"") -> Path:
    raw = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + data)
    return path


def refusal_of(path: Path) -> str:
    """Nothing when the header and its config can be read."""
    try:
        _ = read_header(path).config
    except RenderError as error:
        return str(error)
    return ""


def entry(**changes: object) -> dict[str, object]:
    return {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **changes}


def test_a_header_tells_dtypes_shapes_and_config(tmp_path: Path):
    path = tmp_path / "whole.safetensors"
    path.write_bytes(WHOLE)
    header = read_header(path)
    assert header.tensors == {"a.weight": ("F32", (3, 2)), "b": ("F16", (4,))}
    assert header.config == {"width": 3}
    save_file(TENSORS, path)
    assert read_header(path).config == {}


@pytest.mark.parametrize(
    ("entries", "data", "why"),
    [
        ({"x": entry()}, b"1234", "x ends 4 bytes behind the end of the file"),
        ({"x": entry(shape=[3])}, b"12345678", r"x has 8 bytes, not those of F32 \(3,\)"),
        ({"x": entry(dtype="F4")}, b"12345678", "x has the dtype 'F4', which this engine does not read"),
        ({"x": entry(data_offsets=[0])}, b"12345678", "x is not described as a tensor"),
        ({"x": entry(shape=[-1])}, b"12345678", "x is not described as a tensor"),
        ({"x": 3}, b"", "x is not described as a tensor"),
        ({"__metadata__": {"config": 3}}, b"", "its metadata is not text"),
        ({"__metadata__": []}, b"", "its metadata is not text"),
        ([1], b"", "its header is no JSON object; fetch"),
        (b"{nothing", b"", r"its header is no JSON object \("),
        (b"[" * 100_000, b"", r"its header is no JSON object \("),
    ],
)
def test_a_header_that_is_none_is_named_with_its_file_and_tensor(
    tmp_path: Path, entries: object, data: bytes, why: str
):
    path = write(tmp_path / "bad.safetensors", entries, data)
    with pytest.raises(RenderError, match=rf"^{path}: .*{why}"):
        read_header(path)


@pytest.mark.parametrize(("config", "why"), [("{", r"object \(.*line 1"), ("[1]", "object; fetch")])
def test_a_config_that_is_none_is_named(tmp_path: Path, config: str, why: str):
    path = write(tmp_path / "bad.safetensors", {"__metadata__": {"config": config}})
    header = read_header(path)
    with pytest.raises(RenderError, match=f"its config is no JSON {why}"):
        _ = header.config


def test_a_pickle_is_never_loaded(tmp_path: Path):
    plain, zipped = tmp_path / "plain.safetensors", tmp_path / "zipped.safetensors"
    plain.write_bytes(b"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94K\x01s.")
    torch.save(TENSORS, zipped)
    for path in (plain, zipped):
        with pytest.raises(RenderError, match="a pickle, which may run code and is never loaded"):
            read_header(path)


@pytest.mark.parametrize("width", range(1, 200, 7))
def test_a_header_whose_length_begins_like_a_pickle_is_none(tmp_path: Path, width: int):
    path = tmp_path / "padded.safetensors"
    for length in (0x80, 0x280, 0x480):
        described = json.dumps({"x" * width: entry(shape=[0], data_offsets=[0, 0])})
        if len(described) <= length:
            write(path, described.ljust(length).encode())
            assert list(read_header(path).tensors) == ["x" * width]


def test_a_header_of_ten_gigabytes_is_refused_at_once(tmp_path: Path):
    path = tmp_path / "bomb.safetensors"
    path.write_bytes(struct.pack("<Q", 10 * 2**30) + b"{}")
    started = time.perf_counter()
    with pytest.raises(RenderError, match="claims a header of 10,737,418,240 bytes"):
        read_header(path)
    assert time.perf_counter() - started < 1


def test_a_file_that_is_not_there_or_a_folder_is_named(tmp_path: Path):
    with pytest.raises(RenderError, match="no such weight file"):
        read_header(tmp_path / "nowhere.safetensors")
    with pytest.raises(RenderError, match="no such weight file"):
        read_header(tmp_path)


@given(length=st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_off_anywhere_is_refused(tmp_path_factory: pytest.TempPathFactory, length: int):
    path = tmp_path_factory.mktemp("cut") / "cut.safetensors"
    path.write_bytes(WHOLE[:length])
    with pytest.raises(RenderError, match="fetch it again"):
        read_header(path)


@given(at=st.integers(0, len(WHOLE) - 1), value=st.integers(0, 255))
def test_a_changed_byte_is_read_or_refused_and_never_breaks(
    tmp_path_factory: pytest.TempPathFactory, at: int, value: int
):
    path = tmp_path_factory.mktemp("changed") / "changed.safetensors"
    path.write_bytes(WHOLE[:at] + bytes([value]) + WHOLE[at + 1 :])
    assert "\n" not in refusal_of(path)
