"""The named autoencoders: `nano` is the house model's, `tiny` is LTX-Video 0.9.5's layout at test size."""

from render_engine.models.vae_config import LinearCodecConfig, RefinerConfig, VAEConfig

TINY = VAEConfig.model_validate(
    {
        "latent_channels": 8,
        "encoder_base_channels": 8,
        "decoder_base_channels": 8,
        "timestep_conditioning": True,
        "encoder_blocks": [
            ["res_x", {"num_layers": 1}],
            ["compress_space_res", {"multiplier": 2}],
            ["res_x", {"num_layers": 1}],
            ["compress_time_res", {"multiplier": 2}],
            ["res_x", {"num_layers": 1}],
            ["compress_all_res", {"multiplier": 2}],
            ["res_x", {"num_layers": 1}],
            ["compress_all_res", {"multiplier": 1}],
            ["res_x", {"num_layers": 1}],
        ],
        "decoder_blocks": [
            ["res_x", {"num_layers": 1}],
            ["compress_all", {"multiplier": 2, "residual": True}],
            ["res_x", {"num_layers": 1}],
            ["compress_all", {"multiplier": 2, "residual": True}],
            ["res_x", {"num_layers": 1}],
            ["compress_all", {"multiplier": 2, "residual": True}],
            ["res_x", {"num_layers": 1}],
        ],
    }
)

NANO = VAEConfig.model_validate(
    {
        "latent_channels": 192,
        "encoder_blocks": [["compress_all_res", {"multiplier": 1}], ["compress_all_res", {"multiplier": 1}]],
        "decoder_blocks": [["compress_all", {}], ["compress_all", {}]],
        "linear_codec": LinearCodecConfig(networks=False, refiner=RefinerConfig()),
    }
)

PRESETS: dict[str, VAEConfig] = {"tiny": TINY, "nano": NANO}
