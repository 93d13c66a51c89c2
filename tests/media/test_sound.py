"""Sound: music that fits, speech, ducking and loudness."""

from itertools import pairwise

import numpy as np
import pytest

from render_engine.api import RenderError
from render_engine.media.loudness import (
    SILENCE_LUFS,
    at_loudness,
    duck,
    integrated_lufs,
    limit,
    mix_sound,
    true_peak_dbtp,
)
from render_engine.media.moods import SCORES
from render_engine.media.music import compose, pitch, plan_bars, voicings
from render_engine.media.narration import HouseNarrator
from render_engine.media.read import SAMPLE_RATE, read_sound


def tone(seconds: float, level: float = 0.2, hertz: float = 997.0) -> np.ndarray:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.repeat(level * np.sin(2 * np.pi * hertz * time)[:, None], 2, axis=1).astype(np.float32)


@pytest.mark.parametrize("mood", SCORES)
def test_every_mood_fills_its_length_without_clipping_or_clicks_and_ends_in_silence(mood):
    music = compose(mood, 6.3, seed=1)
    assert music.shape == (round(6.3 * SAMPLE_RATE), 2)
    assert np.abs(music).max() == pytest.approx(0.5, abs=1e-3)
    assert np.abs(np.diff(music, axis=0)).max() < 0.15, "no sample jumps"
    assert np.abs(music[-480:]).max() < 1e-3
    seconds = np.sqrt((music[: 6 * SAMPLE_RATE].reshape(6, -1) ** 2).mean(axis=1))
    assert seconds[:5].min() > 0.005, "no second is empty"
    assert abs(music.mean()) < 1e-3


def test_music_is_repeatable_and_differs_by_seed_and_mood():
    assert np.array_equal(compose("warm", 3, 5), compose("warm", 3, 5))
    assert not np.array_equal(compose("warm", 3, 5), compose("warm", 3, 6))
    assert not np.array_equal(compose("warm", 3, 5), compose("sad", 3, 5))


@pytest.mark.parametrize("seconds", [0.2, 1.0, 2.5])
def test_a_very_short_film_still_gets_its_chord(seconds):
    music = compose("calm", seconds, 0)
    assert len(music) == round(seconds * SAMPLE_RATE)
    assert np.abs(music).max() > 0.4


@pytest.mark.parametrize("mood", SCORES)
@pytest.mark.parametrize("seconds", [12.0, 30.0, 61.7])
def test_bars_fill_the_time_before_the_last_chord_and_the_tempo_bends_little(mood, seconds):
    plan = plan_bars(SCORES[mood], seconds, np.random.default_rng(0))
    assert plan.bar_seconds * len(plan.chords) == pytest.approx(plan.end_seconds)
    assert 240 / plan.bar_seconds == pytest.approx(plan.score.beats_per_minute, rel=0.2)
    assert plan.chords[0] == 0
    assert plan.chords[-1] == plan.score.cadence


@pytest.mark.parametrize("mood", SCORES)
def test_chords_hold_only_notes_of_the_scale_and_voices_move_little(mood):
    score = SCORES[mood]
    chords = voicings(score, (*score.progressions[0] * 3, 0))
    for notes in chords:
        assert {(note - score.tonic) % 12 for note in notes} <= set(score.scale)
    for before, after in pairwise(chords):
        assert max(abs(a - b) for a, b in zip(before, after, strict=True)) <= 7
    assert pitch(score, 7) == score.tonic + 12


def test_loudness_is_that_of_the_standards_calibration_tone():
    """BS.1770: a 997 Hz sine of 0 dBFS in one channel reads -3.01 LUFS; in both, 0; here 20 dB lower."""
    assert integrated_lufs(tone(3, 0.1)) == pytest.approx(-20.0, abs=0.1)
    assert integrated_lufs(np.zeros((SAMPLE_RATE, 2), np.float32)) == SILENCE_LUFS
    assert integrated_lufs(at_loudness(tone(3, 0.01), -23)) == pytest.approx(-23, abs=0.05)


def test_a_true_peak_lies_between_the_samples():
    """A sine at a quarter of the rate, sampled at 45 degrees, peaks 3 dB above its samples."""
    phase = np.pi / 4 + np.pi / 2 * np.arange(SAMPLE_RATE)
    sound = np.repeat(0.5 * np.sin(phase)[:, None], 2, axis=1).astype(np.float32)
    assert true_peak_dbtp(sound[200:-200]) == pytest.approx(20 * np.log10(0.5), abs=0.3)


def test_the_limiter_holds_the_ceiling_and_leaves_quiet_sound_alone():
    loud = tone(1, 1.4)
    loud[: SAMPLE_RATE // 2] *= 0.1
    assert true_peak_dbtp(limit(loud)) <= -1.9
    assert np.allclose(limit(loud)[: SAMPLE_RATE // 3], loud[: SAMPLE_RATE // 3])
    assert limit(tone(1, 0.3)) is not None
    assert np.array_equal(limit(tone(1, 0.3)), tone(1, 0.3))


def test_music_gives_way_before_the_voice_and_comes_back_after_it():
    voice = np.zeros((6 * SAMPLE_RATE, 2), np.float32)
    voice[2 * SAMPLE_RATE : 3 * SAMPLE_RATE] = 0.1
    level = duck(np.ones_like(voice), voice)[:, 0]
    at = {second: level[int(second * SAMPLE_RATE)] for second in (1.0, 1.95, 2.5, 3.05, 4.5)}
    assert at[1.0] > 0.95
    assert at[1.95] < 0.4, "already low when the voice begins"
    assert at[2.5] < 0.3
    assert at[3.05] < 0.4
    assert at[4.5] > 0.95


def test_the_mix_has_the_loudness_asked_for_and_no_peak_above_the_ceiling():
    spiky = tone(4, 0.02)
    spiky[SAMPLE_RATE :: SAMPLE_RATE // 2] = 0.9
    for lines in ([], [(1.0, tone(1.5, 0.05, 300))]):
        sound = mix_sound(spiky, lines, 4.0, -16.0)
        assert integrated_lufs(sound) == pytest.approx(-16, abs=1)
        assert true_peak_dbtp(sound) <= -1.9


def test_a_line_that_runs_past_the_end_is_faded_there():
    sound = mix_sound(None, [(0.5, tone(5, 0.1))], 2.0, -16.0)
    assert len(sound) == 2 * SAMPLE_RATE
    assert np.abs(sound[-3:]).max() < 0.01


def test_silence_stays_silence():
    assert not mix_sound(None, [], 1.0, -16.0).any()


def test_the_narrator_says_the_same_words_in_the_same_samples(tmp_path):
    narrator = HouseNarrator()
    first = narrator.speak("The boats go out.", tmp_path / "a.wav")
    second = narrator.speak("The boats  go\nout.", tmp_path / "b.wav")
    assert first.path.read_bytes() == second.path.read_bytes()
    samples = read_sound(first.path)
    assert len(samples) / SAMPLE_RATE == pytest.approx(first.seconds, abs=0.02)
    assert 0.7 < first.seconds < 3
    assert integrated_lufs(samples) > -40


@pytest.mark.parametrize("text", ["", " ... ", "Привет, мир", "海", "word " * 500])
def test_what_cannot_be_spoken_is_refused_in_one_line(tmp_path, text):
    with pytest.raises(RenderError):
        HouseNarrator().speak(text, tmp_path / "line.wav")
    assert list(tmp_path.iterdir()) == []
