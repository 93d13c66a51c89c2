"""Our video stream of LTX-2, 2.3 and 2.5 gives diffusers' numbers on random weights; names go there and back."""

import pytest
import torch
from diffusers.loaders.single_file_utils import convert_ltx2_transformer_to_diffusers

from render_engine.checkpoints.transformer_key_map import (
    PREFIX,
    state_dict_to_diffusers,
)
from render_engine.models.perturbation import Perturbation
from tests.parity.ltx2_transformer import (
    SHAPE,
    TOLERANCE,
    V2_0,
    V2_3,
    V2_5,
    VERSIONS,
    ask_own,
    ask_reference,
    build_own,
    build_reference,
    call,
)
from tests.parity.renaming import transformer_from_diffusers, video_stream_of


@pytest.fixture(scope="module", params=VERSIONS)
def version(request):
    return request.param


@pytest.fixture(scope="module")
def reference(version):
    return build_reference(VERSIONS[version])


@pytest.fixture(scope="module")
def own(version, reference):
    return build_own(reference, VERSIONS[version])


def pair_name(version):
    """Of a version with or without what is special to it, which the name has at its end."""
    number, _, variant = version.partition(" ")
    return f"LTX-2 {number} / transformer{variant and f', {variant}'}"


@pytest.mark.parametrize("per_token", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_the_numbers_are_the_reference_s(parity, version, reference, own, per_token, masked):
    arguments = call(VERSIONS[version], per_token=per_token, masked=masked)
    expected = ask_reference(reference, arguments)
    parity(pair_name(version), expected, ask_own(own, arguments), TOLERANCE)


@pytest.mark.parametrize("perturbed", [[True, False], [True, True]])
def test_perturbed_samples_are_the_reference_s(parity, perturbed):
    arguments = call(V2_3)
    perturbation = Perturbation(torch.tensor(perturbed), frozenset({0, 2}))
    arguments["options"] = arguments["options"]._replace(perturbation=perturbation)
    reference = build_reference(V2_3)
    expected = ask_reference(reference, arguments)
    ours = ask_own(build_own(reference, V2_3), arguments)
    parity(pair_name("2.3 attention perturbed"), expected, ours, TOLERANCE)


def test_who_may_see_whom_is_the_reference_s(parity, version, reference, own):
    arguments = call(VERSIONS[version])
    hidden = torch.zeros(SHAPE.batch, SHAPE.num_tokens, SHAPE.num_tokens)
    hidden[0, :20, 20:] = -10_000
    arguments["options"] = arguments["options"]._replace(self_attention_bias_BNN=hidden)
    expected = ask_reference(reference, arguments)
    assert (expected - ask_reference(reference, call(VERSIONS[version]))).abs().max() > 1e-2
    parity(f"{pair_name(version)}, tokens hidden", expected, ask_own(own, arguments), TOLERANCE)


def test_names_go_to_diffusers_and_back(reference):
    theirs = reference.state_dict()
    ours = transformer_from_diffusers(theirs)
    back = state_dict_to_diffusers(ours)
    assert list(back) == list(theirs)
    assert all(back[name] is theirs[name] for name in theirs)


def test_the_video_stream_is_all_of_ours_and_nothing_of_the_sound_s(reference, own):
    stream = video_stream_of(transformer_from_diffusers(reference.state_dict()))
    assert stream.keys() == own.state_dict().keys()
    assert all(torch.equal(tensor, stream[name]) for name, tensor in own.state_dict().items())


def test_our_file_of_ltx_2_loads_into_the_reference_s_own_converter():
    """The original names are canonical: diffusers' converter of single files makes of them what our table does."""
    theirs = build_reference(V2_0).state_dict()
    single_file = {PREFIX + name: tensor for name, tensor in transformer_from_diffusers(theirs).items()}
    converted = convert_ltx2_transformer_to_diffusers(dict(single_file))
    assert converted.keys() == theirs.keys()
    assert all(converted[name] is theirs[name] for name in theirs)


def test_tokens_with_levels_of_their_own_need_the_sample_s():
    own = build_own(build_reference(V2_3), V2_3)
    arguments = call(V2_3)
    with pytest.raises(ValueError, match="pass sample_sigma_B1"):
        ask_own(own, arguments, options=type(arguments["options"])())


def test_a_keyframe_mask_is_refused_by_a_model_that_has_no_mark_for_it():
    own = build_own(build_reference(V2_3), V2_3)
    with pytest.raises(ValueError, match="pass no keyframe mask"):
        ask_own(own, call(V2_3), options=call(V2_5)["options"])
