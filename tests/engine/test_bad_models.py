"""A whole file that is not the model's, or describes another, is refused in one line that names the field or tensor."""

import contextlib
import json
import shutil

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from render_engine.api.values import RenderError
from render_engine.checkpoints.header import read_header
from render_engine.checkpoints.transformer_files import load_transformer
from render_engine.checkpoints.upsampler_files import load_upsampler
from render_engine.checkpoints.vae_files import load_vae
from render_engine.checkpoints.weight_source import STEM
from render_engine.models.latent_upsampler import LatentUpsamplerConfig
from render_engine.models.transformer_presets import LTX_VIDEO_13B
from render_engine.models.vae_presets import TINY
from tests.engine.bad_files import (
    HUGE,
    KEY,
    KINDS,
    PICKLE,
    PREFIXES,
    QUERY,
    SIZES,
    SMALL,
    first_key,
    refusal,
    rewrite,
    write_good,
)

pytestmark = pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")  # of layers that no file can have


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return {kind: write_good(kind, tmp_path_factory.mktemp("good")) for kind in KINDS}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def path(good, kind, tmp_path):
    return shutil.copy(good[kind], tmp_path / "model.safetensors")


@pytest.fixture
def transformer_file(good, tmp_path):
    return shutil.copy(good["transformer"], tmp_path / "model.safetensors")


@pytest.mark.parametrize("dtype", [torch.float64, torch.int64, torch.int8, torch.bool, torch.uint8], ids=str)
def test_a_weight_of_another_dtype(path, kind, dtype):
    key = first_key(path)
    rewrite(path, **{key: torch.ones(load_file(path)[key].shape).to(dtype)})
    assert refusal(KINDS[kind][0], path).startswith(f"{key} has the dtype ")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_a_value_that_is_not_finite(path, kind, value, dtype):
    key = max(read_header(path).tensors)
    bad = load_file(path)[key].to(dtype)
    bad.view(-1)[-1] = value
    rewrite(path, **{key: bad})
    assert refusal(KINDS[kind][0], path) == f"{key} holds values that are not finite; fetch the file again"


def test_a_value_that_the_dtype_in_memory_does_not_hold(path, kind):
    key = first_key(path)
    rewrite(path, **{key: load_file(path)[key] + 1e6})
    KINDS[kind][0](path, None, torch.bfloat16)
    assert refusal(KINDS[kind][0], path, None, torch.float16).startswith(
        f"{key} holds values too large for float16; load"
    )


def test_a_weight_too_few_too_many_or_of_another_shape(path, kind):
    load, key = KINDS[kind][0], first_key(path)
    whole = path.read_bytes()
    prefix = PREFIXES[kind]
    rewrite(path, **{key: None})
    assert refusal(load, path).startswith(f"{key.removeprefix(prefix)} is missing (1 missing in all); choose")
    path.write_bytes(whole)
    rewrite(path, **{f"{prefix}more": torch.ones(1)})
    assert refusal(load, path).startswith(f"{prefix}more is unexpected (1 unexpected in all); choose")
    path.write_bytes(whole)
    rewrite(path, **{key: torch.ones(3)})
    assert refusal(load, path).startswith(f"{key} has shape (3,) instead of ")


def test_two_tensors_of_one_name(transformer_file):
    """The file is of diffusers' naming, and has one tensor in the original's besides."""
    tensors = load_file(transformer_file)
    ours, theirs = KEY.replace("to_q", "q_norm"), KEY.replace("to_q", "norm_q")
    proj_in = tensors["model.diffusion_model.patchify_proj.weight"]
    rewrite(transformer_file, **{theirs: tensors[ours], "proj_in.weight": proj_in})
    assert refusal(load_transformer, transformer_file).startswith(f"{ours} and {theirs} are the same tensor, ")


@pytest.mark.parametrize(
    "config",
    [
        "{",
        "[]",
        "3",
        '"text"',
        "{}",
        '{"transformer": 3}',
        '{"vae": []}',
        '{"vae": {}, "transformer": {}}',
        "[" * 9000,
        '{"_class_name": ["a"]}',
        '{"_class_name": "X"}',
        '{"transformer": {"_class_name": {"a": 1}}}',
    ],
)
def test_a_description_of_nothing_known(path, kind, config):
    save_file(load_file(path), path, {"config": config})
    if kind == "upsampler" and config == "{}":
        assert "is missing (48 missing in all)" in refusal(load_upsampler, path)
    else:
        assert "config" in refusal(KINDS[kind][0], path)


