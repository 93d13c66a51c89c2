"""`aiprod-engine bench`: the same work on both sides, told as a table and as JSON, within time and memory."""

import re
import shlex
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import typer

from render_engine.benchmarks import run as benchmark_run
from render_engine.benchmarks.contestants import OURS, REFERENCE, AutoencoderNetwork, TransformerNetwork, Work
from render_engine.benchmarks.ours import Inputs, decode, guider_of, passes_of
from render_engine.benchmarks.race import race
from render_engine.benchmarks.random_weights import fill, laid_out, weight_bytes
from render_engine.benchmarks.reference import (
    Found,
    find_reference,
    reference_autoencoder,
    reference_decode,
    reference_passes_of,
    reference_transformer,
)
from render_engine.benchmarks.report import BenchReport
from render_engine.benchmarks.run import Benchmark, BenchOrder
from render_engine.benchmarks.sizes import PRESETS, ClipSize, Preset
from render_engine.cli.app import build_app, main
from render_engine.conditioning import LatentState
from render_engine.flow.guidance import Pass
from render_engine.machine import Machine
from render_engine.models.transformer import VideoTransformer
from render_engine.models.transformer_presets import LTX_2
from render_engine.models.vae import VideoVAE
from render_engine.pipelines.passes import Passes, Words
from render_engine.shapes import LatentShape
from render_engine.threads import thread_environment

CPU = torch.device("cpu")
TINY = PRESETS["tiny"]
TINY_LTX_2 = replace(
    TINY,
    name="tiny ltx-2",
    transformer=LTX_2.model_copy(
        update={name: getattr(TINY.transformer, name) for name in ("num_layers", "num_attention_heads")}
        | {"attention_head_dim": 8, "cross_attention_dim": 32, "in_channels": 8, "out_channels": 8}
    ),
)
WORKS_OF_LTX_VIDEO = (Work.STEP, Work.CFG)
GUIDED = (Work.STEP, Work.CFG, Work.STG)


@pytest.fixture
def bench(capsys, monkeypatch):
    """Runs the command; what it fixes about threads is undone."""
    for name in thread_environment(1):
        monkeypatch.setenv(name, "1")
    num_threads = torch.get_num_threads()

    def run(*words: str):
        code = main(["bench", "--threads", "1", "--device", "cpu", *words])
        return int(code), *capsys.readouterr()

    yield run
    torch.set_num_threads(num_threads)


def filled(network_class, preset, *, with_reference=True):
    network = network_class(preset, CPU, torch.float32)
    network.fill(with_reference=with_reference)
    return network, Inputs.random(preset, preset.clips[0], CPU, torch.float32)


def without_memory(inputs):
    tensors = {name: value.to("meta") for name, value in vars(inputs).items() if isinstance(value, torch.Tensor)}
    return replace(inputs, **tensors)


def order(**changed: object):
    return BenchOrder((TINY,), CPU, **{"dtype": torch.float32, "num_rounds": 1, **changed})


@pytest.mark.parametrize(
    ("preset", "work"),
    [*((TINY, work) for work in WORKS_OF_LTX_VIDEO), *((TINY_LTX_2, work) for work in GUIDED)],
    ids=lambda value: value.name if isinstance(value, Preset) else value,
)
def test_both_sides_take_the_same_step(preset, work):
    network, inputs = filled(TransformerNetwork, preset)
    contestants = network.contestants(work, inputs)
    ours, expected = contestants[OURS](), contestants[REFERENCE]()
    assert 0.3 < expected.std() < 3
    assert (ours - expected).abs().max() <= 2e-6


