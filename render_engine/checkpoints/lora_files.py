"""LoRA files of the LTX family, in the naming of the original tools and of diffusers, read against a transformer."""

import re
from pathlib import Path

from torch import nn

from render_engine.api.values import RenderError
from render_engine.checkpoints.transformer_key_map import name_from_diffusers
from render_engine.checkpoints.weight_source import WeightSource, open_weights
from render_engine.models.lora import Lora, LoraFactors

_FACTOR = re.compile(
    r"^(?:model\.diffusion_model\.|diffusion_model\.|transformer\.|base_model\.model\.)*(?P<layer>.+?)\."
    r"(?P<factor>lora_A|lora_B|lora_down|lora_up|alpha)(?:\.default)?(?:\.weight)?$"
)
_NAMES = {"lora_A": "down", "lora_down": "down", "lora_B": "up", "lora_up": "up", "alpha": "alpha"}


def load_lora(path: Path, transformer: nn.Module) -> Lora:
    """Read an adapter whose layers are all the transformer's.

    Raises:
        RenderError: naming the file and the first tensor that is no adapter's, or of a layer that the transformer has
            not, or has in another shape: it was trained for another family or size.
    """
    with open_weights(path) as source:
        found = _find_factors(source)
        return {name: _read(source, transformer, name, keys) for name, keys in sorted(found.items())}


def _find_factors(source: WeightSource) -> dict[str, dict[str, str]]:
    """By layer: the names of its factors in the file."""
    found: dict[str, dict[str, str]] = {}
    for key in source.keys:
        match = _FACTOR.match(key)
        if match is None:
            raise RenderError(f"{source.path}: {key} is no tensor of a LoRA; choose another file")
        layer = name_from_diffusers(f"{match['layer']}.").removesuffix(".")
        found.setdefault(layer, {})[_NAMES[match["factor"]]] = key
    if not found:
        raise RenderError(f"{source.path}: holds no LoRA; choose another file")
    return found


def _read(source: WeightSource, transformer: nn.Module, name: str, keys: dict[str, str]) -> LoraFactors:
    layer = dict(transformer.named_modules()).get(name)
    if not isinstance(layer, nn.Linear):
        raise RenderError(f"{source.path}: {next(iter(keys.values()))} is for a layer that this transformer has not")
    if not {"down", "up"} <= keys.keys():
        raise RenderError(f"{source.path}: {name} has only one of its two factors; fetch the file again")
    down, up = source.read(keys["down"]), source.read(keys["up"])
    if down.ndim != 2 or up.ndim != 2 or (up.shape[0], down.shape[1]) != tuple(layer.weight.shape):
        shape = tuple(layer.weight.shape)
        raise RenderError(
            f"{source.path}: {keys['up']} and {keys['down']} do not make {shape}: they are of another size of model"
        )
    if up.shape[1] != down.shape[0]:
        raise RenderError(f"{source.path}: {keys['up']} and {keys['down']} have two ranks; fetch the file again")
    scale = float(source.read(keys["alpha"])) / down.shape[0] if "alpha" in keys else 1.0
    return LoraFactors(down.float(), up.float(), scale)
