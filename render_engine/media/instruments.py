"""Instruments: single notes and strokes synthesised in numpy, float32 mono at 48 kHz, ending at silence.

Struck and plucked sounds are sums of partials that each die away on their own; bowed and pad sounds read a band-limited
cycle of a wave. Nothing is sampled, nothing is random but the noise of the drums, which is seeded.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from render_engine.media.read import SAMPLE_RATE

Mono = NDArray[np.float32]

CYCLE = 4096
HIGHEST = 9_000.0
"""Hz; no partial is made above it, so that nothing folds back and nothing bites."""
ATTACK_SECONDS = 0.004


class Partials(NamedTuple):
    """A struck or plucked sound: ratios to the fundamental, their levels, seconds in which each falls by 60 dB."""

    ratios: tuple[float, ...]
    levels: tuple[float, ...]
    seconds: tuple[float, ...]


STRUCK: dict[str, Partials] = {
    "harp": Partials((1, 2, 3, 4, 5, 6), (1, 0.5, 0.28, 0.14, 0.08, 0.04), (2.6, 1.9, 1.3, 0.9, 0.6, 0.4)),
    "piano": Partials(
        (1, 2.002, 3.006, 4.014, 5.027, 6.045, 7.07),
        (1, 0.55, 0.25, 0.18, 0.09, 0.05, 0.03),
        (3.4, 2.6, 1.8, 1.3, 0.9, 0.6, 0.4),
    ),
    "marimba": Partials((1, 3.98, 9.2), (1, 0.22, 0.05), (0.9, 0.32, 0.12)),
    "bell": Partials((1, 2.0, 2.76, 4.1, 5.4), (1, 0.35, 0.3, 0.12, 0.08), (3.6, 2.6, 1.8, 1.1, 0.7)),
    "bass": Partials((1, 2, 3), (1, 0.32, 0.1), (2.4, 1.6, 0.9)),
}  # fmt: skip


def frequency_of(note: float) -> float:
    """Hz of a MIDI note number, equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2 ** ((note - 69) / 12))


def struck(kind: str, note: int) -> Mono:
    """A note of the instrument `kind`; higher notes die sooner, as on strings and bars."""
    partials, base = STRUCK[kind], frequency_of(note)
    shorter = min(1.4, (220 / base) ** 0.35)
    seconds = max(partials.seconds) * shorter
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    sound = np.zeros(len(time))
    for ratio, level, falling in zip(*partials, strict=True):
        if base * ratio < HIGHEST:
            sound += level * np.sin(2 * np.pi * base * ratio * time) * np.exp(-6.9 * time / (falling * shorter))
    return faded(sound, ATTACK_SECONDS, 0.05)


def held(darkness: float, note: float, seconds: float, attack: float, release: float) -> Mono:
    """A held note: overtones fall as 1 / n**darkness, a slow breath of pitch, raised-cosine ends."""
    base = frequency_of(note)
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = base * time + base * 0.0006 * np.sin(2 * np.pi * 4.3 * time + note) / 4.3
    return faded(_cycle(darkness, base)[(phase % 1 * CYCLE).astype(np.int64)], attack, release)


def _cycle(darkness: float, base: float) -> NDArray[np.float64]:
    angles = 2 * np.pi * np.arange(CYCLE) / CYCLE
    overtones = range(1, max(2, min(24, int(HIGHEST / base))))
    cycle = np.zeros(CYCLE)
    for n in overtones:
        cycle += np.sin(n * angles + 0.7 * n * n) / n**darkness
    cycle *= 0.35 / np.sqrt(np.mean(cycle**2))
    return cycle


def faded(sound: NDArray[np.float64], attack: float, release: float) -> Mono:
    """Raise from and lower to silence by half cosines, `attack` and `release` in seconds."""
    sound = sound.copy()
    for seconds, part in ((attack, slice(None)), (release, slice(None, None, -1))):
        count = min(int(seconds * SAMPLE_RATE), len(sound) // 2)
        sound[part][:count] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(count) / max(1, count))
    return sound.astype(np.float32)


def stroke(kind: str) -> Mono:
    """One stroke of the percussion `kind`."""
    if kind in SKINS:
        return _skin(*SKINS[kind])
    low, high, seconds = NOISES[kind]
    count = int(seconds * 5 * SAMPLE_RATE)
    noise = np.random.default_rng(count).standard_normal(count)
    band = signal.butter(2, (low, high), "bandpass", fs=SAMPLE_RATE, output="sos")
    sound = signal.sosfilt(band, noise) * np.exp(-np.arange(count) / (seconds * SAMPLE_RATE))
    return faded(sound / np.abs(sound).max(), 0.006, 0.02)


SKINS = {
    "kick": (105.0, 46.0, 0.16),
    "heart": (64.0, 40.0, 0.20),
    "taiko": (120.0, 58.0, 0.42),
    "wood": (880.0, 790.0, 0.03),
}
"""Start and end pitch in Hz, seconds to fall by 1/e."""
NOISES = {"shaker": (4_500.0, 9_500.0, 0.03), "tick": (2_500.0, 6_000.0, 0.012), "clap": (900.0, 3_200.0, 0.055)}
"""Band in Hz, seconds to fall by 1/e."""


def _skin(start: float, end: float, seconds: float) -> Mono:
    time = np.arange(int(seconds * 6 * SAMPLE_RATE)) / SAMPLE_RATE
    phase = end * time + (start - end) * 0.05 * (1 - np.exp(-time / 0.05))
    return faded(np.sin(2 * np.pi * phase) * np.exp(-time / seconds), 0.003, 0.03)
