"""The header of a safetensors file, read alone: what the file holds, and whether it is whole, before it is loaded."""

import json
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

from render_engine.api.values import RenderError

MAX_JSON_BYTES = 16 * 2**20
"""What is read of a header, a config or an index: many times what the family needs, and read within a second."""
BYTES_PER_VALUE = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
    "I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8,
}  # fmt: skip
_LENGTH = struct.Struct("<Q")
PICKLE = "a pickle, which may run code and is never loaded"
_OTHER_FILES = {
    b"\x80": f"{PICKLE}; get the .safetensors file",
    b"PK\x03\x04": f"{PICKLE}; get the .safetensors file",
    b"version ": "a pointer of Git LFS, not the weights; fetch them with git lfs pull",
    b"GGUF": "a GGUF file, which this engine does not read; get the .safetensors file",
}
"""How they begin, a pickle plain or in torch's archive; a header's length may begin so too."""
_MAX_NAME, _SHOWN = 500, 80


class _Entry(BaseModel):
    """A tensor as the header describes it; `data_offsets` count from the end of the header."""

    model_config = ConfigDict(extra="forbid", strict=True)

    dtype: str
    shape: list[NonNegativeInt]
    data_offsets: list[NonNegativeInt] = Field(min_length=2, max_length=2)


class TensorInfo(NamedTuple):
    """A tensor's dtype, under the format's own name, and its shape."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Header:
    """What a file says of itself."""

    path: Path
    tensors: dict[str, TensorInfo]
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> dict[str, Any]:
        """The config in the metadata; empty when there is none. RenderError when it is not a JSON object."""
        return parse_object(self.metadata.get("config", "{}"), self.path, "its config is no JSON object")


def read_header(path: Path) -> Header:
    """Read and check a header without the tensors behind it.

    Raises:
        RenderError: naming the file, and the first tensor that is not as the format wants it or not whole.
    """
    with reading(path):
        raw, num_bytes = _read_raw(path)
    entries = parse_object(raw, path, "its header is no JSON object")
    metadata = entries.pop("__metadata__", {})
    tensors = _check_tensors(entries, num_bytes, path)
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise RenderError(f"{path}: its metadata is not text; fetch the file again")
    return Header(path, tensors, metadata)


def read_object(path: Path, fault: str) -> dict[str, Any]:
    """Read a JSON file as `parse_object` does."""
    with reading(path), path.open("rb") as file:
        text = file.read(MAX_JSON_BYTES + 1)
    if len(text) > MAX_JSON_BYTES:
        raise RenderError(f"{path}: {fault} (it has more than {MAX_JSON_BYTES:,} bytes); fetch the file again")
    return parse_object(text, path, fault)


def parse_object(text: str | bytes, path: Path, fault: str) -> dict[str, Any]:
    """Read a JSON object in which no name stands twice.

    Raises:
        RenderError: it is none; with the file, the `fault` that this is, and where it breaks.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise RenderError(f"{path}: {fault} ({error}); fetch the file again") from error
    if not isinstance(value, dict):
        raise RenderError(f"{path}: {fault}; fetch the file again")
    return value


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the system says of a file that cannot be read into a RenderError that names it."""
    try:
        yield
    except OSError as error:
        raise RenderError(f"{path}: cannot be read ({error.strerror}); check its name and its permissions") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose names can be told in one line."""
    values = dict(pairs)
    if len(values) < len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"{twice[:_SHOWN]!r} stands in it twice")
    for name in values:
        if len(name) > _MAX_NAME or not name.isprintable():
            raise ValueError(f"{name[:_SHOWN]!r} is no name")
    return values


def _read_raw(path: Path) -> tuple[bytes, int]:
    """The header as it stands in the file, and how many bytes are behind it."""
    if not path.is_file():
        raise RenderError(f"{path}: no such weight file; check its name, or fetch it")
    with path.open("rb") as file:
        start, brace = file.read(_LENGTH.size), file.read(1)
        for beginning, kind in _OTHER_FILES.items():
            if start.startswith(beginning) and brace != b"{":
                raise RenderError(f"{path}: {kind}")
        if len(start) < _LENGTH.size:
            raise RenderError(f"{path}: not a whole safetensors file ({len(start)} bytes); fetch it again")
        (length,) = _LENGTH.unpack(start)
        if length > MAX_JSON_BYTES:
            raise RenderError(
                f"{path}: not a safetensors file (it claims a header of {length:,} bytes); fetch it again"
            )
        raw = (brace + file.read(length))[:length]
        if len(raw) < length:
            raise RenderError(f"{path}: its header breaks off after {len(raw):,} of {length:,} bytes; fetch it again")
        return raw, path.stat().st_size - len(start) - length


def _check_tensors(entries: Mapping[str, object], num_bytes: int, path: Path) -> dict[str, TensorInfo]:
    """Their dtypes and shapes, once their bytes fill the file, one tensor's behind the other's."""
    described = {key: _describe(key, entry, num_bytes, path) for key, entry in entries.items()}
    place = 0
    for key, entry in sorted(described.items(), key=lambda item: item[1].data_offsets):
        if entry.data_offsets[0] != place:
            raise RenderError(f"{path}: {key} does not begin where the tensor before it ends; fetch the file again")
        place = entry.data_offsets[1]
    if place < num_bytes:
        raise RenderError(f"{path}: {num_bytes - place:,} bytes stand behind its last tensor; fetch the file again")
    return {key: TensorInfo(entry.dtype, tuple(entry.shape)) for key, entry in described.items()}


def _describe(key: str, entry: object, num_bytes: int, path: Path) -> _Entry:
    try:
        described = _Entry.model_validate(entry)
    except ValidationError as error:
        raise RenderError(f"{path}: {key} is not described as a tensor; fetch the file again") from error
    dtype, shape, (start, end) = described.dtype, tuple(described.shape), described.data_offsets
    if dtype not in BYTES_PER_VALUE:
        raise RenderError(f"{path}: {key} has the dtype {dtype[:_SHOWN]!r}, which this engine does not read")
    if end > num_bytes:
        raise RenderError(f"{path}: {key} ends {end - num_bytes:,} bytes behind the end of the file; fetch it again")
    if end - start != prod(shape) * BYTES_PER_VALUE[dtype]:
        raise RenderError(f"{path}: {key} has {end - start:,} bytes, not those of {dtype} {shape}; fetch it again")
    return described
