"""The causal video autoencoder of the LTX family, with a house flag that starts it from a closed-form linear codec.

Shape letters: B batch, C channels (3 of pixels, else latent), F frames, H and W rows and columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from render_engine.models.linear_codec import LinearCodec
from render_engine.models.vae_coder import Decoder, Encoder
from render_engine.models.vae_config import VAEConfig
from render_engine.models.vae_refiner import Refiner
from render_engine.models.vae_stream import InjectedNoise, Layer, Stream, flow


@dataclass(frozen=True)
class DecodeConditioning:
    """What a timestep-conditioned decoder is told: how noisy the latents are, and the noise that makes them so.

    `noise_BCFHW` is gaussian of the latents' shape; None leaves the latents as they are. `generator` draws the noise
    that 0.9.1's decoder injects between its layers, in the order of the layers.
    """

    timestep: float = 0.05
    noise_scale: float = 0.025
    noise_BCFHW: Tensor | None = None
    generator: torch.Generator | None = None


class LatentStatistics(nn.Module):
    """Mean and deviation per latent channel, by which latents become roughly standard normal."""

    def __init__(self, latent_channels: int) -> None:
        super().__init__()
        self.register_buffer("mean-of-means", torch.zeros(latent_channels))
        self.register_buffer("std-of-means", torch.ones(latent_channels))

    def normalise(self, raw_BCFHW: Tensor) -> Tensor:
        """From the encoder's scale to about standard normal."""
        mean_C111, std_C111 = self._columns()
        return (raw_BCFHW - mean_C111) / std_C111

    def denormalise(self, latents_BCFHW: Tensor) -> Tensor:
        """From about standard normal to the encoder's scale."""
        mean_C111, std_C111 = self._columns()
        return latents_BCFHW * std_C111 + mean_C111

    @torch.no_grad()
    def set(self, mean_C: Tensor, std_C: Tensor) -> None:
        """Replace the statistics, in place."""
        self.get_buffer("mean-of-means").copy_(mean_C)
        self.get_buffer("std-of-means").copy_(std_C)

    def _columns(self) -> tuple[Tensor, Tensor]:
        mean_C, std_C = self.get_buffer("mean-of-means"), self.get_buffer("std-of-means")
        return mean_C[:, None, None, None], std_C[:, None, None, None]


