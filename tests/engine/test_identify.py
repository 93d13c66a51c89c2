"""What a file of weights holds is told by its metadata, else by keys and shapes that only one version has."""

from pathlib import Path

import pytest

from render_engine.api.values import RenderError
from render_engine.checkpoints.header import Header, TensorInfo
from render_engine.checkpoints.identify import Identity, Part, identify, part_of

TRANSFORMER = {
    "patchify_proj.weight": (2048, 128),
    "adaln_single.linear.weight": (12288, 2048),
    "transformer_blocks.0.attn1.to_q.weight": (2048, 2048),
    "transformer_blocks.0.ff.net.0.proj.weight": (8192, 2048),
    "transformer_blocks.0.ff.net.0.proj.bias": (8192,),
    "transformer_blocks.27.attn1.to_q.weight": (2048, 2048),
}
OLD_VAE = {"encoder.down_blocks.0.res_blocks.0.conv1.conv.weight": (128, 128, 3, 3, 3)}
OLD_VAE |= {
    "encoder.conv_out.conv.weight": (129, 512, 3, 3, 3),
    "decoder.up_blocks.0.res_blocks.0.conv1.conv.weight": (8,),
}
TIMED_VAE = {**OLD_VAE, "decoder.last_time_embedder.timestep_embedder.linear_1.weight": (256, 256)}
NEW_VAE = {**TIMED_VAE, "encoder.conv_out.conv.weight": (129, 2048, 3, 3, 3)}
GATED = {"transformer_blocks.0.attn1.to_gate_logits.weight": (32, 4096), "audio_patchify_proj.weight": (2048, 128)}
DIFFUSERS = {"proj_in.weight": (2048, 128), "time_embed.linear.weight": (12288, 2048)}
DIFFUSERS |= {"transformer_blocks.47.attn1.norm_q.weight": (4096,)}
LORA = {
    "diffusion_model.transformer_blocks.1.attn1.to_q.lora_A.weight": (16, 2048),
    "diffusion_model.transformer_blocks.1.attn1.to_q.lora_B.weight": (2048, 16),
}
UPSAMPLER = {"initial_conv.weight": (512, 128, 3, 3, 3), "final_conv.weight": (128, 512, 3, 3, 3)}


def prefixed(prefix: str, shapes: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    return {f"{prefix}{key}": shape for key, shape in shapes.items()}


def header(shapes: dict[str, tuple[int, ...]], dtype: str = "BF16", config: str = "{}") -> Header:
    tensors = {key: TensorInfo(dtype, shape) for key, shape in shapes.items()}
    return Header(Path("some.safetensors"), tensors, {"config": config})


def single(vae: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    return prefixed("model.diffusion_model.", TRANSFORMER) | prefixed("vae.", vae)


@pytest.mark.parametrize(
    ("shapes", "identity"),
    [
        (single(OLD_VAE), ({"transformer", "vae"}, "ltx-video", "0.9.0", "original", 28)),
        (single(TIMED_VAE), ({"transformer", "vae"}, "ltx-video", "0.9.1", "original", 28)),
        (single(NEW_VAE), ({"transformer", "vae"}, "ltx-video", "0.9.5", "original", 28)),
        (NEW_VAE, ({"vae"}, "ltx-video", "0.9.5", "original", 0)),
        (DIFFUSERS, ({"transformer"}, "ltx-video", "0.9.7", "diffusers", 48)),
        (TRANSFORMER | {"audio_patchify_proj.weight": (2048, 128)}, ({"transformer"}, "ltx-2", "2.0", "original", 28)),
        (TRANSFORMER | GATED, ({"transformer"}, "ltx-2", "2.3", "original", 28)),
        (LORA, ({"lora"}, "ltx-video", "0.9.0", "original", 2)),
        (TRANSFORMER | {"latent_deviation": (192,)}, ({"transformer"}, "house", "", "original", 28)),
        ({"linear_codec.basis": (192, 3072)}, ({"vae"}, "house", "", "original", 0)),
        (UPSAMPLER, ({"upsampler"}, "ltx-video", "0.9.0", "original", 0)),
    ],
)
def test_a_file_is_told_by_its_keys_and_shapes(
    shapes: dict[str, tuple[int, ...]], identity: tuple[set[str], str, str, str, int]
):
    parts, family, version, naming, num_blocks = identity
    assert identify(header(shapes)) == Identity(frozenset(parts), family, version, naming, "plain", num_blocks)


def test_a_tensor_belongs_to_the_part_that_its_prefix_names_or_to_the_only_one():
    both: frozenset[Part] = frozenset({"transformer", "vae"})
    assert part_of("vae.encoder.conv_in.conv.weight", both) == "vae"
    assert part_of("model.diffusion_model.proj_out.weight", both) == "transformer"
    assert part_of("vocoder.conv_pre.weight", both | {"audio"}) == "audio"
    assert part_of("text_embedding_projection.aggregate_embed.weight", both) is None
    assert part_of("encoder.conv_in.conv.weight", frozenset({"vae"})) == "vae"


def test_a_version_without_feed_forward_biases_is_the_newest():
    shapes = {key: shape for key, shape in (TRANSFORMER | GATED).items() if not key.endswith("proj.bias")}
    assert identify(header(shapes)).version == "2.5"


def test_what_the_metadata_says_counts_first():
    told = identify(header(TRANSFORMER, config='{"model_version": "2.3.0"}'))
    assert (told.family, told.version) == ("ltx-2", "2.3.0")


def test_eight_bit_weights_are_told_with_and_without_their_scales():
    assert identify(header(TRANSFORMER, "F8_E4M3")).precision == "fp8"
    scaled = TRANSFORMER | {"transformer_blocks.0.attn1.to_q.weight_scale": ()}
    assert identify(header(scaled, "F8_E4M3")).precision == "fp8-scaled"


def test_another_family_is_refused_by_name():
    with pytest.raises(RenderError, match=r"some\.safetensors: no weights of the LTX family \(it holds unet\.conv_in"):
        identify(header({"unet.conv_in.weight": (320, 4, 3, 3)}))
