"""The house's own release: a folder with a card, a transformer and an autoencoder, read with MiniLM."""

from dataclasses import dataclass
from pathlib import Path

import torch

from render_engine.checkpoints.lora_files import load_lora
from render_engine.checkpoints.pixel_upscaler_files import load_pixel_upscaler
from render_engine.checkpoints.safetensors_files import check_sha256
from render_engine.checkpoints.transformer_files import load_transformer
from render_engine.checkpoints.upsampler_files import load_upsampler
from render_engine.checkpoints.vae_files import load_vae
from render_engine.models.text_encoder import WEIGHTS_SHA256, MiniLMEncoder
from render_engine.pipelines.enlarge import FrameEnlarger
from render_engine.pipelines.families import HOUSE
from render_engine.pipelines.parts import Parts
from render_engine.releases import (
    DISTILLED_FILE,
    PIXEL_UPSCALER_FILE,
    TRANSFORMER_FILE,
    UPSAMPLER_FILE,
    VAE_FILE,
    ReleaseCard,
    read_card,
)
from render_engine.world import phrases


@dataclass(frozen=True)
class HouseRelease:
    """One release of the house's; `read` makes it."""

    folder: Path
    card: ReleaseCard
    text_encoder_sha256: str = WEIGHTS_SHA256

    @classmethod
    def read(cls, folder: Path) -> "HouseRelease":
        """Read the card of a folder.

        Raises:
            RenderError: there is none, or it does not name both weight files.
        """
        return cls(folder, read_card(folder))

    def phrases(self) -> dict[str, dict[str, str]]:
        """The words of the world's captions."""
        return phrases()

    def find_enlarger(self, device: torch.device, dtype: torch.dtype) -> FrameEnlarger | None:
        """The pixel upscaler, hash-checked, where the card names one."""
        sha256 = self.card.files.get(PIXEL_UPSCALER_FILE)
        if sha256 is None:
            return None
        upscaler = load_pixel_upscaler(self.folder / PIXEL_UPSCALER_FILE, sha256)
        return FrameEnlarger(upscaler.to(device, dtype), sha256)

    def load(self, device: torch.device, dtype: torch.dtype) -> Parts:
        """Read the networks, hash-checked."""
        hashes = self.card.files
        transformer = load_transformer(self.folder / TRANSFORMER_FILE, hashes[TRANSFORMER_FILE]).to(device, dtype)
        vae = load_vae(self.folder / VAE_FILE, hashes[VAE_FILE]).to(device)
        upsampler = None
        if UPSAMPLER_FILE in hashes:
            upsampler = load_upsampler(self.folder / UPSAMPLER_FILE, hashes[UPSAMPLER_FILE]).to(device)
        distilled = None
        if DISTILLED_FILE in hashes:
            check_sha256(self.folder / DISTILLED_FILE, hashes[DISTILLED_FILE])
            distilled = load_lora(self.folder / DISTILLED_FILE, transformer)
        return Parts(transformer, vae, MiniLMEncoder.load(device=device), upsampler, HOUSE, distilled)
