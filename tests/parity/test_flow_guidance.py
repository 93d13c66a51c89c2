"""Guidance gives the reference's numbers, and trap 8 shows: a rescale of 1 is off in LTX-Video."""

import pytest
import torch
from diffusers.guiders import ClassifierFreeZeroStarGuidance
from diffusers.guiders.ltx2_guidance import LTX2Guidance
from diffusers.pipelines.ltx2.pipeline_ltx2 import LTX2Pipeline, rescale_noise_cfg
from hypothesis import given, settings
from hypothesis import strategies as st

from render_engine.flow.guidance import (
    Ltx2Guider,
    LtxvGuider,
    LtxvScales,
    Pass,
    Plan,
    classifier_free,
    guided,
    projected_uncond,
    rescaled,
)
from tests.parity.pairs import Parity

LIMIT = 1e-6
SIGMA = torch.tensor([[0.7]])
MULTI_SCALE_13B = LtxvGuider(
    tuple(
        (level, LtxvScales(cfg, stg, rescale, blocks))
        for level, cfg, stg, rescale, blocks in (
            (1.0, 1.0, 0.0, 1.0, ()),
            (0.996, 1.0, 0.0, 1.0, (11, 25, 35, 39)),
            (0.9933, 6.0, 4.0, 0.5, (22, 35, 39)),
            (0.985, 8.0, 4.0, 0.5, (28,)),
            (0.9767, 6.0, 4.0, 1.0, (28,)),
            (0.9008, 1.0, 2.0, 1.0, (28,)),
            (0.618, 1.0, 1.0, 1.0, (28,)),
        )
    ),
    cfg_star=True,
)


def predictions(seed=0):
    generator = torch.Generator().manual_seed(seed)
    shared = torch.randn(2, 6, 4, generator=generator)
    return {each: shared + 0.4 * torch.randn(2, 6, 4, generator=generator) for each in Pass}


def latents():
    return torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(9))


def chosen(guider, sigma=0.7):
    said = predictions()
    return {each: said[each] for each in guider.plan(sigma).passes}


def combine(guider, sigma=0.7):
    return guider.combine(chosen(guider, sigma), latents(), torch.tensor([[sigma]]))


def ltxv_by_hand(*, cfg, stg, rescale, star=False):
    """The published order, in float64: words, perturbation, deviation; `rescale` None is off."""
    text, uncond, perturbed = (predictions()[each].double() for each in (Pass.TEXT, Pass.UNCOND, Pass.PERTURBED))
    if star:
        uncond = torch.stack([u * (t * u).sum() / (u * u).sum() for t, u in zip(text, uncond, strict=True)])
    total = uncond + cfg * (text - uncond) + stg * (text - perturbed)
    return total if rescale is None else rescale_noise_cfg(total, text, rescale)


@pytest.mark.parametrize("star", [False, True])
@pytest.mark.parametrize("rescale", [0.0, 0.5, 0.7])
def test_ltx_video_s_guidance_is_its_formula(parity, star, rescale):
    guider = LtxvGuider(((0.0, LtxvScales(3.0, 1.0, rescale, (19,))),), cfg_star=star)
    parity("flow / LTX-Video guidance", ltxv_by_hand(cfg=3, stg=1, rescale=rescale, star=star), combine(guider), 2e-6)


def test_cfg_star_is_the_reference_s(parity):
    said = predictions()
    reference = ClassifierFreeZeroStarGuidance(guidance_scale=3.0, zero_init_steps=0)
    reference.set_state(step=3, num_inference_steps=8, timestep=torch.tensor(700.0))
    expected = reference.forward(said[Pass.TEXT], said[Pass.UNCOND]).pred
    guider = LtxvGuider(((0.0, LtxvScales(3.0)),), cfg_star=True)
    parity("flow / CFG*", expected, combine(guider), LIMIT)


@pytest.mark.parametrize("share", [0.3, 0.7, 1.0])
def test_rescaling_is_the_reference_s(parity, share):
    said = predictions()
    total = classifier_free(said[Pass.TEXT], said[Pass.UNCOND], 3.0)
    parity(
        "flow / rescale",
        rescale_noise_cfg(total, said[Pass.TEXT], share),
        rescaled(total, said[Pass.TEXT], share),
        LIMIT,
    )


