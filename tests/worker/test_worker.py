"""The worker and its client: answers, progress, cancelling, death and rebirth."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from render_engine.api import CutList, MeasureRequest, RenderError, RenderRequest, SceneSpec
from render_engine.client import WorkerClient, open_engine
from render_engine.protocol import FROM_STUDIO, CardCall, Question, Reply, SpeakCall
from render_engine.threads import thread_environment

HERE = Path(__file__).parent
SERVING = [sys.executable, "-m", "render_engine.worker", "--engine", "serving_engine:ServingEngine"]


def request(num_steps: int = 3) -> RenderRequest:
    return RenderRequest(prompt="a boat", width=16, height=16, num_frames=9, fps=8, seed=1, num_steps=num_steps)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[WorkerClient]:
    client = WorkerClient(SERVING, thread_environment(2) | {"PYTHONPATH": str(HERE)}, tmp_path / "log" / "engine.log")
    yield client
    await client.aclose()


async def test_a_render_reports_every_step_and_answers_with_the_ports_own_type(engine, tmp_path):
    heard = []
    result = await engine.render(request(4), tmp_path / "take.mp4", heard.append)
    assert [(now.step, now.num_steps) for now in heard] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert result.clip.path == tmp_path / "take.mp4"
    assert result.num_threads == 2


async def test_calls_made_at_once_are_answered_one_by_one(engine, tmp_path):
    outs = [tmp_path / f"{name}.mp4" for name in "abc"]
    results = await asyncio.gather(*(engine.render(request(), out, lambda _: None) for out in outs))
    assert [result.clip.path for result in results] == outs
    names = [line.split()[0] for line in (tmp_path / "calls.log").read_text().splitlines()]
    assert names == [name for out in outs for name in [out.name] * 3]


async def test_cancelling_the_task_stops_the_work_within_a_step(engine, tmp_path):
    started = asyncio.Event()
    task = asyncio.create_task(engine.render(request(200), tmp_path / "take.mp4", lambda _: started.set()))
    await asyncio.wait_for(started.wait(), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    steps = (tmp_path / "calls.log").read_text()
    await asyncio.sleep(0.1)
    assert (tmp_path / "calls.log").read_text() == steps
    assert len(steps.splitlines()) < 100
    assert await engine.embed(["the worker lives on"]) == [[19.0] * 384]


async def test_a_call_that_waits_behind_another_is_cancelled_at_once_and_never_begins(engine, tmp_path):
    started = asyncio.Event()
    first = asyncio.create_task(engine.render(request(40), tmp_path / "first.mp4", lambda _: started.set()))
    await asyncio.wait_for(started.wait(), 60)
    second = asyncio.create_task(engine.render(request(40), tmp_path / "second.mp4", lambda _: None))
    await asyncio.sleep(0.05)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert not first.done()
    await first
    assert "second" not in (tmp_path / "calls.log").read_text()


async def test_what_libraries_print_goes_to_the_log_and_an_error_is_one_line(engine, tmp_path):
    with pytest.raises(RenderError, match=r"^printed and refused$"):
        await engine.speak("print", tmp_path / "line.wav")
    log = (tmp_path / "log" / "engine.log").read_text()
    assert "a library says hello" in log
    assert "and so does C" in log


async def test_an_unexpected_error_names_its_type_and_leaves_its_traceback_in_the_log(engine, tmp_path):
    with pytest.raises(RenderError, match=r"^KeyError: 'nonsense'$"):
        await engine.speak("nonsense", tmp_path / "line.wav")
    assert "Traceback" in (tmp_path / "log" / "engine.log").read_text()


async def test_a_worker_that_is_killed_fails_its_call_and_the_next_call_starts_another(engine, tmp_path):
    with pytest.raises(RenderError, match=r"^the engine stopped \(signal 9\) during speak; "):
        await engine.speak("die", tmp_path / "line.wav")
    assert await engine.embed(["back"]) == [[4.0] * 384]


async def test_a_worker_that_cannot_start_says_so(tmp_path):
    client = WorkerClient([*SERVING[:-1], "no_such_module:Engine"], thread_environment(1), tmp_path / "engine.log")
    with pytest.raises(RenderError, match="ModuleNotFoundError"):
        await client.card()
    await client.aclose()


async def test_a_long_answer_fits_in_one_line(engine):
    vectors = await engine.embed(["x"] * 2000)
    assert len(vectors) == 2000


async def test_a_closed_engine_starts_again_when_asked(engine):
    await engine.aclose()
    await engine.aclose()
    assert await engine.embed(["a"]) == [[1.0] * 384]


def test_an_engine_serves_several_event_loops_one_after_the_other():
    client = WorkerClient(SERVING, thread_environment(1) | {"PYTHONPATH": str(HERE)}, None)

    async def ask() -> list[list[float]]:
        answer = await client.embed(["a"])
        await client.aclose()
        return answer

    assert asyncio.run(ask()) == asyncio.run(ask())


def test_a_worker_whose_studio_is_gone_ends_even_in_the_middle_of_a_call(tmp_path):
    process = subprocess.Popen(
        SERVING,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(HERE)},
    )
    call = {"call": "render", "request": request(200).model_dump(mode="json"), "out": str(tmp_path / "a.mp4")}
    line = FROM_STUDIO.dump_json(FROM_STUDIO.validate_python({"number": 1, "call": call}))
    process.stdin.write(line + b"\n")
    process.stdin.flush()
    first = Reply.model_validate_json(process.stdout.readline())
    assert first.progress.step == 1
    process.stdin.close()
    began = time.monotonic()
    assert process.wait(timeout=10) == 0
    assert time.monotonic() - began < 3
    process.stdout.close()


def test_a_line_that_is_no_question_is_left_and_the_next_is_answered(tmp_path):
    questions = (
        b"not json\n" + Question(number=7, call=SpeakCall(text="x", out=tmp_path)).model_dump_json().encode() + b"\n"
    )
    done = subprocess.run(
        SERVING,
        input=questions,
        capture_output=True,
        timeout=20,
        env=os.environ | {"PYTHONPATH": str(HERE)},
        check=True,
    )
    assert [Reply.model_validate_json(line) for line in done.stdout.splitlines()] == [
        Reply(number=7, error="KeyError: 'x'")
    ]


def test_messages_travel_as_one_line_and_come_back_equal():
    question = Question(number=1, call=CardCall())
    line = question.model_dump_json()
    assert "\n" not in line
    assert FROM_STUDIO.validate_json(line) == question


async def test_the_house_engine_draws_probes_measures_and_makes_thumbnails_behind_the_pipe(tmp_path):
    engine = open_engine(num_threads=1, log=tmp_path / "engine.log")
    scene = SceneSpec(subject="dog", setting="meadow", action="move_right")
    clip = await engine.draw(scene, 64, 48, 9, 8.0, tmp_path / "animatic.mp4")
    assert await engine.probe(clip.path) == clip
    measures = await engine.measure(MeasureRequest(path=clip.path))
    assert (measures.num_frames, measures.cuts) == (9, ())
    thumbnail = await engine.thumbnail(clip.path, 0.5, 32, tmp_path / "thumbnail.jpg")
    assert (await engine.probe(thumbnail)).width == 32
    with pytest.raises(RenderError, match="no such file"):
        await engine.assemble(cut_of(tmp_path / "missing.mp4"), tmp_path / "film.mp4", lambda _: None)
    await engine.aclose()


def cut_of(path: Path) -> CutList:
    items = [{"kind": "clip", "shot_id": "s1", "path": path, "seconds": 1}]
    return CutList.model_validate({"items": items, "width": 64, "height": 48})


def test_death_by_signal_is_named():
    from render_engine.worker_process import _why

    assert "signal 9" in _why(-signal.SIGKILL, "render")
    assert "exit code 3" in _why(3, "render")
