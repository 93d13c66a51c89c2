"""What each mood sounds like: tempo, key, chords, instruments and patterns that a bed of music is composed from.

Degrees count from 0, the tonic. A pattern is one bar of sixteenths: "x" a stroke, "o" a soft one, "." silence.
"""

from typing import NamedTuple

from render_engine.api import Mood

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
DORIAN = (0, 2, 3, 5, 7, 9, 10)

Rhythm = tuple[tuple[float, float], ...]
"""(beat at which it starts, beats that it lasts) of each note of a two-bar phrase."""

FLOWING: Rhythm = ((0, 1.5), (1.5, 0.5), (2, 2), (4, 1.5), (5.5, 0.5), (6, 2))
LONG: Rhythm = ((0, 3), (3, 1), (4, 3.5))
LILTING: Rhythm = ((0, 1), (1, 0.5), (1.5, 0.5), (2, 1), (3, 1), (4, 0.5), (4.5, 0.5), (5, 1), (6, 1.5))
SPARSE: Rhythm = ((0.5, 1.5), (2.5, 1.5), (5, 2.5))
STATELY: Rhythm = ((0, 2), (2, 1), (3, 1), (4, 2.5), (6.5, 0.5), (7, 1))


class Score(NamedTuple):
    """The material of one mood. Levels are linear gains; `tonic` is a MIDI note."""

    beats_per_minute: float
    tonic: int
    scale: tuple[int, ...]
    progressions: tuple[tuple[int, ...], ...]
    cadence: int
    """Degree of the chord before the last."""
    colour: int
    """Chord tone added to the triad, in scale steps above its root: 6 a seventh, 8 a ninth; 0 none."""
    pad_darkness: float
    """Exponent by which a pad's overtones fall off."""
    pad_level: float
    arpeggio: str
    """Instrument of the broken chords."""
    arpeggio_pattern: str
    arpeggio_level: float
    lead: str
    lead_level: float
    rhythms: tuple[Rhythm, ...]
    bass_pattern: str
    bass_level: float
    drums: tuple[tuple[str, str, float], ...]
    """(sound, pattern, level)."""
    reverb_seconds: float
    reverb_level: float


SCORES: dict[Mood, Score] = {
    "calm": Score(
        66, 50, MAJOR, ((0, 5, 3, 4), (0, 2, 3, 0)), 4, 8, 1.8, 0.50, "harp", "x...o...x...o...", 0.26,
        "bell", 0.16, (LONG, SPARSE), "x...............", 0.30, (), 3.2, 0.42,
    ),
    "warm": Score(
        78, 53, MAJOR, ((0, 4, 5, 3), (0, 3, 5, 4)), 4, 8, 1.7, 0.44, "piano", "x...o.o.x...o.o.", 0.26,
        "piano", 0.30, (FLOWING, LONG), "x.......x.......", 0.34, (("shaker", "..o...o...o...o.", 0.05),), 2.2, 0.30,
    ),
    "bright": Score(
        108, 55, MAJOR, ((0, 4, 5, 3), (0, 3, 0, 4)), 4, 0, 1.5, 0.30, "marimba", "x.o.x.o.x.ox..o.", 0.26,
        "harp", 0.30, (LILTING, FLOWING), "x.....x.x.......", 0.36,
        (("kick", "x.......x.......", 0.34), ("shaker", "o.x.o.x.o.x.o.x.", 0.06), ("clap", "....x.......x...", 0.09)),
        1.6, 0.22,
    ),
    "tense": Score(
        88, 50, MINOR, ((0, 0, 5, 4), (0, 3, 5, 0)), 4, 6, 1.6, 0.40, "strings", "x.o.o.x.o.o.x.o.", 0.22,
        "bell", 0.08, (SPARSE,), "x.x.x.x.x.x.x.x.", 0.26,
        (("heart", "x..o............", 0.46), ("tick", "..o...o...o...o.", 0.03)), 2.6, 0.30,
    ),
    "sad": Score(
        60, 57, MINOR, ((0, 5, 2, 6), (0, 3, 5, 6)), 6, 8, 1.9, 0.42, "piano", "x...o...o...o...", 0.26,
        "piano", 0.32, (LONG, SPARSE), "x...............", 0.30, (), 3.0, 0.40,
    ),
    "epic": Score(
        92, 50, MINOR, ((0, 5, 2, 6), (0, 2, 5, 6)), 6, 0, 1.3, 0.46, "strings", "x.oox.oox.oox.oo", 0.22,
        "strings", 0.30, (STATELY, LONG), "x.......x.......", 0.40,
        (("taiko", "x.....x.x...x...", 0.50), ("shaker", "o.o.o.o.o.o.o.o.", 0.03)), 3.0, 0.34,
    ),
    "playful": Score(
        116, 60, MAJOR, ((0, 5, 1, 4), (0, 3, 1, 4)), 4, 0, 1.8, 0.20, "marimba", "x..o..x...x.o...", 0.30,
        "harp", 0.30, (LILTING,), "x.......x...o...", 0.36,
        (("kick", "x.......x.......", 0.20), ("wood", "....x..o....x...", 0.08), ("shaker", "o.o.o.o.o.o.o.o.", 0.04)),
        1.2, 0.18,
    ),
    "mysterious": Score(
        70, 52, DORIAN, ((0, 3, 0, 6), (0, 6, 3, 0)), 6, 8, 1.8, 0.46, "bell", "x.....o.......o.", 0.13,
        "harp", 0.24, (SPARSE, LONG), "x...............", 0.30, (("tick", "........o.......", 0.03),), 3.6, 0.46,
    ),
}  # fmt: skip
