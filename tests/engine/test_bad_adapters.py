"""An adapter that is none, damaged, or of another model is refused in one line that names its file and tensor."""

import json

import pytest
import torch
from safetensors.torch import save_file

from render_engine.checkpoints.lora_files import load_lora
from render_engine.models.transformer import TransformerConfig, VideoTransformer
from render_engine.models.transformer_presets import LTX_2, LTX_2_3, LTX_VIDEO_2B, LTX_VIDEO_13B
from tests.engine.bad_files import QUERY, SIZES, SMALL, refusal

SMALL_LTX_2 = TransformerConfig.model_validate(LTX_2_3.model_dump() | SIZES)


def adapter_of(layers, *, rank=2, **changed: torch.Tensor):
    """Factors by the original tools' names for layers of (outputs, inputs)."""
    tensors = {}
    for layer, (outputs, inputs) in layers.items():
        tensors[f"diffusion_model.{layer}.lora_A.weight"] = torch.ones(rank, inputs)
        tensors[f"diffusion_model.{layer}.lora_B.weight"] = torch.ones(outputs, rank)
    return {key: value for key, value in (tensors | changed).items() if value is not None}


DOWN, UP, ALPHA = (f"diffusion_model.{QUERY}.{name}" for name in ("lora_A.weight", "lora_B.weight", "alpha"))
OWN = {QUERY: (32, 32)}


@pytest.mark.parametrize(
    ("tensors", "line"),
    [
        (adapter_of(OWN, **{UP: None}), f"{DOWN} has only one of its two factors; fetch"),
        (adapter_of(OWN, **{DOWN: None}), f"{UP} has only one of its two factors; fetch"),
        (adapter_of(OWN, **{ALPHA: torch.ones(1), UP: None, DOWN: None}), f"{ALPHA} has only one of its two factors"),
        (adapter_of(OWN, **{UP: torch.ones(32, 3)}), f"{UP} has shape (32, 3) instead of (32, 2)"),
        (adapter_of(OWN, rank=0), f"{DOWN} has shape (0, 32) instead of (1, 32)"),
        (adapter_of(OWN, **{DOWN: torch.ones(())}), f"{DOWN} has shape () instead of (1, 32)"),
        (adapter_of(OWN, **{UP: torch.full((32, 2), torch.nan)}), f"{UP} holds values that are not finite"),
        (adapter_of(OWN, **{UP: torch.ones(32, 2, dtype=torch.int64)}), f"{UP} has the dtype I64"),
        (adapter_of(OWN, **{ALPHA: torch.tensor(torch.nan)}), f"{ALPHA} holds values that are not finite"),
        (adapter_of(OWN, **{ALPHA: torch.ones(2)}), f"{ALPHA} is not one number; fetch"),
        (adapter_of(OWN, **{f"transformer.{QUERY}.lora_A.weight": torch.ones(2, 32)}), "are the same tensor; fetch"),
        (adapter_of(OWN, **{f"{QUERY}.lora_magnitude_vector": torch.ones(32)}), "is no tensor of a LoRA; choose"),
        ({"transformer.proj_out.weight": torch.ones(8, 32)}, "proj_out.weight is no tensor of a LoRA; choose"),
        ({}, "holds no LoRA of a video transformer; choose another file"),
    ],
)
def test_an_adapter_that_is_none(tmp_path, tensors, line):
    save_file(tensors, tmp_path / "lora.safetensors")
    assert line in refusal(load_lora, tmp_path / "lora.safetensors", VideoTransformer(SMALL))


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"transformer.lora_alpha": "much"}, "its transformer.lora_alpha is no sound number"),
        ({"transformer.lora_alpha": float("nan")}, "its transformer.lora_alpha is no sound number"),
        ({"transformer.use_rslora": True}, "its transformer.use_rslora is not supported; choose another file"),
        ({"transformer.alpha_pattern": {QUERY: 3}}, "its transformer.alpha_pattern is not supported"),
        ([], "its lora_adapter_metadata is no JSON object"),
    ],
)
def test_settings_of_an_adapter_that_change_what_it_means(tmp_path, said, line):
    save_file(adapter_of(OWN), tmp_path / "lora.safetensors", {"lora_adapter_metadata": json.dumps(said)})
    assert line in refusal(load_lora, tmp_path / "lora.safetensors", VideoTransformer(SMALL))


def test_the_alpha_that_diffusers_writes_into_the_metadata_counts(tmp_path):
    path = tmp_path / "lora.safetensors"
    save_file(adapter_of(OWN), path, {"lora_adapter_metadata": json.dumps({"transformer.lora_alpha": 8})})
    assert load_lora(path, VideoTransformer(SMALL))[QUERY].scale == 4
    save_file(adapter_of(OWN, **{ALPHA: torch.tensor(6)}), path)
    assert load_lora(path, VideoTransformer(SMALL))[QUERY].scale == 3


SOUND = {
    "transformer_blocks.0.audio_attn1.to_q": (2048, 2048),
    "transformer_blocks.0.video_to_audio_attn.to_k": (2048, 4096),
}
GATE = {"transformer_blocks.0.attn1.to_gate_logits": (32, 4096)}


@pytest.mark.parametrize(
    ("of", "layers", "line"),
    [
        (
            "LTX-2 on LTX-Video",
            SOUND,
            "audio_attn1.to_q.lora_A.weight is for a layer that this transformer has not; choose",
        ),
        ("LTX-2.3 on LTX-Video", GATE, "to_gate_logits.lora_A.weight is for a layer that this transformer has not"),
        ("LTX-2.3 on LTX-2", GATE, "to_gate_logits.lora_A.weight is for a layer that this transformer has not"),
        ("13B on 2B", {QUERY: (4096, 4096)}, "lora_A.weight has shape (2, 4096) instead of (2, 2048); choose"),
        ("2B on 13B", {QUERY: (2048, 2048)}, "lora_A.weight has shape (2, 2048) instead of (2, 4096); choose"),
        ("48 blocks on 28", {"transformer_blocks.40.attn1.to_q": (2048, 2048)}, "is for a layer that this transformer"),
        ("sound alone", SOUND, "holds no LoRA of a video transformer"),
    ],
)
def test_an_adapter_of_another_family_or_size(tmp_path, of, layers, line):
    base = {"13B": LTX_VIDEO_13B, "LTX-2": LTX_2, "alone": LTX_2}.get(of.split()[-1], LTX_VIDEO_2B)
    with torch.device("meta"):
        transformer = VideoTransformer(base)
    save_file(adapter_of(layers), tmp_path / "lora.safetensors")
    assert line in refusal(load_lora, tmp_path / "lora.safetensors", transformer)


def test_an_adapter_of_ltx_2_is_read_for_the_video_stream_alone(tmp_path):
    save_file(adapter_of({**OWN, **SOUND}), tmp_path / "lora.safetensors")
    assert list(load_lora(tmp_path / "lora.safetensors", VideoTransformer(SMALL_LTX_2))) == [QUERY]
