"""`aiprod-engine render` and `inspect`: what they ask of the engine, what they print, and what they leave behind."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from render_engine.api import EngineLostError, ProgressFn, RenderRequest, RenderResult
from render_engine.cli.app import main
from render_engine.cli.exit_codes import MEANINGS
from render_engine.client import open_engine
from render_engine.media.read import probe
from render_engine.releases import DEFAULT_RELEASE
from tests.studio.fake_engine import FakeEngine, Script

LONG = "n" * 300
"""More than a file system lets a name have."""


class RememberingEngine(FakeEngine):
    """The fake, which also keeps the requests, is interrupted at the keyboard, or dies."""

    requests: list[RenderRequest]
    order: str = ""
    log_file: Path

    async def render(self, request: RenderRequest, out: Path, progress: ProgressFn) -> RenderResult:
        self.requests.append(request)
        if self.order == "ctrl-c":
            os.kill(os.getpid(), signal.SIGINT)
        if self.order == "die":
            self.log_file.write_text("loading\nMemoryError: no room for 26 GB\n\n")
            raise EngineLostError("the engine stopped during render")
        return await super().render(request, out, progress)


@dataclass
class Ran:
    code: int
    out: str
    err: str


class Console:
    """Runs the command line in a folder of its own, with the fake engine."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.engine = RememberingEngine(folder / "engine.log")
        self.engine.requests = []
        self.opened: dict[str, object] = {}
        self.folder = folder / "work"
        self.folder.mkdir()
        self._capsys = capsys

    def open(self, **options: object):
        self.opened = options
        self.engine.log_file = options["log"]
        return self.engine

    def run(self, *words: str) -> Ran:
        self._capsys.readouterr()
        code = main(words, self.open)
        return Ran(int(code), *self._capsys.readouterr())

    def left(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def console(tmp_path, capsys, monkeypatch):
    console = Console(tmp_path, capsys)
    monkeypatch.chdir(console.folder)
    monkeypatch.delenv("AIPROD_WEIGHTS", raising=False)
    monkeypatch.delenv("AIPROD_THREADS", raising=False)
    monkeypatch.delenv("AIPROD_DEVICE", raising=False)
    return console


def test_options_become_the_request_and_the_model_fills_in_the_rest(console):
    ran = console.run(
        "render", "--prompt", "dog", "--size", "144x256", "--seed", "7", "--guidance", "2", "--out", "a.mp4"
    )
    assert ran.code == 0, ran.err
    (request,) = console.engine.requests
    assert (request.prompt, request.width, request.height, request.seed) == ("dog", 144, 256, 7)
    assert (request.num_frames, request.fps, request.guidance_scale) == (41, 8.0, 2.0)
    assert "144 x 256, 41 frames at 8 a second" in ran.out
    assert console.left() == ["a.mp4"]
    assert console.engine.is_closed


def test_options_count_above_the_file_and_the_first_frame_joins_its_conditions(console):
    Image.new("RGB", (32, 32)).save("open.png")
    scene = {"kind": "animatic", "scene": {"subject": "dog", "setting": "beach"}, "strength": 0.5}
    asked = {"prompt": "dog", "seed": 3, "num_steps": 5, "conditioning": [scene], "negative_prompt": "fog"}
    Path("asked.json").write_text(json.dumps(asked))
    ran = console.run("render", "asked.json", "--steps", "9", "--first-frame", "open.png", "--out", "a.mp4")
    assert ran.code == 0, ran.err
    (request,) = console.engine.requests
    assert (request.seed, request.num_steps, request.negative_prompt) == (3, 9, "fog")
    assert [condition.kind for condition in request.conditioning] == ["animatic", "first_frame"]


def test_json_on_stdout_is_the_engine_s_result_with_the_clip_where_it_was_wanted(console):
    ran = console.run("render", "--prompt", "dog", "--out", "a.mp4", "--json")
    result = RenderResult.model_validate_json(ran.out)
    assert result.clip.path == console.folder / "a.mp4"
    assert result.clip.path.is_file()


def test_weights_and_threads_come_from_options_or_the_environment(console, monkeypatch):
    monkeypatch.setenv("AIPROD_WEIGHTS", "theirs")
    monkeypatch.setenv("AIPROD_THREADS", "3")
    console.run("render", "--prompt", "dog", "--threads", "5", "--out", "a.mp4")
    assert (console.opened["weights"], console.opened["num_threads"]) == (Path("theirs"), 5)


def test_the_device_is_the_cpu_unless_an_option_or_the_environment_names_another(console, monkeypatch):
    console.run("render", "--prompt", "dog", "--out", "a.mp4")
    assert console.opened["device"] == "cpu"
    monkeypatch.setenv("AIPROD_DEVICE", "cuda")
    console.run("render", "--prompt", "dog", "--out", "b.mp4")
    assert console.opened["device"] == "cuda"
    console.run("render", "--prompt", "dog", "--device", "cuda:1", "--out", "c.mp4")
    assert console.opened["device"] == "cuda:1"


@pytest.mark.parametrize(
    ("device", "line"),
    [
        ("cuda:99", "cuda:99: torch sees no such device here; use cpu, or install torch with CUDA"),
        ("tpu", "'tpu' is no device: give cpu, cuda, or the number of a card, such as cuda:1"),
    ],
)
def test_a_device_that_is_not_there_is_one_line_before_any_weights_are_looked_at(tmp_path, capsys, device, line):
    words = ["--device", device, "--weights", str(tmp_path / "no weights"), "--out", str(tmp_path / "a.mp4")]
    assert main(["render", "--prompt", "a red sailboat", *words], open_engine) == 2
    assert capsys.readouterr().err == f"aiprod-engine: {line}\n"
    assert not list(tmp_path.iterdir())


def test_progress_is_told_by_quarters_where_nobody_watches(console):
    ran = console.run("render", "--prompt", "dog", "--steps", "4", "--out", "a.mp4")
    assert ran.err == "denoising 25 %\n"


def test_ctrl_c_stops_the_render_and_leaves_no_file(console):
    console.engine.order = "ctrl-c"
    console.engine.script = Script(stuck="dog")
    ran = console.run("render", "--prompt", "dog", "--out", "a.mp4")
    assert ran.code == 130
    assert ran.err.endswith("aiprod-engine: stopped\n")
    assert console.left() == []
    assert console.engine.is_closed


def test_an_engine_that_dies_is_one_line_with_its_last_words(console):
    console.engine.order = "die"
    ran = console.run("render", "--prompt", "dog", "--out", "a.mp4")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "aiprod-engine: the engine stopped during render; it said: MemoryError: no room for 26 GB\n"
    assert console.left() == []


def test_what_the_engine_refuses_is_one_line_and_leaves_no_file(console):
    console.engine.script = Script(faults={"dog": ("error",)})
    ran = console.run("render", "--prompt", "dog", "--out", "a.mp4")
    assert ran.code == 2
    assert ran.err.splitlines()[-1] == "aiprod-engine: out of memory while rendering dog: close something."
    assert console.left() == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--out", "a.mp4"), "prompt: field required"),
        (("--prompt", "dog"), "--out"),
        (("--prompt", "dog", "--out", "a.gif"), "a clip is an .mp4"),
        (("--prompt", "dog", "--out", "there.mp4"), "is there already"),
        (("--prompt", "dog", "--out", "nowhere/a.mp4"), "make it first"),
        (("--prompt", "dog", "--out", "a.mp4", "--size", "huge"), "such as 256x144"),
        (("--prompt", "dog", "--out", "a.mp4", "--steps", "0"), "num_steps"),
        (("--prompt", "dog", "--out", "a.mp4", "--seed", "-1"), "seed"),
        (("--prompt", "dog", "--out", "a.mp4", "--pipeline", "magic"), "magic"),
        (("--prompt", "dog", "--out", "a.mp4", "--first-frame", "no.png"), "no such picture"),
        (("no.json", "--out", "a.mp4"), "no.json: cannot be read"),
        (("torn.json", "--out", "a.mp4"), "torn.json: not JSON"),
        (("deep.json", "--out", "a.mp4"), "deep.json: not JSON"),
        ((LONG, "--out", "a.mp4"), "cannot be read (File name too long)"),
        (("--prompt", "dog", "--out", f"{LONG}.mp4"), "cannot be written (File name too long)"),
        (("--prompt", "dog", "--out", f"{LONG}/a.mp4"), "cannot be written (File name too long)"),
        (("--prompt", "dog", "--out", "~no such user/a.mp4"), "~no such user is no user"),
        (("--prompt", "dog", "--out", "a.mp4", "--first-frame", LONG), "cannot be read (File name too long)"),
        (("list.json", "--out", "a.mp4"), "a request is a JSON object"),
        (("typo.json", "--out", "a.mp4"), "promt: extra inputs are not permitted"),
        (("bent.json", "--out", "a.mp4", "--first-frame", "torn.json"), "conditioning"),
    ],
    ids=lambda value: " ".join(value).replace(LONG, "a long name") if isinstance(value, tuple) else None,
)
def test_bad_input_is_one_line_before_any_engine_is_opened(console, words, says):
    Path("there.mp4").write_text("a film")
    Path("torn.json").write_text("{")
    Path("list.json").write_text("[]")
    Path("deep.json").write_text("[" * 100_000)
    Path("typo.json").write_text('{"promt": "dog", "prompt": "dog"}')
    Path("bent.json").write_text('{"prompt": "dog", "conditioning": "dog"}')
    before = console.left()
    ran = console.run("render", *words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not console.opened
    assert console.left() == before


def test_a_clip_is_rendered_by_the_house_model_behind_its_worker(tmp_path, capsys):
    out = tmp_path / "clip.mp4"
    size = ("--size", "64x32", "--frames", "5", "--steps", "1", "--threads", "1")
    assert main(["render", "--prompt", "a red sailboat", *size, "--out", str(out), "--json"], open_engine) == 0
    clip = RenderResult.model_validate_json(capsys.readouterr().out).clip
    assert clip.model_dump() == probe(out).model_dump()
    assert (clip.width, clip.height, clip.num_frames) == (64, 32, 5)


def test_weights_under_a_name_too_long_are_one_line(tmp_path, capsys):
    words = ["--weights", LONG, "--threads", "1", "--out", str(tmp_path / "a.mp4")]
    assert main(["render", "--prompt", "a red sailboat", *words], open_engine) == 2
    assert "cannot be read (File name too long)" in capsys.readouterr().err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_a_size_that_does_not_fit_is_told_with_the_nearest_that_does(tmp_path, capsys):
    words = ["--size", "250x140", "--frames", "10", "--threads", "1", "--out", str(tmp_path / "clip.mp4")]
    assert main(["render", "--prompt", "a red sailboat", *words], open_engine) == 2
    assert "the nearest is 256x144 with 9 frames" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_inspect_tells_what_a_folder_of_weights_holds(console):
    ran = console.run("inspect", str(DEFAULT_RELEASE))
    assert ran.code == 0
    assert "model      house, 8 blocks" in ran.out
    assert ran.out.count("\n    loads\n") == 2


def test_inspect_as_json_is_a_list_of_reports(console):
    reports = json.loads(console.run("inspect", str(DEFAULT_RELEASE / "vae.safetensors"), "--json").out)
    assert [part["part"] for report in reports for part in report["parts"]] == ["vae"]


@pytest.mark.parametrize(("path", "says"), [(LONG, "File name too long"), ("~no such user/a", "is no user")])
def test_inspect_tells_a_path_that_cannot_be_in_one_line(console, path, says):
    ran = console.run("inspect", path)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert says in ran.err


def test_inspect_tells_a_damaged_file_in_one_line(console):
    Path("torn.safetensors").write_bytes(b"\x40\x00\x00\x00\x00\x00\x00\x00{")
    ran = console.run("inspect", "torn.safetensors")
    assert (ran.code, ran.out) == (2, "")
    assert "torn.safetensors: its header breaks off" in ran.err


def test_every_command_has_help_and_the_exit_codes_are_listed(console):
    listed = console.run("--help").out
    assert all(f"{code.value}  {meaning[:20]}" in listed for code, meaning in MEANINGS.items())
    for command in ("render", "inspect", "bench"):
        assert command in listed
        assert len(console.run(command, "--help").out) > 200


def test_an_unknown_command_is_one_line(console):
    ran = console.run("direct")
    assert ran.code == 2
    assert "See: aiprod-engine --help" in ran.err


def test_help_comes_without_torch():
    code = "import sys, render_engine.cli.app; sys.exit(bool({'torch', 'av', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
