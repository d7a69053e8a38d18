"""Prepares sound for the telephone: band limit, trimmed silence, equal loudness, no clipping."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

NARROW_BAND: Final = (300.0, 3400.0)  # Hz: the band of a telephone line (ITU-T G.712); the rest only costs loudness
WIDE_BAND: Final = (80.0, 7000.0)  # Hz: what G.722 carries, less the hum of a recording
BAND_EDGE: Final = 0.1  # the gain falls softly over this share of an edge's frequency: a hard edge rings
LEAD_S: Final = 0.03  # silence before the sound: enough that no first consonant is cut
TRAIL_S: Final = 0.12  # silence after it: a natural pause between words put together from clips
FADE_S: Final = 0.005  # a cut in the background noise of a recording must not click
QUIET_DB: Final = -40.0  # quieter than this below the loudest moment counts as silence at the two ends
ACTIVE_DB: Final = -30.0  # moments within this of the loudest count as speech; loudness is measured in them
LOUDNESS_DB: Final = -20.0  # mean power of the speech below full scale: 6 dB louder than ordinary, for bad lines
KNEE: Final = 0.6  # of full scale: peaks above it are bent gently ...
MAX_PEAK: Final = 0.89  # ... so that none passes this (-1 dB)
SILENT: Final = 0.001  # of full scale (-60 dB): a sound that never passes it is silence
MOMENT_S: Final = 0.01  # the grain in which loudness is looked at


def band_limit(samples: Samples, rate: int, band: tuple[float, float]) -> Samples:
    """Return the samples with only the frequencies of the band (Hz) kept, without delay."""
    if not len(samples):
        return samples
    level = samples - samples.mean()  # a recorder's constant offset would click at both ends
    length = 1 << (len(samples) + rate // 4 - 1).bit_length()  # room behind, so that the end does not wrap round
    frequency = np.asarray(np.fft.rfftfreq(length, 1 / rate), np.float64)
    low, high = band
    gain = _ramp(frequency, low * (1 - BAND_EDGE), low) * (1 - _ramp(frequency, high, high * (1 + BAND_EDGE)))
    return np.asarray(np.fft.irfft(np.fft.rfft(level, length) * gain, length)[: len(samples)])


def _ramp(frequency: Samples, start: float, end: float) -> Samples:
    """Return a gain that rises like half a cosine from 0 at start to 1 at end."""
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip((frequency - start) / (end - start), 0, 1)))


def trim_silence(samples: Samples, rate: int) -> tuple[int, int]:
    """Return where the sound begins and ends, as indices; (0, 0) when it is silent all through."""
    moment = int(rate * MOMENT_S)
    level = _levels(samples, moment)
    if not len(level) or level.max() < SILENT:
        return 0, 0
    loud = np.flatnonzero(level > level.max() * 10 ** (QUIET_DB / 20))
    return int(loud[0]) * moment, min((int(loud[-1]) + 1) * moment, len(samples))


def fade_edges(samples: Samples, rate: int, begin: int, end: int) -> Samples:
    """Return samples[begin:end] with exactly LEAD_S before and TRAIL_S after it, faded at both ends."""
    lead, trail = round(LEAD_S * rate), round(TRAIL_S * rate)
    padded = np.pad(samples, (lead, trail))
    piece = padded[begin : end + lead + trail].copy()
    fade = np.linspace(0, 1, max(1, round(FADE_S * rate)))
    piece[: len(fade)] *= fade
    piece[-len(fade) :] *= fade[::-1]
    return piece


def loudness_db(samples: Samples, rate: int) -> float:
    """Return the mean power of the moments with speech, in dB below full scale (-inf for silence)."""
    level = _levels(samples, int(rate * MOMENT_S))
    if not len(level) or level.max() <= 0:
        return float("-inf")
    active = level[level > level.max() * 10 ** (ACTIVE_DB / 20)]
    return float(10 * np.log10(np.mean(active**2)))


def normalise(samples: Samples, rate: int) -> Samples:
    """Return the samples at LOUDNESS_DB, no peak above CEILING. Silence stays silence."""
    present = loudness_db(samples, rate)
    if not np.isfinite(present):
        return samples
    louder = samples * 10 ** ((LOUDNESS_DB - present) / 20)
    size = np.abs(louder)
    room = MAX_PEAK - KNEE
    bent = np.where(size > KNEE, KNEE + room * np.tanh((size - KNEE) / room), size)
    return np.asarray(np.sign(louder) * bent)


def _levels(samples: Samples, moment: int) -> Samples:
    """Return the root mean square of each moment."""
    whole = -(-len(samples) // moment) * moment
    squares = np.pad(samples, (0, whole - len(samples))).reshape(-1, moment) ** 2
    return np.asarray(np.sqrt(squares.mean(axis=1)))
