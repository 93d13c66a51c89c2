"""A picture given to LTX-2 is compressed to diffusers' bytes: the same libx264, on as many threads."""

import os

import numpy as np
import pytest
import torch
from diffusers.pipelines.ltx2.utils import DEFAULT_IMAGE_CRF, LTX2_5_IMAGE_CRF, apply_image_conditioning_crf
from PIL import Image

from render_engine.media.compress import compressed
from render_engine.pipelines.families import LTX_2, LTX_2_5


@pytest.fixture
def one_core():
    """The reference cuts a picture into as many slices as it sees cores; ours is what it makes on one."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("only Linux gives a process one core")
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    yield
    os.sched_setaffinity(0, cores)


@pytest.mark.parametrize("size", [(352, 544), (97, 131)])
@pytest.mark.parametrize(("version", "crf"), [("0.9.5", 29), ("2.3", 33), ("2.5", 18)])
def test_a_picture_is_compressed_to_the_same_bytes(parity, one_core, version, crf, size):
    del one_core
    draw = np.random.default_rng(0)
    coarse = Image.fromarray(draw.integers(0, 256, (12, 16, 3), np.uint8)).resize(size[::-1], Image.Resampling.BICUBIC)
    picture = np.clip(np.array(coarse).astype(int) + draw.integers(-8, 9, (*size, 3)), 0, 255).astype(np.uint8)
    expected = torch.from_numpy(apply_image_conditioning_crf(picture, crf))
    name = f"{'LTX-Video' if crf == 29 else 'LTX-2'} {version} / picture given"  # LTX-Video's own code does the same
    parity(name, expected, torch.from_numpy(compressed(picture, crf)), 0, spread=(20, 120))


def test_the_quality_is_the_published_one():
    assert (LTX_2.picture_crf, LTX_2_5.picture_crf) == (DEFAULT_IMAGE_CRF, LTX2_5_IMAGE_CRF)