def change_description(path, kind, field, value):
    config = read_header(path).config
    (config if kind == "upsampler" else config[kind])[field] = value
    save_file(load_file(path), path, {"config": json.dumps(config)})


JUNK = st.sampled_from(
    [
        None,
        True,
        -1,
        0,
        1,
        3,
        64,
        10**9,
        10**40,
        0.5,
        float("nan"),
        "",
        "wide\n",
        [],
        [1],
        [[]],
        {},
        {"a": 1},
        [["res_x", 10**9]],
        [["res_x_y", {"multiplier": 10**30}]],
        [["res_x", 1], 3],
        ["res_x"],
    ]
)
FIELDS = {
    "transformer": st.sampled_from(
        [*SIZES, "_class_name", "qk_norm", "positional_embedding_max_pos", "norm_eps", "more"]
    ),
    "vae": st.sampled_from([*TINY.model_dump(by_alias=True), "blocks", "more"]),
    "upsampler": st.sampled_from([*LatentUpsamplerConfig.model_fields, "_class_name", "more"]),
}


@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_description_is_read_or_refused_and_never_breaks(good, kind, tmp_path, data):
    path = shutil.copy(good[kind], tmp_path / "model.safetensors")
    field, value = data.draw(FIELDS[kind]), data.draw(JUNK)
    change_description(path, kind, field, value)
    with contextlib.suppress(RenderError):
        KINDS[kind][0](path)
        return
    refusal(KINDS[kind][0], path)


def test_a_description_of_a_larger_model_takes_no_memory_and_no_time(transformer_file):
    """13 billion weights that the file has not; a billion layers."""
    for changes in (LTX_VIDEO_13B.model_dump(mode="json"), {"num_layers": 10**9}):
        config = read_header(transformer_file).config
        config["transformer"] |= changes
        save_file(load_file(transformer_file), transformer_file, {"config": json.dumps(config)})
        assert any(
            word in refusal(load_transformer, transformer_file) for word in ("is missing", "layers, but the file")
        )


def test_a_file_of_another_part(good):
    for kind, (load, _, _) in KINDS.items():
        for other in KINDS.keys() - {kind}:
            assert "config is not supported: " in refusal(load, good[other])
    assert refusal(load_vae, good["transformer"]) == (
        "its autoencoder config is not supported: the file has none; choose another file"
    )


@pytest.fixture
def eight_bit(transformer_file):
    """All queries in eight bits, with their scales."""
    tensors = load_file(transformer_file)
    for key in [key for key in tensors if key.endswith("attn1.to_q.weight")]:
        tensors[key] = tensors[key].to(torch.float8_e4m3fn)
        tensors[f"{key}_scale"] = torch.tensor(2.0)
        tensors[f"{key.removesuffix('weight')}input_scale"] = torch.tensor(1.0)
    save_file(tensors, transformer_file, read_header(transformer_file).metadata)
    return transformer_file


def test_eight_bit_weights_are_scaled(eight_bit):
    stored = load_file(eight_bit)[KEY]
    assert torch.equal(load_transformer(eight_bit).get_parameter(f"{QUERY}.weight"), stored.float() * 2)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({f"{KEY}_scale": None}, f"{KEY} has lost its weight_scale, which others have; fetch"),
        ({KEY: torch.ones(32, 32)}, "is the scale of no eight-bit weight; fetch"),
        ({KEY: None}, "is the scale of no eight-bit weight; fetch"),
        ({f"{KEY}_scale": torch.ones(32)}, f"{KEY}_scale has shape (32,); a scale is one number"),
        ({f"{KEY}_scale": torch.tensor(float("nan"))}, f"{KEY} holds values that are not finite"),
    ],
)
def test_a_scale_that_is_lost_left_over_or_no_number(eight_bit, changed, line):
    rewrite(eight_bit, **changed)
    assert line in refusal(load_transformer, eight_bit)