@pytest.mark.parametrize("name", ["2b", "13b", "ltx-2"])
@torch.no_grad()
def test_both_sides_fit_together_at_the_published_sizes(name):
    """Tensors without memory go through both, so that a graphics card's time is not spent on finding out."""
    preset = PRESETS[name].with_layers(2)
    inputs = without_memory(Inputs.random(preset, ClipSize(64, 64, 9), CPU, torch.bfloat16))
    ours = laid_out(lambda: VideoTransformer(preset.transformer)).bfloat16()
    theirs = reference_passes_of(preset, reference_transformer(preset, ours), inputs)
    plan = guider_of(preset, words=True, perturbed=preset.is_ltx2).plan(1.0)
    asked = (plan, inputs.noise_BNC, torch.ones(1, 1, device="meta"))
    velocities = [list(passes(*asked).values()) for passes in (passes_of(ours, inputs), theirs)]
    assert {velocity.shape for side in velocities for velocity in side} == {inputs.noise_BNC.shape}
    vae = laid_out(lambda: VideoVAE(preset.autoencoder.config)).bfloat16()
    frames = decode(vae, inputs), reference_decode(reference_autoencoder(preset.autoencoder, vae), inputs)
    assert {side.shape for side in frames} == {(1, 3, 9, 64, 64)}


def test_both_sides_decode_the_same_frames():
    network, inputs = filled(AutoencoderNetwork, TINY)
    contestants = network.contestants(Work.DECODE, inputs)
    expected = contestants[REFERENCE]()
    assert expected.shape == (1, 3, 17, 64, 96)
    assert 0.3 < expected.std() < 3
    assert (contestants[OURS]() - expected).abs().max() <= 1e-5


def test_both_sides_hold_one_copy_of_the_weights():
    network, _ = filled(TransformerNetwork, TINY)
    ours = {tensor.data_ptr() for tensor in network._ours.parameters()}
    assert {tensor.data_ptr() for tensor in network._reference.parameters()} == ours


@torch.no_grad()
@pytest.mark.parametrize("work", GUIDED)
def test_our_passes_are_the_render_loop_s(work):
    model = laid_out(lambda: VideoTransformer(TINY.transformer))
    fill(model, CPU)
    inputs = Inputs.random(TINY, TINY.clips[0], CPU, torch.float32)
    state = LatentState.from_noise(inputs.noise_BNC, inputs.positions_B3N)
    loop = Passes(model, Words(inputs.context_2LD, inputs.context_mask_2L), state, tokens_per_frame=6)
    plan = guider_of(TINY, words=work is not Work.STEP, perturbed=work is Work.STG).plan(1.0)
    asked = (plan, inputs.noise_BNC, torch.ones(1, 1))
    ours, theirs = passes_of(model, inputs)(*asked), loop(*asked)
    assert list(ours) == list(theirs) == list(plan.passes)
    assert all(torch.equal(ours[each], theirs[each]) for each in ours)
    assert work is not Work.STG or not torch.equal(ours[Pass.PERTURBED], ours[Pass.TEXT])


@pytest.mark.parametrize(("name", "billions"), [("2b", 1.923), ("13b", 13.04), ("ltx-2", 13.04)])
def test_presets_are_of_the_published_sizes(name, billions):
    network = TransformerNetwork(PRESETS[name], CPU, torch.bfloat16)
    assert network.weight_bytes / 2e9 == pytest.approx(billions, abs=0.01)


@pytest.mark.parametrize(("name", "billions"), [("2b", 0.553), ("ltx-2", 0.528)])
def test_decoders_are_of_the_published_sizes(name, billions):
    assert AutoencoderNetwork(PRESETS[name], CPU, torch.bfloat16).weight_bytes / 2e9 == pytest.approx(
        billions, abs=0.001
    )


def test_a_network_that_is_laid_out_takes_no_memory_until_it_is_filled_and_then_has_no_zeros():
    model = laid_out(lambda: VideoTransformer(TINY.transformer))
    assert all(tensor.is_meta for tensor in model.parameters())
    assert weight_bytes([model]) == sum(tensor.nbytes for tensor in model.parameters())
    fill(model, CPU)
    assert all(tensor.any() for tensor in model.parameters())