class VideoVAE(nn.Module):
    """Frames to normalised latents and back; 1 + k * temporal_compression frames become 1 + k latent frames.

    With `config.linear_codec` networks only add to the linear codec; their last convolutions start at zero, so that an
    untrained autoencoder is the codec itself.
    """

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.config = config
        self.per_channel_statistics = LatentStatistics(config.latent_channels)
        codec = config.linear_codec
        has_networks = codec is None or codec.networks
        self.encoder = Encoder(config) if has_networks else None
        self.decoder = Decoder(config) if has_networks else None
        self.linear_codec = LinearCodec.of(config) if codec else None
        self.refiner = Refiner(codec.refiner) if codec and codec.refiner else None
        if codec and self.encoder and self.decoder:
            for last in (self.encoder.conv_out.conv, self.decoder.conv_out.conv):
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)  # type: ignore[arg-type]  # Conv3d has a bias unless told otherwise

    @property
    def spatial_compression(self) -> int:
        """Pixels a latent row or column."""
        return self.config.spatial_compression

    @property
    def temporal_compression(self) -> int:
        """Frames a latent frame, but for the first, which holds one frame."""
        return self.config.temporal_compression

    def encode(self, frames_BCFHW: Tensor) -> Tensor:
        """Encode frames in [-1, 1] to normalised latent means.

        Raises:
            ValueError: when frames, rows or columns do not fit the compression.
        """
        return self.per_channel_statistics.normalise(self.encode_raw(frames_BCFHW))

    def decode(self, latents_BCFHW: Tensor, conditioning: DecodeConditioning | None = None) -> Tensor:
        """Decode normalised latents to frames, about in [-1, 1] and not clipped.

        Raises:
            ValueError: when conditioning is given to a decoder that takes none, or missing for one that does; when a
                decoder that injects noise is given no generator.
        """
        return next(self.decode_pieces(latents_BCFHW, conditioning))

    def decode_pieces(
        self,
        latents_BCFHW: Tensor,
        conditioning: DecodeConditioning | None = None,
        *,
        num_frames: int | None = None,
        tile: int | None = None,
    ) -> Iterator[Tensor]:
        """Decode `num_frames` latent frames at a time, in tiles of at most `tile` latent rows and columns.

        Together the pieces are what `decode` gives, up to rounding; None is all at once. Injected noise is the same.
        Raises as `decode` does.
        """
        if (conditioning is not None) != self.config.timestep_conditioning:
            takes = "takes" if self.config.timestep_conditioning else "does not take"
            raise ValueError(f"this autoencoder's decoder {takes} a decode timestep")
        timestep_B = generator = None
        if conditioning is not None:
            generator = conditioning.generator
            timestep_B = latents_BCFHW.new_full((latents_BCFHW.shape[0],), conditioning.timestep)
            if conditioning.noise_BCFHW is not None:
                latents_BCFHW = torch.lerp(latents_BCFHW, conditioning.noise_BCFHW, conditioning.noise_scale)
        raw_BCFHW = self.per_channel_statistics.denormalise(latents_BCFHW)
        noise = None if generator is None else InjectedNoise(generator)
        return flow(self.decoding_layers(timestep_B), raw_BCFHW, noise, num_frames=num_frames, tile=tile)

    def encode_raw(self, frames_BCFHW: Tensor) -> Tensor:
        """Encode without normalising; training works on this scale."""
        self._check(frames_BCFHW)
        parts = []
        if self.linear_codec is not None:
            parts.append(self.linear_codec.encode(frames_BCFHW))
        if self.encoder is not None:
            parts.append(self.encoder(frames_BCFHW)[:, : self.config.latent_channels])
        return _sum(parts)

    def decode_raw(self, raw_BCFHW: Tensor) -> Tensor:
        """Decode latents on the encoder's own scale, with a decoder that takes no timestep."""
        return next(flow(self.decoding_layers(), raw_BCFHW))

    def decoding_layers(self, timestep_B: Tensor | None = None) -> list[Layer]:
        """The steps from raw latents to frames; with both, the codec's frames wait for what the network adds."""
        layers = [] if self.decoder is None else self.decoder.layers(timestep_B)
        codec = self.linear_codec
        if codec is not None and layers:
            layers = [Layer(partial(self._set_aside, codec), None), *layers, Layer(self._add, None)]
        elif codec is not None:
            layers = [Layer(codec.decode, reach=0, time_stride=self.temporal_compression)]
        return layers if self.refiner is None else [*layers, *self.refiner.layers()]

    def _set_aside(self, codec: LinearCodec, raw_BCFHW: Tensor, stream: Stream) -> Tensor:
        stream.put(self, codec.decode(raw_BCFHW, stream))
        return raw_BCFHW

    def _add(self, frames_BCFHW: Tensor, stream: Stream) -> Tensor:
        return _sum([stream.take(self, frames_BCFHW.shape[2]), frames_BCFHW])

    def _check(self, frames_BCFHW: Tensor) -> None:
        num_frames, height, width = frames_BCFHW.shape[2:]
        space, time = self.spatial_compression, self.temporal_compression
        if num_frames % time != 1 % time or height % space or width % space:
            raise ValueError(
                f"{num_frames} frames of {width}x{height} do not fit: sizes are multiples of {space}, frames {time}k+1"
            )


def _sum(parts: list[Tensor]) -> Tensor:
    """What the codec and the network make together; in float32 where there are both."""
    return parts[0] if len(parts) == 1 else parts[0].float() + parts[1].float()
