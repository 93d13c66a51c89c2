"""LoRA files of the LTX family, in the naming of the original tools and of diffusers, read against a transformer."""

import re
from math import prod
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from render_engine.api.values import RenderError
from render_engine.checkpoints.header import parse_object
from render_engine.checkpoints.safetensors_files import save_checkpoint
from render_engine.checkpoints.transformer_key_map import PREFIX, is_video, name_from_diffusers
from render_engine.checkpoints.weight_source import WeightSource, open_weights
from render_engine.models.lora import Lora, LoraFactors
from render_engine.models.transformer import VideoTransformer

_FACTOR = re.compile(
    r"^(?:model\.diffusion_model\.|diffusion_model\.|transformer\.|base_model\.model\.)*(?P<layer>.+?)\."
    r"(?P<factor>lora_A|lora_B|lora_down|lora_up|alpha)(?:\.default)?(?:\.weight)?$"
)
_NAMES = {"lora_A": "down", "lora_down": "down", "lora_B": "up", "lora_up": "up", "alpha": "alpha"}
_SETTINGS = "lora_adapter_metadata"
"""Where diffusers' files have the alpha of all layers, and settings that change what the factors mean."""
_MAX_ALPHA = 1e6
_SCALE = re.compile(r"[1-9][0-9]?")
_UNREAD_SETTINGS = ("transformer.alpha_pattern", "transformer.use_rslora", "transformer.use_dora")


class ReferenceScales(NamedTuple):
    """How many times smaller, and slower, the references are that an adapter (IC-LoRA) was trained to follow."""

    downscale: int = 1
    temporal: int = 1


def load_lora(path: Path, transformer: VideoTransformer) -> Lora:
    """Read an adapter whose layers are all the transformer's; of one for LTX-2, what concerns the video stream.

    Raises:
        RenderError: naming the file and the first tensor that is no adapter's, or of a layer that the transformer has
            not, or has in another shape: it was trained for another family or size.
    """
    layers = {name: layer for name, layer in transformer.named_modules() if isinstance(layer, nn.Linear)}
    with open_weights(path) as source:
        found = _find_factors(source, has_sound=transformer.config.cross_attn_norm)
        for name, keys in found.items():
            _check(source, keys, layers.get(name))
        alpha = _read_alpha(source)
        return {name: _read(source, keys, alpha) for name, keys in sorted(found.items())}


def save_lora(path: Path, lora: Lora, dtype: torch.dtype) -> None:
    """Write an adapter in the original tools' naming; a scale other than 1 becomes each layer's alpha."""
    tensors: dict[str, Tensor] = {}
    for name, factors in lora.items():
        tensors[f"{PREFIX}{name}.lora_A.weight"] = factors.down_RI
        tensors[f"{PREFIX}{name}.lora_B.weight"] = factors.up_OR
        if factors.scale != 1:
            tensors[f"{PREFIX}{name}.alpha"] = torch.tensor(factors.scale * len(factors.down_RI))
    save_checkpoint(path, tensors, {}, dtype)


def read_reference_scales(path: Path) -> ReferenceScales:
    """What an adapter's metadata says of its references; of those that say nothing, 1 and 1.

    Raises:
        RenderError: it is no file of weights, or says what is no whole number from 1 to 99.
    """
    with open_weights(path) as source:
        said = {name: source.metadata.get(f"reference_{name}_factor", "1") for name in ("downscale", "temporal_scale")}
    for name, value in said.items():
        if not _SCALE.fullmatch(value):
            raise RenderError(f"{path}: its reference_{name}_factor is {value[:20]!r}; choose another file")
    return ReferenceScales(*map(int, said.values()))


def _find_factors(source: WeightSource, *, has_sound: bool) -> dict[str, dict[str, str]]:
    """By layer: the names of its factors in the file; an adapter of LTX-2 has others for what is not video."""
    found: dict[str, dict[str, str]] = {}
    for key in source.keys:
        match = _FACTOR.match(key)
        if match is None:
            raise source.refusal(key, "is no tensor of a LoRA; choose another file")
        layer = name_from_diffusers(f"{match['layer']}.").removesuffix(".")
        if has_sound and not is_video(layer):
            continue
        factors, factor = found.setdefault(layer, {}), _NAMES[match["factor"]]
        if factor in factors:
            raise source.refusal(key, f"and {factors[factor]} are the same tensor; fetch the file again")
        factors[factor] = key
    if not found:
        raise RenderError(f"{source.path}: holds no LoRA of a video transformer; choose another file")
    return found


def _check(source: WeightSource, keys: dict[str, str], layer: nn.Linear | None) -> None:
    first = next(iter(keys.values()))
    if layer is None:
        raise source.refusal(first, "is for a layer that this transformer has not; choose a LoRA of this model")
    if not {"down", "up"} <= keys.keys():
        raise source.refusal(first, "has only one of its two factors; fetch the file again")
    rank = max([1, *source.info(keys["down"]).shape[:1]])
    source.check_weight(keys["down"], (rank, layer.in_features))
    source.check_weight(keys["up"], (layer.out_features, rank))
    if "alpha" in keys and prod(source.info(keys["alpha"]).shape) != 1:
        raise source.refusal(keys["alpha"], "is not one number; fetch the file again")


def _read_alpha(source: WeightSource) -> float | None:
    """The alpha of layers that have none of their own."""
    settings = parse_object(source.metadata.get(_SETTINGS, "{}"), source.path, f"its {_SETTINGS} is no JSON object")
    if unread := [name for name in _UNREAD_SETTINGS if settings.get(name)]:
        raise RenderError(f"{source.path}: its {unread[0]} is not supported; choose another file")
    alpha = settings.get("transformer.lora_alpha")
    if alpha is not None and not (isinstance(alpha, int | float) and abs(alpha) < _MAX_ALPHA):
        raise RenderError(f"{source.path}: its transformer.lora_alpha is no sound number; fetch the file again")
    return alpha


def _read(source: WeightSource, keys: dict[str, str], alpha: float | None) -> LoraFactors:
    down, up = source.read(keys["down"]), source.read(keys["up"])
    if "alpha" in keys:
        alpha = float(source.read(keys["alpha"]))
    return LoraFactors(down.float(), up.float(), 1.0 if alpha is None else alpha / down.shape[0])