def test_contestants_run_by_turns_after_a_warm_up():
    ran = []
    contestants = {name: lambda name=name: ran.append(name) or torch.zeros(1) for name in "ab"}
    raced = race(contestants, Machine(CPU), num_rounds=3, deadline=time.monotonic() + 60)
    assert ran == list("ab" * 4)
    assert {figure.num_rounds for figure in raced.figures.values()} == {3}
    assert all(0 <= figure.seconds_min <= figure.seconds_median for figure in raced.figures.values())


def test_a_race_ends_at_its_deadline_but_not_before_one_round():
    raced = race({"a": lambda: torch.zeros(1)}, Machine(CPU), num_rounds=1000, deadline=0)
    assert raced.figures["a"].num_rounds == 1


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells its peaks apart")
def test_peaks_of_memory_are_of_the_work_that_was_watched():
    machine = Machine(CPU)
    machine.forget_peak()
    before = machine.peak_bytes()
    torch.ones(64 * 2**20, dtype=torch.uint8)
    held = machine.peak_bytes()
    machine.forget_peak()
    assert held - before > 48 * 2**20
    assert machine.peak_bytes() < held - 48 * 2**20


def test_what_does_not_fit_into_memory_is_left_out_and_said(monkeypatch):
    monkeypatch.setattr(Machine, "free_bytes", lambda _self: 2**10)
    rows = list(Benchmark(order()).rows())
    assert [row.work for row in rows] == ["step", "cfg", "cfg+stg", "decode"]
    assert all(row.ours is None and "not measured: needs about" in row.note for row in rows)


def test_a_step_that_does_not_fit_beside_its_weights_is_left_out_alone(monkeypatch):
    network, longer = TransformerNetwork(TINY, CPU, torch.float32), ClipSize(96, 64, 97)
    needs = [network.need_bytes(work, TINY.latent_shape(longer)) for work in GUIDED]
    assert network.weight_bytes < needs[1]
    monkeypatch.setattr(Machine, "free_bytes", lambda _self: 1.2 * needs[1])
    rows = list(Benchmark(order(works=GUIDED, clips=(longer,))).rows())
    assert [row.ours is not None for row in rows] == [True, True, False]


def test_a_reference_that_breaks_off_leaves_ours_timed_and_is_named(monkeypatch):
    def refuse(*_asked: object):
        raise RuntimeError("no kernel\nfor this card")

    monkeypatch.setattr("render_engine.benchmarks.reference.reference_decode", refuse)
    (row,) = Benchmark(order(works=(Work.DECODE,))).rows()
    assert row.ours
    assert row.reference is None
    assert row.note == "the reference failed: no kernel for this card"


def test_work_that_breaks_off_is_named_and_the_others_go_on(monkeypatch):
    def refuse(*_asked: object):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr("render_engine.benchmarks.contestants.decode", refuse)
    step, decoding = Benchmark(order(works=(Work.DECODE, Work.STEP))).rows()
    assert step.ours
    assert (decoding.ours, decoding.note) == (None, "not measured: out of memory")


def test_what_has_not_begun_in_time_is_left_out_and_said():
    rows = list(Benchmark(order(minutes=0)).rows())
    assert {row.note for row in rows} == {"not measured: the 0 minutes were used up"}


def test_without_the_reference_ours_is_timed_alone_and_the_report_says_so(monkeypatch):
    monkeypatch.setattr(benchmark_run, "find_reference", lambda: Found(is_there=False, name="none: not installed"))
    benchmark = Benchmark(order(works=(Work.STEP, Work.DECODE)))
    assert all(row.ours and row.reference is None and row.ratio is None for row in benchmark.rows())
    assert benchmark.report().reference == "none: not installed"


def test_a_reference_that_cannot_be_imported_is_none(monkeypatch):
    assert find_reference().is_there
    monkeypatch.setitem(sys.modules, "diffusers", None)
    found = find_reference()
    assert not found.is_there
    assert found.name.startswith("none: diffusers cannot be imported")


