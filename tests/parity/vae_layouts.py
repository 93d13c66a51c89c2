"""The video autoencoders of the family at test size: diffusers' settings beside the block lists of the single files."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch
from diffusers import AutoencoderKLLTX2Video, AutoencoderKLLTXVideo

from render_engine.checkpoints.safetensors_files import load_into
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_config import VAEConfig
from tests.parity.renaming import vae_from_diffusers

_BASE = {"latent_channels": 8, "patch_size": 4, "patch_size_t": 1, "encoder_causal": True, "decoder_causal": False}
_RESIDUAL_UP = {
    "decoder_block_out_channels": (16, 32, 64),
    "decoder_spatio_temporal_scaling": (True,) * 3,
    "upsample_residual": (True,) * 3,
    "upsample_factor": (2,) * 3,
}
_ONE_WIDTH = {
    **_BASE,
    "patch_size": 1,
    "block_out_channels": (8,) * 4,
    "decoder_block_out_channels": (8,) * 4,
    "layers_per_block": (1,) * 5,
    "decoder_layers_per_block": (1,) * 5,
    "spatio_temporal_scaling": (True, True, False, False),
    "decoder_spatio_temporal_scaling": (True, True, False, False),
    "decoder_inject_noise": (False,) * 5,
}
_PUBLISHED_090 = {
    **_ONE_WIDTH,
    "patch_size": 4,
    "block_out_channels": (8, 16, 32, 32),
    "decoder_block_out_channels": (8, 16, 32, 32),
    "layers_per_block": (2, 1, 1, 1, 2),
    "decoder_layers_per_block": (2, 1, 1, 1, 2),
    "spatio_temporal_scaling": (True, True, True, False),
    "decoder_spatio_temporal_scaling": (True, True, True, False),
}
_091 = {
    **_RESIDUAL_UP,
    "decoder_layers_per_block": (1, 1, 2, 1),
    "decoder_inject_noise": (True, True, True, False),
    "timestep_conditioning": True,
}
_STEPWISE_DOWN = {
    **_BASE,
    "layers_per_block": (1,) * 5,
    "spatio_temporal_scaling": (True,) * 4,
    "downsample_type": ("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
    "spatial_compression_ratio": 32,
    "temporal_compression_ratio": 8,
}
_LTX_2 = {
    **_STEPWISE_DOWN,
    **_RESIDUAL_UP,
    "latent_channels": 4,
    "block_out_channels": (8,) * 4,
    "decoder_layers_per_block": (1,) * 4,
    "decoder_inject_noise": (False,) * 4,
    "timestep_conditioning": False,
}

_RES: list[Any] = ["res_x", {"num_layers": 1}]
_NOISY: list[Any] = ["res_x", {"num_layers": 1, "inject_noise": True}]
_NOISY_2: list[Any] = ["res_x", {"num_layers": 2, "inject_noise": True}]
_RESIDUAL: list[Any] = ["compress_all", {"residual": True, "multiplier": 2}]
_DECODER_091: list[Any] = [_NOISY, _RESIDUAL, _NOISY, _RESIDUAL, _NOISY_2, _RESIDUAL, _RES]
_DECODER_095: list[Any] = [_RES, _RESIDUAL, _RES, _RESIDUAL, _RES, _RESIDUAL, _RES]


def _stepwise_encoder(*multipliers: int) -> list[Any]:
    names = ("compress_space_res", "compress_time_res", "compress_all_res", "compress_all_res")
    folds = [[name, {"multiplier": times}] for name, times in zip(names, multipliers, strict=True)]
    return [_RES, *chain.from_iterable((fold, _RES) for fold in folds)]


_BLOCKS_090 = [
    ["res_x", 2],
    ["compress_all", 1],
    ["res_x_y", 1],
    ["res_x", 1],
    ["compress_all", 1],
    ["res_x_y", 1],
    ["res_x", 1],
    ["compress_all", 1],
    ["res_x", 1],
    ["res_x", 2],
]


@dataclass(frozen=True)
class Layout:
    """One version: the reference's class and settings, and the `vae` part of a single file's metadata."""

    version: str
    reference: type[AutoencoderKLLTXVideo | AutoencoderKLLTX2Video]
    settings: dict[str, Any]
    metadata: dict[str, Any]

    def pair_name(self, what: str) -> str:
        """Of a parity pair: what is special to the layout, and not the published one's, stands at the end."""
        version, at, variant = self.version.partition(" at ")
        return f"{version} / {what}{at and f',{at}{variant}'}"

    @property
    def config(self) -> VAEConfig:
        base = {"latent_channels": 8, "encoder_base_channels": 8, "decoder_base_channels": 8}
        return VAEConfig.model_validate(base | self.metadata)


