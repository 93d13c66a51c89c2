"""What files of weights hold, and whether the engine's classes take them, by their headers alone."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path

from pydantic import JsonValue

from render_engine.api.library import PartReport, WeightsReport
from render_engine.api.values import RenderError
from render_engine.checkpoints.header import Header, read_header, reading
from render_engine.checkpoints.identify import Identity, Part, identify, part_of, states_version
from render_engine.checkpoints.weight_source import CONFIG, SCALES, STEM
from render_engine.library.catalogue import published_models
from render_engine.library.loading import check_loadable

MAX_TEXT = 60
"""Characters of one value that are worth showing."""
_NO_ANSWER = "an adapter fits or not when it is loaded beside its model"
_NO_SOUND = "the engine has no sound of the LTX family yet"


def inspect(path: Path) -> list[WeightsReport]:
    """Report a file, a model's folder, or every model that lies in a folder.

    Raises:
        RenderError: it is not there, holds no weights, or is a single file that is none.
    """
    with reading(path):
        units = [path] if path.is_file() or _is_model_folder(path) else _find_units(path)
    if units == [path]:
        return [_report(path)]
    return [_report_or_fault(unit) for unit in units]


def _is_model_folder(path: Path) -> bool:
    """As diffusers writes one: a config beside weights of the usual name."""
    return (path / CONFIG).is_file() and any(path.glob(f"{STEM}*.safetensors*"))


def _find_units(folder: Path) -> list[Path]:
    if not folder.exists():
        raise RenderError(f"{folder}: no such file or folder; give a .safetensors file or a folder that holds some")
    files = sorted(path for path in folder.rglob("*.safetensors") if path.is_file())
    if not files:
        raise RenderError(f"{folder}: holds no .safetensors file; give a file of weights or a folder of them")
    return list(dict.fromkeys(file.parent if _is_model_folder(file.parent) else file for file in files))


def _report_or_fault(unit: Path) -> WeightsReport:
    try:
        return _report(unit)
    except RenderError as error:
        return WeightsReport(path=unit, num_bytes=_num_bytes(unit), known_as=_known_as(unit), fault=str(error))


def _report(unit: Path) -> WeightsReport:
    header = _read_header(unit)
    report = WeightsReport(
        path=unit,
        num_bytes=_num_bytes(unit),
        dtypes=dict(Counter(info.dtype for info in header.tensors.values()).most_common()),
        num_parameters=_count(header, header.tensors),
        known_as=_known_as(unit),
    )
    try:
        identity = identify(header)
    except RenderError as error:
        return report.model_copy(update={"fault": str(error)})
    parts = tuple(_report_part(part, header, identity) for part in sorted(identity.parts))
    said = identity._asdict() | {"is_version_stated": states_version(header), "parts": parts}
    return report.model_copy(update=said)


def _read_header(unit: Path) -> Header:
    """A file's header; of a folder, those of all its files as of one, with the folder's config."""
    if unit.is_file():
        return read_header(unit)
    shards = [read_header(path) for path in sorted(unit.glob(f"{STEM}*.safetensors"))]
    tensors = {key: info for shard in shards for key, info in shard.tensors.items()}
    try:
        return Header(unit, tensors, {"config": (unit / CONFIG).read_text("utf-8")})
    except (OSError, ValueError) as error:
        raise RenderError(f"{unit / CONFIG}: cannot be read; fetch it again") from error


def _report_part(part: Part, header: Header, identity: Identity) -> PartReport:
    keys = [key for key in header.tensors if part_of(key, identity.parts) == part]
    loads, reason = _judge(part, header)
    return PartReport(
        part=part,
        num_tensors=len(keys),
        num_parameters=_count(header, keys),
        loads=loads,
        reason=reason.removeprefix(f"{header.path}: "),
        config=_shorten(header.config, part),
    )


def _judge(part: Part, header: Header) -> tuple[bool | None, str]:
    """Whether the classes that would load it take it, and why not."""
    if part == "lora":
        return None, _NO_ANSWER
    if part == "audio":
        return False, _NO_SOUND
    try:
        check_loadable(part, header.path)
    except RenderError as error:
        return False, str(error)
    return True, ""


def _count(header: Header, keys: Iterable[str]) -> int:
    """Numbers of the weights; the scales of eight-bit weights are none."""
    return sum(prod(header.tensors[key].shape) for key in keys if not key.endswith(SCALES))


def _shorten(config: Mapping[str, JsonValue], part: Part) -> dict[str, JsonValue]:
    """The single values that the config gives for a part; the config itself is the part's where it holds no parts."""
    own = config.get(part)
    values = own if isinstance(own, Mapping) else config
    return {key: value for key, value in values.items() if _is_short(value)}


def _is_short(value: JsonValue) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, bool | int) or (isinstance(value, str) and len(value) <= MAX_TEXT)


def _num_bytes(unit: Path) -> int:
    files = unit.glob("*.safetensors") if unit.is_dir() else [unit]
    return sum(path.stat().st_size for path in files)


def _known_as(unit: Path) -> str:
    return unit.stem if unit.is_file() and unit.stem in {model.name for model in published_models()} else ""
