"""Presets: named transformer configurations. Autoencoder presets of the same names are in `models.vae_presets`."""

from render_engine.models.transformer import TransformerConfig

TRANSFORMERS: dict[str, TransformerConfig] = {
    # Everything at its smallest, with a width that is no multiple of six so that rotary padding is exercised.
    "tiny": TransformerConfig(
        num_layers=2,
        num_attention_heads=4,
        attention_head_dim=8,
        in_channels=8,
        out_channels=8,
        cross_attention_dim=32,
        caption_channels=384,
        positional_embedding_max_pos=(10, 512, 512),
    ),
    # The house model: runs on a laptop's CPU.
    "nano": TransformerConfig(
        num_layers=8,
        num_attention_heads=4,
        attention_head_dim=64,
        in_channels=192,
        out_channels=192,
        cross_attention_dim=256,
        caption_channels=384,
        positional_embedding_max_pos=(10, 512, 512),
        preconditioned=True,
    ),
    # The house model guided by drawings: as fast, and a file of its weights in half precision stays below 16 MiB.
    "micro": TransformerConfig(
        num_layers=7,
        num_attention_heads=4,
        attention_head_dim=64,
        in_channels=192,
        out_channels=192,
        cross_attention_dim=256,
        caption_channels=384,
        positional_embedding_max_pos=(10, 512, 512),
        preconditioned=True,
        guided=True,
    ),
}


def get_transformer_config(preset: str) -> TransformerConfig:
    """The transformer of a preset.

    Raises:
        ValueError: there is no such preset; the message names those there are.
    """
    if preset not in TRANSFORMERS:
        raise ValueError(f"no preset {preset!r}: choose one of {', '.join(TRANSFORMERS)}")
    return TRANSFORMERS[preset]
