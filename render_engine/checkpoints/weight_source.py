"""Where a module's weights come from: one safetensors file, or a folder as diffusers writes it, whole or in shards.

Tensors are read one at a time, so that no second copy of a model lies in memory while it is loaded.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from math import prod
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from render_engine.api.values import RenderError
from render_engine.checkpoints.header import PICKLE, Header, TensorInfo, read_header, read_object, reading

STEM = "diffusion_pytorch_model"
CONFIG = "config.json"
SCALES = (".weight_scale", ".input_scale")
"""Beside eight-bit weights: what a stored weight is multiplied with, and what an input is divided by."""
_EIGHT_BITS = ("F8_E4M3", "F8_E5M2")
_WEIGHT_DTYPES = ("F32", "BF16", "F16", *_EIGHT_BITS)


class WeightSource:
    """Tensors by their name in the files; `open_weights` makes one."""

    def __init__(self, path: Path, config: dict[str, Any], headers: Mapping[str, Header], stack: ExitStack) -> None:
        self.path = path
        self.config = config
        self._headers = headers
        self._stack = stack
        self._files: dict[Path, Any] = {}
        self._check_scales()

    @property
    def keys(self) -> list[str]:
        """Names of the weights, sorted; the scales of eight-bit weights belong to these."""
        return sorted(key for key in self._headers if not key.endswith(SCALES))

    def info(self, key: str) -> TensorInfo:
        """A tensor's dtype and shape."""
        return self._headers[key].tensors[key]

    @property
    def metadata(self) -> dict[str, str]:
        """What the files say of themselves besides their config."""
        return {name: text for header in self._headers.values() for name, text in header.metadata.items()}

    def refusal(self, key: str, why: str) -> RenderError:
        """The error that names the file of a tensor, the tensor, and what is wrong with it."""
        return RenderError(f"{self._headers[key].path}: {key} {why}")

    def check_weight(self, key: str, shape: tuple[int, ...]) -> None:
        """A weight has the shape that it should have, and a dtype of weights; RenderError naming it when not."""
        info = self.info(key)
        if info.shape != shape:
            raise self.refusal(key, f"has shape {info.shape} instead of {shape}; choose the file of this model")
        if info.dtype not in _WEIGHT_DTYPES:
            raise self.refusal(key, f"has the dtype {info.dtype}; weights are {', '.join(_WEIGHT_DTYPES)}")

    def read(self, key: str) -> Tensor:
        """One tensor; eight-bit weights in float32, multiplied with their scale where they have one.

        Raises:
            RenderError: naming the file and the key, when it cannot be read or holds values that are not finite.
        """
        value = self._raw(key)
        if self.info(key).dtype in _EIGHT_BITS:
            scale = f"{key}_scale"
            value = value.float() * (self._raw(scale).float() if scale in self._headers else 1.0)
        if not torch.isfinite(value).all():
            raise self.refusal(key, "holds values that are not finite; fetch the file again")
        return value

    def _raw(self, key: str) -> Tensor:
        path = self._headers[key].path
        try:
            if path not in self._files:
                self._files[path] = self._stack.enter_context(safe_open(path, framework="pt"))
            value: Tensor = self._files[path].get_tensor(key)
        except (SafetensorError, OSError) as error:
            raise self.refusal(key, f"cannot be read ({' '.join(str(error).split())}); fetch the file again") from error
        return value

    def _check_scales(self) -> None:
        """A scale is one number beside an eight-bit weight; where one such weight has its scale, all have."""
        eight_bit = {key for key in self._headers if self.info(key).dtype in _EIGHT_BITS}
        scales = [key for key in self._headers if key.endswith(SCALES)]
        for scale in scales:
            if f"{scale.rpartition('.')[0]}.weight" not in eight_bit:
                raise self.refusal(scale, "is the scale of no eight-bit weight; fetch the file again")
            if prod(self.info(scale).shape) != 1:
                raise self.refusal(scale, f"has shape {self.info(scale).shape}; a scale is one number")
        missing = sorted(key for key in eight_bit if scales and f"{key}_scale" not in self._headers)
        if missing:
            raise self.refusal(missing[0], "has lost its weight_scale, which others have; fetch the file again")