def test_trap_8_a_rescale_of_one_is_off_and_reading_it_as_whole_breaks_parity():
    expected = ltxv_by_hand(cfg=3, stg=1, rescale=None)
    Parity()("off", expected, combine(LtxvGuider.constant(LtxvScales(3.0, 1.0, 1.0))), 2e-6)
    with pytest.raises(AssertionError, match="differs by"):
        Parity()("whole", expected, combine(LtxvGuider.constant(LtxvScales(3.0, 1.0, 1 - 1e-12))), 2e-6)


def test_without_perturbation_ltx_video_does_not_rescale():
    expected = ltxv_by_hand(cfg=3, stg=0, rescale=None)
    Parity()("words alone", expected, combine(LtxvGuider.constant(LtxvScales(3.0, 0.0, 0.5))), 2e-6)


@pytest.mark.parametrize(
    "scales",
    [
        {"cfg": 3.0, "stg": 1.0, "rescale": 0.7, "modality": 3.0},
        {"cfg": 3.0, "rescale": 0.45},
        {"stg": 1.0},
        {"cfg": 4.0, "stg": 0.5, "rescale": 1.0},
    ],
)
def test_ltx_2_s_guidance_is_the_reference_s_and_the_pipeline_s(parity, scales):
    """The reference combines data estimates; its pipeline turns velocities into them and back."""
    guider, said, x = Ltx2Guider(**scales), predictions(), latents()
    names = {"cfg": "guidance_scale", "stg": "stg_scale", "modality": "modality_scale", "rescale": "guidance_rescale"}
    reference = LTX2Guidance(**{names[each]: value for each, value in scales.items()})
    clock = type("Clock", (), {"sigmas": SIGMA[0]})
    order = (Pass.TEXT, Pass.UNCOND, Pass.PERTURBED, Pass.ISOLATED)
    x0 = [LTX2Pipeline.convert_velocity_to_x0(None, x, said[each], 0, clock) for each in order]
    expected = LTX2Pipeline.convert_x0_to_velocity(None, x, reference.forward(*x0).pred, 0, clock)
    parity("flow / LTX-2 guidance", expected, combine(guider), LIMIT, spread=(0.3, 5))
    kinds = ["pred_cond", "pred_uncond", "pred_cond_stg", "pred_cond_modality"]
    assert {kinds[order.index(each)] for each in guider.plan(0.7).passes} == set(reference.active_predictions())


def test_trap_8_ltx_2_reads_a_rescale_of_one_as_whole():
    guider = Ltx2Guider(cfg=4.0, rescale=1.0)
    x0 = latents() - 0.7 * combine(guider)
    text_x0 = latents() - 0.7 * predictions()[Pass.TEXT]
    torch.testing.assert_close(x0.std(dim=(1, 2)), text_x0.std(dim=(1, 2)), atol=1e-6, rtol=0)


def test_a_token_that_is_data_already_gets_no_velocity():
    sigma = torch.tensor([[0.7, 0.7, 0.3, 0.3, 0.0, 0.0]]).expand(2, -1)
    velocity = Ltx2Guider(cfg=3.0, rescale=0.7).combine(predictions(), latents(), sigma)
    assert torch.isfinite(velocity).all()
    assert (velocity[:, 4:] == 0).all()


def test_passes_that_count_for_nothing_are_not_asked_for():
    text = Plan((Pass.TEXT,))
    assert LtxvGuider.constant(LtxvScales(1.0, 0.0, 0.7, (19,))).plan(0.5) == text
    assert Ltx2Guider(rescale=0.7, skip_blocks=(28,)).plan(0.5) == text
    assert LtxvGuider.constant(LtxvScales(3.0)).plan(0.5) == Plan((Pass.UNCOND, Pass.TEXT))
    assert LtxvGuider.constant(LtxvScales(1.0, 1.0, 0.7, (19,))).plan(0.5) == Plan((Pass.TEXT, Pass.PERTURBED), (19,))
    assert Ltx2Guider(3.0, 1.0, 0.7, 3.0, (28,)).plan(0.5) == Plan(tuple(Pass), (28,))


