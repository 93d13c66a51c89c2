"""A reference is taken as small and as slow as its adapter says that it was trained to follow one (IC-LoRA)."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from render_engine.api import Adapter, Reference, RenderError, RenderRequest
from render_engine.checkpoints.lora_files import ReferenceScales, read_reference_scales
from render_engine.conditioning import LatentState, LatentTools, ReferenceItem
from render_engine.frames import media_frames
from render_engine.media.write import write_clip
from render_engine.request_items import ItemReader, read_scales
from render_engine.shapes import Compression, LatentShape, TokenGrid

DOWN, TIMES = "reference_downscale_factor", "reference_temporal_scale_factor"


def adapter(path: Path, **said: str) -> Path:
    save_file({"transformer.proj_out.lora_A.weight": torch.ones(1, 1)}, path, metadata=said or None)
    return path


def request(clip: Path, *adapters: Path, num_frames: int = 17) -> RenderRequest:
    return RenderRequest(
        prompt="a dog", width=64, height=64, num_frames=num_frames, fps=8, seed=1, num_steps=4,
        conditioning=(Reference(media=clip),), adapters=tuple(Adapter(path=path) for path in adapters),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "scales"),
    [({}, (1, 1)), ({DOWN: "2"}, (2, 1)), ({TIMES: "4"}, (1, 4)), ({DOWN: "3", TIMES: "12", "rank": "x"}, (3, 12))],
)
def test_an_adapter_says_how_small_and_how_slow_its_references_were(tmp_path, said, scales):
    assert read_reference_scales(adapter(tmp_path / "lora.safetensors", **said)) == scales


@pytest.mark.parametrize("value", ["0", "-2", "2.0", "half", "", "100", "２"])
def test_a_scale_that_is_no_whole_number_is_refused(tmp_path, value):
    path = adapter(tmp_path / "lora.safetensors", **{DOWN: value})
    with pytest.raises(RenderError, match=rf"^{path}: its {DOWN} is '{value}'; choose another file$"):
        read_reference_scales(path)


@pytest.fixture
def clip(tmp_path):
    """Of 20 frames, each brighter than the one before."""
    frames = (np.full((64, 64, 3), 10 * index, np.uint8) for index in range(20))
    return write_clip(tmp_path / "clip.mp4", frames, 8.0).path


@pytest.mark.parametrize(
    ("times", "num_frames", "taken"),
    [(1, 17, range(17)), (2, 17, [0, *range(1, 17, 2)]), (3, 17, [0]), (2, 33, [0, *range(1, 17, 2)])],
)
def test_of_a_slower_reference_the_first_frame_and_then_every_few_are_taken(tmp_path, clip, times, num_frames, taken):
    """As many as make 8k+1 of those that fit the video."""
    path = adapter(tmp_path / "lora.safetensors", **{DOWN: "2", TIMES: str(times)})
    (item,) = ItemReader(request(clip, path, num_frames=num_frames), 8).read()
    assert isinstance(item, ReferenceItem)
    assert (item.downscale, item.temporal_scale) == (2, times)
    assert torch.equal(item.frames_BCFHW, media_frames(clip, 64, 64, 20)[:, :, list(taken)])


def test_adapters_agree_on_the_scale_of_the_reference_or_are_refused(tmp_path, clip):
    halved = adapter(tmp_path / "halved.safetensors", **{DOWN: "2"})
    slow, plain = adapter(tmp_path / "slow.safetensors", **{TIMES: "4"}), adapter(tmp_path / "plain.safetensors")
    assert read_scales(request(clip)) == ReferenceScales()
    assert read_scales(request(clip, halved, slow, plain, halved)) == (2, 4)
    with pytest.raises(ValueError, match="references of different scales: take one at a time"):
        read_scales(request(clip, halved, adapter(tmp_path / "third.safetensors", **{DOWN: "3"})))


def test_a_video_whose_sides_cannot_be_halved_follows_no_reference_of_half_the_size():
    shape = LatentShape(1, 4, 3, 2, 3)
    grid = TokenGrid(24, Compression(8, 32), causal=True)
    tools = LatentTools(shape, grid, lambda frames: frames, torch.zeros_like)
    state = LatentState.from_noise(torch.zeros(1, shape.num_tokens, 4), grid.positions(shape))
    with pytest.raises(ValueError, match=r"a reference of 1/2 of the size needs .* multiples of 64 pixels"):
        ReferenceItem(torch.zeros(1, 3, 17, 64, 96), downscale=2).apply_to(state, tools)
