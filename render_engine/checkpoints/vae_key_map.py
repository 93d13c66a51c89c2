"""Names of the video autoencoder's tensors: single-file checkpoints (ours) to and from diffusers' layout.

Diffusers nests what single files list: a block of theirs is a residual stack with the resampler and the widening block
beside it. So the block lists alone give the table of names, for every version.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from torch import Tensor

from render_engine.models.vae_config import VAEConfig

NAMES = (
    ("res_blocks", "resnets"),
    ("conv_shortcut", "conv_shortcut.conv"),
    ("norm3.norm", "norm3"),
    ("decoder.last_time_embedder", "decoder.time_embedder"),
    ("decoder.last_scale_shift_table", "decoder.scale_shift_table"),
    ("per_channel_statistics.mean-of-means", "latents_mean"),
    ("per_channel_statistics.std-of-means", "latents_std"),
)
"""(single-file name, diffusers name); in this order, each at most once a key."""

PREFIX = "vae."
"""What stands before the autoencoder's tensors in a single-file checkpoint."""

UNUSED = ("per_channel_statistics.channel", "per_channel_statistics.mean-of-stds")
"""Tensors of single-file checkpoints that no computation reads."""

_BLOCK = re.compile(r"^(encoder\.down_blocks|decoder\.up_blocks)\.(\d+)\.")


def to_diffusers(key: str, config: VAEConfig) -> str:
    """The diffusers name of one of our tensors."""
    match = _BLOCK.match(key)
    if match is not None:
        side, index = match.group(1), int(match.group(2))
        key = _block_names(side, config)[index] + key[match.end() :]
    for ours, theirs in NAMES:
        key = key.replace(ours, theirs, 1)
    return key


def state_dict_to_diffusers(state_dict: Mapping[str, Tensor], config: VAEConfig) -> dict[str, Tensor]:
    """Rename all of our tensors to diffusers' names."""
    return {to_diffusers(key, config): value for key, value in state_dict.items()}


def naming_of(keys: Collection[str], config: VAEConfig, our_keys: Collection[str]) -> Callable[[str], str | None]:
    """How the tensors of a file with these names are called here, be it a single file, our own or of diffusers' layout.

    Returns:
        From a tensor's name in the file to ours; None for what is not of the autoencoder, or what nothing reads.
    """
    prefix = PREFIX if any(key.startswith(PREFIX) for key in keys) else ""
    is_theirs = any(key.startswith(("encoder.mid_block.", "decoder.mid_block.")) for key in keys)
    ours_by_theirs = {to_diffusers(key, config): key for key in our_keys} if is_theirs else {}

    def name_of(key: str) -> str | None:
        if not key.startswith(prefix) or key.removeprefix(prefix) in UNUSED:
            return None
        return ours_by_theirs.get(key, key.removeprefix(prefix))

    return name_of


def _block_names(side: str, config: VAEConfig) -> list[str]:
    """The diffusers name of every block of one side, in the order in which they run.

    Raises:
        ValueError: when the blocks do not nest as diffusers' do.
    """
    if side == "encoder.down_blocks":
        blocks: list[str] = [name for name, _ in config.encoder_blocks]
        mid, names = blocks[-1], [*_nest_down(side, blocks[:-1]), "encoder.mid_block."]
    else:
        blocks = [name for name, _ in reversed(config.decoder_blocks)]
        mid, names = blocks[0], ["decoder.mid_block.", *_nest_up(side, blocks[1:])]
    if mid != "res_x" or len(set(names)) < len(names):
        raise ValueError(f"diffusers has no names for the {side} {', '.join(blocks)}")
    return names


def _nest_down(side: str, blocks: Sequence[str]) -> list[str]:
    """A residual stack opens a block; what follows it is inside."""
    names, index = [], -1
    for block in blocks:
        index += block == "res_x"
        names.append(f"{side}.{index}.{_part(block, 'downsamplers.0.', 'conv_out.')}")
    return names


def _nest_up(side: str, blocks: Sequence[str]) -> list[str]:
    """A residual stack closes a block; what precedes it is inside."""
    names, index = [], 0
    for block in blocks:
        names.append(f"{side}.{index}.{_part(block, 'upsamplers.0.', 'conv_in.')}")
        index += block == "res_x"
    return names


def _part(block: str, resampler: str, widener: str) -> str:
    """Where a block's tensors stand inside of diffusers' block."""
    if block == "res_x":
        return ""
    return widener if block == "res_x_y" else resampler