LAYOUTS = (
    Layout(
        "LTX-Video 0.9.0 at one width",
        AutoencoderKLLTXVideo,
        _ONE_WIDTH,
        {"patch_size": 1, "blocks": [_RES, ["compress_all", {}], _RES, ["compress_all", {}], _RES, _RES, _RES]},
    ),
    Layout("LTX-Video 0.9.0", AutoencoderKLLTXVideo, _PUBLISHED_090, {"blocks": _BLOCKS_090}),
    Layout(
        "LTX-Video 0.9.1 at one width",
        AutoencoderKLLTXVideo,
        _ONE_WIDTH | _091 | {"layers_per_block": (1,) * 4, "spatio_temporal_scaling": (True, True, True, False)},
        {
            "patch_size": 1,
            "timestep_conditioning": True,
            "encoder_blocks": [
                _RES,
                ["compress_all", {}],
                _RES,
                ["compress_all", {}],
                _RES,
                ["compress_all", {}],
                _RES,
                _RES,
            ],
            "decoder_blocks": _DECODER_091,
        },
    ),
    Layout(
        "LTX-Video 0.9.1",
        AutoencoderKLLTXVideo,
        _PUBLISHED_090 | _091,
        {"timestep_conditioning": True, "encoder_blocks": _BLOCKS_090, "decoder_blocks": _DECODER_091},
    ),
    Layout(
        "LTX-Video 0.9.5",
        AutoencoderKLLTXVideo,
        {
            **_STEPWISE_DOWN,
            **_RESIDUAL_UP,
            "block_out_channels": (8, 16, 32, 64, 64),
            "down_block_types": ("LTXVideo095DownBlock3D",) * 4,
            "decoder_layers_per_block": (1,) * 4,
            "decoder_inject_noise": (False,) * 4,
            "timestep_conditioning": True,
        },
        {
            "timestep_conditioning": True,
            "encoder_blocks": _stepwise_encoder(2, 2, 2, 1),
            "decoder_blocks": _DECODER_095,
        },
    ),
    Layout(
        "LTX-2 2.0",
        AutoencoderKLLTX2Video,
        _LTX_2,
        {
            "latent_channels": 4,
            "encoder_base_channels": 4,
            "decoder_spatial_padding_mode": "reflect",
            "encoder_blocks": _stepwise_encoder(2, 1, 1, 1),
            "decoder_blocks": _DECODER_095,
        },
    ),
    Layout(
        "LTX-2 2.3",
        AutoencoderKLLTX2Video,
        {
            **_LTX_2,
            "block_out_channels": (8, 16, 32, 32),
            "decoder_block_out_channels": (8, 16, 16, 32),
            "decoder_layers_per_block": (1,) * 5,
            "decoder_spatio_temporal_scaling": (True,) * 4,
            "decoder_inject_noise": (False,) * 5,
            "upsample_type": ("spatiotemporal", "spatiotemporal", "temporal", "spatial"),
            "upsample_residual": (False,) * 4,
            "upsample_factor": (2, 2, 1, 2),
            "decoder_spatial_padding_mode": "zeros",
        },
        {
            "latent_channels": 4,
            "encoder_base_channels": 4,
            "decoder_base_channels": 4,
            "encoder_blocks": _stepwise_encoder(2, 2, 2, 1),
            "decoder_blocks": [
                _RES,
                ["compress_space", {"multiplier": 2}],
                _RES,
                ["compress_time", {"multiplier": 2}],
                _RES,
                ["compress_all", {"multiplier": 1}],
                _RES,
                ["compress_all", {"multiplier": 2}],
                _RES,
            ],
        },
    ),
)


class Reference:
    """Diffusers' autoencoder on random weights of which none is zero, with the steps its pipelines take around it."""

    def __init__(self, layout: Layout) -> None:
        torch.manual_seed(0)
        self.layout = layout
        self.model = layout.reference(**layout.settings).eval()
        config = layout.config
        self.conditioned = config.timestep_conditioning
        generator = torch.Generator().manual_seed(1)
        space, channels = 3 * config.spatial_compression, config.latent_channels
        self.frames = torch.rand(1, 3, 2 * config.temporal_compression + 1, 64, space, generator=generator) * 2 - 1
        self.latents = torch.randn(1, channels, 3, 2, 3, generator=generator)
        with torch.no_grad():
            self._randomise()

    def _randomise(self) -> None:
        for name, tensor in self.model.named_parameters():
            if name.endswith("bias"):
                tensor.normal_(std=0.1)
            if name.endswith("norm3.weight"):
                tensor.uniform_(0.5, 1.5)
            if "per_channel_scale" in name:
                tensor.normal_(std=0.5)
        self.model.latents_mean.normal_()
        self.model.latents_std.uniform_(0.5, 1.5)
        for last, output in (
            (self.model.encoder.conv_out.conv, self.encode_raw()),
            (self.model.decoder.conv_out.conv, self.decode()),
        ):
            last.weight /= output.std()

    def encode_raw(self) -> torch.Tensor:
        return self.model.encode(self.frames).latent_dist.mode()

    def encode(self) -> torch.Tensor:
        mean, std = self._columns()
        return (self.encode_raw() - mean) / std

    def decode(self, noise: torch.Tensor | None = None, seed: int = 7) -> torch.Tensor:
        """Injected noise comes from torch's own generator, for diffusers hands its decoder none."""
        mean, std = self._columns()
        latents = self.latents if noise is None else 0.975 * self.latents + 0.025 * noise
        timestep = torch.tensor([0.05]) if self.conditioned else None
        torch.manual_seed(seed)
        return self.model.decode(latents * std + mean, timestep).sample

    def _columns(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self.model.latents_mean[:, None, None, None], self.model.latents_std[:, None, None, None]


def load_ours(reference: Reference, config: VAEConfig | None = None) -> VideoVAE:
    """Our autoencoder with the reference's weights, by default as the layout's metadata has it."""
    config = config or reference.layout.config
    vae = VideoVAE(config).eval()
    load_into(vae, vae_from_diffusers(reference.model.state_dict(), config, list(vae.state_dict())), "diffusers")
    return vae