def test_an_autoencoder_that_presets_share_is_timed_once():
    twins = (TINY, replace(TINY, name="twin"))
    rows = list(Benchmark(replace(order(works=(Work.STEP, Work.DECODE)), presets=twins)).rows())
    assert [(row.model, row.work) for row in rows] == [("tiny", "step"), ("twin", "step"), ("tiny", "decode")]


def test_fewer_blocks_put_out_their_last():
    assert PRESETS["2b"].with_layers(2).skip_block == 1
    assert PRESETS["2b"].with_layers(28).skip_block == 19


def test_the_command_prints_a_table_and_writes_json(bench, tmp_path):
    code, out, err = bench(
        "--preset", "tiny", "--rounds", "2", "--dtype", "fp32", "--json", str(tmp_path / "bench.json")
    )
    assert code == 0, err
    report = BenchReport.model_validate_json((tmp_path / "bench.json").read_text())
    assert (report.device, report.dtype, report.num_threads) == ("cpu", "float32", 1)
    assert report.device_name
    assert report.reference == "diffusers 0.42.1"
    assert [row.work for row in report.rows] == list(Work)
    by_work = {row.work: row for row in report.rows}
    assert by_work["step"].ratio == by_work["step"].ours.seconds_min / by_work["step"].reference.seconds_min
    assert by_work["cfg"].max_abs_difference <= 2e-6
    assert "diffusers has no STG for LTX-Video" in out
    assert "1 thread, " in out
    assert len(err.splitlines()) == 5


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--preset", "tiny", "--clip", "100x64x17"), "the nearest is 96x64 with 17 frames"),
        (("--preset", "tiny", "--clip", "big"), "such as 704x480x97"),
        (("--preset", "tiny", "--layers", "3"), "tiny has 2 blocks, not 3"),
        (("--preset", "7b"), "7b"),
        (("--preset", "tiny", "--json", "/proc/bench.json", "--work", "step"), "choose another --json"),
    ],
)
def test_bad_input_is_one_line(bench, words, says):
    code, out, err = bench(*words)
    assert (code, out) == (2, "")
    assert says in err.splitlines()[-1]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a graphics card")
def test_a_graphics_card_that_is_not_there_is_one_line(bench):
    code, _, err = bench("--device", "cuda")
    assert code == 2
    assert "torch sees no graphics card" in err


def test_the_queue_s_command_is_one_that_the_command_line_takes():
    queue = (Path(__file__).parents[2] / "render_engine/training/queue.sh").read_text("utf-8")
    queue = queue.replace("\\\n", "").replace('"$DEVICE"', "cuda").replace('"$OUT/', '"')
    (line,) = re.findall(r'"\$PYTHON" -m render_engine\.cli (bench .*?) ;;', queue)
    name, *words = shlex.split(line)
    command = typer.main.get_command(build_app()).commands[name]
    values = command.make_context(name, words).params
    assert float(values["minutes"]) < 9
    assert {ClipSize.parse(text) for text in values["clip"]} == set(PRESETS["2b"].clips)


def test_the_benchmark_needs_nothing_that_reads_media():
    """A borrowed graphics card comes with torch and little else."""
    code = "import sys; sys.modules |= {'av': None, 'cv2': None}; import render_engine.benchmarks.run"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_pass_is_foreseen_to_take_what_the_render_loop_foresees():
    """Two passes of 4,290 tokens, 2,048 wide: sixteen tensors of two bytes and ten of four."""
    network = TransformerNetwork(PRESETS["2b"], torch.device("cpu"), torch.bfloat16)
    shape = LatentShape(1, 128, 13, 15, 22)
    foreseen = PRESETS["2b"].transformer.pass_bytes(shape.num_tokens, 2, 2)
    assert network.need_bytes(Work.CFG, shape) == foreseen == 2 * 4290 * 2048 * (16 * 2 + 10 * 4)


def test_a_preset_is_named_as_the_command_line_names_it():
    assert all(isinstance(preset, Preset) and preset.name == name for name, preset in PRESETS.items())
