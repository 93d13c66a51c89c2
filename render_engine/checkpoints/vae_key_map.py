"""Names of the video autoencoder's tensors: single-file checkpoints (ours) to and from diffusers' layout.

Covers LTX-Video 0.9.5 to 0.9.8, where residual stacks and resamplers alternate on both sides.
"""

import re
from collections.abc import Mapping

from torch import Tensor

from render_engine.models.vae_config import VAEConfig

NAMES = (
    ("res_blocks", "resnets"),
    ("decoder.last_time_embedder", "decoder.time_embedder"),
    ("decoder.last_scale_shift_table", "decoder.scale_shift_table"),
    ("per_channel_statistics.mean-of-means", "latents_mean"),
    ("per_channel_statistics.std-of-means", "latents_std"),
)
"""(single-file name, diffusers name); in this order, each at most once a key."""

UNUSED = ("per_channel_statistics.channel", "per_channel_statistics.mean-of-stds")
"""Tensors of single-file checkpoints that no computation reads."""

_BLOCK = re.compile(r"^(encoder\.down_blocks|decoder\.up_blocks)\.(\d+)\.")


def to_diffusers(key: str, config: VAEConfig) -> str:
    """The diffusers name of one of our tensors."""
    match = _BLOCK.match(key)
    if match is not None:
        side, index = match.group(1), int(match.group(2))
        key = _block_to_diffusers(side, index, config) + key[match.end() :]
    for ours, theirs in NAMES:
        key = key.replace(ours, theirs, 1)
    return key


def state_dict_to_diffusers(state_dict: Mapping[str, Tensor], config: VAEConfig) -> dict[str, Tensor]:
    """Rename all of our tensors to diffusers' names."""
    return {to_diffusers(key, config): value for key, value in state_dict.items()}


def state_dict_from_diffusers(
    state_dict: Mapping[str, Tensor], config: VAEConfig, our_keys: list[str]
) -> dict[str, Tensor]:
    """Rename diffusers' tensors to ours; a tensor that no key of `our_keys` maps to keeps its name, to be refused."""
    ours_by_theirs = {to_diffusers(key, config): key for key in our_keys}
    return {ours_by_theirs.get(key, key): value for key, value in state_dict.items()}


def state_dict_from_single_file(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Take the autoencoder out of a single-file checkpoint: its `vae.` tensors, less those that nothing reads."""
    prefix = "vae." if any(key.startswith("vae.") for key in state_dict) else ""
    ours = {key.removeprefix(prefix): value for key, value in state_dict.items() if key.startswith(prefix)}
    return {key: value for key, value in ours.items() if key not in UNUSED}


def _block_to_diffusers(side: str, index: int, config: VAEConfig) -> str:
    if side == "encoder.down_blocks":
        if index == len(config.encoder_blocks) - 1:
            return "encoder.mid_block."
        block, resampler = f"{side}.{index // 2}.", "downsamplers.0."
    else:
        if index == 0:
            return "decoder.mid_block."
        block, resampler = f"{side}.{(index - 1) // 2}.", "upsamplers.0."
    return block + resampler if index % 2 else block
