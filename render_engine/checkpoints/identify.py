"""Which weights of the LTX family a file holds: parts, family, version and naming, by its header alone.

What the metadata says counts first; files without it are told apart by keys and shapes that only one version has.
"""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from render_engine.api.values import RenderError
from render_engine.checkpoints.header import Header

Part = Literal["transformer", "vae", "audio", "upsampler", "pixel upscaler", "lora"]
Family = Literal["house", "ltx-video", "ltx-2"]
Naming = Literal["original", "diffusers"]
Precision = Literal["plain", "fp8", "fp8-scaled"]
_PREFIXES = re.compile(r"^(?:model\.diffusion_model\.|diffusion_model\.|transformer\.|vae\.)")
_BLOCK = re.compile(r"(?:^|\.)transformer_blocks\.(\d+)\.")
_PART_PREFIXES: tuple[tuple[str, Part], ...] = (
    ("audio_vae.", "audio"),
    ("vocoder.", "audio"),
    ("vae.", "vae"),
    ("model.diffusion_model.", "transformer"),
)
_OWN = ("linear_codec.", "latent_deviation", "blocks.0.conv_in.")
"""Tensors that only the house's models have."""
_VAE = ("encoder.down_blocks.", "decoder.up_blocks.", "linear_codec.")
_LORA = re.compile(r"\.lora_(?:A|B|down|up)\.")
_DEEP_ENCODER = 2048
"""Channels before the last convolution of the encoder of LTX-Video 0.9.5 and later."""
_SMALL_DEPTH = 28
"""Blocks of the 2B transformer; LTX-Video has a deeper one since 0.9.7."""


class Identity(NamedTuple):
    """What a file holds; `num_blocks` is 0 without a transformer.

    `version` is the oldest of those that its keys fit, unless the metadata states it; the house's have none.
    """

    parts: frozenset[Part]
    family: Family
    version: str
    naming: Naming
    precision: Precision
    num_blocks: int


def identify(header: Header) -> Identity:
    """Tell a file's weights.

    Raises:
        RenderError: when nothing in it is of the LTX family.
    """
    keys = {_PREFIXES.sub("", key): key for key in header.tensors}
    parts = frozenset(_find_parts(keys))
    if not parts:
        first = next(iter(sorted(header.tensors)), "nothing")
        raise RenderError(f"{header.path}: no weights of the LTX family (it holds {first}); choose another file")
    return Identity(
        parts=parts,
        family=_find_family(header, keys),
        version=_find_version(header, keys),
        naming=_find_naming(keys, parts),
        precision=_find_precision(header),
        num_blocks=_count_blocks(keys),
    )


def is_known(header: Header) -> bool:
    """Whether a file holds any weights of the LTX family."""
    return bool(_find_parts(_PREFIXES.sub("", key) for key in header.tensors))


def part_of(key: str, parts: frozenset[Part]) -> Part | None:
    """To which of a file's parts one of its tensors belongs; None when it is of none that is known here."""
    if len(parts) == 1:
        return next(iter(parts))
    return next((part for prefix, part in _PART_PREFIXES if key.startswith(prefix)), None)


def states_version(header: Header) -> bool:
    """Whether the metadata states the version."""
    said = header.config.get("model_version")
    return isinstance(said, str) and bool(said)


def _find_family(header: Header, keys: Iterable[str]) -> Family:
    if any(key.startswith(_OWN) for key in keys):
        return "house"
    return "ltx-2" if _is_ltx2(header, keys) else "ltx-video"


def _find_parts(keys: Iterable[str]) -> list[Part]:
    known = set(keys)
    if any(_LORA.search(key) for key in known):
        return ["lora"]
    parts: list[Part] = []
    parts += ["transformer"] if known & {"patchify_proj.weight", "proj_in.weight"} else []
    parts += ["vae"] if any(key.startswith(_VAE) for key in known) else []
    parts += ["audio"] if any(key.startswith(("audio_vae.", "vocoder.")) for key in known) else []
    parts += ["upsampler"] if {"initial_conv.weight", "final_conv.weight"} <= known else []
    parts += ["pixel upscaler"] if {"blocks.0.conv_in.weight", "conv_out.weight"} <= known else []
    return parts


def _is_ltx2(header: Header, keys: Iterable[str]) -> bool:
    said = str(header.config.get("model_version", ""))
    own = ("audio_patchify_proj.", "audio_proj_in.", "prompt_adaln", "keyframes_abs_pos_embedding")
    return said.startswith("2.") or any(key.startswith(own) or ".to_gate_logits." in key for key in keys)


def _find_version(header: Header, keys: dict[str, str]) -> str:
    if states_version(header):
        return str(header.config["model_version"])
    family = _find_family(header, keys)
    if family != "ltx-video":
        return _find_ltx2_version(keys) if family == "ltx-2" else ""
    return "0.9.7" if _count_blocks(keys) > _SMALL_DEPTH else _find_small_version(header, keys)


def _find_small_version(header: Header, keys: dict[str, str]) -> str:
    conv_out = next((key for key in ("encoder.conv_out.conv.weight", "encoder.conv_out.weight") if key in keys), None)
    if conv_out and header.tensors[keys[conv_out]].shape[1] == _DEEP_ENCODER:
        return "0.9.5"
    timed = ("decoder.last_time_embedder.", "decoder.time_embedder.")
    return "0.9.1" if any(key.startswith(timed) for key in keys) else "0.9.0"


def _find_ltx2_version(keys: Iterable[str]) -> str:
    known = set(keys)
    if not any(".to_gate_logits." in key for key in known):
        return "2.0"
    has_bias = any(key.endswith("transformer_blocks.0.ff.net.0.proj.bias") for key in known)
    return "2.3" if has_bias else "2.5"


def _find_naming(keys: Iterable[str], parts: frozenset[Part]) -> Naming:
    known = set(keys)
    theirs = ("time_embed.", "proj_in.", "encoder.mid_block.", "decoder.mid_block.", "latents_mean")
    is_theirs = any(key.startswith(theirs) or ".resnets." in key or ".norm_q." in key for key in known)
    return "diffusers" if is_theirs and parts != {"upsampler"} else "original"


def _find_precision(header: Header) -> Precision:
    if not any(info.dtype == "F8_E4M3" for info in header.tensors.values()):
        return "plain"
    return "fp8-scaled" if any(key.endswith(".weight_scale") for key in header.tensors) else "fp8"


def _count_blocks(keys: Iterable[str]) -> int:
    return max((int(match[1]) + 1 for key in keys if (match := _BLOCK.search(key))), default=0)
