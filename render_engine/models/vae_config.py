"""What a video autoencoder is made of: the block lists and flags of the LTX family's single-file checkpoints."""

from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from render_engine.api.values import Value

EncoderBlockName = Literal["res_x", "compress_space_res", "compress_time_res", "compress_all_res"]
DecoderBlockName = Literal["res_x", "compress_all"]


class BlockParams(Value):
    """The parameters of one block; `multiplier` widens on the way down and narrows on the way up."""

    num_layers: int = Field(default=1, ge=1)
    multiplier: int = Field(default=1, ge=1)
    residual: bool = False
    inject_noise: Literal[False] = False


class RefinerConfig(Value):
    """The network that sharpens the linear codec's picture; it works at 1/patch_size resolution and full time."""

    patch_size: int = Field(default=2, ge=1)
    channels: int = Field(default=48, ge=1)
    num_blocks: int = Field(default=3, ge=1)


class LinearCodecConfig(Value):
    """The closed-form codec that a house autoencoder starts from.

    With `networks` the block lists' encoder and decoder stand beside it; without, they only say how it compresses.
    """

    networks: bool = True
    refiner: RefinerConfig | None = None


class VAEConfig(Value):
    """A causal video autoencoder, field for field as in the `vae` part of a single-file checkpoint's metadata.

    `encoder_blocks` run in order from the pixels; `decoder_blocks` are listed from the pixels too, so they run in
    reverse. A literal field is a choice of other versions of the family that these classes do not make.
    """

    model_config = ConfigDict(populate_by_name=True)

    class_name: Literal["CausalVideoAutoencoder"] = Field(default="CausalVideoAutoencoder", alias="_class_name")
    dims: Literal[3] = 3
    in_channels: int = Field(default=3, ge=1)
    out_channels: int = Field(default=3, ge=1)
    latent_channels: int = Field(ge=1)
    encoder_blocks: tuple[tuple[EncoderBlockName, BlockParams], ...] = Field(min_length=1)
    decoder_blocks: tuple[tuple[DecoderBlockName, BlockParams], ...] = Field(min_length=1)
    encoder_base_channels: int = Field(default=128, ge=1)
    decoder_base_channels: int = Field(default=128, ge=1)
    patch_size: int = Field(default=4, ge=1)
    causal_decoder: bool = False
    timestep_conditioning: bool = False
    norm_layer: Literal["pixel_norm"] = "pixel_norm"
    latent_log_var: Literal["uniform"] = "uniform"
    spatial_padding_mode: Literal["zeros"] = "zeros"
    use_quant_conv: Literal[False] = False
    normalize_latent_channels: Literal[False] = False
    scaling_factor: float = 1.0
    linear_codec: LinearCodecConfig | None = None

    @model_validator(mode="after")
    def _sides_agree(self) -> Self:
        down = (self.spatial_compression, self.temporal_compression)
        num_up = sum(name == "compress_all" for name, _ in self.decoder_blocks)
        up = (self.patch_size * 2**num_up, 2**num_up)
        if down != up:
            raise ValueError(f"the encoder compresses {down} (pixels, frames) but the decoder restores {up}")
        return self

    @property
    def spatial_compression(self) -> int:
        """Pixels a latent row or column."""
        names = [name for name, _ in self.encoder_blocks]
        num_halvings = names.count("compress_space_res") + names.count("compress_all_res")
        return int(self.patch_size * 2**num_halvings)

    @property
    def temporal_compression(self) -> int:
        """Frames a latent frame, but for the first, which holds one frame."""
        names = [name for name, _ in self.encoder_blocks]
        return int(2 ** (names.count("compress_time_res") + names.count("compress_all_res")))
