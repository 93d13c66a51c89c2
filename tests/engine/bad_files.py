"""Good files of every kind at test size, ways to spoil them, and what a refusal must be."""

import time

import pytest
import torch
from safetensors.torch import load_file, save_file

from render_engine.api.values import RenderError
from render_engine.checkpoints.header import read_header
from render_engine.checkpoints.transformer_files import load_transformer, save_transformer
from render_engine.checkpoints.upsampler_files import load_upsampler, save_upsampler
from render_engine.checkpoints.vae_files import load_vae, save_vae
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig
from render_engine.models.transformer import TransformerConfig, VideoTransformer
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_presets import TINY

HUGE = 100 * 2**30
"""What a sparse file can claim to have in bytes, and need none."""
SIZES = {
    "num_layers": 2,
    "num_attention_heads": 4,
    "attention_head_dim": 8,
    "in_channels": 8,
    "out_channels": 8,
    "cross_attention_dim": 32,
    "caption_channels": 16,
}
SMALL = TransformerConfig.model_validate(SIZES)
QUERY = "transformer_blocks.1.attn1.to_q"
KEY = f"model.diffusion_model.{QUERY}.weight"
PICKLE = b"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94K\x01s."
"""Of {"a": 1}."""
UPSAMPLER = LatentUpsamplerConfig(in_channels=4, mid_channels=32, num_blocks_per_stage=1)
KINDS = {
    "transformer": (load_transformer, save_transformer, lambda: VideoTransformer(SMALL)),
    "vae": (load_vae, save_vae, lambda: VideoVAE(TINY)),
    "upsampler": (load_upsampler, save_upsampler, lambda: LatentUpsampler(UPSAMPLER)),
}
PREFIXES = {"transformer": "model.diffusion_model.", "vae": "vae.", "upsampler": ""}


def write_good(kind, folder):
    """A whole file of a kind."""
    _, write, build = KINDS[kind]
    write(folder / f"{kind}.safetensors", build(), torch.float32)
    return folder / f"{kind}.safetensors"


def rewrite(path, **changed: torch.Tensor | None):
    """The file with some tensors replaced, and its own metadata; None leaves one out."""
    tensors = {key: value for key, value in (load_file(path) | changed).items() if value is not None}
    save_file(tensors, path, read_header(path).metadata)


def first_key(path):
    return min(read_header(path).tensors)


def refusal(load, path, *arguments):  # noqa: ANN002 - any loader's
    """The one line, less the file's name; within a second, with slack for a busy machine."""
    started = time.perf_counter()
    with pytest.raises(RenderError) as caught:
        load(path, *arguments)
    seconds = time.perf_counter() - started
    line = str(caught.value)
    assert line.isprintable()
    assert str(path) in line
    assert len(line) < 1000 + len(str(path))
    assert seconds < 3, line
    return line.removeprefix(f"{path}: ")