@pytest.fixture
def folder(good, tmp_path):
    """A transformer in two shards, as diffusers lays one out."""
    tensors, target = load_file(good["transformer"]), tmp_path / "folder"
    target.mkdir()
    (target / "config.json").write_text(json.dumps(read_header(good["transformer"]).config["transformer"]))
    keys = sorted(tensors)
    shards = {shard(1): keys[:20], shard(2): keys[20:]}
    for name, held in shards.items():
        save_file({key: tensors[key] for key in held}, target / name)
    write_index(target, {key: name for name, held in shards.items() for key in held})
    return target


def shard(number):
    return f"{STEM}-0000{number}-of-00002.safetensors"


def write_index(folder, places):
    (folder / f"{STEM}.safetensors.index.json").write_text(json.dumps({"weight_map": places}))


def places_of(folder):
    return json.loads((folder / f"{STEM}.safetensors.index.json").read_text())["weight_map"]


def test_a_folder_of_shards_loads(folder):
    assert load_transformer(folder).config == SMALL


def test_a_folder_without_a_model(tmp_path, kind):
    assert refusal(KINDS[kind][0], tmp_path) == "has no config.json; choose the folder of one model, or a file"
    (tmp_path / "config.json").write_text("{}")
    assert "no such weight file" in refusal(KINDS[kind][0], tmp_path)
    (tmp_path / f"{STEM}.bin").write_bytes(PICKLE)
    line = refusal(KINDS[kind][0], tmp_path)
    assert line.endswith(
        f"a pickle, which may run code and is never loaded; get {STEM}.safetensors, or a repository that has it"
    )


@pytest.mark.parametrize("place", ["../{}", "/etc/{}", "sub/{}", "..", ""])
def test_an_index_that_leads_outside_of_its_folder(folder, place):
    shutil.copy(folder / shard(1), folder.parent / shard(1))
    places = {key: place.format(name) if name == shard(1) else name for key, name in places_of(folder).items()}
    write_index(folder, places)
    line = refusal(load_transformer, folder)
    assert "outside of its folder" in line or "no such weight file" in line


def test_an_index_that_names_a_shard_that_is_not_there(folder):
    (folder / shard(2)).unlink()
    assert refusal(load_transformer, folder) == (
        f"{folder / shard(2)}: no such weight file; check its name, or fetch it"
    )


@pytest.mark.parametrize("other", ["twice", "elsewhere", "unnamed"])
def test_an_index_and_shards_that_disagree(folder, other):
    places = places_of(folder)
    key = next(key for key, name in places.items() if name == shard(1))
    if other == "twice":
        save_file(load_file(folder / shard(2)) | {key: load_file(folder / shard(1))[key]}, folder / shard(2))
    else:
        write_index(
            folder, places | {key: shard(2)} if other == "elsewhere" else {k: places[k] for k in places if k != key}
        )
    assert refusal(load_transformer, folder).endswith(f"and the index do not agree on {key}; fetch both again")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"weight_map": {"a": 1}}', '{"weight_map": {"a": "b", "a": "c"}}'])
def test_an_index_that_names_no_shards(folder, text):
    (folder / f"{STEM}.safetensors.index.json").write_text(text)
    assert "index.json: it names no shards" in refusal(load_transformer, folder)


@pytest.mark.parametrize("name", ["config.json", f"{STEM}.safetensors.index.json"])
def test_a_description_that_claims_to_be_huge(folder, name):
    with (folder / name).open("r+b") as file:
        file.truncate(HUGE)
    assert "has more than 16,777,216 bytes" in refusal(load_transformer, folder)


def test_a_shard_that_is_cut_off(folder):
    path = folder / shard(2)
    path.write_bytes(path.read_bytes()[:-4])
    assert f"{path}: " in refusal(load_transformer, folder)


@given(
    field=st.sampled_from(["block_out_channels", "layers_per_block", "downsample_type", "down_block_types"]), value=JUNK
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_folder_of_diffusers_is_read_or_refused_and_never_breaks(good, tmp_path, field, value):
    shutil.copy(good["vae"], tmp_path / f"{STEM}.safetensors")
    config = {"_class_name": "AutoencoderKLLTXVideo", field: value}
    (tmp_path / "config.json").write_text(json.dumps(config))
    refusal(load_vae, tmp_path)


def test_every_buffer_of_a_network_is_in_its_file():
    """A network is made without memory and filled from its file, so nothing may live beside the file."""
    for _, _, build in KINDS.values():
        network = build()
        held = {*dict(network.named_parameters()), *dict(network.named_buffers())}
        assert held == network.state_dict().keys()