@contextmanager
def open_weights(path: Path) -> Iterator[WeightSource]:
    """Open a file or a folder of weights; nothing but headers is read yet.

    Raises:
        RenderError: naming the file that is missing, damaged, or does not hold what its index says.
    """
    with ExitStack() as stack:
        with reading(path):
            is_folder = path.is_dir()
        if is_folder and not (path / CONFIG).is_file():
            raise RenderError(f"{path}: has no {CONFIG}; choose the folder of one model, or a file")
        if is_folder:
            config = read_object(path / CONFIG, "it is no JSON object")
            yield WeightSource(path, config, find_tensors(path, STEM), stack)
        else:
            header = read_header(path)
            yield WeightSource(path, header.config, dict.fromkeys(header.tensors, header), stack)


def find_tensors(folder: Path, stem: str) -> dict[str, Header]:
    """By a tensor's name: the header of the file in a folder that holds it, be it `stem`.safetensors or a shard.

    Raises:
        RenderError: naming the file that is missing, damaged, or does not hold what the index says.
    """
    index, whole = folder / f"{stem}.safetensors.index.json", folder / f"{stem}.safetensors"
    if not index.is_file():
        if not whole.exists() and (pickles := sorted(folder.glob("*.bin"))):
            raise RenderError(f"{pickles[0]}: {PICKLE}; get {whole.name}, or a repository that has it")
        header = read_header(whole)
        return dict.fromkeys(header.tensors, header)
    places = read_object(index, "it names no shards").get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(name, str) for name in places.values()):
        raise RenderError(f"{index}: it names no shards; fetch it again")
    for key, name in places.items():
        if Path(name).name != name:
            raise RenderError(f"{index}: it puts {key} outside of its folder, in {name!r}; fetch it again")
    headers = [read_header(folder / name) for name in sorted(set(places.values()))]
    held = {(key, header.path.name) for header in headers for key in header.tensors}
    if misplaced := sorted(held ^ set(places.items())):
        key, name = misplaced[0]
        raise RenderError(f"{folder}: {name} and the index do not agree on {key}; fetch both again")
    return {key: header for header in headers for key in header.tensors}


def stream_into(module: nn.Module, source: WeightSource, name_of: Callable[[str], str | None]) -> None:
    """Copy weights into a module of exactly those names and shapes: `match`, then `fill`."""
    fill(module, source, match(module, source, name_of))


def match(module: nn.Module, source: WeightSource, name_of: Callable[[str], str | None]) -> dict[str, str]:
    """Compare a module with the headers of its weights.

    Args:
        module: may have no memory yet (device "meta").
        source: the open weights.
        name_of: the module's name for a name in the files; None for what no computation reads.

    Returns:
        What the files call each of the module's tensors.

    Raises:
        RenderError: for the first missing, unexpected or doubled name, wrong shape or dtype.
    """
    named: dict[str, str] = {}
    for theirs in source.keys:
        ours = name_of(theirs)
        if ours in named:
            raise source.refusal(theirs, f"and {named[ours]} are the same tensor, {ours}; fetch the file again")
        if ours is not None:
            named[ours] = theirs
    wanted = module.state_dict()
    check_names(wanted, named, source.path)
    for ours, theirs in sorted(named.items()):
        source.check_weight(theirs, tuple(wanted[ours].shape))
    return named


@torch.no_grad()
def fill(module: nn.Module, source: WeightSource, named: Mapping[str, str]) -> None:
    """Copy matched weights into a module, one tensor at a time.

    Its parameters keep their dtype and device; one that has no memory yet (device "meta") gets it on the CPU.

    Raises:
        RenderError: for the first tensor that cannot be read, or holds values that are not finite, or not in its dtype.
    """
    wanted = module.state_dict()
    if any(value.is_meta for value in wanted.values()):
        wanted = module.to_empty(device="cpu").state_dict()
    for ours, theirs in named.items():
        wanted[ours].copy_(source.read(theirs))
        if wanted[ours].dtype == torch.float16 and not torch.isfinite(wanted[ours]).all():
            raise source.refusal(theirs, "holds values too large for float16; load it in bfloat16 or float32")


def check_names(wanted: Mapping[str, object], named: Mapping[str, str], path: Path) -> None:
    """A model has the tensors that it should have and no others; `named` gives what its file calls each.

    Raises:
        RenderError: naming the first that is missing or unexpected.
    """
    advice = "choose the file of this model"
    if missing := sorted(wanted.keys() - named.keys()):
        raise RenderError(f"{path}: {missing[0]} is missing ({len(missing)} missing in all); {advice}")
    if unexpected := sorted(named[ours] for ours in named.keys() - wanted.keys()):
        raise RenderError(f"{path}: {unexpected[0]} is unexpected ({len(unexpected)} unexpected in all); {advice}")
