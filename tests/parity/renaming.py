"""Whole state dicts of diffusers under our names, by the tables that the loaders use."""

from render_engine.checkpoints.transformer_key_map import is_video, name_from_diffusers
from render_engine.checkpoints.vae_key_map import naming_of


def transformer_from_diffusers(state_dict):
    return {name_from_diffusers(key): value for key, value in state_dict.items()}


def video_stream_of(state_dict):
    """Without what LTX-2 has besides its video stream."""
    return {key: value for key, value in state_dict.items() if is_video(key)}


def vae_from_diffusers(state_dict, config, our_keys):
    name_of = naming_of(state_dict.keys(), config, our_keys)
    return {name_of(key): value for key, value in state_dict.items()}
