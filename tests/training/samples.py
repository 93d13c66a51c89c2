"""A house model in miniature: the same classes and trainers, small enough to fit and train in seconds."""

from pathlib import Path

from render_engine.models.vae_config import LinearCodecConfig, RefinerConfig, VAEConfig
from render_engine.shapes import Compression
from render_engine.training.trainer import Folders
from render_engine.training.transformer import TransformerRecipe
from render_engine.training.vae import VAERecipe

MINI_VAE = VAEConfig.model_validate(
    {
        "latent_channels": 8,
        "patch_size": 8,
        "encoder_blocks": [["compress_all_res", {}]],
        "decoder_blocks": [["compress_all", {}]],
        "linear_codec": LinearCodecConfig(networks=False, refiner=RefinerConfig(channels=8, num_blocks=1)),
    }
)
"""16 x 16 in space as the house's, 2 in time."""

MINI_VAE_RECIPE = VAERecipe(batch=2, crop=32, num_frames=5, num_fit_clips=6, seconds_between_checks=1e9)
MINI_RECIPE = TransformerRecipe(
    compression=Compression(2, 16),
    latent_frames=(1, 3),
    frame_shares=(0.5, 0.5),
    max_tokens=64,
    seconds_between_checks=1e9,
    num_check_clips=2,
)


def facts(name: str = "mini") -> dict[str, object]:
    """A card's fields but for its files."""
    return {
        "name": name,
        "version": "test",
        "native_fps": 12.0,
        "native_sizes": {"16:9": (64, 48), "9:16": (48, 64), "1:1": (48, 48)},
        "max_num_frames": 9,
        "limits": ["trained for a test"],
    }


def folders(root: Path) -> Folders:
    """Train, held-out and run folders."""
    return Folders(root / "train", root / "held_out", root / "run")
