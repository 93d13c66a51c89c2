"""Names of the video transformer's tensors: single-file checkpoints (ours) to and from diffusers' layout."""

from collections.abc import Mapping

from torch import Tensor

NAMES = (
    ("patchify_proj.", "proj_in."),
    ("adaln_single.", "time_embed."),
    (".q_norm.", ".norm_q."),
    (".k_norm.", ".norm_k."),
)
"""(single-file name, diffusers name); each at most once a key, in any order."""

PREFIX = "model.diffusion_model."
"""What stands before the transformer's tensors in a single-file checkpoint."""


def state_dict_to_diffusers(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename all of our tensors to diffusers' names."""
    return {_renamed(key, NAMES): value for key, value in state_dict.items()}


def state_dict_from_diffusers(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename diffusers' tensors to ours; a name that neither knows is kept, to be refused on loading."""
    theirs_to_ours = tuple((theirs, ours) for ours, theirs in NAMES)
    return {_renamed(key, theirs_to_ours): value for key, value in state_dict.items()}


def state_dict_from_single_file(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Take the transformer out of a single-file checkpoint: its prefixed tensors, or all when none is prefixed."""
    prefix = PREFIX if any(key.startswith(PREFIX) for key in state_dict) else ""
    return {key.removeprefix(prefix): value for key, value in state_dict.items() if key.startswith(prefix)}


def _renamed(key: str, names: tuple[tuple[str, str], ...]) -> str:
    for old, new in names:
        key = key.replace(old, new, 1)
    return key
