"""The whole evaluation in miniature: the command, its report and sheets, resuming, and what it refuses."""

import json
import shutil

import pytest
import torch
from PIL import Image

from render_engine.cli.app import main
from render_engine.cli.evaluate import show
from render_engine.evaluation.adherence import ADHERED
from render_engine.evaluation.kept import CLIPS_FOLDER, MEASURES_FILE, ORDER_FILE
from render_engine.evaluation.prompts import Truth, evaluation_prompts
from render_engine.evaluation.rendering import NOT_KEPT, RenderSettings, Way
from render_engine.evaluation.report import EvaluationReport
from render_engine.evaluation.run import REPORT_FILE, Evaluation, EvaluationOrder
from render_engine.evaluation.sheets import BLIND_ANSWERS_FILE, BLIND_DRAWN_FILE, BLIND_FILE, PROMPTS_FILE, SWAPS_FILE
from render_engine.house_release import HouseRelease
from render_engine.threads import thread_environment
from tests.evaluation.mini_release import SIZE, write_release

FEW_STEPS = ("--steps", "2", "--threads", "1", "--prompts", "4")
NUM_CLIPS = 36
"""Four prompts, drawn, from text and guided; three of them in the eight other ways."""
OF_MACHINES = ("seconds_per_clip", "peak_memory_bytes")


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return write_release(tmp_path_factory.mktemp("weights") / "mini")


@pytest.fixture
def evaluate(capsys, monkeypatch):
    """Runs the command; what it fixes about threads is undone."""
    for name in thread_environment(1):
        monkeypatch.setenv(name, "1")
    num_threads = torch.get_num_threads()

    def run(*words: object):
        code = main(["evaluate", *FEW_STEPS, *map(str, words)])
        return int(code), *capsys.readouterr()

    yield run
    torch.set_num_threads(num_threads)


def evaluation(release, out):
    return Evaluation(EvaluationOrder(HouseRelease.read(release), out, 4, RenderSettings(num_steps=2)))


@pytest.fixture(scope="module")
def interrupted(release, tmp_path_factory):
    """The folder of an evaluation that was stopped before its 13th clip, and killed while it wrote a line."""
    out = tmp_path_factory.mktemp("evaluation")

    def interrupt(_what, step, _num_steps):
        if step == 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluation(release, out).run(interrupt)
    with (out / MEASURES_FILE).open("a") as lines:
        lines.write('{"way":"text","ind')
    return out


@pytest.fixture(scope="module")
def resumed(release, interrupted):
    """The times of its clips when it was stopped, what was heard when it went on, and its report."""
    before, heard = clip_times(interrupted), []
    report = evaluation(release, interrupted).run(lambda _what, _step, num_steps: heard.append(num_steps))
    return before, heard, report


@pytest.fixture(scope="module")
def finished(interrupted, resumed):
    """An evaluation's folder, and its report."""
    return interrupted, json.loads(resumed[2].to_json())


def clip_times(out):
    return {path: path.stat().st_mtime_ns for path in (out / CLIPS_FOLDER).rglob("*.png")}


def without_machine(report):
    return {name: value for name, value in report.items() if name not in OF_MACHINES}


def test_the_report_holds_every_score_under_its_name(finished):
    _, report = finished
    for name in ("adherence", "adherence_guided", "adherence_identity", "adherence_drawn", "adherence_codec"):
        assert set(report[name]) == set(report[f"{name}_interval"]) == set(ADHERED)
        for attribute, (low, high) in report[f"{name}_interval"].items():
            assert 0 <= low <= report[name][attribute] <= high <= 1
    assert set(report["swapped"]) == set(report["swapped_drawn"]) == {"hour", "style", "weather"}
    assert {"psnr_db", "psnr_linear_db", "ssim", "edge_error"} <= set(report["vae"])
    assert 0 <= report["critic"]["auc"] <= 1
    assert set(report["retrieval"]) == set(report["motion"]) == {"drawn", "text", "guided"}
    assert set(report["frechet"]) == {"floor", "text", "guided"}
    assert set(report["seconds_per_clip"]) == {"draft", "standard"}
    assert {"drawn", "text", "guided", "guided_ratio"} <= set(report["flicker"])
    for name in ("first_frame", "keyframe"):
        assert set(report[name]) == {"psnr_db", "ceiling_db"}
    assert -100 <= report["distilled_minus_guided"] <= 100
    assert 0 <= report["adherence_held_out_pairs"] <= 1
    assert report["not_measured"] == {}


def test_the_report_says_what_it_holds_for(finished, release):
    _, report = finished
    card = HouseRelease.read(release).card
    assert (report["release"], report["version"], report["hashes"]) == (card.name, card.version, card.files)
    assert report["num_threads"] == 2
    assert report["counts"] == {way.value: 4 if way in (Way.DRAWN, Way.TEXT, Way.GUIDED) else 3 for way in Way}


def test_a_swap_is_read_as_something(finished):
    _, report = finished
    for name in report["swapped"]:
        parts = (report["swapped"], report["swapped_to_board"], report["swapped_to_other"])
        assert sum(part[name] for part in parts) == pytest.approx(1)


def test_the_guided_model_follows_the_drawing_and_words_alone_do_not(finished):
    """Random networks still see what is given: a guided clip is another than one from text alone."""
    out, _ = finished
    guided, text = ((out / CLIPS_FOLDER / way / "0000.png").read_bytes() for way in (Way.GUIDED, Way.TEXT))
    assert guided != text


