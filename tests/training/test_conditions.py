"""What a training step is given is what a render would be given."""

import numpy as np
import pytest
import torch

from render_engine.api.scene import SceneSpec
from render_engine.conditioning import FramesItem, LatentState, LatentTools
from render_engine.flow.noise import gaussian
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.models.transformer import PassOptions, VideoTransformer
from render_engine.presets import TRANSFORMERS
from render_engine.shapes import Compression, LatentShape, TokenGrid, patchify
from render_engine.training.caption_cache import CaptionCache
from render_engine.training.clips import ClipRecord
from render_engine.training.conditions import GUIDED_ALONE, NO_CONDITIONS, ConditionShares, at_level, conditioned
from render_engine.training.latents import LatentBatch

GUIDED = TRANSFORMERS["tiny"].model_copy(update={"preconditioned": True, "guided": True})
GRID = TokenGrid(12.0, Compression(4, 16), causal=True)


def a_batch(frames: int = 3) -> LatentBatch:
    draw = torch.Generator().manual_seed(3)
    latents, boards = (torch.randn(2, 8, frames, 3, 4, generator=draw) for _ in range(2))
    still = torch.randn(2, 8, 1, 3, 4, generator=draw)
    scene = SceneSpec(subject="dog", setting="beach")
    record = ClipRecord(seed=1, scene=scene, captions=("a dog",), fps=12.0)
    return LatentBatch(latents, boards, still, torch.zeros(2, frames, 3, 4), (record, record))


def a_state(shares: ConditionShares, seed: int = 0, frames: int = 3) -> LatentState:
    return conditioned(a_batch(frames), GRID, torch.Generator().manual_seed(seed), np.random.default_rng(seed), shares)


def test_without_conditions_every_token_is_free_and_nothing_guides():
    state = a_state(NO_CONDITIONS)
    assert state.is_free
    assert state.guide_BNG is None


def test_a_whole_guide_is_the_animatic_itself_beside_each_token():
    guide = a_state(GUIDED_ALONE).guide_BNG
    assert torch.equal(guide[..., :-1], patchify(a_batch().boards_BCFHW))
    assert torch.equal(guide[..., -1], torch.ones_like(guide[..., -1]))


@pytest.mark.parametrize("kind", ["first_frame", "extend", "region"])
def test_what_is_held_is_clean_at_level_zero_and_the_rest_is_under_the_schedules_noise(kind: str):
    shares = ConditionShares(**{**dict.fromkeys(("first_frame", "extend", "region"), 0.0), kind: 1.0}, last_frame=0.0)
    state = a_state(shares, frames=5)
    x, sigma, x0 = at_level(state, torch.tensor([0.7, 0.4]))
    held = state.denoise_mask_BN == 0
    assert 0 < int(held[0].sum()) < held.shape[1]
    assert torch.equal(x[held], patchify(a_batch(5).latents_BCFHW)[held])
    assert float(sigma[held].max()) == 0
    assert torch.equal(sigma[~held], torch.tensor([[0.7], [0.4]]).expand_as(sigma)[~held])
    assert torch.equal(x0, patchify(a_batch(5).latents_BCFHW))


def test_a_last_frame_stands_where_a_render_puts_a_key_frame():
    state = a_state(ConditionShares(0.0, 1.0, 0.0, 0.0, guide=1.0, weak_guide=0.0))
    still, shape = a_batch().still_BC1HW, LatentShape(2, 8, 3, 3, 4)
    tools = LatentTools(shape, GRID, lambda _: still, gaussian(torch.Generator().manual_seed(1)))
    start = LatentState.from_noise(torch.zeros(2, shape.num_tokens, 8), GRID.positions(shape))
    asked = FramesItem(torch.zeros(1, 3, 1, 48, 64), frame_index=8).apply_to(start, tools)
    assert torch.equal(state.positions_B3N, asked.positions_B3N)
    assert torch.equal(state.denoise_mask_BN, asked.denoise_mask_BN)
    added = state.denoise_mask_BN == 0
    assert torch.equal(state.clean_BNC[added], asked.clean_BNC[added])
    assert state.guide_BNG is not None
    assert float(state.guide_BNG[added].abs().max()) == 0


def test_a_guide_of_strength_zero_changes_nothing_and_a_stronger_one_changes_more():
    torch.manual_seed(0)
    network = VideoTransformer(GUIDED)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    state, words = a_state(GUIDED_ALONE), torch.randn(2, 5, 384)
    x, sigma, _ = at_level(state, torch.tensor([0.8, 0.8]))

    def velocity(strength: float | None) -> torch.Tensor:
        guided = state if strength is None else a_state(NO_CONDITIONS).guided_by(
            patchify(a_batch().boards_BCFHW), torch.zeros_like(x), torch.full((2,), strength)
        )  # fmt: skip
        options = PassOptions(guide_BNG=None if strength is None else guided.guide_BNG)
        return network(x, sigma, words, None, state.positions_B3N, options)

    with torch.no_grad():
        alone, none, half, whole = (velocity(strength) for strength in (None, 0.0, 0.5, 1.0))
    assert torch.allclose(alone, none, atol=1e-6)
    assert 0 < float((half - alone).abs().mean()) < float((whole - alone).abs().mean())


def test_a_new_guide_leaves_the_end_of_the_network_alone():
    network, state = VideoTransformer(GUIDED), a_state(GUIDED_ALONE)
    guide = state.guide_BNG
    left = network.guide.leave(torch.randn(2, state.num_video, GUIDED.dim), guide)
    assert torch.equal(left, torch.zeros_like(left))


def test_a_model_without_a_guide_refuses_one_in_one_line():
    network, state = VideoTransformer(TRANSFORMERS["tiny"]), a_state(GUIDED_ALONE)
    x, sigma, _ = at_level(state, torch.tensor([0.5, 0.5]))
    with pytest.raises(ValueError, match="takes no guide"):
        network(x, sigma, torch.zeros(2, 4, 384), None, state.positions_B3N, PassOptions(guide_BNG=state.guide_BNG))


def test_cached_captions_are_what_the_encoder_says():
    encoder = MiniLMEncoder.load()
    cache, captions = CaptionCache(encoder), ["a red dog runs on the beach", "", "rain"]
    wanted, mask = encoder.encode(captions)
    for _ in range(2):
        found, found_mask = cache.encode(captions)
        assert torch.equal(found_mask, mask)
        assert torch.allclose(found[mask], wanted[mask], atol=2e-3)
