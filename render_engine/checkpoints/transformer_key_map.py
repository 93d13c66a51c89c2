"""Names of the video transformer's tensors: single-file checkpoints (ours) to and from diffusers' layout."""

from collections.abc import Callable, Collection, Mapping

from torch import Tensor

NAMES = (
    ("av_ca_video_scale_shift_adaln_single.", "av_cross_attn_video_scale_shift."),
    ("av_ca_audio_scale_shift_adaln_single.", "av_cross_attn_audio_scale_shift."),
    ("av_ca_a2v_gate_adaln_single.", "av_cross_attn_video_a2v_gate."),
    ("av_ca_v2a_gate_adaln_single.", "av_cross_attn_audio_v2a_gate."),
    ("scale_shift_table_a2v_ca_video", "video_a2v_cross_attn_scale_shift_table"),
    ("scale_shift_table_a2v_ca_audio", "audio_a2v_cross_attn_scale_shift_table"),
    ("prompt_adaln_single.", "prompt_adaln."),
    ("adaln_single.", "time_embed."),
    ("patchify_proj.", "proj_in."),
    (".q_norm.", ".norm_q."),
    (".k_norm.", ".norm_k."),
)
"""(single-file name, diffusers name); each at most once a key, the long names of LTX-2 before those they contain.

The names of the audio stream follow, for they are those of the video stream after `audio_`.
"""

PREFIX = "model.diffusion_model."
"""What stands before the transformer's tensors in a single-file checkpoint."""

_NOT_VIDEO = ("audio_", "av_ca_", "_a2v_ca_", "_embeddings_connector.", "text_embedding_projection.", "connectors.")
"""Parts of names of what LTX-2 has besides its video stream; the last two are an adapter's for the text's way in."""


def state_dict_to_diffusers(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename all of our tensors to diffusers' names."""
    return {_renamed(key, NAMES): value for key, value in state_dict.items()}


def name_from_diffusers(key: str) -> str:
    """Our name of one of diffusers' tensors; our own names stay as they are."""
    return _renamed(key, tuple((theirs, ours) for ours, theirs in NAMES))


def naming_of(keys: Collection[str]) -> Callable[[str], str | None]:
    """How the tensors of a file with these names are called here, be it a single file, our own or of diffusers' layout.

    Returns:
        From a tensor's name in the file to ours; None for what is not of the video transformer.
    """
    prefix = PREFIX if any(key.startswith(PREFIX) for key in keys) else ""
    names = tuple((theirs, ours) for ours, theirs in NAMES) if "proj_in.weight" in keys else ()

    def name_of(key: str) -> str | None:
        name = _renamed(key.removeprefix(prefix), names)
        return name if key.startswith(prefix) and is_video(name) else None

    return name_of


def is_video(name: str) -> bool:
    """Whether a tensor or layer, by our name, is of the video stream and not of what LTX-2 has besides."""
    return not any(part in name for part in _NOT_VIDEO)


def _renamed(key: str, names: tuple[tuple[str, str], ...]) -> str:
    for old, new in names:
        key = key.replace(old, new, 1)
    return key