def test_sheets_are_pictures_and_blind_clips_have_their_answers_apart(finished):
    out, _ = finished
    for name in (PROMPTS_FILE, SWAPS_FILE, BLIND_FILE, BLIND_DRAWN_FILE):
        with Image.open(out / name) as sheet:
            assert sheet.width > 500
    answers = json.loads((out / BLIND_ANSWERS_FILE).read_text())
    assert [answer["number"] for answer in answers] == list(range(1, len(answers) + 1))
    rendered = [(answer["way"], answer["prompt"]) for answer in answers if answer["way"] != "drawn"]
    assert {way for way, _ in rendered} == {"guided", "text"}
    assert len({prompt for _, prompt in rendered}) == len(rendered)


def test_an_interrupted_evaluation_goes_on_where_it_was(interrupted, resumed):
    before, heard, _ = resumed
    assert 0 < len(before) < 12
    assert heard == [NUM_CLIPS - 12] * (NUM_CLIPS - 12) + [0]
    assert before.items() <= clip_times(interrupted).items()


@pytest.mark.parametrize("way", [Way.TEXT, Way.GUIDED, Way.SWAPPED, Way.PICTURES])
def test_a_clip_is_the_same_whenever_it_is_made(way, release, finished):
    evaluated = evaluation(release, finished[0])
    made = evaluated.maker.make(way, Truth(evaluation_prompts(4)[2], SIZE))
    assert torch.equal(made, evaluated.kept.find_clip(way, 2))


def test_other_judges_measure_the_clips_that_are_there(finished, tmp_path):
    out = tmp_path / "again"
    shutil.copytree(finished[0], out)
    times, heard = clip_times(out), []
    assert len(times) == NUM_CLIPS - sum(finished[1]["counts"][way] for way in NOT_KEPT)
    unjudged = write_release(tmp_path / "unjudged", judged=False)
    evaluation(unjudged, out).measure_clips(lambda _what, _step, num_steps: heard.append(num_steps))
    assert heard == [NUM_CLIPS] * NUM_CLIPS
    assert clip_times(out) == times


def test_what_a_release_lacks_is_named_and_not_made_up(tmp_path):
    bare = write_release(tmp_path / "bare", guided=False, judged=False)
    report = evaluation(bare, tmp_path / "out").run()
    assert {"guided", "distilled", "guided_30", "swapped"} <= set(report.not_measured)
    assert {"adherence", "critic", "retrieval", "frechet"} <= set(report.not_measured)
    found = json.loads(report.to_json())
    assert not {name for name in found if name.startswith(("adherence", "swapped", "distilled"))}
    assert not {"critic", "retrieval", "frechet"} & set(found)
    assert set(found["counts"]) == {"drawn", "codec", "identity", "text", "paraphrased", "pictures"}
    assert {"psnr_db", "psnr_linear_db"} <= set(found["vae"])


def test_another_order_in_the_same_folder_is_one_line(release, finished, evaluate):
    code, _, told = evaluate("--release", release, "--out", finished[0], "--strength", "0.5")
    assert (code, told.count("\n")) == (2, 1)
    assert "holds an evaluation of another settings; choose another --out" in told


def test_the_command_goes_on_with_what_is_there_and_prints_json(release, finished, evaluate):
    times = clip_times(finished[0])
    code, told, said = evaluate("--release", release, "--out", finished[0], "--json")
    assert code == 0
    assert clip_times(finished[0]) == times
    assert without_machine(json.loads(told)) == without_machine(finished[1]) | {"num_threads": 1}
    assert json.loads((finished[0] / REPORT_FILE).read_text()) == json.loads(told)
    assert REPORT_FILE in said


def test_people_are_shown_tables(finished, capsys):
    show(EvaluationReport.model_validate(finished[1] | {"not_measured": {"frechet": "no critic"}}))
    table = capsys.readouterr().out
    assert "mini test: 4 prompts, 64x48x9 at 12 a second" in table
    assert all(name in table for name in (*ADHERED, "vae psnr db", "critic auc", "motion, guided", "swapped hour"))
    assert "not measured: frechet: no critic" in table


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--release", "nowhere"), "--release nowhere: there is no such folder"),
        (("--release", "."), "not a folder of weights"),
        (("--prompts", "3"), "greater than or equal to 4"),
        (("--device", "abacus"), "'abacus' is no device"),
        (("--out", "file/evaluation"), "cannot be written"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing(words, why, release, evaluate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    asked = words if words[0] == "--release" else ("--release", release, *words)
    code, table, told = evaluate(*asked)
    assert (code, table, told.count("\n")) == (2, "", 1)
    assert why in told
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_damaged_clip_says_which_to_delete(release, finished, tmp_path):
    out = tmp_path / "damaged"
    shutil.copytree(finished[0], out)
    (out / MEASURES_FILE).unlink()
    (out / CLIPS_FOLDER / Way.TEXT / "0000.png").write_bytes(b"not a picture")
    with pytest.raises(Exception, match=r"text/0000\.png: a damaged clip; delete it"):
        evaluation(release, out).run()
    (out / ORDER_FILE).write_text("{}")
    with pytest.raises(Exception, match="not an evaluation's order"):
        evaluation(release, out)
