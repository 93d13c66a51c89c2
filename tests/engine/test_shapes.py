"""Pixels, latents, tokens and positions agree with each other."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from render_engine.shapes import Compression, LatentShape, TokenGrid, patchify, unpatchify

sizes = st.integers(1, 4)


@settings(deadline=None)
@given(st.builds(LatentShape, sizes, sizes, sizes, sizes, sizes))
def test_tokens_return_to_the_latents_they_came_from(shape):
    latents = torch.arange(shape.batch * shape.channels * shape.num_tokens).view(shape)
    tokens = patchify(latents)
    assert tokens.shape == (shape.batch, shape.num_tokens, shape.channels)
    assert torch.equal(unpatchify(tokens, shape), latents)


def test_tokens_run_over_columns_first_then_rows_then_frames():
    latents = torch.zeros(1, 1, 2, 3, 4)
    latents[0, 0, 1, 2, 3] = 1
    latents[0, 0, 0, 0, 1] = 2
    tokens = patchify(latents)[0, :, 0]
    assert tokens[23] == 1
    assert tokens[1] == 2


def test_causal_positions_count_the_first_latent_frame_as_one_frame():
    """At 8 frames a second with 8 frames a latent frame: starts at frames 0, 1, 9."""
    grid = TokenGrid(fps=8, compression=Compression(8, 32), causal=True).positions(LatentShape(1, 8, 3, 1, 2))
    assert grid.shape == (1, 3, 6)
    assert grid[0, 0].tolist() == [0, 0, 1 / 8, 1 / 8, 9 / 8, 9 / 8]
    assert grid[0, 2].tolist() == [0, 32, 0, 32, 0, 32]


def test_positions_that_are_not_causal_are_evenly_spaced():
    grid = TokenGrid(fps=8, compression=Compression(8, 32), causal=False).positions(LatentShape(1, 8, 3, 2, 1))
    assert grid[0, 0].tolist() == [0, 0, 1, 1, 2, 2]
    assert grid[0, 1].tolist() == [0, 32, 0, 32, 0, 32]


def test_pixels_give_their_latent_size_and_a_misfit_names_the_nearest():
    compression = Compression(8, 16)
    shape = LatentShape.from_pixels(width=256, height=144, num_frames=49, channels=192, compression=compression)
    assert shape == (1, 192, 7, 9, 16)
    with pytest.raises(ValueError, match="the nearest is 256x144 with 49 frames"):
        LatentShape.from_pixels(width=250, height=150, num_frames=48, channels=192, compression=compression)


def test_too_few_tokens_are_refused():
    with pytest.raises(ValueError, match="5 tokens do not make 1x2x3 latents"):
        unpatchify(torch.zeros(1, 5, 8), LatentShape(1, 8, 1, 2, 3))
