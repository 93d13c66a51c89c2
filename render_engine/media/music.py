"""A bed of music composed for a mood and a length: intro, build, cadence, and a last chord that ends with the film.

Bars are fitted to the length by bending the tempo a little. Each bar has a chord of the mood's progression; a pad
leads its voices by the shortest way, broken chords and bass outline it, a melody repeats and varies one motif.
Equal mood, length and seed give equal samples: float32 (samples, 2) at 48 kHz, peak at most 0.5.
"""

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from render_engine.api import Mood
from render_engine.media.instruments import held, stroke, struck
from render_engine.media.moods import SCORES, Rhythm, Score
from render_engine.media.read import SAMPLE_RATE, Samples

PEAK = 0.5
AIR = 0.8
"""How much of what lies above 1.6 kHz is added once more."""
BEATS = 4
SIXTEENTHS = 16
PAD_DETUNE = (-0.07, 0.0, 0.06)
"""Semitones; three slightly different voices make one wide one."""


class Plan(NamedTuple):
    """Where the bars lie and which chord each has; the last chord sounds from `end_seconds` to the end."""

    score: Score
    chords: tuple[int, ...]
    bar_seconds: float
    end_seconds: float
    seconds: float

    @property
    def build(self) -> int:
        """The bar from which everything plays."""
        return max(1, len(self.chords) // 4) if len(self.chords) > 1 else 0


def compose(mood: Mood, seconds: float, seed: int) -> Samples:
    """The whole bed, (round(seconds * 48000), 2)."""
    rng = np.random.default_rng(seed)
    plan = plan_bars(SCORES[mood], seconds, rng)
    mix = _Mix(seconds)
    _play_pad(mix, plan)
    _play_arpeggio(mix, plan, rng)
    _play_bass(mix, plan)
    _play_lead(mix, plan, rng)
    _play_drums(mix, plan, rng)
    _play_last_chord(mix, plan)
    return _master(mix.dry + plan.score.reverb_level * _reverb(mix.wet, plan.score.reverb_seconds), seconds)


def plan_bars(score: Score, seconds: float, rng: np.random.Generator) -> Plan:
    """Fit whole bars before a last chord of a fifth of the length, 1 to 3.5 seconds."""
    end = seconds - min(max(seconds * 0.2, 1.0), 3.5, seconds / 2)
    num_bars = max(1, round(end * score.beats_per_minute / 60 / BEATS))
    progression = score.progressions[rng.integers(len(score.progressions))]
    chords = [progression[bar % len(progression)] for bar in range(num_bars)]
    if num_bars > 1:
        chords[-1] = score.cadence
    return Plan(score, tuple(chords), end / num_bars, end, seconds)


class _Mix:
    """Two stereo buses: what is heard at once, and what goes to the hall."""

    def __init__(self, seconds: float) -> None:
        self.dry = np.zeros((round(seconds * SAMPLE_RATE), 2), np.float32)
        self.wet = np.zeros_like(self.dry)

    def add(
        self, sound: NDArray[np.float32], at_seconds: float, level: float, pan: float = 0.0, wet: float = 1.0
    ) -> None:
        """Lay a mono sound at a time; `pan` from -1 left to 1 right, by equal power."""
        start = max(0, round(at_seconds * SAMPLE_RATE))
        sound = sound[: max(0, len(self.dry) - start)] * np.float32(level)
        angle = (pan + 1) * np.pi / 4
        stereo = sound[:, None] * np.array([np.cos(angle), np.sin(angle)], np.float32)
        self.dry[start : start + len(sound)] += stereo
        self.wet[start : start + len(sound)] += np.float32(wet) * stereo


_struck = functools.lru_cache(maxsize=256)(struck)
_stroke = functools.lru_cache(maxsize=16)(stroke)


def pitch(score: Score, degree: int) -> int:
    """MIDI note of a scale degree, counted through the octaves from the tonic."""
    octave, step = divmod(degree, len(score.scale))
    return score.tonic + 12 * octave + score.scale[step]


def chord_degrees(score: Score, root: int) -> tuple[int, ...]:
    """A triad and the mood's colour, as scale degrees."""
    return (root, root + 2, root + 4, *((root + score.colour,) if score.colour else ()))


def voicings(score: Score, chords: tuple[int, ...]) -> list[list[int]]:
    """MIDI notes of each chord, rising, in the inversion that moves the voices least from the chord before.

    A little of each voice's way leads back to the middle, so that none wanders off.
    """
    home = [56.0, 60.0, 64.0, 67.0][: len(chord_degrees(score, 0))]
    placed: list[list[int]] = []
    for root in chords:
        before = placed[-1] if placed else home
        targets = [0.75 * note + 0.25 * rest for note, rest in zip(before, home, strict=True)]
        degrees = chord_degrees(score, root)
        inversions = [degrees[turn:] + degrees[:turn] for turn in range(len(degrees))]
        candidates = [
            [_nearest(pitch(score, d), t) for d, t in zip(turned, targets, strict=True)] for turned in inversions
        ]
        placed.append(sorted(min(candidates, key=lambda notes: _distance(list(notes), targets))))
    return placed


def _nearest(note: int, target: float) -> int:
    return note + 12 * round((target - note) / 12)


def _distance(notes: list[int], targets: list[float]) -> float:
    """How far the voices move; two on one note count as far."""
    doubled = 12 * (len(notes) - len(set(notes)))
    return doubled + sum(abs(note - target) for note, target in zip(sorted(notes), targets, strict=True))


def _play_pad(mix: _Mix, plan: Plan) -> None:
    score = plan.score
    for bar, notes in enumerate(voicings(score, plan.chords)):
        swell = 0.75 if bar < plan.build else 1.0
        _pad_chord(mix, score, notes, (bar * plan.bar_seconds, plan.bar_seconds + 0.5), swell)


def _pad_chord(mix: _Mix, score: Score, notes: list[int], span: tuple[float, float], swell: float) -> None:
    at_seconds, seconds = span
    attack = min(0.6, seconds / 3)
    for index, note in enumerate(notes):
        for detune, side in zip(PAD_DETUNE, (-0.7, 0.0, 0.7), strict=True):
            sound = held(score.pad_darkness, note + detune, seconds, attack, attack)
            mix.add(sound, at_seconds, swell * score.pad_level * 0.15, side * (1 if index % 2 else -1))


def _play_arpeggio(mix: _Mix, plan: Plan, rng: np.random.Generator) -> None:
    score, order = plan.score, (0, 2, 1, 3, 2, 1)
    for bar, notes in enumerate(voicings(score, plan.chords)):
        ladder = [*notes, notes[0] + 12]
        for count, (step, accent) in enumerate(_strokes(score.arpeggio_pattern)):
            at_seconds = (bar + step / SIXTEENTHS) * plan.bar_seconds + abs(rng.normal(0, 0.005))
            level = score.arpeggio_level * accent * rng.uniform(0.85, 1.0) * (0.7 if bar < plan.build else 1.0)
            note = ladder[order[count % len(order)] % len(ladder)]
            mix.add(_note(score.arpeggio, note, plan.bar_seconds / 6), at_seconds, level, 0.35 if count % 2 else -0.35)


def _note(kind: str, note: int, seconds: float) -> NDArray[np.float32]:
    return held(1.5, note, seconds + 0.15, 0.03, 0.14) if kind == "strings" else _struck(kind, note)


def _strokes(pattern: str) -> list[tuple[int, float]]:
    return [(step, 1.0 if sign == "x" else 0.6) for step, sign in enumerate(pattern) if sign != "."]


def _play_bass(mix: _Mix, plan: Plan) -> None:
    score = plan.score
    for bar, root in enumerate(plan.chords):
        if bar == 0 and len(plan.chords) > 2:
            continue
        note = pitch(score, root)
        note -= 12 * round((note - 41) / 12)
        for step, accent in _strokes(score.bass_pattern):
            at_seconds = (bar + step / SIXTEENTHS) * plan.bar_seconds
            mix.add(_struck("bass", note), at_seconds, score.bass_level * accent, wet=0.2)


def _play_lead(mix: _Mix, plan: Plan, rng: np.random.Generator) -> None:
    """Phrases of two bars in the form A A B A, each fitted to the chords under it; the last one comes home."""
    score = plan.score
    motifs = [_motif(score, rng) for _ in range(2)]
    beat_seconds = plan.bar_seconds / BEATS
    degree = 7 + 2 * int(rng.integers(0, 3))
    for phrase, bar in enumerate(range(plan.build, len(plan.chords), 2)):
        rhythm, contour = motifs[(0, 0, 1, 0)[phrase % 4]]
        for (beat, beats), move in zip(rhythm, contour, strict=True):
            place = bar + int(beat // BEATS)
            if place >= len(plan.chords):
                break
            degree = _next_degree(score, plan.chords[place], degree + move, strong=beat % 2 == 0)
            at_seconds = bar * plan.bar_seconds + beat * beat_seconds
            level = score.lead_level * rng.uniform(0.85, 1.0)
            mix.add(
                _note(score.lead, _in_lead_range(pitch(score, degree)), beats * beat_seconds), at_seconds, level, 0.12
            )


def _motif(score: Score, rng: np.random.Generator) -> tuple[Rhythm, list[int]]:
    """A rhythm and a line over it that mostly steps, sometimes leaps, and turns back after a leap."""
    rhythm = score.rhythms[rng.integers(len(score.rhythms))]
    moves: list[int] = []
    for _ in rhythm:
        leapt = bool(moves) and abs(moves[-1]) > 1
        moves.append(int(-np.sign(moves[-1])) if leapt else int(rng.choice((-2, -1, -1, 0, 1, 1, 2))))
    return rhythm, moves


def _next_degree(score: Score, root: int, wanted: int, *, strong: bool) -> int:
    """The wanted degree, on a strong beat moved to the nearest tone of the chord; kept within an octave and a half."""
    wanted = min(max(wanted, 4), 14)
    if not strong:
        return wanted
    steps = len(score.scale)
    tones = {degree % steps for degree in chord_degrees(score, root)[:3]}
    return min((d for d in range(2, 17) if d % steps in tones), key=lambda d: (abs(d - wanted), d))


def _in_lead_range(note: int) -> int:
    return note + 12 if note < 62 else note - 12 if note > 86 else note


def _play_drums(mix: _Mix, plan: Plan, rng: np.random.Generator) -> None:
    for kind, pattern, level in plan.score.drums:
        for bar in range(plan.build, len(plan.chords)):
            for step, accent in _strokes(pattern):
                at_seconds = (bar + step / SIXTEENTHS) * plan.bar_seconds + abs(rng.normal(0, 0.003))
                pan = {"shaker": 0.4, "tick": -0.4, "wood": -0.3}.get(kind, 0.0)
                mix.add(_stroke(kind), at_seconds, level * accent * rng.uniform(0.8, 1.0), pan, wet=0.5)


def _play_last_chord(mix: _Mix, plan: Plan) -> None:
    score, at_seconds = plan.score, plan.end_seconds
    notes = voicings(score, (*plan.chords, 0))[-1]
    _pad_chord(mix, score, notes, (at_seconds, plan.seconds - at_seconds), 1.0)
    root = score.tonic - 12 * round((score.tonic - 41) / 12)
    mix.add(_struck("bass", root), at_seconds, score.bass_level, wet=0.2)
    lead = "harp" if score.lead == "strings" else score.lead
    for index, note in enumerate([*notes, _in_lead_range(score.tonic + 12)]):
        mix.add(_struck(lead, note), at_seconds + 0.045 * index, score.lead_level * 0.8, 0.3 * (-1) ** index)


def _reverb(sound: Samples, seconds: float) -> Samples:
    """A hall: noise that dies by 60 dB in `seconds`, darker as it goes, different on each side, after 20 ms."""
    count = int(seconds * SAMPLE_RATE)
    noise = np.random.default_rng(48).standard_normal((count, 2))
    time = np.arange(count)[:, None] / SAMPLE_RATE
    dark = signal.sosfilt(signal.butter(1, 2_200, fs=SAMPLE_RATE, output="sos"), noise, axis=0)
    bright = signal.sosfilt(signal.butter(1, (250, 6_000), "bandpass", fs=SAMPLE_RATE, output="sos"), noise, axis=0)
    hall = (dark + bright * np.exp(-9 * time / seconds)) * np.exp(-6.9 * time / seconds)
    hall *= np.minimum(1, time / 0.015)
    hall /= np.sqrt((hall**2).sum(axis=0))
    delayed = np.concatenate([np.zeros((SAMPLE_RATE // 50, 2)), hall]).astype(np.float32)
    echoed: Samples = signal.oaconvolve(sound, delayed, axes=0)[: len(sound)].astype(np.float32)
    return echoed


def _master(mix: Samples, seconds: float) -> Samples:
    """Nothing below 35 Hz, some air on top, level at the peak, and an end that reaches silence with the last sample."""
    clean = signal.sosfilt(signal.butter(2, 35, "highpass", fs=SAMPLE_RATE, output="sos"), mix, axis=0)
    clean += AIR * signal.sosfilt(signal.butter(1, 1_600, "highpass", fs=SAMPLE_RATE, output="sos"), clean, axis=0)
    fade = int(min(1.2, seconds / 4) * SAMPLE_RATE)
    clean[len(clean) - fade :] *= (0.5 + 0.5 * np.cos(np.pi * np.arange(1, fade + 1) / fade))[:, None]
    start = min(240, len(clean))
    clean[:start] *= (np.arange(start) / start)[:, None]
    peak = np.abs(clean).max(initial=1e-9)
    levelled: Samples = (clean * (PEAK / peak)).astype(np.float32)
    return levelled
