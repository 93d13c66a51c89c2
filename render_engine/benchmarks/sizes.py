"""What is timed: the published sizes of networks, and clips that people render."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from render_engine.checkpoints.vae_diffusers_config import read_diffusers_config
from render_engine.models.transformer_config import TransformerConfig
from render_engine.models.transformer_presets import LTX_2, LTX_VIDEO_2B, LTX_VIDEO_13B
from render_engine.models.vae_config import VAEConfig
from render_engine.shapes import Compression, LatentShape


class ClipSize(NamedTuple):
    """A clip's size in pixels and frames."""

    width: int
    height: int
    num_frames: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "704x480x97": width, height, frames.

        Raises:
            ValueError: it is not three numbers above zero.
        """
        match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})x([1-9]\d{0,4})", text)
        if match is None:
            raise ValueError(f"{text!r} is no clip size: give width x height x frames, such as 704x480x97")
        return cls(*(int(number) for number in match.groups()))

    def __str__(self) -> str:
        return f"{self.width}x{self.height}x{self.num_frames}"


@dataclass(frozen=True)
class Autoencoder:
    """A version's video autoencoder, by diffusers' class and settings; ours is read from the same."""

    name: str
    settings: Mapping[str, Any]

    @property
    def config(self) -> VAEConfig:
        """Ours."""
        return read_diffusers_config(self.settings)


@dataclass(frozen=True)
class Preset:
    """One published model's sizes, the clips that it is timed at, and the block that its perturbed pass puts out."""

    name: str
    transformer: TransformerConfig
    autoencoder: Autoencoder
    clips: tuple[ClipSize, ...]
    skip_block: int

    @property
    def is_ltx2(self) -> bool:
        """Whether guidance and reference are LTX-2's."""
        return self.transformer.rope_layout == "split"

    def with_layers(self, num_layers: int | None) -> "Preset":
        """The same with only so many blocks; the block that is put out then is the last, where its own is missing.

        Raises:
            ValueError: it has not so many.
        """
        if num_layers is None:
            return self
        if num_layers > self.transformer.num_layers:
            raise ValueError(f"{self.name} has {self.transformer.num_layers} blocks, not {num_layers}")
        transformer = self.transformer.model_copy(update={"num_layers": num_layers})
        return Preset(
            self.name, transformer, self.autoencoder, self.clips, skip_block=min(self.skip_block, num_layers - 1)
        )

    def latent_shape(self, clip: ClipSize) -> LatentShape:
        """The latents of a clip.

        Raises:
            ValueError: the size does not fit the autoencoder; the message names the nearest that does.
        """
        config = self.autoencoder.config
        return LatentShape.from_pixels(
            **clip._asdict(),
            channels=config.latent_channels,
            compression=Compression(config.temporal_compression, config.spatial_compression),
        )


_STEPWISE: Mapping[str, Any] = {
    "spatio_temporal_scaling": (True,) * 4,
    "downsample_type": ("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
    "decoder_spatio_temporal_scaling": (True,) * 3,
    "decoder_inject_noise": (False,) * 4,
    "upsample_residual": (True,) * 3,
    "upsample_factor": (2,) * 3,
    "decoder_causal": False,
    "spatial_compression_ratio": 32,
    "temporal_compression_ratio": 8,
}
_LTX_VIDEO_095: Mapping[str, Any] = {
    "_class_name": "AutoencoderKLLTXVideo",
    **_STEPWISE,
    "down_block_types": ("LTXVideo095DownBlock3D",) * 4,
    "block_out_channels": (128, 256, 512, 1024, 2048),
    "layers_per_block": (4, 6, 6, 2, 2),
    "decoder_block_out_channels": (256, 512, 1024),
    "decoder_layers_per_block": (5, 5, 5, 5),
    "timestep_conditioning": True,
}
AUTOENCODER_095 = Autoencoder("0.9.5", _LTX_VIDEO_095)
AUTOENCODER_LTX_2 = Autoencoder(
    "LTX-2.0",
    {
        "_class_name": "AutoencoderKLLTX2Video",
        **_STEPWISE,
        "block_out_channels": (256, 512, 1024, 2048),
        "layers_per_block": (4, 6, 6, 2, 2),
        "decoder_block_out_channels": (256, 512, 1024),
        "decoder_layers_per_block": (5, 5, 5, 5),
    },
)
_TINY_TRANSFORMER = LTX_VIDEO_2B.model_copy(
    update={
        "num_layers": 2,
        "num_attention_heads": 4,
        "attention_head_dim": 8,
        "in_channels": 8,
        "out_channels": 8,
        "cross_attention_dim": 32,
        "caption_channels": 16,
    }
)
_TINY = Autoencoder(
    "tiny",
    {
        **_LTX_VIDEO_095,
        "latent_channels": 8,
        "block_out_channels": (8, 16, 32, 64, 64),
        "layers_per_block": (1,) * 5,
        "decoder_block_out_channels": (16, 32, 64),
        "decoder_layers_per_block": (1,) * 4,
    },
)

_CLIPS = (ClipSize(704, 480, 97), ClipSize(1216, 704, 121))
PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("tiny", _TINY_TRANSFORMER, _TINY, (ClipSize(96, 64, 17),), skip_block=1),
        Preset("2b", LTX_VIDEO_2B, AUTOENCODER_095, _CLIPS, skip_block=19),
        Preset("13b", LTX_VIDEO_13B, AUTOENCODER_095, _CLIPS, skip_block=28),
        Preset("ltx-2", LTX_2, AUTOENCODER_LTX_2, _CLIPS, skip_block=29),
    )
}
