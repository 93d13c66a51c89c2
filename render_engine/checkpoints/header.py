"""The header of a safetensors file, read alone: what the file holds, and whether it is whole, before it is loaded."""

import json
import struct
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

from render_engine.api.values import RenderError

MAX_HEADER_BYTES = 100 * 2**20
"""What the format's own readers accept; the largest published header has some megabytes."""
BYTES_PER_VALUE = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
    "I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8,
}  # fmt: skip
_LENGTH = struct.Struct("<Q")
_PICKLES = (b"\x80", b"PK\x03\x04")
"""How a pickle begins, and the archive that torch keeps one in; a header's length may begin so too."""


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
        try:
            config = json.loads(self.metadata.get("config", "{}"))
        except (ValueError, RecursionError) as error:
            raise RenderError(f"{self.path}: its config is not JSON") from error
        if not isinstance(config, dict):
            raise RenderError(f"{self.path}: its config is not a JSON object")
        return config


def read_header(path: Path) -> Header:
    """Read and check a header without the tensors behind it.

    Raises:
        RenderError: naming the file, and the first tensor that is not as the format wants it or not whole.
    """
    try:
        with path.open("rb") as file:
            raw = _read_raw(file, path)
            num_bytes = path.stat().st_size - _LENGTH.size - len(raw)
    except FileNotFoundError as error:
        raise RenderError(f"{path}: no such weight file") from error
    except OSError as error:
        raise RenderError(f"{path}: cannot be read ({error.strerror})") from error
    entries = _parse(raw, path)
    metadata = entries.pop("__metadata__", {})
    tensors = {key: _check_tensor(key, entry, num_bytes, path) for key, entry in entries.items()}
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise RenderError(f"{path}: its metadata is not text; fetch the file again")
    return Header(path, tensors, metadata)


def _read_raw(file: BinaryIO, path: Path) -> bytes:
    start, brace = file.read(_LENGTH.size), file.read(1)
    if start.startswith(_PICKLES) and brace != b"{":
        raise RenderError(f"{path}: a pickle, which may run code and is never loaded; get the .safetensors file")
    if len(start) < _LENGTH.size:
        raise RenderError(f"{path}: not a whole safetensors file ({len(start)} bytes); fetch it again")
    (length,) = _LENGTH.unpack(start)
    if length > MAX_HEADER_BYTES:
        raise RenderError(f"{path}: not a safetensors file (it claims a header of {length:,} bytes); fetch it again")
    raw = (brace + file.read(length))[:length]
    if len(raw) < length:
        raise RenderError(f"{path}: its header breaks off after {len(raw):,} of {length:,} bytes; fetch it again")
    return raw


def _parse(raw: bytes, path: Path) -> dict[str, Any]:
    try:
        entries = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise RenderError(f"{path}: not a safetensors file (its header is not JSON); fetch it again") from error
    if not isinstance(entries, dict):
        raise RenderError(f"{path}: not a safetensors file (its header is no mapping); fetch it again")
    return entries


def _check_tensor(key: str, entry: object, num_bytes: int, path: Path) -> TensorInfo:
    """The tensor's dtype and shape, once its bytes lie in the file and are as many as these want."""
    try:
        described = _Entry.model_validate(entry)
    except ValidationError as error:
        raise RenderError(f"{path}: {key} is not described as a tensor; fetch the file again") from error
    dtype, shape, (start, end) = described.dtype, tuple(described.shape), described.data_offsets
    if dtype not in BYTES_PER_VALUE:
        raise RenderError(f"{path}: {key} has the dtype {dtype!r}, which this engine does not read")
    if end > num_bytes:
        raise RenderError(f"{path}: {key} ends {end - num_bytes:,} bytes behind the end of the file; fetch it again")
    if end - start != prod(shape) * BYTES_PER_VALUE[dtype]:
        raise RenderError(f"{path}: {key} has {end - start:,} bytes, not those of {dtype} {shape}; fetch it again")
    return TensorInfo(dtype, shape)
