"""Releases: weights with a card that says what they are, how they were made, and how well they do."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import Field, ValidationError

from render_engine.api.render import Sha256
from render_engine.api.values import RenderError, Value

if TYPE_CHECKING:
    import torch

    from render_engine.pipelines.enlarge import FrameEnlarger
    from render_engine.pipelines.parts import Parts

CARD_FILE = "card.json"
TRANSFORMER_FILE = "transformer.safetensors"
VAE_FILE = "vae.safetensors"
UPSAMPLER_FILE = "upsampler.safetensors"
DISTILLED_FILE = "distilled_lora.safetensors"
PIXEL_UPSCALER_FILE = "pixel_upscaler.safetensors"
"""Optional, as the upsampler; like every file of a release, named in its card."""
CRITIC_FILE = "critic.safetensors"
READER_FILE = "reader.safetensors"
"""Optional too: who judges what the release renders; the reader is for its evaluation alone."""
DEFAULT_RELEASE = Path(__file__).parent / "weights" / "nano"


class ReleaseCard(Value):
    """The card that machines read; CARD.md beside it says the same to people."""

    name: str
    version: str
    files: dict[str, Sha256]
    native_fps: float
    native_sizes: dict[str, tuple[int, int]]
    max_num_frames: int
    limits: tuple[str, ...]
    scores: dict[str, float] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """One hash of all weights: of their names and hashes in order of name."""
        lines = "".join(f"{name} {digest}\n" for name, digest in sorted(self.files.items()))
        return hashlib.sha256(lines.encode()).hexdigest()


class Release(Protocol):
    """Weights that a renderer can load: the house's, or published ones."""

    @property
    def card(self) -> ReleaseCard:
        """What they are."""
        ...

    @property
    def text_encoder_sha256(self) -> Sha256 | None:
        """Of the weights that read the words, where they are one known file."""
        ...

    def phrases(self) -> dict[str, dict[str, str]]:
        """The words of the captions that the model was trained on, by attribute and value; empty where any will do."""
        ...

    def find_enlarger(self, device: "torch.device", dtype: "torch.dtype") -> "FrameEnlarger | None":
        """What enlarges finished frames, read alone and computing in `dtype`; None where the release has none.

        Raises:
            RenderError: the file is missing, damaged, or not what the card says.
        """
        ...

    def load(self, device: "torch.device", dtype: "torch.dtype") -> "Parts":
        """Read the networks, the transformer in `dtype`.

        Raises:
            RenderError: a file is missing, damaged, or not what the card says.
        """
        ...


def read_card(folder: Path) -> ReleaseCard:
    """Read a release's card.

    Raises:
        RenderError: there is none, or it does not name both weight files.
    """
    path = folder / CARD_FILE
    try:
        card = ReleaseCard.model_validate_json(path.read_bytes())
    except OSError as error:
        raise RenderError(
            f"{folder}: not a folder of weights, it has no readable {CARD_FILE}; restore it, "
            "or set AIPROD_WEIGHTS to a folder that has one"
        ) from error
    except ValidationError as error:
        raise RenderError(f"{path}: not a release card ({error.errors()[0]['msg']}); restore the file") from error
    missing = {TRANSFORMER_FILE, VAE_FILE} - card.files.keys()
    if missing:
        raise RenderError(f"{path}: names no {min(missing)}; restore the file")
    return card