@pytest.mark.parametrize(
    ("sigma", "cfg", "blocks"),
    [(1.0, 1, ()), (0.9995, 1, (11, 25, 35, 39)), (0.9933, 6, (22, 35, 39)), (0.99, 8, (28,)), (0.5, 1, (28,))],
)
def test_scales_are_looked_up_by_noise_level(sigma, cfg, blocks):
    """The first level that is not above sigma, or the last of all; a sigma of float32 still meets its own level."""
    told = float(torch.tensor(sigma))
    assert (MULTI_SCALE_13B.at(told).cfg, MULTI_SCALE_13B.at(told).skip_blocks) == (cfg, blocks)


def test_the_model_runs_the_passes_of_the_level_that_the_noisiest_token_has():
    asked = []

    def run_passes(plan, _x, _sigma):
        asked.append(plan)
        return {each: predictions()[each] for each in plan.passes}

    velocity_fn = guided(run_passes, MULTI_SCALE_13B)
    torch.testing.assert_close(velocity_fn(latents(), torch.tensor([[1.0, 0.2]])), predictions()[Pass.TEXT])
    velocity_fn(latents(), torch.tensor([[0.95, 0.2]]))
    velocity_fn(latents(), torch.tensor([[0.3]]))
    words, perturbed = (Pass.UNCOND, Pass.TEXT), Pass.PERTURBED
    assert asked == [Plan((Pass.TEXT,)), Plan((Pass.TEXT, perturbed), (28,)), Plan((Pass.TEXT, perturbed), (28,))]
    velocity_fn(latents(), torch.tensor([[0.98]]))
    assert asked[-1] == Plan((*words, perturbed), (28,))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.floats(0.05, 1), st.floats(0, 1))
def test_guidance_of_scale_one_is_the_conditional(seed, sigma, rescale):
    said, level = predictions(seed), torch.tensor([[sigma]])
    for guider in (LtxvGuider.constant(LtxvScales(rescale=rescale)), Ltx2Guider(rescale=rescale)):
        assert torch.equal(guider.combine({Pass.TEXT: said[Pass.TEXT]}, latents(), level), said[Pass.TEXT])
    whole = Ltx2Guider(1.0, 0.0, 0.0, 1.0).combine(said, latents(), level)
    torch.testing.assert_close(whole, said[Pass.TEXT], atol=2e-5, rtol=0)
    torch.testing.assert_close(classifier_free(said[Pass.TEXT], said[Pass.UNCOND], 1.0), said[Pass.TEXT])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.floats(1, 12), st.floats(0, 1))
def test_a_whole_rescale_keeps_the_deviation_and_a_part_of_one_goes_part_of_the_way(seed, scale, share):
    said = predictions(seed)
    total = classifier_free(said[Pass.TEXT], said[Pass.UNCOND], scale)
    before, wanted = total.std(dim=(1, 2)), said[Pass.TEXT].std(dim=(1, 2))
    torch.testing.assert_close(rescaled(total, said[Pass.TEXT], 1.0).std(dim=(1, 2)), wanted)
    after = rescaled(total, said[Pass.TEXT], share).std(dim=(1, 2))
    torch.testing.assert_close(after, share * wanted + (1 - share) * before)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000))
def test_what_is_left_of_the_text_is_at_right_angles_to_the_projected_unconditional(seed):
    said = predictions(seed)
    rest = said[Pass.TEXT] - projected_uncond(said[Pass.TEXT], said[Pass.UNCOND])
    assert (rest * said[Pass.UNCOND]).sum(dim=(1, 2)).abs().max() < 1e-4


@pytest.mark.parametrize(
    "guider", [Ltx2Guider(3.0, 1.0, 0.7, 3.0), LtxvGuider(((0.0, LtxvScales(3.0, 1.0, 0.7)),), cfg_star=True)]
)
def test_a_batch_of_two_is_two_batches_of_one(guider):
    one_by_one = [
        guider.combine(
            {each: said[row : row + 1] for each, said in chosen(guider).items()}, latents()[row : row + 1], SIGMA
        )
        for row in range(2)
    ]
    torch.testing.assert_close(combine(guider), torch.cat(one_by_one), atol=1e-6, rtol=0)
