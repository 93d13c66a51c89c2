"""Text encoders on disk: a folder with `text_encoder/` and `tokenizer/`, as diffusers and the T5 repositories have it.

Everything is read from that folder and nothing from a network. The tokenizer is the published `spiece.model`, or the
`tokenizer.json` that newer libraries save in its stead.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt, ValidationError
from sentencepiece import SentencePieceProcessor
from transformers import PreTrainedTokenizerBase, T5Config, T5EncoderModel, T5TokenizerFast

from render_engine.api.values import RenderError
from render_engine.checkpoints.header import Header
from render_engine.checkpoints.weight_source import CONFIG, WeightSource, find_tensors, stream_into
from render_engine.models.t5_encoder import ORIGINAL, T5Encoder, T5Settings

_STEM = "model"
_SHARED, _TIED = "shared.weight", "encoder.embed_tokens.weight"


class _Sizes(BaseModel):
    """What a T5 config must say; all else in it concerns training or the decoder."""

    model_config = ConfigDict(extra="ignore", protected_namespaces=())

    model_type: Literal["t5"]
    vocab_size: PositiveInt
    d_model: PositiveInt
    d_kv: PositiveInt
    d_ff: PositiveInt
    num_layers: PositiveInt
    num_heads: PositiveInt
    feed_forward_proj: Literal["relu", "gated-gelu"]
    relative_attention_num_buckets: PositiveInt = 32
    relative_attention_max_distance: PositiveInt = 128
    layer_norm_epsilon: PositiveFloat = 1e-6


class _Unigram(BaseModel):
    type: Literal["Unigram"]
    vocab: list[tuple[str, float]]


class _TokenizerJson(BaseModel):
    model: _Unigram


def load_t5_encoder(
    folder: Path,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
    settings: T5Settings = ORIGINAL,
) -> T5Encoder:
    """Load T5 from a local folder, tensor by tensor, straight into its dtype on its device.

    Args:
        folder: holds `text_encoder/` (config and safetensors, whole or in shards) and `tokenizer/`.
        dtype: of the weights and embeddings; in float16 `wo` stays float32, or T5 overflows.
        device: where the weights lie.
        settings: how prompts are laid out.

    Raises:
        RenderError: naming the file that is missing, damaged, a pickle, or not T5's.
    """
    config = _read_config(folder / "text_encoder" / CONFIG)
    tokenizer = _load_tokenizer(folder / "tokenizer")
    if len(tokenizer) > config.vocab_size:
        raise RenderError(
            f"{folder}: its tokenizer has {len(tokenizer):,} tokens and its text encoder {config.vocab_size:,}: "
            "take both from one model"
        )
    headers = find_tensors(folder / "text_encoder", _STEM)
    model = _build_empty(config, dtype, device)
    with ExitStack() as stack:
        names = {key: _name_in_stack(key, headers) for key in headers}
        stream_into(model.encoder, WeightSource(folder / "text_encoder", {}, headers, stack), names.__getitem__)
    return T5Encoder(tokenizer, model.eval().requires_grad_(requires_grad=False), settings)


def _read_config(path: Path) -> T5Config:
    try:
        return T5Config(**_Sizes.model_validate_json(path.read_bytes()).model_dump())
    except OSError as error:
        raise RenderError(
            f"{path}: cannot be read ({error.strerror}); a text encoder's folder holds text_encoder/ and tokenizer/"
        ) from error
    except ValidationError as error:
        raise RenderError(f"{path}: not the config of a T5 encoder ({_first(error)}); choose another folder") from error


def _load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The library makes up a tokenizer of a few words where it finds none, so the file is read for itself first."""
    pieces, saved = folder / "spiece.model", folder / "tokenizer.json"
    if not (pieces.is_file() or saved.is_file()):
        raise RenderError(f"{folder}: it holds neither spiece.model nor tokenizer.json; fetch the tokenizer as well")
    path = saved if saved.is_file() else pieces
    try:
        if path == saved:
            _TokenizerJson.model_validate_json(saved.read_bytes())
        else:
            SentencePieceProcessor(model_file=str(pieces))
        return T5TokenizerFast.from_pretrained(folder, local_files_only=True)
    except (OSError, RuntimeError, ValueError, LookupError, TypeError) as error:
        said = _first(error) if isinstance(error, ValidationError) else " ".join(str(error).split())
        raise RenderError(f"{path}: not a T5 tokenizer ({said}); fetch it again") from error


def _build_empty(config: T5Config, dtype: torch.dtype, device: torch.device | str) -> T5EncoderModel:
    """A model whose memory is set aside once and not yet filled; its two names for the word embeddings are one."""
    with torch.device("meta"):
        model = T5EncoderModel(config).to(dtype)
    if dtype == torch.float16:
        for block in model.encoder.block:
            block.layer[-1].DenseReluDense.wo.float()
    model.encoder.to_empty(device=device)
    model.set_input_embeddings(model.encoder.embed_tokens)
    return model


def _name_in_stack(key: str, headers: dict[str, Header]) -> str | None:
    if key == _SHARED:
        return "embed_tokens.weight"
    return None if key == _TIED and _SHARED in headers else key.removeprefix("encoder.")


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}"
