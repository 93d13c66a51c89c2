"""Loudness: music ducked under narration, the whole at one integrated loudness, peaks held below -1 dBTP.

Loudness after ITU-R BS.1770 (LUFS, gated); true peak by fourfold oversampling as its annex 2 advises.
Sound is float32 (samples, 2) at 48 kHz.
"""

from collections.abc import Sequence

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy import ndimage, signal

from render_engine.media.read import SAMPLE_RATE, Samples

SILENCE_LUFS = -70.0
"""The absolute gate of BS.1770; quieter is silence."""
CEILING_DBTP = -2.0
"""Where the limiter holds peaks: a decibel below what is promised, because AAC moves them."""
VOICE_LUFS = -18.0
MUSIC_LUFS = -21.0
DUCK_DECIBELS = -11.0
DUCK_LEAD, DUCK_HOLD = 0.35, 0.7
"""Seconds in which the music gives way before a line and comes back after it."""
LOOKAHEAD = 0.005
OVERSAMPLING = 4


def integrated_lufs(sound: Samples) -> float:
    """Integrated loudness, never below `SILENCE_LUFS`."""
    shortest = SAMPLE_RATE // 2
    if len(sound) < shortest:
        sound = np.pad(sound, ((0, shortest - len(sound)), (0, 0)))
    if not np.any(sound):
        return SILENCE_LUFS
    with np.errstate(divide="ignore"):
        measured = float(pyloudnorm.Meter(SAMPLE_RATE).integrated_loudness(sound.astype(np.float64)))
    return max(measured, SILENCE_LUFS) if np.isfinite(measured) else SILENCE_LUFS


def true_peak_dbtp(sound: Samples) -> float:
    """Highest level between samples, in dB of full scale; -120 for silence."""
    return float(20 * np.log10(max(1e-6, _oversampled_peaks(sound).max(initial=0.0))))


def _oversampled_peaks(sound: Samples) -> NDArray[np.float64]:
    """For each sample the highest magnitude of either side in the span around it, (samples,)."""
    fine = np.abs(signal.resample_poly(sound.astype(np.float64), OVERSAMPLING, 1, axis=0)).max(axis=1)
    peaks: NDArray[np.float64] = fine.reshape(-1, OVERSAMPLING).max(axis=1)
    return peaks


def at_loudness(sound: Samples, lufs: float) -> Samples:
    """Scaled to an integrated loudness; silence stays silence."""
    now = integrated_lufs(sound)
    return sound if now <= SILENCE_LUFS else (sound * 10 ** ((lufs - now) / 20)).astype(np.float32)


def mix_sound(music: Samples | None, lines: Sequence[tuple[float, Samples]], seconds: float, lufs: float) -> Samples:
    """Lay narration, (start in seconds, samples) each, over ducked music; master to `lufs`.

    What would sound past the end is cut there with a short fade.
    """
    voice = np.zeros((round(seconds * SAMPLE_RATE), 2), np.float32)
    for start_seconds, line in lines:
        start = round(start_seconds * SAMPLE_RATE)
        part = _faded_at_end(at_loudness(line, VOICE_LUFS), len(voice) - start)
        voice[start : start + len(part)] += part
    if music is not None:
        voice += duck(at_loudness(music, MUSIC_LUFS), voice)
    return master(voice, lufs)


def _faded_at_end(line: Samples, room: int) -> Samples:
    if len(line) <= room:
        return line
    line, fade = line[: max(0, room)].copy(), min(SAMPLE_RATE // 20, max(0, room))
    line[len(line) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    return line


def duck(music: Samples, voice: Samples) -> Samples:
    """Lower the music by `DUCK_DECIBELS` where the voice speaks, smoothly, and a little before."""
    block = SAMPLE_RATE // 100
    count = -(-len(music) // block)
    speech = np.pad(voice, ((0, count * block - len(voice)), (0, 0))).reshape(count, -1)
    power = np.sqrt((speech**2).mean(axis=1))
    speaking = (power > 10 ** (-42 / 20)).astype(np.float64)
    lead, hold = int(DUCK_LEAD * 100), int(DUCK_HOLD * 100)
    wide = ndimage.maximum_filter1d(speaking, lead + hold + 1, origin=(hold - lead) // 2)
    smooth = ndimage.gaussian_filter1d(wide, 12, mode="nearest")
    decibels = np.interp(np.arange(len(music)) / block, np.arange(count) + 0.5, smooth) * DUCK_DECIBELS
    ducked: Samples = (music * (10 ** (decibels / 20))[:, None]).astype(np.float32)
    return ducked


def master(sound: Samples, lufs: float) -> Samples:
    """Bring to the loudness with peaks below the ceiling; limiting takes loudness away, so it is made up again."""
    if integrated_lufs(sound) <= SILENCE_LUFS:
        return sound
    limited, wanted = sound, lufs
    for _ in range(4):
        limited = limit(at_loudness(sound, wanted))
        missing = lufs - integrated_lufs(limited)
        if abs(missing) < 0.1:
            break
        wanted += missing
    return limited


def limit(sound: Samples) -> Samples:
    """Turn down around each true peak above the ceiling: before it comes, smoothly, and by no more than needed."""
    ceiling = 10 ** (CEILING_DBTP / 20)
    gain = np.minimum(1.0, ceiling / np.maximum(_oversampled_peaks(sound), 1e-9))
    if gain.min(initial=1.0) >= 1.0:
        return sound
    reach = int(LOOKAHEAD * SAMPLE_RATE)
    held = ndimage.minimum_filter1d(gain, 4 * reach + 1)
    smooth = ndimage.uniform_filter1d(ndimage.uniform_filter1d(held, 2 * reach + 1), 2 * reach + 1)
    limited: Samples = (sound * smooth[:, None]).astype(np.float32)
    return limited
