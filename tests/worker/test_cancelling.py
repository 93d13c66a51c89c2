"""A withdrawn call stops within a frame, whatever the engine is doing, and says how far it has come."""

from collections.abc import Callable
from pathlib import Path

import pytest

from render_engine import protocol as say
from render_engine.api import CutList, MeasureRequest, Progress, SceneSpec, Sound, ignore
from render_engine.cancelling import CancelledByCallerError, CancelledFn, heeded, never, stop_if
from render_engine.engine import HouseEngine
from render_engine.media.timing import time_film_work

SCENE = SceneSpec(subject="dog", setting="meadow", action="move_right")
NUM_FRAMES = 33


class Patience:
    """Somebody who withdraws the call when he was asked so many times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.fixture(scope="module")
def engine() -> HouseEngine:
    return HouseEngine(None, 1)


@pytest.fixture(scope="module")
def clip(engine: HouseEngine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("clip") / "clip.mp4"
    engine.answer(draw_call(out), ignore, never)
    return out


def draw_call(out: Path) -> say.DrawCall:
    return say.DrawCall(scene=SCENE, width=64, height=48, num_frames=NUM_FRAMES, fps=8.0, out=out)


def cut_of(clip: Path) -> CutList:
    items = [{"kind": "clip", "shot_id": "S1", "path": clip, "seconds": 2}]
    return CutList.model_validate({"items": items, "width": 64, "height": 48})


CALLS: dict[str, Callable[[Path, Path], say.Call]] = {
    "draw": lambda _clip, out: draw_call(out),
    "measure": lambda clip, _out: say.MeasureCall(request=MeasureRequest(path=clip)),
    "thumbnail": lambda clip, out: say.ThumbnailCall(path=clip, seconds=3.9, width=32, out=out),
    "assemble": lambda clip, out: say.AssembleCall(cut=cut_of(clip), out=out),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_withdrawn_call_stops_at_its_next_frame_and_leaves_no_file(
    engine: HouseEngine, clip: Path, tmp_path: Path, name: str
):
    patience = Patience(3)
    with pytest.raises(CancelledByCallerError):
        engine.answer(CALLS[name](clip, tmp_path / "out"), ignore, patience)
    assert patience.left == -1, "nothing was done after it had been withdrawn"
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_nobody_waits_for_any_more_is_not_spoken(engine: HouseEngine, tmp_path: Path):
    with pytest.raises(CancelledByCallerError):
        engine.answer(say.SpeakCall(text="Good morning.", out=tmp_path / "line.wav"), ignore, lambda: True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("times", [2, 30, 110, 142])
def test_measuring_the_machine_stops_at_the_next_frame_or_line(tmp_path: Path, times: int):
    """Through both assemblies, measuring and speaking; the lines are spoken by nobody here."""
    patience, narrator = Patience(times), CountingNarrator()
    with pytest.raises(CancelledByCallerError):
        time_film_work(tmp_path, narrator, patience)
    assert patience.left == -1


class CountingNarrator:
    """Counts lines in a voice's place."""

    def speak(self, text: str, out: Path, cancelled: CancelledFn) -> Sound:
        stop_if(cancelled)
        return Sound(path=out, seconds=len(text) / 15, sample_rate=16000)


def test_measuring_tells_how_far_it_has_come(engine: HouseEngine, clip: Path):
    heard: list[Progress] = []
    engine.answer(say.MeasureCall(request=MeasureRequest(path=clip)), heard.append, never)
    assert [(now.step, now.num_steps) for now in heard] == [(12, 33), (24, 33), (33, 33)]


def test_steps_are_taken_until_the_call_is_withdrawn():
    taken = []
    with pytest.raises(CancelledByCallerError):
        taken.extend(heeded(iter(range(10)), Patience(4)))
    assert list(heeded(range(3), never)) == [0, 1, 2]


def test_the_engine_says_beforehand_which_words_it_cannot_show(engine: HouseEngine):
    words = ("Come home by water", "Ελλάδα", "さようなら", "w" * 900)
    told = engine.answer(say.CheckWordsCall(words=words, width=1280, height=720), ignore, never)
    assert isinstance(told, list)
    assert told[:2] == ["", ""]
    assert "no letters for: う さ" in told[2]
    assert "do not fit" in told[3]


def test_the_engine_says_beforehand_which_lines_it_cannot_speak(engine: HouseEngine):
    lines = ("Come home, by water.", "さようなら", "…", "word " * 500)
    told = engine.answer(say.CheckLinesCall(lines=lines), ignore, never)
    assert isinstance(told, list)
    assert told[0] == ""
    assert ["cannot read" in told[1], "nothing to say" in told[2], "at most 2000" in told[3]] == [True] * 3
