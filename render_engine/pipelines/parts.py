"""The parts of a render and what the loop asks of each; whoever composes the engine hands them over loaded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from render_engine.flow.samplers import StepFn
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig
from render_engine.models.lora import Lora
from render_engine.models.transformer import VideoTransformer
from render_engine.models.vae import VideoVAE
from render_engine.pipelines.families import HOUSE, Family
from render_engine.shapes import Compression


class PromptEncoder(Protocol):
    """Prompts to token embeddings (B, L, D) and a mask (B, L), True where a token counts.

    Where the padding stands does not matter; Gemma's connector pads on the left.
    """

    width: int
    """D."""

    def encode(self, prompts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Embed several prompts, padded to one length."""
        ...


@dataclass(frozen=True)
class Parts:
    """The loaded networks, each on its own device and in its own dtype, and the family whose ways they were made for.

    Without an upsampler there is no second stage. `distilled` is the adapter by which weights that are not distilled
    take the distilled steps; None where they take them as they are.
    """

    transformer: VideoTransformer
    vae: VideoVAE
    text_encoder: PromptEncoder
    upsampler: LatentUpsampler | None = None
    family: Family = HOUSE
    distilled: Lora | None = None

    def __post_init__(self) -> None:
        channels, latent_channels = self.transformer.config.in_channels, self.vae.config.latent_channels
        if channels != latent_channels:
            raise ValueError(f"the transformer takes {channels} channels, the autoencoder makes {latent_channels}")
        if self.upsampler is not None:
            self._check_upsampler(self.upsampler.config)
        width, words = self.text_encoder.width, self.transformer.config.context_channels
        if width != words:
            raise ValueError(f"the transformer reads words {words} wide, the text encoder makes them {width} wide")

    def _check_upsampler(self, config: LatentUpsamplerConfig) -> None:
        latent_channels = self.vae.config.latent_channels
        if config.in_channels != latent_channels:
            raise ValueError(
                f"the upsampler takes {config.in_channels} channels, the autoencoder makes {latent_channels}"
            )
        if config.temporal_upsample or not config.spatial_upsample:
            raise ValueError("the upsampler enlarges time: two stages need one that enlarges the picture alone")

    @property
    def transformer_device(self) -> torch.device:
        """Where latents live while they are sampled."""
        return self.transformer.proj_out.weight.device

    @property
    def transformer_dtype(self) -> torch.dtype:
        """What the transformer computes in; sampling itself is float32."""
        return self.transformer.proj_out.weight.dtype

    @property
    def compression(self) -> Compression:
        """What one latent voxel stands for."""
        return Compression(self.vae.config.temporal_compression, self.vae.config.spatial_compression)


@dataclass(frozen=True)
class Watch:
    """Who watches: `on_step` hears (steps done, num_steps) of all stages, `cancelled` is asked between steps."""

    on_step: StepFn = lambda _step, _num_steps: None
    cancelled: Callable[[], bool] = lambda: False
