"""Timing of the work on a film: what a quote is computed from besides the renders."""

import time
from pathlib import Path

from render_engine.api import Sound
from render_engine.cancelling import CancelledFn, stop_if
from render_engine.media.timing import FIRST_LINE, time_film_work


class SlowToBegin:
    """A voice that takes its time to load."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def speak(self, text: str, out: Path, cancelled: CancelledFn) -> Sound:
        stop_if(cancelled)
        time.sleep(0.02 if self.lines else 0.3)
        self.lines.append(text)
        return Sound(path=out, seconds=1.0, sample_rate=16000)


def test_the_work_on_a_film_is_timed_by_the_second_and_by_the_character(tmp_path: Path):
    voice = SlowToBegin()
    speed = time_film_work(tmp_path, voice, lambda: False)
    assert 0 < speed.seconds_per_animatic_second < speed.seconds_per_film_second
    assert 0 < speed.seconds_per_measured_take_second < speed.seconds_per_measured_film_second
    assert voice.lines[0] == FIRST_LINE
    assert 0 < speed.seconds_per_spoken_character * len(voice.lines[1]) < speed.seconds_to_load_voice
