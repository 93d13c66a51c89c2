"""A tiny T5 in a folder as diffusers has it: random weights in which everything matters, and a trained tokenizer."""

import torch
from sentencepiece import SentencePieceTrainer
from transformers import T5Config, T5EncoderModel

SENTENCES = (
    "a red sailboat leaves the harbour at dusk",
    "rain over the old town, seen from a slow train",
    "a dog runs through snow in a forest at night",
    "worst quality, inconsistent motion, blurry, jittery, distorted",
)
WIDTH = 48


def save_t5_folder(folder, max_shard_size="1GB"):
    """Write `text_encoder/` (safetensors, in shards where it is larger than one) and `tokenizer/spiece.model`."""
    (folder / "tokenizer").mkdir(parents=True)
    SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 3),
        model_prefix=str(folder / "tokenizer" / "spiece"),
        vocab_size=90,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        pad_piece="<pad>",
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
    )
    (folder / "tokenizer" / "spiece.vocab").unlink()
    random_t5().save_pretrained(folder / "text_encoder", max_shard_size=max_shard_size)
    return folder


@torch.no_grad()
def random_t5():
    """Weights of unit gain, so that neighbours, distances and padding all reach the result."""
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=200, d_model=WIDTH, d_kv=8, d_ff=64, num_layers=3, num_heads=4, feed_forward_proj="gated-gelu"
    )
    model = T5EncoderModel(config)
    for name, parameter in model.named_parameters():
        if name.endswith("layer_norm.weight"):
            parameter.normal_(mean=1, std=0.2)
        elif name == "shared.weight" or "relative_attention_bias" in name:
            parameter.normal_()
        else:
            parameter.normal_(std=parameter.shape[1] ** -0.5)
    return model.eval()
